namespace EbpfNet.ExampleTests.HttpMetrics;

public sealed class CostTests
{
    [SkippableFact]
    public async Task The_cost_is_measured_with_nothing_missed()
    {
        Requires.Bpf();
        await using ExampleProcess cost = ExampleProcess.Start("HttpMetrics", ["cost", "--requests", "2000", "--connections", "64", "--rounds", "1"]);
        await cost.WaitForAsync("tracepoints ", TimeSpan.FromMinutes(2));

        (int exitCode, string output, string errors) = await cost.ExitAsync();

        Assert.Equal("", errors);
        string[][] rows = [.. output.TrimEnd('\n').Split('\n').Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal(["nobody", "packets", "syscalls", "tracepoints"], rows.Select(row => row[0]));
        Assert.Equal("2,000", rows[0][^1]); // what the server says that it served
        Assert.All(rows[1..], row => Assert.Equal(["2,000", "2,000", "0"], row[^3..])); // served, counted, missed
        Assert.Equal(0, exitCode);
    }
}

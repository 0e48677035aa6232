using System.Diagnostics;
using DemoNetwork;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>What it says where it cannot work.</summary>
public sealed class HttpErrorTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("http-metrics-");

    public void Dispose() => _folder.Delete(recursive: true);

    [SkippableTheory]
    [InlineData("CAP_BPF", "run", "--interface", "lo")]
    [InlineData("CAP_BPF", "run", "--source", "syscalls")]
    [InlineData("CAP_SYS_ADMIN", "demo")]
    [InlineData("CAP_SYS_ADMIN", "demo", "--source", "syscalls")]
    [InlineData("CAP_SYS_ADMIN", "cost")]
    public async Task An_ordinary_user_is_told_in_one_sentence_what_is_missing(string capability, params string[] arguments)
    {
        Requires.Bpf(); // root, to become somebody else
        await AssertOneSentenceAsync(arguments, ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"], capability, "root");
    }

    [SkippableTheory]
    [InlineData("run", "--source", "syscall-tracepoints")]
    public async Task Without_tracefs_that_is_said_in_one_sentence(params string[] arguments)
    {
        Requires.Bpf();
        // Nothing is mounted, in a view of the file systems of its own, and it may mount nothing.
        const string Script = """
            awk '$3 == "tracefs" || $3 == "debugfs" { print $2 }' /proc/self/mounts | while read -r folder; do umount -l "$folder"; done
            exec setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$@"
            """;
        await AssertOneSentenceAsync(arguments, ["unshare", "--mount", "sh", "-c", Script, "sh"], "tracefs", "mount");
    }

    [SkippableFact]
    public async Task An_interface_that_is_not_there_is_named()
    {
        Requires.Bpf();
        await AssertOneSentenceAsync(["run", "--interface", "nosuch0"], [], "nosuch0");
    }

    [SkippableFact]
    public async Task Without_the_right_to_a_packet_socket_that_is_said_in_one_sentence()
    {
        Requires.Bpf();
        await AssertOneSentenceAsync(["run", "--interface", "lo"], ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"], "CAP_NET_RAW");
    }

    [SkippableFact]
    public async Task An_interface_that_is_taken_away_ends_it_with_one_sentence()
    {
        Requires.Bpf();
        using NetworkHost host = NetworkHost.Create("leaving");
        using NetworkHost other = NetworkHost.Create("other");
        VethPair.Create(host, "http0", other, "http0");
        await using ExampleProcess run = ExampleProcess.Start("HttpMetrics", ["run", "--interface", "http0"], host);
        await run.WaitForAsync("in all 0 requests");

        using Process tool = other.StartProcess(new ProcessStartInfo("ip", ["link", "delete", "http0"]));
        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.Equal("Nothing is counted any more: interface http0 is gone.\n", errors);
        Assert.Equal(1, exitCode);
    }

    private async Task AssertOneSentenceAsync(string[] arguments, string[] through, params string[] words)
    {
        // Where others may read it.
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)0b111_101_101);
        foreach (string file in ((string[])["HttpMetrics.*", "EbpfNet*.dll", "DemoNetwork.dll", "ExampleHost.dll", "System.CommandLine.dll"]).SelectMany(pattern => Directory.GetFiles(AppContext.BaseDirectory, pattern)))
        {
            string copy = Path.Combine(_folder.FullName, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, (UnixFileMode)0b110_100_100);
        }

        await using ExampleProcess run = ExampleProcess.Start("HttpMetrics", arguments, through: through, folder: _folder.FullName);

        (int exitCode, string output, string errors) = await run.ExitAsync();

        Assert.All(words, word => Assert.Contains(word, errors, StringComparison.Ordinal));
        Assert.EndsWith(".\n", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(". ", errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(c => c == '\n'));
        Assert.Equal("", output);
        Assert.Equal(1, exitCode);
    }
}

using System.Globalization;
using System.Net.Sockets;

namespace EbpfNet.ExampleTests.XdpDrop;

public sealed class RunTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(10);

    [SkippableTheory]
    [InlineData("172.20.0.1", "172.20.0.2", "172.20.0.3", "172.20.0.2", "172.20.0.2/32", "native")]
    [InlineData("172.20.0.1", "172.20.1.2", "172.20.0.3", "172.20.1.0/24", "172.20.1.0/24", "auto")]
    [InlineData("fd00:20::1", "fd00:20::2", "fd00:20::3", "fd00:20::2", "fd00:20::2/128", "generic")]
    [InlineData("fd00:20::1", "fd00:20::a:2", "fd00:20::3", "fd00:20::a:0/112", "fd00:20::a:0/112", "auto")]
    public async Task A_blocked_source_gets_no_answer_and_is_counted_while_others_pass(string guarded, string blocked, string free, string rule, string shownRule, string mode)
    {
        Requires.Bpf();
        using GuardedNetwork network = new(guarded, blocked, free);
        await using ExampleProcess run = network.Run("--block", rule, "--mode", mode);
        await run.WaitForAsync("pass ");

        await Assert.ThrowsAsync<TimeoutException>(() => network.ConnectFromAsync(blocked, Short));
        using (Socket connection = await network.ConnectFromAsync(free, Patient))
        {
            Assert.True(connection.Connected);
        }

        await run.WaitForAsync(output => PacketsOf($"drop {shownRule}", output) > 0 && PacketsOf("pass", output) > 0, "drops and passes in the table");
        run.Send(Signal.Terminate);
        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
        using Socket again = await network.ConnectFromAsync(blocked, Patient);
        Assert.True(again.Connected);
    }

    [SkippableTheory]
    [InlineData(Signal.Terminate, 0)]
    [InlineData(Signal.Interrupt, 0)]
    [InlineData(Signal.HangUp, 0)]
    [InlineData(Signal.Quit, 0)]
    [InlineData(Signal.Kill, 128 + Signal.Kill)]
    public async Task However_it_ends_no_program_is_left_on_the_interface(int signal, int expectedExitCode)
    {
        Requires.Bpf();
        using GuardedNetwork network = new("172.20.0.1", "172.20.0.2", "172.20.0.3");
        await using ExampleProcess run = network.Run("--block", "172.20.0.2");
        await run.WaitForAsync("pass ");
        Assert.NotNull(network.ProgramOnInterface);
        using KernelTrace trace = KernelTrace.Of(run.Id);
        Assert.Equal([network.ProgramOnInterface.Value], trace.Programs);

        run.Send(signal);
        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.Equal(expectedExitCode, exitCode);
        Assert.Equal("", errors);
        Assert.Null(network.ProgramOnInterface);
        await trace.AssertGoneAsync();
    }

    [SkippableTheory]
    [InlineData("\x03")] // Ctrl+C
    [InlineData("\x1c")] // Ctrl+\
    public async Task On_a_terminal_the_table_stays_in_place_until_a_key_ends_it(string key)
    {
        Requires.Bpf();
        using GuardedNetwork network = new("172.20.0.1", "172.20.0.2", "172.20.0.3");
        await using ExampleProcess run = network.RunOnTerminal("--block", "172.20.0.2", "--block", "172.20.0.2");
        await run.WaitForAsync("\e[3F\e[J"); // back over heading, rule and pass: the second table

        run.Type(key);
        (int exitCode, string output, string errors) = await run.ExitAsync();

        Assert.Equal("", errors);
        Assert.Contains("drop 172.20.0.2/32", output, StringComparison.Ordinal);
        Assert.True(output.LastIndexOf("\e[?25h", StringComparison.Ordinal) > output.LastIndexOf("\e[?25l", StringComparison.Ordinal), "the cursor is hidden");
        Assert.Equal(0, exitCode);
        Assert.Null(network.ProgramOnInterface);
    }

    [SkippableFact]
    public async Task A_terminal_that_goes_away_ends_it()
    {
        Requires.Bpf();
        using GuardedNetwork network = new("172.20.0.1", "172.20.0.2", "172.20.0.3");
        await using ExampleProcess run = network.RunOnTerminal();
        await run.WaitForAsync("pass ");

        run.Send(Signal.Kill); // The terminal, not what runs on it.

        Assert.True(SpinWait.SpinUntil(() => network.ProgramOnInterface is null, Patient));
    }

    [SkippableFact]
    public async Task An_interface_that_is_taken_away_ends_it_with_one_sentence()
    {
        Requires.Bpf();
        using GuardedNetwork network = new("172.20.0.1", "172.20.0.2", "172.20.0.3");
        await using ExampleProcess run = network.Run("--block", "172.20.0.2");
        await run.WaitForAsync("pass ");

        network.RemoveInterface();
        (int exitCode, _, string errors) = await run.ExitAsync();

        AssertOneSentence(errors);
        Assert.Contains("interface eth0 is gone", errors, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [SkippableFact]
    public async Task A_reader_that_has_seen_enough_ends_it()
    {
        Requires.Bpf();
        using GuardedNetwork network = new("172.20.0.1", "172.20.0.2", "172.20.0.3");
        await using ExampleProcess run = network.Start(["run", "--interface", "eth0"], through: ["sh", "-c", "{ \"$@\"; echo \"exit code $?\" >&2; } | head -1", "sh"]);

        (_, string output, string errors) = await run.ExitAsync();

        Assert.StartsWith("Dropping on eth0", output, StringComparison.Ordinal);
        Assert.Equal("exit code 0\n", errors);
        Assert.Null(network.ProgramOnInterface);
    }

    [SkippableFact]
    public async Task As_many_rules_as_the_command_line_holds_are_in_force()
    {
        const int Rules = 16_385; // one more than XdpDropProgram has room for unless told otherwise
        Requires.Bpf();
        using GuardedNetwork network = new("172.20.0.1", "172.20.0.2", "172.20.0.3");
        IEnumerable<string> addresses = Enumerable.Range(0, Rules - 1).Select(i => $"10.0.{i / 256}.{i % 256}");
        await using ExampleProcess run = network.Run([.. addresses.Append("172.20.0.2").Select(address => $"--block={address}")]);
        await run.WaitForAsync("Ctrl+C ends it");
        await Assert.ThrowsAsync<TimeoutException>(() => network.ConnectFromAsync("172.20.0.2", Short));

        run.Send(Signal.Terminate);
        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
    }

    [SkippableFact]
    public async Task A_signal_in_the_first_moment_ends_it_orderly()
    {
        Requires.Bpf();
        using GuardedNetwork network = new("172.20.0.1", "172.20.0.2", "172.20.0.3");
        await using ExampleProcess run = network.Run("--block", "172.20.0.2");
        await run.WaitForAsync("Ctrl+C ends it");

        run.Send(Signal.Terminate);
        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.Equal("", errors);
        Assert.Equal(0, exitCode);
        Assert.Null(network.ProgramOnInterface);
    }

    [SkippableFact]
    public async Task An_address_given_in_several_notations_is_one_rule()
    {
        Requires.Bpf();
        using GuardedNetwork network = new("172.20.0.1", "172.20.0.2", "172.20.0.3");
        await using ExampleProcess run = network.Run("--block", "192.0.2.1", "--block", "::ffff:192.0.2.1", "--block", "192.0.2.1/32");
        await run.WaitForAsync("pass ");

        run.Send(Signal.Terminate);
        (_, string output, _) = await run.ExitAsync();

        string firstTable = output[..output.IndexOf("pass ", StringComparison.Ordinal)];
        Assert.Contains("drop 192.0.2.1/32", firstTable, StringComparison.Ordinal);
        Assert.Equal(2, firstTable.Split("drop ").Length);
    }

    [SkippableTheory]
    [InlineData("run", "--interface", "eth0")]
    [InlineData("demo")]
    public async Task Output_that_cannot_be_written_ends_it_with_one_sentence(params string[] arguments)
    {
        Requires.Bpf();
        using GuardedNetwork network = new("172.20.0.1", "172.20.0.2", "172.20.0.3");
        await using ExampleProcess run = network.Start(arguments, through: ["sh", "-c", "exec \"$@\" > /dev/full", "sh"]);

        (int exitCode, _, string errors) = await run.ExitAsync();

        AssertOneSentence(errors);
        Assert.Contains("output", errors, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        Assert.Null(network.ProgramOnInterface);
    }

    [SkippableFact]
    public async Task A_second_one_on_the_same_interface_is_told_so_and_the_first_stays()
    {
        Requires.Bpf();
        using GuardedNetwork network = new("172.20.0.1", "172.20.0.2", "172.20.0.3");
        await using ExampleProcess first = network.Run();
        await first.WaitForAsync("pass ");
        uint? program = network.ProgramOnInterface;

        await using ExampleProcess second = network.Run();
        (int exitCode, string output, string errors) = await second.ExitAsync();

        AssertOneSentence(errors);
        Assert.Contains("eth0", errors, StringComparison.Ordinal);
        Assert.Contains("is attached to 'eth0'", errors, StringComparison.Ordinal);
        Assert.Equal("", output);
        Assert.Equal(1, exitCode);
        Assert.Equal(program, network.ProgramOnInterface);
    }

    [SkippableFact]
    public async Task An_interface_that_is_not_there_is_named()
    {
        Requires.Bpf();
        await using ExampleProcess run = ExampleProcess.Start("XdpDrop", ["run", "--interface", "nosuch0"]);

        (int exitCode, _, string errors) = await run.ExitAsync();

        AssertOneSentence(errors);
        Assert.Contains("nosuch0", errors, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [SkippableTheory]
    [InlineData("run", "--interface", "lo")]
    [InlineData("demo")]
    public async Task An_ordinary_user_is_told_in_one_sentence_what_is_missing(params string[] arguments)
    {
        Requires.Bpf(); // root, to become somebody else
        string folder = CopyForOthers();
        try
        {
            string[] asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
            await using ExampleProcess run = ExampleProcess.Start("XdpDrop", arguments, through: asNobody, folder: folder);

            (int exitCode, string output, string errors) = await run.ExitAsync();

            AssertOneSentence(errors);
            Assert.Contains("CAP_", errors, StringComparison.Ordinal);
            Assert.Contains("root", errors, StringComparison.Ordinal);
            Assert.Equal("", output);
            Assert.Equal(1, exitCode);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData(1, "'10.0.0.300' is not an address", "run", "--interface", "lo", "--block", "10.0.0.300")]
    [InlineData(1, "'10.0.0.1/8' has bits set after its first 8", "run", "--interface", "lo", "--block", "10.0.0.1/8")]
    [InlineData(2, "--interface", "run")]
    [InlineData(2, "--interface", "run", "--interface", "")]
    [InlineData(2, "'sideways'", "run", "--interface", "lo", "--mode", "sideways")]
    [InlineData(2, "command", "fly")]
    public async Task Wrong_arguments_are_told_in_one_line(int expectedExitCode, string expectedText, params string[] arguments)
    {
        await using ExampleProcess run = ExampleProcess.Start("XdpDrop", arguments);

        (int exitCode, string output, string errors) = await run.ExitAsync();

        Assert.Contains(expectedText, errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(c => c == '\n'));
        Assert.Equal("", output);
        Assert.Equal(expectedExitCode, exitCode);
    }

    [Fact]
    public async Task Help_names_every_option()
    {
        await using ExampleProcess run = ExampleProcess.Start("XdpDrop", ["run", "--help"]);

        (int exitCode, string output, _) = await run.ExitAsync();

        Assert.All(["--interface", "--block", "ADDRESS[/PREFIX]", "--mode", "native", "generic", "auto"], word => Assert.Contains(word, output, StringComparison.Ordinal));
        Assert.Equal(0, exitCode);
    }

    private static void AssertOneSentence(string errors)
    {
        Assert.EndsWith(".\n", errors, StringComparison.Ordinal);
        Assert.DoesNotContain(". ", errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(c => c == '\n'));
    }

    /// <summary>The packets in the last row of that name.</summary>
    private static long PacketsOf(string row, string output)
    {
        string? line = output.Split('\n').SkipLast(1).LastOrDefault(line => line.Contains($"  {row} ", StringComparison.Ordinal));
        string? number = line?[(line.IndexOf(row, StringComparison.Ordinal) + row.Length)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
        return number is null ? 0 : long.Parse(number, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
    }

    /// <summary>The program in a folder that everybody can read: the build's may be in somebody's home.</summary>
    private static string CopyForOthers()
    {
        string folder = Directory.CreateTempSubdirectory("xdpdrop-").FullName;
        File.SetUnixFileMode(folder, (UnixFileMode)0b111_101_101);
        foreach (string pattern in (string[])["XdpDrop.*", "EbpfNet*.dll", "DemoNetwork.dll", "ExampleHost.dll", "System.CommandLine.dll"])
        {
            foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, pattern))
            {
                string copy = Path.Combine(folder, Path.GetFileName(file));
                File.Copy(file, copy);
                File.SetUnixFileMode(copy, (UnixFileMode)0b110_100_100);
            }
        }

        return folder;
    }
}

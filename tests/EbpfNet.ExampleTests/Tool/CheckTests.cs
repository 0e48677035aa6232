using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EbpfNet.Tests;

namespace EbpfNet.ExampleTests.Tool;

/// <summary><c>ebpfnet check</c>, started as a user starts it.</summary>
public sealed class CheckTests : IDisposable
{
    private static readonly string[] AsNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ebpfnet-check-");

    public void Dispose() => _folder.Delete(recursive: true);

    [SkippableFact]
    public async Task A_good_object_has_a_line_in_the_table_and_no_reasons()
    {
        Requires.Bpf();

        (int exitCode, string output, string errors) = await CheckAsync(Object("socket_filter"));

        Assert.Equal("", errors);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, lines.Length);
        Assert.Equal(["OBJECT", "OPEN", "LOAD", "PROGRAMS"], Words(lines[0]));
        Assert.Equal([Object("socket_filter"), "ok", "ok", "3"], Words(lines[1]));
        Assert.Equal(0, exitCode);
    }

    [SkippableFact]
    public async Task The_line_of_JSON_has_what_is_promised_and_the_fingerprints_are_those_of_libbpf()
    {
        Requires.Bpf();

        (int exitCode, string output, _) = await CheckAsync("--each", "--json", Object("socket_filter"));

        // The fingerprints are those of what libbpf 1.7 submits, as tests/compat found them.
        const string Rest = """
            ,"open":"ok","load_all":"ok","load_each":{"keep_all":"ok","keep_none":"ok","first_byte":"ok"},"programs":{"keep_all":{"section":"socket","type":"socket_filter","instructions":6,"fingerprint":"b64f03443e91285e"},"keep_none":{"section":"socket","type":"socket_filter","instructions":2,"fingerprint":"cb31b0266819cba4"},"first_byte":{"section":"socket","type":"socket_filter","instructions":8,"fingerprint":"7a2a99a1b84e068c"}},"error":null}
            """;
        Assert.Equal($"{{\"object\":\"{Object("socket_filter")}\"{Rest}\n", output);
        Assert.Equal(0, exitCode);
    }

    [SkippableFact]
    public async Task A_refused_program_has_its_error_code_its_fingerprint_and_a_reason_and_others_load_alone()
    {
        Requires.Bpf();

        (int exitCode, string output, _) = await CheckAsync("--each", "--json", Object("rejected"));

        using JsonDocument line = JsonDocument.Parse(output);
        JsonElement root = line.RootElement;
        Assert.Equal(["object", "open", "load_all", "load_each", "programs", "error"], root.EnumerateObject().Select(member => member.Name));
        Assert.Equal("EACCES", root.GetProperty("load_all").GetString());
        Assert.Equal("ok", root.GetProperty("load_each").GetProperty("accepted").GetString());
        Assert.Equal("EACCES", root.GetProperty("load_each").GetProperty("missing_null_check").GetString());
        Assert.Matches("^[0-9a-f]{16}$", root.GetProperty("programs").GetProperty("missing_null_check").GetProperty("fingerprint").GetString());
        Assert.Contains("The verifier refused program", root.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [SkippableFact]
    public async Task Programs_that_are_off_are_loaded_only_when_each_is_asked_for()
    {
        Requires.Bpf();

        (int withoutEach, string table, _) = await CheckAsync(Object("optional_sections"));
        (int withEach, string all, _) = await CheckAsync("--each", Object("optional_sections"));

        Assert.Equal(0, withoutEach);
        Assert.Contains("1, 2 off", table, StringComparison.Ordinal);
        Assert.Equal(1, withEach);
        Assert.Contains("2 of 3 alone", all, StringComparison.Ordinal);
        Assert.Contains("load 'broken' alone: ", all, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task Bad_objects_do_not_stop_the_rest()
    {
        Requires.Bpf();
        string garbage = Path.Combine(_folder.FullName, "garbage.bpf.o");
        byte[] bytes = new byte[4096];
        Random.Shared.NextBytes(bytes);
        File.WriteAllBytes(garbage, bytes);
        string cut = Path.Combine(_folder.FullName, "cut.bpf.o");
        File.WriteAllBytes(cut, File.ReadAllBytes(Object("maps_basic"))[..700]);
        string absent = Path.Combine(_folder.FullName, "absent.bpf.o");

        (int exitCode, string output, _) = await CheckAsync("--json", garbage, cut, absent, Object("maps_basic"));

        string[] opens = [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("open").GetString()!)];
        Assert.Equal(["format", "format", "unreadable", "ok"], opens);
        Assert.Equal(1, exitCode);
    }

    [SkippableFact]
    public async Task An_object_that_takes_too_long_is_given_up_and_its_process_ended()
    {
        Requires.Bpf();
        string pipe = await MakePipeAsync(); // Opening it waits for somebody who writes.

        (int exitCode, string output, _) = await CheckAsync("--json", "--timeout", "8", pipe, Object("maps_basic"));

        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($$"""{"object":"{{pipe}}","open":"timeout","load_all":"timeout","load_each":{},"programs":{},"error":"It was given up after 8 seconds; --timeout gives more."}""", lines[0]);
        Assert.Contains("\"open\":\"ok\"", lines[1], StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        Assert.Empty(ProcessesWith(pipe));
    }

    [SkippableFact]
    public async Task When_the_command_is_killed_the_process_that_tries_the_object_ends_too()
    {
        Requires.Bpf();
        string pipe = await MakePipeAsync();
        await using ExampleProcess check = ExampleProcess.Start("EbpfNet.Tool", ["check", pipe]);
        await UntilAsync(() => ProcessesWith(pipe).Count == 2);

        check.Send(Signal.Kill);

        await UntilAsync(() => ProcessesWith(pipe).Count == 0);
    }

    [SkippableFact]
    public async Task What_an_object_pins_is_not_seen_outside()
    {
        Requires.Bpf();
        const string Pin = "/sys/fs/bpf/pinned"; // map_values pins it by name
        Assert.False(File.Exists(Pin));

        (_, string output, _) = await CheckAsync("--each", "--json", Object("map_values"), Object("map_values"));

        // Twice the same: the first left nothing behind that the second would have met.
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(lines[0], lines[1]);
        Assert.False(File.Exists(Pin));
        HashSet<string> names = [.. BpfMap.GetIds().Select(TryGetName)];
        Assert.DoesNotContain("pinned", names);
    }

    [SkippableFact]
    public async Task Without_privileges_it_says_what_can_be_said()
    {
        Requires.Bpf();
        string types = Open(Path.Combine(Repository.Root, "tests/bpf/core_target.bpf.o"));
        string fields = Open(Path.Combine(Repository.Root, "tests/bpf/core_errors.bpf.o"));
        string tool = CopyOfTool();

        await using ExampleProcess check = ExampleProcess.Start("EbpfNet.Tool", ["check", "--kernel-btf", types, fields], through: AsNobody, folder: tool);
        (int exitCode, string output, _) = await check.ExitAsync();

        Assert.Contains("  ok  ", output, StringComparison.Ordinal);
        Assert.Contains("not in the given kernel types", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
    }

    [Theory]
    [InlineData("argument missing", "check")]
    [InlineData("--timeout takes a number of seconds above 0", "check", "--timeout", "0", "x.bpf.o")]
    [InlineData("--timeout takes a number of seconds above 0, and not 'soon'", "check", "--timeout", "soon", "x.bpf.o")]
    [InlineData("--timeout takes a number of seconds above 0, and not '1e9'", "check", "--timeout", "1e9", "x.bpf.o")]
    [InlineData("--kernel-btf: ", "check", "--kernel-btf", "/nonexistent/vmlinux", "x.bpf.o")]
    [InlineData("there is no option '--eech'", "check", "--eech", "x.bpf.o")]
    public async Task A_wrong_command_is_told_in_a_sentence(string says, params string[] arguments)
    {
        await using ExampleProcess check = ExampleProcess.Start("EbpfNet.Tool", arguments);
        (int exitCode, string output, string errors) = await check.ExitAsync();

        Assert.Equal("", output);
        Assert.StartsWith("ebpfnet: ", errors, StringComparison.Ordinal);
        Assert.Contains(says, errors, StringComparison.Ordinal);
        Assert.Single(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public async Task The_help_calls_the_tool_by_its_name()
    {
        await using ExampleProcess help = ExampleProcess.Start("EbpfNet.Tool", ["check", "--help"]);
        (int exitCode, string output, _) = await help.ExitAsync();

        Assert.Contains("ebpfnet check <OBJECT>... [options]", output, StringComparison.Ordinal);
        Assert.Equal(0, exitCode);
    }

    private static string Object(string name) => Path.Combine(Repository.Root, "tests", "bpf", $"{name}.bpf.o");

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static async Task<(int ExitCode, string Output, string Errors)> CheckAsync(params string[] arguments)
    {
        await using ExampleProcess check = ExampleProcess.Start("EbpfNet.Tool", ["check", .. arguments]);
        return await check.ExitAsync();
    }

    private static string TryGetName(uint id)
    {
        try
        {
            using BpfMap map = BpfMap.OpenById(id);
            return map.Name;
        }
        catch (BpfException)
        {
            return ""; // Gone in between.
        }
    }

    private static List<int> ProcessesWith(string argument)
    {
        List<int> found = [];
        foreach (Process process in Process.GetProcesses())
        {
            using (process)
            {
                try
                {
                    if (File.ReadAllText($"/proc/{process.Id.ToString(CultureInfo.InvariantCulture)}/cmdline").Contains(argument, StringComparison.Ordinal))
                    {
                        found.Add(process.Id);
                    }
                }
                catch (IOException)
                {
                    // It ended in between.
                }
            }
        }

        return found;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; i < 1000 && !condition(); i++)
        {
            await Task.Delay(20);
        }

        Assert.True(condition());
    }

    private async Task<string> MakePipeAsync()
    {
        string pipe = Path.Combine(_folder.FullName, "pipe.bpf.o");
        Assert.Equal((0, ""), await CommandRun.RunAsync("mkfifo", pipe));
        return pipe;
    }

    /// <summary>A copy that every user may read, wherever the checkout is.</summary>
    private string Open(string file)
    {
        string copy = Path.Combine(_folder.FullName, Path.GetFileName(file));
        File.Copy(file, copy, overwrite: true);
        File.SetUnixFileMode(copy, UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return copy;
    }

    private string CopyOfTool()
    {
        File.SetUnixFileMode(_folder.FullName, (UnixFileMode)Convert.ToInt32("755", 8));
        string[] needed = ["EbpfNet.Tool.dll", "EbpfNet.Tool.runtimeconfig.json", "EbpfNet.Tool.deps.json", "EbpfNet.dll", "System.CommandLine.dll"];
        foreach (string name in needed)
        {
            Open(Path.Combine(AppContext.BaseDirectory, name));
        }

        return _folder.FullName;
    }
}

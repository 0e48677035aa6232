using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace EbpfNet.KernelTests.Abi;

/// <summary>The machine's C compiler with the kernel's headers, of whatever version, for what the library claims about them.</summary>
internal static partial class CCompiler
{
    private const string Includes = """
        #include <stddef.h>
        #include <sys/epoll.h>
        #include <sys/eventfd.h>
        #include <sys/socket.h>
        #include <sys/syscall.h>
        #include <linux/bpf.h>
        #include <linux/if_link.h>
        #include <linux/netlink.h>
        #include <linux/perf_event.h>
        #include <linux/rtnetlink.h>
        #include <linux/lwtunnel.h>
        #include <linux/pkt_cls.h>
        #include <linux/pkt_sched.h>
        #include <linux/seg6_local.h>
        #include <linux/tc_act/tc_bpf.h>

        """;

    private static readonly Lazy<string?> WhyNot = new(FindObstacle);

    private static readonly Lazy<HashSet<string>> Names = new(() =>
        [.. Word().Matches(Run("-E -dD", Includes).Output).Select(match => match.Value)]);

    /// <summary>Skips the test, with the reason, where there is no compiler or no header.</summary>
    public static void Require() => Skip.If(WhyNot.Value is not null, WhyNot.Value);

    /// <summary>Whether these headers mention a name: newer constants and fields are not in older headers.</summary>
    public static bool Knows(string name) => Names.Value.Contains(name);

    /// <summary>Compiles assertions; returns what the compiler says against them, which is nothing when all hold.</summary>
    public static string Check(IEnumerable<string> conditions)
    {
        string source = Includes + string.Concat(conditions.Select(condition => $"_Static_assert({condition}, \"{condition}\");\n"));
        (int exitCode, string output, string errors) = Run("-fsyntax-only", source);
        return exitCode == 0 ? "" : errors + output;
    }

    /// <summary>Those of some members of types, as <c>offsetof</c> takes them, that these headers have: words may be known from elsewhere.</summary>
    public static HashSet<(string Type, string Member)> FindMembers(IReadOnlyList<(string Type, string Member)> wanted)
    {
        string source = Includes + "#line 1\n" + string.Concat(wanted.Select(member => $"_Static_assert(offsetof({member.Type}, {member.Member}) >= 0, \"\");\n"));
        HashSet<int> missing = [.. MissingMember().Matches(Run("-fsyntax-only -fmax-errors=0", source).Errors).Select(match => int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture))];
        return [.. wanted.Where((_, index) => !missing.Contains(index + 1))];
    }

    private static string? FindObstacle()
    {
        try
        {
            (int exitCode, _, string errors) = Run("-fsyntax-only", Includes);
            return exitCode == 0 ? null : $"the C compiler does not find the kernel's headers: {errors}";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "there is no C compiler ('cc') on this machine";
        }
    }

    private static (int ExitCode, string Output, string Errors) Run(string options, string source)
    {
        using var process = Process.Start(new ProcessStartInfo("cc", $"-std=gnu11 {options} -x c -")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["LC_ALL"] = "C" },
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardInput.Write(source);
        process.StandardInput.Close();
        process.WaitForExit();
        return (process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    [GeneratedRegex("(?m)^<stdin>:([0-9]+):.* has no member named ")]
    private static partial Regex MissingMember();

    [GeneratedRegex("[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();
}

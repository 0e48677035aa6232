using EbpfNet.Loading;
using EbpfNet.Objects;
using EbpfNet.Tests.Architecture;
using FsCheck;
using FsCheck.Fluent;
using TestObjects = EbpfNet.Tests.Objects.TestObjects;

namespace EbpfNet.Tests.Loading;

/// <summary>
/// What kernels from 5.10 to 7.2 have said about the same programs (objects <c>rejected</c>, <c>rejected_more</c> and others; the end of it where it was long), and what is made of that. No kernel's
/// form may matter: the same logs, written in other ways, have to give the same.
/// </summary>
public class RealVerifierLogTests
{
    private static readonly string[] Kernels = ["5.10", "6.1", "6.12", "6.18", "7.2"];

    /// <summary>What the diagnosis of each program has to say, on every kernel.</summary>
    private static readonly Dictionary<string, string> Expected = new()
    {
        ["packet_out_of_bounds"] = "compared with data_end",
        ["missing_null_check"] = "register r0 may be NULL (the result of a map lookup)",
        ["map_value_out_of_bounds"] = "a map value of 32 bytes is accessed at offset 56 over 8 bytes",
        ["infinite_loop"] = "the loop never ends",
        ["uninitialised_register"] = "register r9 is read before anything was written to it",
        ["uninitialised_stack"] = "memory beyond the variables on the stack is accessed",
        ["wrong_helper_argument"] = "register r1 holds the program's context, where the called function wants map_ptr",
        ["context_out_of_bounds"] = "nothing of 4 bytes at offset 256",
        ["writes_to_context"] = "nothing of 4 bytes at offset 16",
        ["map_index_without_limit"] = "register r7 is used as an offset or a size and has no proven upper limit",
        ["map_index_below_zero"] = "a number without proven limits, which may be negative, is added to a pointer to a map value",
        ["packet_index_without_limit"] = "is added to a pointer to the packet",
        ["size_without_limit"] = "used as a size and may be 0, or has no proven limits",
        ["no_return_value"] = "the program can end without a return value",
        ["wrong_return_value"] = "the program returns 2, and this hook allows only 0 to 1",
        ["too_many_instructions"] = "too complex for the verifier",
        ["too_many_jumps"] = "too complex for the verifier",
        ["unknown_helper"] = "this kernel does not have helper number 4711",
        ["helper_of_another_kind"] = "bpf_skb_load_bytes cannot be called from a program of type BPF_PROG_TYPE_XDP",
        ["unreleased_socket"] = "what instruction 9 (./tests/bpf/rejected_more.bpf.c:",
        ["unreleased_record"] = "what instruction 5 (./tests/bpf/rejected_more.bpf.c:",
        ["stack_too_large"] = "the stack is 512 bytes, and byte -520 below it is used",
        ["stack_too_large_together"] = "the functions on a call chain together use 6",
        ["unreachable_instruction"] = "no path leads to this instruction",
        ["possibly_null_argument"] = "register r3 may be NULL (the result of a map lookup)",
        ["writes_to_constant"] = "read-only for programs",
        ["lock_left_locked"] = "bpf_spin",
        ["pointer_times_two"] = "register r1 is a pointer",
        ["of_another_kind"] = "the kernel function bpf_sock_destroy cannot be called from a program of type BPF_PROG_TYPE_SCHED_CLS",
        ["not_bound"] = "set the program's Device before loading",
        ["wrong_argument"] = "has to point to a struct task_struct",
        ["unreleased_task"] = "what instruction 1 (./tests/bpf/rejected_kfuncs.bpf.c:",
        ["gpl_only"] = "the object's licence is 'MIT'",
        ["loop"] = "Linux 5.13",
    };

    /// <summary>Those of which kernels say no instruction, because it is none in particular.</summary>
    private static readonly string[] WithoutPlace = ["stack_too_large_together", "not_bound", "loop"];

    private static readonly Lazy<RealLog[]> Logs = new(() => [.. Kernels.SelectMany(Read)]);

    public static TheoryData<string> Names => [.. Logs.Value.Select(log => log.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_refusal_of_every_kernel_is_understood(string name)
    {
        RealLog log = Logs.Value.Single(log => log.Name == name);

        VerifierReport report = log.Explain(log.Text);

        Assert.Contains(Expected[log.Program], report.Diagnosis, StringComparison.Ordinal);
        if (!WithoutPlace.Contains(log.Program))
        {
            Assert.NotNull(report.Instruction);
            Assert.Contains(log.Program == "gpl_only" ? "bpf_trace_printk" : "blame", report.SourceLine, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Each_kernel_was_asked_about_each_program_that_it_can_know()
    {
        foreach (IGrouping<string, RealLog> kernel in Logs.Value.GroupBy(log => log.Kernel))
        {
            Assert.InRange(kernel.Count(), 29, 40);
        }

        Assert.Equal(Expected.Keys.Order(StringComparer.Ordinal), Logs.Value.Select(log => log.Program).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_same_is_understood_when_the_log_has_another_form()
    {
        Gen<(RealLog Log, LogForm Form)> cases =
            from log in Gen.Elements(Logs.Value)
            from form in LogForm.Generator
            select (log, form);

        Prop.ForAll(cases.ToArbitrary(), it =>
        {
            VerifierReport expected = it.Log.Explain(it.Log.Text);
            VerifierReport report = it.Log.Explain(it.Form.Rewrite(it.Log.Text));

            Assert.Equal((expected.Instruction, expected.Diagnosis, expected.SourceLine), (report.Instruction, report.Diagnosis, report.SourceLine));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void A_log_that_is_cut_anywhere_is_read_without_an_error()
    {
        Gen<(RealLog Log, int From, int To)> cases =
            from log in Gen.Elements(Logs.Value)
            from a in Gen.Choose(0, log.Text.Length)
            from b in Gen.Choose(0, log.Text.Length)
            select (log, Math.Min(a, b), Math.Max(a, b));

        Prop.ForAll(cases.ToArbitrary(), it =>
        {
            VerifierReport report = it.Log.Explain(it.Log.Text[it.From..it.To]);
            Assert.True(report.Instruction is null or >= 0);
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    private static IEnumerable<RealLog> Read(string kernel)
    {
        string text = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "tests", "EbpfNet.Tests", "Loading", "VerifierLogs", $"linux-{kernel}.txt"));
        foreach (string part in text.Split("=== ", StringSplitOptions.RemoveEmptyEntries))
        {
            int end = part.IndexOf('\n', StringComparison.Ordinal);
            string[] words = part[..end].Split(' ');
            yield return new RealLog(kernel, words[0], words[1], part[(end + 1)..]);
        }
    }

    private sealed record RealLog(string Kernel, string Object, string Program, string Text)
    {
        private readonly Lazy<(LinkedProgram Linked, BpfObjectSpec Spec)> _program = new(() =>
        {
            BpfObjectSpec spec = TestObjects.Read(Object);
            return (TestObjects.Link(spec, Program), spec);
        });

        public string Name => $"{Kernel} {Object} {Program}";

        /// <summary>As a load does it. Older kernels keep the start of a log that is too long, so that its end is not there; what they return then tells.</summary>
        public VerifierReport Explain(string text)
        {
            bool isCut = Program == "too_many_instructions" && Kernel is "5.10" or "6.1";
            return VerifierReports.Create(VerifierLog.Parse(text), _program.Value.Linked, _program.Value.Spec.License, [], null, null, isCut, isTooLong: isCut);
        }

        public override string ToString() => Name;
    }
}

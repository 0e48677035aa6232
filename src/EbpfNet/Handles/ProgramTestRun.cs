using System.Runtime.CompilerServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The request behind <see cref="BpfProgram.TestRun"/>.</summary>
internal static unsafe class ProgramTestRun
{
    private const int Retries = 16;
    private const uint RunOnCpu = 1 << 0; // BPF_F_TEST_RUN_ON_CPU
    private const uint LiveFrames = 1 << 1; // BPF_F_TEST_XDP_LIVE_FRAMES
    private const uint ChecksumComplete = 1 << 2; // BPF_F_TEST_SKB_CHECKSUM_COMPLETE
    private const int LargestBatch = 256; // TEST_XDP_MAX_BATCH

    public static BpfTestRunResult Invoke(BpfProgram program, in BpfTestRun run)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(run.Repeat, nameof(run));
        ArgumentOutOfRangeException.ThrowIfNegative(run.BatchSize, nameof(run));
        if (program.Type == BpfProgramType.Syscall)
        {
            return InvokeSyscall(program, run);
        }

        using BpfHandle.Lease fd = program.Handle.Acquire();
        fixed (byte* data = run.Data, output = run.Output, context = run.Context, contextOutput = run.ContextOutput)
        {
            var attribute = new TestRunAttribute
            {
                ProgFd = fd.Fd,
                DataIn = data,
                DataSizeIn = (uint)run.Data.Length,
                DataOut = output,
                DataSizeOut = (uint)run.Output.Length,
                CtxIn = context,
                CtxSizeIn = (uint)run.Context.Length,
                CtxOut = contextOutput,
                CtxSizeOut = (uint)run.ContextOutput.Length,
                Repeat = RepeatOf(program, run),
                Flags = (run.Cpu is null ? 0 : RunOnCpu) | (run.LiveFrames ? LiveFrames : 0) | (run.ChecksumComplete ? ChecksumComplete : 0),
                Cpu = (uint)(run.Cpu ?? 0),
                BatchSize = (uint)run.BatchSize,
            };
            int result = BpfSyscall.Invoke(BpfCommand.ProgTestRun, &attribute);
            for (int retry = 0; !run.LiveFrames && retry < Retries && result is -(int)BpfErrno.EINTR or -(int)BpfErrno.EAGAIN; retry++)
            {
                // Live frames are out, and would go out again. Between two repeats the kernel looks for a signal, and gives up for any. It was handled on the way here, so that another run may get
                // through, but one that takes longer than signals are apart never does: each starts from the first repeat.
                result = BpfSyscall.Invoke(BpfCommand.ProgTestRun, &attribute);
            }

            return result >= 0
                ? new BpfTestRunResult(attribute.Retval, TimeSpan.FromMicroseconds(attribute.Duration / 1000.0), (int)attribute.DataSizeOut, (int)attribute.CtxSizeOut) { DurationNanoseconds = attribute.Duration }
                : throw Explain((BpfErrno)(-result), program, run);
        }
    }

    /// <summary>Runs with a context that is a struct, and writes it back where the kernel gives it back.</summary>
    public static BpfTestRunResult Invoke<TContext>(BpfProgram program, BpfTestRun run, ref TContext context)
        where TContext : unmanaged
    {
        TContext given = context;
        if (typeof(TContext) == typeof(XdpMd))
        {
            ref XdpMd xdp = ref Unsafe.As<TContext, XdpMd>(ref given);
            xdp.DataEnd = xdp.DataEnd == 0 ? (uint)run.Data.Length : xdp.DataEnd;
        }

        bool isGivenBack = program.Type is not (BpfProgramType.RawTracepoint or BpfProgramType.RawTracepointWritable or BpfProgramType.Netfilter) && !run.LiveFrames;
        fixed (TContext* after = &context)
        {
            run.Context = new ReadOnlySpan<byte>(&given, sizeof(TContext));
            run.ContextOutput = new Span<byte>(after, isGivenBack ? sizeof(TContext) : 0);
            return Invoke(program, run);
        }
    }

    /// <summary>Raw tracepoint programs run once, and the kernel refuses to be told so.</summary>
    private static uint RepeatOf(BpfProgram program, in BpfTestRun run) =>
        program.Type == BpfProgramType.RawTracepoint && run.Repeat == 1 ? 0 : (uint)run.Repeat;

    /// <summary>Programs of this type run once and change their context where it is; the kernel wants every other field zero.</summary>
    private static BpfTestRunResult InvokeSyscall(BpfProgram program, in BpfTestRun run)
    {
        if (!run.Data.IsEmpty || !run.Output.IsEmpty || run.Repeat > 1 || run.Cpu is not null || run.LiveFrames || run.BatchSize != 0 || run.ChecksumComplete)
        {
            throw new ArgumentException($"{program} takes a context, runs once, and has no data, output, CPU or mode: programs of section 'syscall' do.", nameof(run));
        }

        using BpfHandle.Lease fd = program.Handle.Acquire();
        byte[] context = run.Context.ToArray();
        fixed (byte* changed = context)
        {
            var attribute = new TestRunAttribute { ProgFd = fd.Fd, CtxIn = changed, CtxSizeIn = (uint)context.Length };
            int result = BpfSyscall.Invoke(BpfCommand.ProgTestRun, &attribute);
            if (result < 0)
            {
                throw Explain((BpfErrno)(-result), program, run);
            }

            int written = Math.Min(context.Length, run.ContextOutput.Length);
            context.AsSpan(0, written).CopyTo(run.ContextOutput);
            return new BpfTestRunResult(attribute.Retval, TimeSpan.Zero, 0, written);
        }
    }

    private static BpfException Explain(BpfErrno error, BpfProgram program, in BpfTestRun run) => SyscallErrors.Create(
        error,
        BpfCommand.ProgTestRun,
        $"run {program} on {run.Data.Length} bytes of input",
        error switch
        {
            BpfErrno.ENOTSUPP or BpfErrno.EOPNOTSUPP => $"The kernel cannot run programs of type {program.Type} this way",
            BpfErrno.EINVAL when run.LiveFrames => "Live frames are for XDP programs, take no output, and come in by an interface whose driver has XDP running, or by the loopback interface; before Linux 5.18 there are none",
            BpfErrno.E2BIG when run.BatchSize > LargestBatch => $"A batch has {LargestBatch} frames at most",
            BpfErrno.EINVAL when run.ChecksumComplete => "The mode for complete checksums is for programs about packets (sk_buff), and for Linux 6.16 and later",
            BpfErrno.EBADMSG => "The program has changed the packet without keeping its checksum true",
            BpfErrno.EINVAL when program.Type == BpfProgramType.RawTracepoint => "Raw tracepoint programs run once, on a context of 8 bytes for each argument that they read and without data or output",
            BpfErrno.EINVAL => "The input does not suit this kind of program: packets need at least the 14 bytes of an Ethernet header, a context may have only those fields set that the kernel takes in, and other kinds take a context instead of data",
            BpfErrno.EINTR when run.LiveFrames => $"A signal came before all {run.Repeat} frames were handled: how many were is not known",
            BpfErrno.EINTR => $"Signals came faster than {run.Repeat} repeats take, {Retries + 1} times in a row: ask for fewer repeats, several times",
            BpfErrno.ENOSPC => $"The output does not fit into the {run.Output.Length} bytes of Output",
            _ => null,
        });
}

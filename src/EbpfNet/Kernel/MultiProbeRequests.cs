using System.Text;
using EbpfNet.Abi;

namespace EbpfNet.Kernel;

/// <summary>Links that put a program on many places at once: in one file (<c>uprobe.multi</c>), or in the kernel (<c>kprobe.multi</c>, <c>fentry.multi</c>).</summary>
internal static unsafe class MultiProbeRequests
{
    private const uint Return = 1; // BPF_F_UPROBE_MULTI_RETURN, BPF_F_KPROBE_MULTI_RETURN

    /// <summary>Links to places of a file (Linux 6.6).</summary>
    /// <param name="program">The program, loaded for this.</param>
    /// <param name="type">What it was loaded for: many places, or sessions.</param>
    /// <param name="path">The file.</param>
    /// <param name="offsets">The places.</param>
    /// <param name="counters">For each place, the place of its counter; <see langword="null"/> for none.</param>
    /// <param name="cookies">For each place, the number that the program is told; <see langword="null"/> for none.</param>
    /// <param name="process">The process, or 0 for all.</param>
    /// <param name="isReturn">When the functions return.</param>
    /// <param name="link">The link.</param>
    public static BpfErrno CreateUprobe(
        BpfHandle program, BpfAttachType type, string path, ulong[] offsets, ulong[]? counters, ulong[]? cookies, int process, bool isReturn, out BpfHandle? link)
    {
        fixed (byte* file = KernelObjects.ToPath(path))
        fixed (ulong* places = offsets, raised = counters, told = cookies)
        {
            var attribute = new LinkCreateAttribute
            {
                AttachType = type,
                UprobeMultiPath = file,
                UprobeMultiOffsets = places,
                UprobeMultiReferenceCounters = raised,
                UprobeMultiCookies = told,
                UprobeMultiCount = (uint)offsets.Length,
                UprobeMultiFlags = isReturn ? Return : 0,
                UprobeMultiProcess = (uint)process,
            };
            return KernelLinks.Create(program, attribute, out link);
        }
    }

    /// <summary>Links to functions of the kernel by name (Linux 5.18).</summary>
    /// <param name="program">The program, loaded for this.</param>
    /// <param name="type">What it was loaded for: many functions, or sessions.</param>
    /// <param name="functions">The functions.</param>
    /// <param name="cookies">For each, the number that the program is told; <see langword="null"/> for none.</param>
    /// <param name="isReturn">When the functions return.</param>
    /// <param name="link">The link.</param>
    public static BpfErrno CreateKprobe(BpfHandle program, BpfAttachType type, IReadOnlyList<string> functions, ulong[]? cookies, bool isReturn, out BpfHandle? link)
    {
        // All names one behind the other, and where each begins.
        byte[] names = Encoding.UTF8.GetBytes(string.Concat(functions.Select(function => function + '\0')));
        nint[] starts = new nint[functions.Count];
        fixed (byte* text = names)
        fixed (nint* pointers = starts)
        fixed (ulong* told = cookies)
        {
            int at = 0;
            for (int i = 0; i < starts.Length; i++)
            {
                starts[i] = (nint)(text + at);
                at += Encoding.UTF8.GetByteCount(functions[i]) + 1;
            }

            var attribute = new LinkCreateAttribute
            {
                AttachType = type,
                KprobeMultiSymbols = (byte**)pointers,
                KprobeMultiCount = (uint)starts.Length,
                KprobeMultiCookies = told,
                KprobeMultiFlags = isReturn ? Return : 0,
            };
            return KernelLinks.Create(program, attribute, out link);
        }
    }

    /// <summary>Links to functions of the kernel by their ids in its types (Linux 7.2).</summary>
    /// <param name="program">The program, loaded for this.</param>
    /// <param name="type">What it was loaded for: entry, return, or sessions.</param>
    /// <param name="ids">The functions; each once.</param>
    /// <param name="cookies">For each, the number that the program is told; <see langword="null"/> for none.</param>
    /// <param name="link">The link.</param>
    public static BpfErrno CreateTracing(BpfHandle program, BpfAttachType type, uint[] ids, ulong[]? cookies, out BpfHandle? link)
    {
        fixed (uint* functions = ids)
        fixed (ulong* told = cookies)
        {
            var attribute = new LinkCreateAttribute { AttachType = type, TracingMultiIds = functions, TracingMultiCookies = told, TracingMultiCount = (uint)ids.Length };
            return KernelLinks.Create(program, attribute, out link);
        }
    }
}

using EbpfNet.Abi;
using EbpfNet.Instructions;

namespace EbpfNet.Kernel;

/// <summary>What this kernel can do with arenas, found out by trying.</summary>
internal static unsafe class ArenaProbes
{
    /// <summary>Kernels before 7.0 let no instruction name what is further from the start of a map (<c>BPF_MAX_VAR_OFF</c>).</summary>
    private const int OldReach = 1 << 29;

    /// <summary>Where the probe's arena would be mapped; nobody maps it.</summary>
    private const ulong SomeAddress = 1ul << 44;

    /// <summary>Whether programs can name every byte of an arena, however large it is (Linux 7.0).</summary>
    public static FeatureProbe FullReach { get; } = new(TryFullReach);

    private static FeatureAnswer TryFullReach()
    {
        var map = new MapCreateAttribute
        {
            MapType = BpfMapType.Arena,
            MaxEntries = (uint)((ulong)OldReach / MemoryMapping.PageSize) + 1,
            MapFlags = BpfMapFlags.Mmapable,
            MapExtra = SomeAddress,
        };
        BpfErrno refusal = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &map, out BpfHandle? arena);
        if (arena is null)
        {
            return refusal is BpfErrno.EINVAL or BpfErrno.E2BIG ? FeatureAnswer.No : FeatureAnswer.Inconclusive; // A kernel without arenas.
        }

        using (arena)
        {
            using BpfHandle.Lease fd = arena.Acquire();
            BpfInstruction[] code = new BpfAssembler().LoadMapValue(BpfRegister.R1, fd.Fd, OldReach).Mov64(BpfRegister.R0, 0).Exit().ToArray();
            fixed (BpfInstruction* instructions = code)
            fixed (byte* license = "GPL\0"u8)
            {
                var program = new ProgramLoadAttribute { ProgType = BpfProgramType.Syscall, ProgFlags = BpfProgramFlags.Sleepable, Insns = instructions, InsnCnt = (uint)code.Length, License = license };
                BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.ProgLoad, &program, out BpfHandle? handle);
                handle?.Dispose();
                return error switch
                {
                    BpfErrno.None => FeatureAnswer.Yes,
                    BpfErrno.EINVAL => FeatureAnswer.No,
                    _ => FeatureAnswer.Inconclusive,
                };
            }
        }
    }
}

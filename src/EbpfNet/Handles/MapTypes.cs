using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The types that the kernel keeps of a map that was created with them: for maps opened by pin or id, whose object is not at hand.</summary>
internal static unsafe class MapTypes
{
    /// <summary>The types, or <see langword="null"/> where the kernel does not show them (it asks for CAP_SYS_ADMIN).</summary>
    public static BtfSpec? TryRead(uint btfId)
    {
        if (KernelObjects.TryOpenById(BpfCommand.BtfGetFdById, btfId, out BpfHandle? handle) != BpfErrno.None)
        {
            return null;
        }

        using (handle)
        {
            BtfInfoData info = default;
            if (KernelObjects.TryGetInfo(handle!, ref info) != BpfErrno.None)
            {
                return null;
            }

            var bytes = new byte[info.BtfSize];
            fixed (byte* start = bytes)
            {
                info = new BtfInfoData { Btf = start, BtfSize = (uint)bytes.Length };
                return KernelObjects.TryGetInfo(handle!, ref info) == BpfErrno.None ? BtfSpec.Parse(bytes) : null;
            }
        }
    }
}

using EbpfNet.Btf;

namespace EbpfNet;

/// <summary>The types that the kernel keeps of a map or a program that was made with them: for those opened by pin or id, whose object is not at hand.</summary>
internal static class MapTypes
{
    /// <summary>
    /// The types, or <see langword="null"/> where the kernel does not show them (it asks for CAP_SYS_ADMIN), they are gone, or they are of a form that is not known here, as a newer kernel may have
    /// taken: what is no more than described by them can be told all the same.
    /// </summary>
    public static BtfSpec? TryRead(uint btfId)
    {
        try
        {
            using BpfBtf types = BpfBtf.OpenById(btfId);
            return types.ToSpec();
        }
        catch (Exception e) when (e is BpfSyscallException or BpfObjectFormatException)
        {
            return null;
        }
    }
}

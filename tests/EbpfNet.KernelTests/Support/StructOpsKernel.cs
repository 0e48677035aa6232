using EbpfNet.Abi;

namespace EbpfNet.KernelTests;

/// <summary>Whether this kernel lets programs be TCP congestion controls, through links.</summary>
internal static class StructOpsKernel
{
    public static void Require()
    {
        BpfObjectSpec spec = TestObjects.Read("struct_ops");
        try
        {
            BpfObject.Load(spec).Dispose();
        }
        catch (BpfException e) when (e is BpfNotSupportedException or BpfSyscallException { Error: BpfErrno.EINVAL or BpfErrno.ENOTSUPP })
        {
            throw Lack.Of(KernelFeatures.HasLinkType(BpfLinkType.StructOps).IsPresent, e); // TCP congestion controls through links (Linux 6.4).
        }
    }
}

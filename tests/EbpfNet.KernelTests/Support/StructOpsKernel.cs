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
            Skip.If(true, $"this kernel does not let programs be TCP congestion controls through links (Linux 6.4): {e.Message}");
        }
    }
}

using System.Text;

namespace EbpfNet.Kernel;

/// <summary>The types of kernel modules as objects of the kernel's: to name one of them, a program's load needs a descriptor.</summary>
internal static unsafe class KernelModuleTypes
{
    private const int MaxName = 64;

    /// <summary>Opens a module's types.</summary>
    /// <exception cref="BpfException">There is no such module any more, or the process may not look for it (CAP_SYS_ADMIN).</exception>
    public static BpfHandle Open(string module)
    {
        string what = $"the types of kernel module '{module}'";
        foreach (uint id in KernelObjects.GetIds(BpfCommand.BtfGetNextId, what))
        {
            if (KernelObjects.TryOpenById(BpfCommand.BtfGetFdById, id, out BpfHandle? handle) == BpfErrno.None && handle is not null)
            {
                if (IsModule(handle, module))
                {
                    return handle;
                }

                handle.Dispose();
            }
        }

        throw SyscallErrors.Create(BpfErrno.ENOENT, BpfCommand.BtfGetNextId, $"find {what}", "It was unloaded meanwhile");
    }

    private static bool IsModule(BpfHandle handle, string module)
    {
        byte* name = stackalloc byte[MaxName];
        var info = new BtfInfoData { Name = name, NameLen = MaxName };
        if (KernelObjects.TryGetInfo(handle, ref info) != BpfErrno.None || info.KernelBtf == 0)
        {
            return false;
        }

        ReadOnlySpan<byte> text = new(name, MaxName);
        int end = text.IndexOf((byte)0);
        return end > 0 && Encoding.UTF8.GetString(text[..end]) == module;
    }
}

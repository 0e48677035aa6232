using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Type information in the kernel: that of an object whose maps or programs are loaded, that of the kernel itself, or that of a module.</summary>
/// <remarks>Stands for a BTF file descriptor. Disposing closes it; the types stay as long as something uses them. Members may be called from several threads.</remarks>
public sealed class BpfBtf : IDisposable
{
    private const int NameRoom = 64; // A module's name has at most 55 characters.
    private const string KernelName = "vmlinux";

    private readonly BpfHandle _handle;

    private BpfBtf(BpfHandle handle, in BtfInfoData info, string name)
    {
        _handle = handle;
        handle.Owner = this;
        Id = info.Id;
        Size = info.BtfSize;
        IsKernel = info.KernelBtf != 0;
        Name = name;
    }

    /// <summary>The id on this machine (<c>id</c>).</summary>
    public uint Id { get; }

    /// <summary><c>vmlinux</c>, or the name of a kernel module; empty for types that a program has loaded (<c>name</c>; Linux 5.11).</summary>
    public string Name { get; }

    /// <summary>Whether the types are the kernel's or a module's own (<c>kernel_btf</c>; Linux 5.11).</summary>
    public bool IsKernel { get; }

    /// <summary>The size in bytes (<c>btf_size</c>).</summary>
    public uint Size { get; }

    /// <summary>Opens types by their id (<c>BPF_BTF_GET_FD_BY_ID</c>; Linux 4.18, CAP_SYS_ADMIN).</summary>
    /// <param name="id">The id, as <see cref="GetIds"/>, <see cref="BpfMapInfo.BtfId"/> or <see cref="BpfProgramInfo.BtfId"/> tells it.</param>
    /// <exception cref="BpfSyscallException">There are none, or this process may not open them.</exception>
    public static BpfBtf OpenById(uint id) => Own(KernelObjects.OpenById(BpfCommand.BtfGetFdById, id, "the BTF"));

    /// <summary>The ids of all BTF on this machine (<c>BPF_BTF_GET_NEXT_ID</c>; Linux 5.5, CAP_SYS_ADMIN).</summary>
    /// <exception cref="BpfSyscallException">This process may not list them.</exception>
    public static IReadOnlyList<uint> GetIds() => KernelObjects.GetIds(BpfCommand.BtfGetNextId, "BTF");

    /// <summary>Opens all BTF of this machine, one after another, in the order of the ids (Linux 5.5, CAP_SYS_ADMIN). What vanishes meanwhile is passed over.</summary>
    /// <returns>The handles. Each is for the caller to dispose.</returns>
    /// <exception cref="BpfSyscallException">This process may not open them; thrown by the enumeration.</exception>
    public static IEnumerable<BpfBtf> OpenAll() =>
        KernelObjects.OpenAll(BpfCommand.BtfGetNextId, BpfCommand.BtfGetFdById, "BTF").Select(found => Own(found.Handle));

    /// <summary>Reads and parses the types.</summary>
    /// <param name="kernel">For a module's types, which continue the kernel's, those of the kernel; if they are not given they are read now.</param>
    /// <returns>The types, a copy in this process.</returns>
    /// <exception cref="BpfSyscallException">The kernel refused.</exception>
    /// <exception cref="BpfObjectFormatException">What the kernel gave is not well-formed, or <paramref name="kernel"/> is not what it continues.</exception>
    /// <exception cref="ObjectDisposedException">The handle was disposed.</exception>
    public unsafe BtfSpec ToSpec(BtfSpec? kernel = null)
    {
        byte[] bytes = new byte[Size];
        fixed (byte* start = bytes)
        {
            var info = new BtfInfoData { Btf = start, BtfSize = Size };
            BpfErrno error = KernelObjects.TryGetInfo(_handle, ref info);
            if (error != BpfErrno.None)
            {
                throw SyscallErrors.Create(error, BpfCommand.ObjGetInfoByFd, $"read {this}");
            }
        }

        bool isModule = IsKernel && Name != KernelName;
        BtfSpec? continued = isModule ? kernel ?? BtfSpec.ParseKernels(MappedFile.Read(KernelProbes.KernelTypesFile), null, KernelName) : null;
        return IsKernel ? BtfSpec.ParseKernels(bytes, continued, Name) : BtfSpec.Parse(bytes, section: ToString());
    }

    /// <summary>Closes this descriptor. Calling it again does nothing.</summary>
    public void Dispose() => _handle.Dispose();

    /// <summary>The types as messages call them.</summary>
    public override string ToString() => Name.Length == 0 ? $"BTF {Id}" : $"BTF {Id} ({Name})";

    private static unsafe BpfBtf Own(BpfHandle handle)
    {
        try
        {
            Span<byte> name = stackalloc byte[NameRoom];
            name.Clear();
            fixed (byte* start = name)
            {
                var info = new BtfInfoData { Name = start, NameLen = NameRoom };
                BpfErrno error = KernelObjects.TryGetInfo(handle, ref info);
                if (error == BpfErrno.E2BIG)
                {
                    info = default; // Before Linux 5.11 there is no name.
                    error = KernelObjects.TryGetInfo(handle, ref info);
                }

                return error == BpfErrno.None
                    ? new BpfBtf(handle, info, KernelText.Read(name))
                    : throw SyscallErrors.Create(error, BpfCommand.ObjGetInfoByFd, "read the information of BTF");
            }
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }
}

using System.Diagnostics.CodeAnalysis;
using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Makes local storages that belong to no object. The kernel demands to be told the types of keys and values: they are made up from the C# type.</summary>
internal static unsafe class StorageCreation
{
    private const BpfMapFlags Allowed = BpfMapFlags.NoPrealloc | BpfMapFlags.Clone;

    /// <exception cref="BpfNotSupportedException">The kernel has no such storages.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused for another reason.</exception>
    public static BpfMap Create<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(BpfMapType type, string name, BpfMapFlags flags, Version since)
        where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(name);
        var builder = new BtfBuilder(bigEndian: !BitConverter.IsLittleEndian);
        BtfTypeId key = builder.AddInt("int", sizeof(int), BtfIntEncoding.Signed);
        BtfTypeId value = LayoutTypes.Add(builder, typeof(T).Name, BpfTypeLayout.Of<T>());
        BtfSpec btf = builder.ToSpec();
        using BpfHandle types = Load(btf, name);
        using BpfHandle.Lease typesFd = types.Acquire();
        var attribute = new MapCreateAttribute
        {
            MapType = type,
            KeySize = sizeof(int),
            ValueSize = (uint)sizeof(T),
            MapFlags = flags | BpfMapFlags.NoPrealloc,
            MapName = KernelName.From(name),
            BtfFd = typesFd.Fd,
            BtfKeyTypeId = key.Value,
            BtfValueTypeId = value.Value,
        };
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &attribute, out BpfHandle? handle);
        if (handle is null)
        {
            throw error == BpfErrno.EINVAL && (flags & ~Allowed) == 0
                ? new BpfNotSupportedException($"Map '{name}' ({type.CName()})", "this kernel does not have this kind of map, or was built without it", since)
                : SyscallErrors.Create(error, BpfCommand.MapCreate, $"create map '{name}' ({type.CName()}, values of {sizeof(T)} bytes, flags {attribute.MapFlags})", Advise(error));
        }

        try
        {
            return BpfMap.FromCreated(handle, name, attribute, btf, key, value);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    private static BpfHandle Load(BtfSpec btf, string name)
    {
        fixed (byte* data = btf.Data.Span)
        {
            var attribute = new BtfLoadAttribute { Btf = data, BtfSize = (uint)btf.Data.Length };
            BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.BtfLoad, &attribute, out BpfHandle? handle);
            return handle ?? throw SyscallErrors.Create(error, BpfCommand.BtfLoad, $"load the types of map '{name}'");
        }
    }

    private static string? Advise(BpfErrno error) => error switch
    {
        BpfErrno.E2BIG => "The value is larger than the kernel keeps with one object",
        BpfErrno.EINVAL => "Storages take no flags but BPF_F_NO_PREALLOC and, for sockets, BPF_F_CLONE",
        _ => null,
    };
}

using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Tool.Inspect;

/// <summary>What the machine calls the numbers that the kernel tells: interfaces, control groups, network namespaces, functions. Looked up when they are first asked for.</summary>
internal sealed class Surroundings
{
    private readonly Lazy<Dictionary<int, string>> _interfaces = new(ReadInterfaces);
    private readonly Lazy<Dictionary<ulong, string>> _cgroups = new(ReadCgroups);
    private readonly Lazy<KernelSymbols?> _symbols = new(ReadSymbols);
    private readonly Lazy<Holders> _holders = new(Holders.Find);
    private readonly Lazy<Pins> _pins = new(Pins.Find);
    private readonly Lazy<Namespaces> _namespaces = new(Namespaces.Find);
    private readonly Lazy<BtfSpec?> _kernelTypes = new(() => EbpfNet.KernelBtf.TryOpenRunning()?.Vmlinux);
    private readonly Dictionary<uint, BtfSpec?> _types = [];

    internal Holders Holders => _holders.Value;

    /// <summary>The folders of the control groups, by the kernel's numbers for them.</summary>
    internal IReadOnlyDictionary<ulong, string> Cgroups => _cgroups.Value;

    internal Pins Pins => _pins.Value;

    internal Namespaces Namespaces => _namespaces.Value;

    /// <summary>An interface's name in this network namespace; the kernel does not tell whether it means that one.</summary>
    internal string? InterfaceName(uint index) => _interfaces.Value.GetValueOrDefault((int)index);

    internal string? CgroupPath(ulong id) => _cgroups.Value.GetValueOrDefault(id);

    /// <summary>The kernel functions at some addresses; those that are not known, or hidden, are left out.</summary>
    internal IReadOnlyList<string> FunctionNames(IReadOnlyList<ulong> addresses) =>
        [.. addresses.Where(address => address != 0).Select(address => _symbols.Value?.Resolve(address).Symbol).OfType<string>().Order(StringComparer.Ordinal)];

    /// <summary>What a type of some BTF is called: the function that a program is for.</summary>
    internal string? TypeName(uint btfId, uint typeId)
    {
        if (btfId == 0 || typeId == 0)
        {
            return null;
        }

        if (!_types.TryGetValue(btfId, out BtfSpec? spec))
        {
            try
            {
                using BpfBtf types = BpfBtf.OpenById(btfId);
                spec = types is { IsKernel: true, Name: "vmlinux" } ? _kernelTypes.Value : types.ToSpec(types.IsKernel ? _kernelTypes.Value : null); // Modules continue the kernel's.
            }
            catch (BpfException)
            {
                // Gone, or not for this process.
            }

            _types.Add(btfId, spec);
        }

        return spec is not null && spec.TryGetType(new BtfTypeId(typeId), out BtfType? type) ? type.Name : null;
    }

    private static KernelSymbols? ReadSymbols()
    {
        try
        {
            return KernelSymbols.Load();
        }
        catch (BpfNotSupportedException)
        {
            return null; // Addresses are hidden.
        }
    }

    private static Dictionary<int, string> ReadInterfaces()
    {
        using NetlinkSocket socket = NetlinkSocket.Open();
        return NetworkDevice.List(socket).ToDictionary(device => device.Index, device => device.Name);
    }

    private static Dictionary<ulong, string> ReadCgroups()
    {
        Dictionary<ulong, string> found = [];
        EnumerationOptions options = new() { RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint };
        foreach (string folder in Mounts.Of("cgroup2").SelectMany(mount => Directory.EnumerateDirectories(mount, "*", options).Prepend(mount)))
        {
            try
            {
                using BpfCgroup group = BpfCgroup.Open(folder);
                found[group.Id] = folder;
            }
            catch (BpfException)
            {
                // Gone meanwhile.
            }
        }

        return found;
    }
}

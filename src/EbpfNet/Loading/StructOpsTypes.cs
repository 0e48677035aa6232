using System.Text;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>A kernel struct of functions that programs can implement: the struct itself, and the one that wraps it as a map's value.</summary>
/// <param name="Types">The BTF that has both: the kernel's, or a module's.</param>
/// <param name="Struct">The struct.</param>
/// <param name="Value">The value: <c>struct bpf_struct_ops_NAME</c>.</param>
/// <param name="Start">Where the struct starts in the value, in bytes.</param>
/// <param name="Module">The module; <see langword="null"/> for the kernel itself.</param>
internal sealed record StructOpsTypes(BtfSpec Types, BtfStruct Struct, BtfStruct Value, uint Start, string? Module)
{
    private const string ValuePrefix = "bpf_struct_ops_";

    /// <exception cref="BpfNotSupportedException">The kernel does not give its types, or has no such struct that programs can implement.</exception>
    public static StructOpsTypes Find(BpfMapSpec map, TargetKernel kernel)
    {
        if (KernelProbes.KernelTypes.IsMissing)
        {
            throw new BpfNotSupportedException(
                $"Creating {map}", $"it is laid out as the kernel's types say, and this kernel does not give them: {KernelProbes.KernelTypesFile} is missing. Boot a kernel built with CONFIG_DEBUG_INFO_BTF", new Version(5, 6));
        }

        string name = Encoding.UTF8.GetString(CoreNames.Essential(Encoding.UTF8.GetBytes(map.StructOps!.TypeName)));
        bool isKnown = false;
        if (Find(kernel.Running.Vmlinux, name, null, ref isKnown) is { } inKernel)
        {
            return inKernel;
        }

        foreach (BtfSpec module in kernel.Running.LoadModules())
        {
            if (Find(module, name, module.Section, ref isKnown) is { } inModule)
            {
                return inModule;
            }
        }

        throw new BpfNotSupportedException(
            $"Implementing 'struct {name}' by {map}",
            isKnown
                ? $"the kernel has this struct, but not 'struct {ValuePrefix}{name}', without which programs cannot implement it"
                : "the kernel has no such struct; it may come with a module that is not loaded, or with a later version. Set the map's AutoCreate to false to do without");
    }

    private static StructOpsTypes? Find(BtfSpec types, string name, string? module, ref bool isKnown)
    {
        if (FindOwn(types, name) is not { } type)
        {
            return null;
        }

        isKnown = true;
        if (FindOwn(types, ValuePrefix + name) is not { } value)
        {
            return null;
        }

        foreach (BtfMember member in value.Members)
        {
            if (types.SkipModifiers(member.Type) == type.Id)
            {
                return new StructOpsTypes(types, type, value, member.ByteOffset, module);
            }
        }

        return null;
    }

    private static BtfStruct? FindOwn(BtfSpec types, string name)
    {
        var ids = new List<BtfTypeId>();
        types.FindOwnIds(Encoding.UTF8.GetBytes(name), BtfKind.Struct.ToSet(), ids);
        return ids.Count == 0 ? null : types.Get<BtfStruct>(ids[0]);
    }
}

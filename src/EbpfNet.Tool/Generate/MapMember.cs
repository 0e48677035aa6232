using EbpfNet.Abi;
using EbpfNet.Btf;

namespace EbpfNet.Tool.Generate;

/// <summary>A map as a property.</summary>
/// <param name="Spec">The map.</param>
/// <param name="Name">Its name in C#.</param>
/// <param name="Type">The property's type.</param>
/// <param name="Getter">What of a <c>BpfObject</c> gives it, without arguments: <c>GetArray&lt;uint&gt;</c>; <see langword="null"/> for a map without typed view.</param>
internal sealed record MapMember(BpfMapSpec Spec, string Name, string Type, string? Getter)
{
    public static MapMember Of(BpfMapSpec map, string name, TypeTable types)
    {
        CSharpType? key = Find(map.KeyTypeId, map.KeySize, name + "Key", types);
        CSharpType? value = map.Type == BpfMapType.StructOps ? null : Find(map.ValueTypeId, map.ValueSize, name + "Value", types);
        if (map.InnerMap is { } inner)
        {
            // Their views are made by who opens them.
            Find(inner.KeyTypeId, inner.KeySize, name + "InnerKey", types);
            Find(inner.ValueTypeId, inner.ValueSize, name + "InnerValue", types);
        }

        (string view, CSharpType?[] arguments) = ViewOf(map.Type, key, value);
        if (view.Length == 0 || arguments.Contains(null))
        {
            return new MapMember(map, name, "global::EbpfNet.BpfMap", null);
        }

        string generic = arguments.Length == 0 ? "" : $"<{string.Join(", ", arguments.Select(argument => argument!.Text))}>";
        string getter = view == "StructOpsMap" ? "GetStructOps" : "Get" + view;
        return new MapMember(map, name, $"global::EbpfNet.Bpf{view}{generic}", getter + generic);
    }

    private static CSharpType? Find(BtfTypeId? type, int size, string context, TypeTable types) =>
        type is { IsVoid: false } id && types.Find(id, context) is { } found && found.Size == size ? found : types.Bytes(size);

    /// <summary>The view for each type of map, without <c>Bpf</c>: the types are called so, and what gives them <c>Get</c> and that.</summary>
    private static (string View, CSharpType?[] Arguments) ViewOf(BpfMapType type, CSharpType? key, CSharpType? value) => type switch
    {
        BpfMapType.Hash or BpfMapType.LruHash or BpfMapType.RHash => ("HashMap", [key, value]),
        BpfMapType.PerCpuHash or BpfMapType.LruPerCpuHash => ("PerCpuHashMap", [key, value]),
        BpfMapType.Array => ("Array", [value]),
        BpfMapType.PerCpuArray => ("PerCpuArray", [value]),
        BpfMapType.LpmTrie => ("LpmTrie", [key, value]),
        BpfMapType.HashOfMaps or BpfMapType.ArrayOfMaps => ("MapOfMaps", [key]),
        BpfMapType.ProgArray => ("ProgramArray", []),
        BpfMapType.SockMap => ("SockMap", []),
        BpfMapType.SockHash => ("SockHash", [key]),
        BpfMapType.ReusePortSockArray => ("ReusePortSockArray", []),
        BpfMapType.DevMap => ("DeviceMap", []),
        BpfMapType.DevMapHash => ("DeviceHashMap", []),
        BpfMapType.CpuMap => ("CpuMap", []),
        BpfMapType.XskMap => ("XskMap", []),
        BpfMapType.Queue => ("Queue", [value]),
        BpfMapType.Stack => ("Stack", [value]),
        BpfMapType.BloomFilter => ("BloomFilter", [value]),
        BpfMapType.RingBuf => ("RingBuffer", []),
        BpfMapType.UserRingBuf => ("UserRingBuffer", []),
        BpfMapType.StackTrace => ("StackTraceMap", []),
        BpfMapType.Arena => ("Arena", []),
        BpfMapType.PerfEventArray => ("PerfBuffer", []),
        BpfMapType.CgroupArray => ("CgroupArray", []),
        BpfMapType.TaskStorage => ("TaskStorage", [value]),
        BpfMapType.SkStorage => ("SocketStorage", [value]),
        BpfMapType.InodeStorage => ("InodeStorage", [value]),
        BpfMapType.CgrpStorage => ("CgroupStorage", [value]),
        BpfMapType.CgroupStorage => ("AttachedCgroupStorage", [key, value]),
        BpfMapType.PerCpuCgroupStorage => ("PerCpuAttachedCgroupStorage", [key, value]),
        BpfMapType.StructOps => ("StructOpsMap", []),
        _ => ("", []),
    };
}

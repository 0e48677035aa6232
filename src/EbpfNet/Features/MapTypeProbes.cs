using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Features;

/// <summary>Which types of map the kernel has: each is tried with the smallest map of it.</summary>
internal static unsafe class MapTypeProbes
{
    private const uint PlaceSize = 16; // struct bpf_insn_array_value
    private const uint CgroupKeySize = 16; // struct bpf_cgroup_storage_key

    public static FeatureFinding Try(BpfMapType type) => type == BpfMapType.Unspecified ? FeatureAnswer.No : Try(Describe(type));

    /// <summary>Whether a struct of functions is attached by a link (Linux 6.4): its map says that it is to be.</summary>
    public static FeatureFinding TryStructOpsLink()
    {
        FeatureFinding map = Try(BpfMapType.StructOps);
        MapCreateAttribute linked = Describe(BpfMapType.StructOps);
        linked.MapFlags = BpfMapFlags.Link;
        return map.Answer == FeatureAnswer.Yes ? Try(linked) : map;
    }

    /// <summary>Whether the kernel takes a map.</summary>
    public static FeatureFinding Try(MapCreateAttribute map)
    {
        BpfErrno error = Create(map);
        return error switch
        {
            BpfErrno.None => FeatureAnswer.Yes,

            // The type that is to stand for a struct of functions is none that can be implemented: so far it gets only where there are such maps.
            BpfErrno.ENOTSUPP when map.MapType == BpfMapType.StructOps => FeatureAnswer.Yes,
            BpfErrno.EOPNOTSUPP or BpfErrno.ENOTSUPP => new FeatureFinding(FeatureAnswer.No, $"the kernel knows it, but not on this machine ({error})"),
            BpfErrno.EINVAL or BpfErrno.E2BIG when Create(Describe(BpfMapType.Array)) == BpfErrno.None => FeatureAnswer.No,
            _ => FeatureReasons.Inconclusive(error, RequiredCapabilities.OfMap(map.MapType)),
        };
    }

    private static MapCreateAttribute Describe(BpfMapType type)
    {
        var map = new MapCreateAttribute { MapType = type, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
        switch (type)
        {
            case BpfMapType.StackTrace or BpfMapType.ReusePortSockArray:
                map.ValueSize = 8;
                break;
            case BpfMapType.LpmTrie:
                (map.KeySize, map.MapFlags) = (8, BpfMapFlags.NoPrealloc);
                break;
            case BpfMapType.RHash:
                map.MapFlags = BpfMapFlags.NoPrealloc;
                break;
            case BpfMapType.CgroupStorage or BpfMapType.PerCpuCgroupStorage:
                (map.KeySize, map.MaxEntries) = (CgroupKeySize, 0);
                break;
            case BpfMapType.Queue or BpfMapType.Stack or BpfMapType.BloomFilter:
                map.KeySize = 0;
                break;
            case BpfMapType.SkStorage or BpfMapType.InodeStorage or BpfMapType.TaskStorage or BpfMapType.CgrpStorage:
                (map.MaxEntries, map.MapFlags) = (0, BpfMapFlags.NoPrealloc);
                (map.BtfKeyTypeId, map.BtfValueTypeId) = (1, 1);
                break;
            case BpfMapType.StructOps:
                map.BtfVmlinuxValueTypeId = 1;
                break;
            case BpfMapType.RingBuf or BpfMapType.UserRingBuf:
                (map.KeySize, map.ValueSize, map.MaxEntries) = (0, 0, (uint)MemoryMapping.PageSize);
                break;
            case BpfMapType.Arena:
                (map.KeySize, map.ValueSize, map.MapFlags) = (0, 0, BpfMapFlags.Mmapable);
                break;
            case BpfMapType.InsnArray:
                map.ValueSize = PlaceSize;
                break;
        }

        return map;
    }

    /// <summary>Creates a map, with what it needs beside it, and lets all of it go.</summary>
    private static BpfErrno Create(MapCreateAttribute map)
    {
        if (map.BtfValueTypeId != 0)
        {
            BpfErrno error = LoadIntegerType(out BpfHandle? btf);
            if (btf is null)
            {
                return error == BpfErrno.EINVAL ? BpfErrno.ENOSYS : error; // No answer about the map.
            }

            using (btf)
            {
                using BpfHandle.Lease fd = btf.Acquire();
                map.BtfFd = fd.Fd;
                return CreateOnly(map);
            }
        }

        if (map.MapType is BpfMapType.ArrayOfMaps or BpfMapType.HashOfMaps)
        {
            MapCreateAttribute inner = Describe(BpfMapType.Array);
            BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &inner, out BpfHandle? template);
            if (template is null)
            {
                return error == BpfErrno.EINVAL ? BpfErrno.ENOSYS : error;
            }

            using (template)
            {
                using BpfHandle.Lease fd = template.Acquire();
                map.InnerMapFd = fd.Fd;
                return CreateOnly(map);
            }
        }

        return CreateOnly(map);
    }

    private static BpfErrno CreateOnly(MapCreateAttribute map)
    {
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &map, out BpfHandle? handle);
        handle?.Dispose();
        return error;
    }

    private static BpfErrno LoadIntegerType(out BpfHandle? btf)
    {
        var types = new BtfBuilder(!BitConverter.IsLittleEndian);
        types.AddInt("int", 4, BtfIntEncoding.Signed);
        byte[] bytes = types.ToArray();
        fixed (byte* data = bytes)
        {
            var attribute = new BtfLoadAttribute { Btf = data, BtfSize = (uint)bytes.Length };
            return BpfSyscall.InvokeForHandle(BpfCommand.BtfLoad, &attribute, out btf);
        }
    }
}

using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests;

public sealed class KernelObjectSnapshotTests : KernelTest
{
    [SkippableFact]
    public void A_map_that_is_still_open_is_found_by_descriptor_and_by_id()
    {
        KernelObjectSnapshot before = KernelObjectSnapshot.Take();
        using (BpfHandle map = CreateArray("left_behind"))
        {
            IReadOnlyList<string> found = before.FindLeftovers(TimeSpan.Zero);

            Assert.Contains(found, line => line.Contains("bpf-map", StringComparison.Ordinal));
            Assert.Contains(found, line => line.Contains("'left_behind'", StringComparison.Ordinal));
        }

        Assert.Empty(before.FindLeftovers());
    }

    [SkippableFact]
    public void Memory_that_is_still_mapped_is_found()
    {
        KernelObjectSnapshot before = KernelObjectSnapshot.Take();
        MemoryMapping mapping;
        using (BpfHandle map = CreateArray("mapped"))
        {
            mapping = MemoryMapping.Map(map, MemoryMapping.PageSize, writable: true, "map 'mapped'");
        }

        Assert.Contains(before.FindLeftovers(TimeSpan.Zero), line => line.StartsWith("mapping ", StringComparison.Ordinal));
        mapping.Dispose();
        Assert.Empty(before.FindLeftovers());
    }

    private static unsafe BpfHandle CreateArray(string name)
    {
        var attribute = new MapCreateAttribute { MapType = BpfMapType.Array, KeySize = 4, ValueSize = 8, MaxEntries = 1, MapFlags = BpfMapFlags.Mmapable, MapName = KernelName.From(name) };
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.MapCreate, &attribute, out BpfHandle? handle);
        Assert.Equal(BpfErrno.None, error);
        return handle!;
    }
}

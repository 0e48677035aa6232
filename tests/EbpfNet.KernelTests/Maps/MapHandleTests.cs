using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Maps;

/// <summary>What can be done with any map, whatever its kind.</summary>
public sealed class MapHandleTests : KernelTest
{
    [SkippableFact]
    public void A_map_is_opened_by_id_for_what_was_asked()
    {
        using var map = BpfHashMap<int, int>.Create("access", 4);
        map[1] = 2;
        using BpfMap reading = BpfMap.OpenById(map.Map.Id, BpfMapAccess.ReadOnly);
        using BpfMap writing = BpfMap.OpenById(map.Map.Id, BpfMapAccess.WriteOnly);
        CheckAccess(new BpfHashMap<int, int>(reading), new BpfHashMap<int, int>(writing));
        Assert.Equal(7, map[1]);
        Assert.Throws<ArgumentOutOfRangeException>("access", () => BpfMap.OpenById(map.Map.Id, (BpfMapAccess)3));
    }

    [SkippableFact]
    public void A_map_is_opened_by_pin_for_what_was_asked()
    {
        using var files = new BpfFileSystem();
        using var map = BpfHashMap<int, int>.Create("access_pin", 4);
        map[1] = 2;
        string path = Path.Combine(files.Folder, "access");
        map.Map.Pin(path);
        using BpfMap reading = BpfMap.OpenPinned(path, BpfMapAccess.ReadOnly);
        using BpfMap writing = BpfMap.OpenPinned(path, BpfMapAccess.WriteOnly);
        CheckAccess(new BpfHashMap<int, int>(reading), new BpfHashMap<int, int>(writing));

        string other = Path.Combine(files.Folder, "moved");
        File.Move(path, other);
        using (BpfMap moved = BpfMap.OpenPinned(other))
        {
            Assert.Equal(map.Map.Id, moved.Id);
        }

        File.Delete(other);
        Assert.Equal(BpfErrno.ENOENT, Assert.Throws<BpfSyscallException>(() => BpfMap.OpenPinned(other)).Error);
    }

    [SkippableFact]
    public void An_array_in_shared_memory_that_was_opened_for_less_is_used_by_system_calls()
    {
        using var array = BpfArray<ulong>.Create("access_mapped", 4, BpfMapFlags.Mmapable);
        array[2] = 5;
        using BpfMap reading = BpfMap.OpenById(array.Map.Id, BpfMapAccess.ReadOnly);
        using BpfMap writing = BpfMap.OpenById(array.Map.Id, BpfMapAccess.WriteOnly);
        var read = new BpfArray<ulong>(reading);
        var written = new BpfArray<ulong>(writing);
        Assert.Equal(5ul, read[2]);
        Assert.False(read.IsMapped);
        Assert.Contains("reading and writing", Assert.Throws<BpfNotSupportedException>(() => read.MapMemoryReadOnly().Dispose()).Message, StringComparison.Ordinal);
        Assert.Equal(BpfErrno.EPERM, Assert.Throws<BpfSyscallException>(() => read[2] = 6).Error);
        written[2] = 7;
        Assert.False(written.IsMapped);
        Assert.Equal(7ul, read[2]);
        Assert.Equal(BpfErrno.EPERM, Assert.Throws<BpfSyscallException>(() => written[2]).Error);
    }

    [SkippableFact]
    public void A_duplicate_outlives_what_it_was_made_of()
    {
        BpfMap copy;
        using (var map = BpfHashMap<int, int>.Create("original", 4))
        {
            map[1] = 2;
            copy = map.Map.Duplicate();
            Assert.Equal((map.Map.Id, map.Map.Name, map.Map.Type), (copy.Id, copy.Name, copy.Type));
        }

        using (copy)
        {
            Assert.Equal(2, new BpfHashMap<int, int>(copy)[1]);
        }

        Assert.Throws<ObjectDisposedException>(() => copy.Duplicate());
        Assert.Throws<ObjectDisposedException>(() => copy.GetInfo());
    }

    [SkippableFact]
    public void The_kernel_tells_what_a_map_is()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("maps_basic"));
        BpfMap map = loaded.Maps["hash_map"];
        BpfMapInfo info = map.GetInfo();
        Assert.Equal(("hash_map", BpfMapType.Hash, map.Id, 8u, 16u, 1024u), (info.KernelName, info.Type, info.Id, info.KeySize, info.ValueSize, info.MaxEntries));
        Assert.Equal((BpfMapFlags.None, 0ul, 0u, 0ul, 0ul), (info.Flags, info.Extra, info.InterfaceIndex, info.NetworkNamespaceDevice, info.NetworkNamespaceInode));
        Assert.NotEqual(0u, info.BtfId);
        Assert.Equal((map.KeyTypeId.Value, map.ValueTypeId.Value), (info.KeyTypeId, info.ValueTypeId));
        Assert.InRange(info.MemoryBytes!.Value, 1024u * 24, 1024u * 1024);
        Assert.False(info.IsFrozen);
        Assert.Null(info.OwnerProgramType);

        using BpfObject references = BpfObject.Load(TestObjects.Read("references"));
        Assert.Contains(references.Maps, used => used.Type == BpfMapType.ProgArray && used.GetInfo().OwnerProgramType == BpfProgramType.Xdp);
        using var filter = BpfBloomFilter<ulong>.Create("filter", 10, hashCount: 3);
        Assert.Equal(3ul, filter.Map.GetInfo().Extra);
    }

    [SkippableFact]
    public void A_frozen_map_is_changed_by_nobody_in_user_space_and_freezing_it_again_does_nothing()
    {
        using var map = BpfHashMap<int, int>.Create("frozen", 4);
        map[1] = 2;
        map.Map.Freeze();
        map.Map.Freeze();
        using BpfMap other = BpfMap.OpenById(map.Map.Id);
        other.Freeze();

        Assert.True(map.Map.GetInfo().IsFrozen);
        Assert.Equal(2, map[1]);
        BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => map[1] = 3);
        Assert.Contains("frozen", refused.Message, StringComparison.Ordinal);
        Assert.Throws<BpfSyscallException>(() => map.Remove(1));
        Assert.Throws<BpfSyscallException>(map.Clear);
        using BpfMap reading = BpfMap.OpenById(map.Map.Id, BpfMapAccess.ReadOnly);
        reading.Dispose();
        Assert.Throws<ObjectDisposedException>(reading.Freeze);
    }

    [SkippableFact]
    public void A_map_whose_memory_is_leased_for_writing_is_frozen_once_the_lease_has_ended()
    {
        using var array = BpfArray<ulong>.Create("freezing", 4, BpfMapFlags.Mmapable);
        var variable = new BpfVariable<ulong>(array.Map, "first", 0, 8);
        variable.Value = 1;
        using (BpfMapped<ulong> memory = array.MapMemory())
        {
            BpfSyscallException busy = Assert.Throws<BpfSyscallException>(array.Map.Freeze);
            Assert.Equal(BpfErrno.EBUSY, busy.Error);
            Assert.Contains("dispose the leases", busy.Message, StringComparison.Ordinal);
            memory.Value = 2;
            Assert.Equal(2ul, variable.Value);
            array[0] = 3;
            Assert.Equal(3ul, memory.Value);
            Assert.False(variable.IsReadOnly);
        }

        array.Map.Freeze();

        Assert.Equal(3ul, variable.Value);
        Assert.True(variable.IsReadOnly);
        Assert.Throws<InvalidOperationException>(() => variable.Value = 4);
        Assert.Throws<InvalidOperationException>(() => array.MapMemory().Dispose());
        Assert.Throws<BpfSyscallException>(() => array[0] = 4);
        using BpfMappedReadOnly<ulong> reading = array.MapMemoryReadOnly();
        Assert.Equal(3ul, reading[0]);
    }

    [SkippableFact]
    public void A_reader_that_freezing_comes_in_between_is_not_told_that_the_map_was_disposed()
    {
        for (int attempt = 0; attempt < 50; attempt++)
        {
            using var array = BpfArray<long>.Create("frozen_beside", 64, BpfMapFlags.Mmapable);
            array[0] = 1;
            Task<string?> reading = Task.Factory.StartNew(
                () =>
                {
                    try
                    {
                        for (int i = 0; i < 20_000; i++)
                        {
                            _ = array[i % 64];
                        }
                    }
                    catch (ObjectDisposedException refused)
                    {
                        return refused.Message;
                    }

                    return null;
                },
                TaskCreationOptions.LongRunning);
            try
            {
                array.Map.Freeze();
            }
            catch (BpfSyscallException refused) when (refused.Error == BpfErrno.EBUSY)
            {
            }

            if (reading.Result is { } message)
            {
                // A reader that was just about to take hold of the memory is told by the runtime, in its own words.
                Assert.True(message.Contains("the memory of map 'frozen_beside' as it was before", StringComparison.Ordinal) || message.Contains("Safe handle", StringComparison.OrdinalIgnoreCase) || message.Contains("SafeHandle", StringComparison.Ordinal), message);
                return;
            }
        }
    }

    private static void CheckAccess(BpfHashMap<int, int> reading, BpfHashMap<int, int> writing)
    {
        Assert.Equal(2, reading[1]);
        Assert.Equal([new KeyValuePair<int, int>(1, 2)], reading);
        BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => reading[1] = 3);
        Assert.Equal(BpfErrno.EPERM, refused.Error);
        Assert.Contains("BPF_F_RDONLY", refused.Message, StringComparison.Ordinal);
        writing[1] = 7;
        refused = Assert.Throws<BpfSyscallException>(() => writing[1]);
        Assert.Equal(BpfErrno.EPERM, refused.Error);
        Assert.Contains("BPF_F_WRONLY", refused.Message, StringComparison.Ordinal);
        Assert.Equal(7, reading[1]);
    }
}

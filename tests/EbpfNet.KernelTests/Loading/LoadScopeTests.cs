using System.Collections.Concurrent;
using EbpfNet.Loading;

namespace EbpfNet.KernelTests.Loading;

/// <summary>What a failed load takes back, and what it leaves to others.</summary>
public sealed class LoadScopeTests : KernelTest
{
    [SkippableFact]
    public void Folders_that_are_made_at_the_same_time_are_one_loads_to_take_back()
    {
        using var pins = new BpfFileSystem();
        using var together = new Barrier(2);
        for (int round = 0; round < 200; round++)
        {
            int[] made = new int[2];
            var scopes = new[] { new LoadScope(), new LoadScope() };
            Thread[] threads = [.. Enumerable.Range(0, 2).Select(i => new Thread(() =>
            {
                together.SignalAndWait();
                made[i] = scopes[i].MakeFolder(pins["a/b/c"], "to test");
            }))];
            Array.ForEach(threads, thread => thread.Start());
            Array.ForEach(threads, thread => thread.Join());

            Assert.Equal(3, made.Sum());
            Assert.Equal(["a", "a/b", "a/b/c"], pins.Entries);
            Array.ForEach(scopes, scope => scope.Dispose());
            foreach (string left in pins.Entries.Reverse())
            {
                Directory.Delete(pins[left]); // Its owner came first, and found it in use.
            }
        }
    }

    [SkippableFact]
    public void A_pin_in_the_place_of_its_own_is_left_alone()
    {
        using var pins = new BpfFileSystem();
        using var own = BpfArray<int>.Create("own", 1);
        using var others = BpfArray<int>.Create("others", 1);
        foreach ((BpfArray<int> there, bool stays) in new[] { (own, false), (others, true) })
        {
            there.Map.Pin(pins["map"]);
            using (var scope = new LoadScope())
            {
                scope.Pinned(pins["map"], own.Map);
            }

            Assert.Equal(stays, File.Exists(pins["map"]));
        }
    }

    [SkippableFact]
    public void A_shared_pin_that_its_maker_took_back_is_there_again_when_the_load_completes()
    {
        using var pins = new BpfFileSystem();
        using var map = BpfArray<int>.Create("shared", 1);
        using var scope = new LoadScope();
        scope.Shared(pins["map"], map.Map);

        scope.Complete();
        scope.Complete();

        using BpfMap found = BpfMap.OpenPinned(pins["map"]);
        Assert.Equal(map.Map.Id, found.Id);
    }

    [SkippableFact]
    public void Loads_that_fail_do_not_disturb_those_at_the_same_time_that_do_not()
    {
        using var pins = new BpfFileSystem();
        BpfObjectSpec good = Sharing(TestObjects.ReadOnly("rejected", "accepted"));
        BpfObjectSpec bad = Sharing(TestObjects.Read("rejected"));
        for (int round = 0; round < 10; round++)
        {
            var options = new BpfLoadOptions { PinDirectory = pins[$"round{round}/folder"] };
            var loaded = new ConcurrentBag<BpfObject>();
            int refused = 0;
            Parallel.For(0, 6, new ParallelOptions { MaxDegreeOfParallelism = 6 }, i =>
            {
                if (i % 2 == 0)
                {
                    loaded.Add(BpfObject.Load(good, options));
                }
                else
                {
                    Assert.Throws<BpfVerifierException>(() => BpfObject.Load(bad, options));
                    Interlocked.Increment(ref refused);
                }
            });

            Assert.Equal((3, 3), (loaded.Count, refused));
            Assert.All(loaded, one => one.Dispose());
        }
    }

    private static BpfObjectSpec Sharing(BpfObjectSpec spec)
    {
        spec.Maps["table"].Pinning = BpfMapPinning.ByName;
        return spec;
    }
}

using ExampleHost;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.ExampleTests.ExampleHost;

public sealed class LeastRecentlyUsedTests
{
    [Fact]
    public void It_holds_the_keys_used_last_and_counts_those_that_made_room()
        => Prop.ForAll<byte[], byte>((keys, number) =>
        {
            int capacity = (number % 7) + 1;
            LeastRecentlyUsed<int, int> bounded = new(capacity);
            List<(int Key, int Uses)> model = [];
            long evictions = 0;
            foreach (int key in keys.Select(each => each % 12))
            {
                bounded[key]++;
                int place = model.FindIndex(entry => entry.Key == key);
                (int Key, int Uses) entry = place < 0 ? (key, 1) : (key, model[place].Uses + 1);
                if (place >= 0)
                {
                    model.RemoveAt(place);
                }

                model.Insert(0, entry);
                if (model.Count > capacity)
                {
                    model.RemoveAt(capacity);
                    evictions++;
                }
            }

            Assert.Equal(model, bounded.Entries.Select(entry => (entry.Key, entry.Value)));
            Assert.Equal((model.Count, evictions), (bounded.Count, bounded.Evictions));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Looking_does_not_count_as_use()
    {
        LeastRecentlyUsed<string, int> bounded = new(2);
        bounded["a"] = 1;
        bounded["b"] = 2;
        Assert.Equal(1, bounded.Find("a"));
        bounded["c"] = 3;

        Assert.True(System.Runtime.CompilerServices.Unsafe.IsNullRef(ref bounded.Find("a")));
    }

    [Fact]
    public void A_full_one_takes_new_keys_without_allocating()
    {
        LeastRecentlyUsed<int, long> bounded = new(100);
        for (int i = 0; i < 1_000; i++)
        {
            bounded[i]++;
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            bounded[i]++;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}

using System.Runtime.ExceptionServices;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Maps.Models;

/// <summary>One random operation.</summary>
/// <param name="What">Which; a kind of map takes the rest of a division.</param>
/// <param name="Key">Which of the thread's own keys, 0 to <see cref="ModelledMap.KeysPerThread"/> - 1.</param>
/// <param name="Seed">Makes the value.</param>
internal readonly record struct Step(int What, int Key, int Seed);

/// <summary>
/// A map beside its model, used by several threads at once. Each thread has keys that no other changes, so that its model of them is exact; of the whole map it checks what
/// holds at any moment. An adapter says how this is done for one kind of map.
/// </summary>
internal abstract class ModelledMap : IDisposable
{
    public const int Threads = 4;
    public const int KeysPerThread = 16;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs the property.</summary>
    /// <param name="create">Makes the map, empty, and its model.</param>
    /// <param name="runs">How many maps are tried.</param>
    /// <param name="size">Up to how many operations each thread does.</param>
    public static void Check(Func<ModelledMap> create, int runs = 25, int size = 400)
    {
        Gen<Step> step = Gen.Choose(0, 999).Zip(Gen.Choose(0, KeysPerThread - 1)).Zip(Gen.Choose(0, 1000), (pair, seed) => new Step(pair.Item1, pair.Item2, seed));
        Config config = Config.QuickThrowOnFailure.WithMaxTest(runs).WithStartSize(size / 4).WithEndSize(size);
        FsCheck.Check.One(config, Prop.ForAll(step.ArrayOf().ArrayOf(Threads).ToArbitrary(), steps =>
        {
            using ModelledMap map = create();
            map.Run(steps);
            map.CheckAtRest();
        }));
    }

    /// <summary>What one thread does, one operation at a time.</summary>
    public abstract Action<Step> Own(int thread);

    /// <summary>What holds of the whole map while others change it.</summary>
    public abstract void CheckAnyTime();

    /// <summary>The whole map against the whole model, when all have ended.</summary>
    public abstract void CheckAtRest();

    public abstract void Dispose();

    private void Run(Step[][] steps)
    {
        using var together = new Barrier(steps.Length);
        Exception? failure = null;
        Thread[] threads = [.. steps.Select((own, number) => new Thread(() =>
        {
            try
            {
                Action<Step> apply = Own(number);
                together.SignalAndWait(Patience);
                for (int i = 0; i < own.Length && Volatile.Read(ref failure) is null; i++)
                {
                    apply(own[i]);
                    if (i % 16 == number)
                    {
                        CheckAnyTime();
                    }
                }
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref failure, e, null);
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Assert.All(threads, thread => Assert.True(thread.Join(Patience)));
        if (failure is not null)
        {
            ExceptionDispatchInfo.Throw(failure);
        }
    }
}

/// <summary>Values that tell whose they are: a reader that is given another key's value finds out.</summary>
internal static class Tagged
{
    public static long Of(int key, int seed) => ((long)key << 32) | (uint)seed;

    public static int KeyOf(long value) => (int)(value >> 32);

    /// <summary>A key of a thread's own.</summary>
    public static int Key(int thread, int number) => (number * ModelledMap.Threads) + thread;
}

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Values with a spin lock are read and written as a whole, while a program on another thread changes them all the time.</summary>
public sealed class SpinLockTests : KernelTest
{
    private const int Rounds = 20_000;
    private const uint Key = 1;
    private const ulong FromHere = 1UL << 32;

    [SkippableFact]
    public void A_hash_table_s_values_are_never_half_written()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("spin_locks"));
        BpfHashMap<uint, Guarded> values = loaded.GetHashMap<uint, Guarded>("guarded_hash");
        Assert.True(values.Map.HasSpinLock);
        values.Add(Key, default);
        var keys = new uint[4];
        var copies = new Guarded[4];

        CheckAgainstProgram(loaded, "change_hash", round =>
        {
            switch (round % 6)
            {
                case 0:
                    return values[Key];
                case 1:
                    values.Set(Key, Guarded.Of(FromHere + (ulong)round));
                    return values[Key];
                case 2:
                    Assert.True(values.TryUpdate(Key, Guarded.Of(FromHere + (ulong)round)));
                    return values.Single().Value;
                case 3:
                    Assert.Equal(1, values.CopyTo(keys, copies));
                    return copies[0];
                case 4:
                    values.SetRange([Key], [Guarded.Of(FromHere + (ulong)round)]);
                    return values[Key];
                default:
                    Assert.False(values.TryAdd(Key, default));
                    return values[Key];
            }
        });

        Assert.True(values.TryRemove(Key, out Guarded last));
        Assert.True(last.IsWhole);
        Assert.False(values.TryGetValue(Key, out _));
    }

    [SkippableFact]
    public void An_array_s_values_are_never_half_written()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("spin_locks"));
        BpfArray<Guarded> values = loaded.GetArray<Guarded>("guarded_array");
        var copies = new Guarded[4];
        CheckAgainstProgram(loaded, "change_array", round =>
        {
            switch (round % 5)
            {
                case 0:
                    return values[(int)Key];
                case 1:
                    values[(int)Key] = Guarded.Of(FromHere + (ulong)round);
                    return values[(int)Key];
                case 2:
                    return values.ElementAt((int)Key);
                case 3:
                    Assert.Equal(4, values.CopyTo(copies));
                    return copies[Key];
                default:
                    values.WriteRange((int)Key, [Guarded.Of(FromHere + (ulong)round)]);
                    values.ReadRange((int)Key, copies.AsSpan(0, 1));
                    return copies[0];
            }
        });
    }

    [SkippableFact]
    public void The_lock_itself_is_neither_shown_nor_overwritten()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("spin_locks"));
        BpfArray<Guarded> values = loaded.GetArray<Guarded>("guarded_array");
        Guarded held = Guarded.Of(7);
        Unsafe.As<BpfSpinLock, uint>(ref held.Lock) = 1;
        values[(int)Key] = held;

        Guarded read = values[(int)Key];
        Assert.Equal(0u, Unsafe.As<BpfSpinLock, uint>(ref read.Lock));
        Assert.Equal(0u, loaded.Programs["change_array"].TestRun(new BpfTestRun(new byte[64])).ReturnValue); // A lock written from here would never be free.
        Assert.Equal(8ul, values[(int)Key].Words[0]);
    }

    [SkippableFact]
    public void Maps_without_a_lock_say_so()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("spin_locks"));
        using BpfHashMap<uint, Guarded> created = BpfHashMap<uint, Guarded>.Create("untold", 4); // The kernel was not told its types.
        Assert.False(loaded.Maps["without_lock"].HasSpinLock);
        Assert.False(created.Map.HasSpinLock);
        created.Add(Key, Guarded.Of(1));
        Assert.Equal(1ul, created[Key].Words[0]);
    }

    [SkippableFact]
    public void A_map_opened_by_id_has_its_lock_too()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("spin_locks"));
        using BpfMap map = BpfMap.OpenById(loaded.Maps["guarded_hash"].Id);
        Assert.True(map.HasSpinLock);
        new BpfHashMap<uint, Guarded>(map).Add(Key, Guarded.Of(3));
        Assert.Equal(3ul, loaded.GetHashMap<uint, Guarded>("guarded_hash")[Key].Words[0]);
    }

    private static void CheckAgainstProgram(BpfObject loaded, string program, Func<int, Guarded> use)
    {
        BpfVariable<ulong> changed = loaded.GetVariable<ulong>("changed");
        using var stop = new CancellationTokenSource();
        Task writer = Task.Factory.StartNew(
            () =>
            {
                while (!stop.IsCancellationRequested)
                {
                    Assert.Equal(0u, loaded.Programs[program].TestRun(new BpfTestRun(new byte[64]) { Repeat = 1000 }).ReturnValue);
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        int half = 0;
        int byProgram = 0;
        for (int round = 0; round < Rounds || changed.Value < Rounds; round++)
        {
            Guarded value = use(round);
            half += value.IsWhole ? 0 : 1;
            byProgram += value.Writer == 1 ? 1 : 0;
        }

        stop.Cancel();
        writer.GetAwaiter().GetResult();
        Assert.Equal(0, half);
        Assert.Equal(0ul, loaded.GetVariable<ulong>("torn").Value);
        Assert.True(byProgram > 0, "The program never came in between.");
    }

    /// <summary><c>struct guarded</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Guarded
    {
        public BpfSpinLock Lock;
        public uint Writer;
        public WordArray Words;

        public readonly bool IsWhole
        {
            get
            {
                ReadOnlySpan<ulong> words = Words;
                return words.IndexOfAnyExcept(words[0]) < 0;
            }
        }

        public static Guarded Of(ulong word)
        {
            Guarded value = default;
            Span<ulong> words = value.Words;
            words.Fill(word);
            return value;
        }
    }

    [InlineArray(500)]
    private struct WordArray
    {
        private ulong _first;
    }
}

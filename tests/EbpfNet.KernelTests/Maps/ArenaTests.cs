using System.Runtime.InteropServices;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Arenas: programs and user space follow each other's pointers.</summary>
public sealed class ArenaTests : KernelTest
{
    private const ulong Address = 0x200000000000;

    public ArenaTests()
    {
        try
        {
            BpfArena.Create("probe", 1).Dispose();
        }
        catch (BpfSyscallException e) when (e.Error == BpfErrno.EINVAL)
        {
            Skip.If(true, "this kernel has no arenas");
        }
    }

    [SkippableTheory]
    [InlineData("arena", true)]
    [InlineData("arena_anywhere", false)]
    public void A_list_that_a_program_builds_is_walked_here(string name, bool isAtAddress)
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read(name));
        BpfArena arena = loaded.GetArena("arena");
        Assert.Equal(isAtAddress, arena.Start.Address == Address);
        for (ulong i = 1; i <= 500; i++)
        {
            Push(loaded, i);
        }

        using BpfArenaMemory memory = arena.MapMemory();
        var values = new List<ulong>();
        for (BpfArenaPointer at = loaded.GetVariable<BpfArenaPointer>("head").Value; !at.IsNull; at = memory.At<Node>(at).Next)
        {
            values.Add(memory.At<Node>(at).Value);
        }

        Assert.Equal(Enumerable.Range(1, 500).Reverse().Select(i => (ulong)i * 10), values);
        Assert.Equal(500ul, loaded.GetVariable<ulong>("used").Value);
    }

    [SkippableTheory]
    [InlineData("arena")]
    [InlineData("arena_anywhere")]
    public void A_list_that_is_built_here_is_walked_by_a_program(string name)
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read(name));
        BpfArena arena = loaded.GetArena("arena");
        BpfVariable<BpfArenaPointer> head = loaded.GetVariable<BpfArenaPointer>("head");
        using (BpfArenaMemory memory = arena.MapMemory())
        {
            // In pages that nobody has used yet, the first of the arena included, each node in another one.
            for (int i = 1; i <= 40; i++)
            {
                BpfArenaPointer at = memory.PointerAt((long)i * Environment.SystemPageSize);
                ref Node node = ref memory.At<Node>(at);
                node = new Node { Next = head.Value, Value = (ulong)i };
                Assert.Equal(at, memory.PointerTo(ref node));
                head.Value = at;
            }
        }

        Assert.Equal((40u, 820ul), Walk(loaded));
        Push(loaded, 18);
        Assert.Equal((41u, 1000ul), Walk(loaded));
    }

    [SkippableFact]
    public void Global_variables_in_the_arena_start_as_the_spec_says()
    {
        BpfObjectSpec spec = TestObjects.Read("arena");
        Assert.Equal(10ul, spec.Variables["step"].GetValue<ulong>());
        Assert.Equal(".addr_space.1", spec.Variables["step"].SectionName);
        spec.Variables["step"].SetValue(7ul);
        using BpfObject loaded = BpfObject.Load(spec);
        Push(loaded, 3);
        Assert.Equal((1u, 21ul), Walk(loaded));
        Assert.Equal(7ul, loaded.GetVariable<ulong>("step").Value);
        loaded.GetVariable<ulong>("step").Value = 100;
        Push(loaded, 3);
        Assert.Equal((2u, 321ul), Walk(loaded));
        using BpfMapped<Node> pool = loaded.GetVariable<Node>("pool").Map();
        Assert.Equal(600, pool.Length);
        Assert.Equal(300ul, pool[1].Value);
        Assert.Equal(".addr_space.1", loaded.Variables["pool"].SectionName);
    }

    [SkippableFact]
    public void Global_variables_are_where_libbpf_has_them_whatever_the_size()
    {
        BpfObjectSpec spec = TestObjects.Read("arena");
        using (BpfObject loaded = BpfObject.Load(spec))
        {
            using BpfMapped<ulong> step = loaded.GetVariable<ulong>("step").Map();
            using BpfArenaMemory memory = loaded.GetArena("arena").MapMemory();
            int firstPage = ArenaProbes.FullReach.IsPresent ? 64 - 3 : 0;
            Assert.Equal(loaded.GetArena("arena").Start + (firstPage * Environment.SystemPageSize), memory.PointerTo(ref step.Value));
        }

        spec.Maps["arena"].MaxEntries = 3;
        using (BpfObject loaded = BpfObject.Load(spec))
        {
            using BpfMapped<ulong> step = loaded.GetVariable<ulong>("step").Map();
            using BpfArenaMemory memory = loaded.GetArena("arena").MapMemory();
            Assert.Equal(loaded.GetArena("arena").Start, memory.PointerTo(ref step.Value));
            Push(loaded, 5);
            Assert.Equal((1u, 50ul), Walk(loaded));
        }

        spec.Maps["arena"].MaxEntries = 2;
        Assert.Contains("need 3 pages", Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(spec)).Message, StringComparison.Ordinal);
        spec.Maps["arena"].MaxEntries = (1u << 30) / (uint)Environment.SystemPageSize; // More than the kernel lets programs name.
        using BpfObject largest = BpfObject.Load(spec);
        Assert.Equal(1L << 30, largest.GetArena("arena").Length);
        Push(largest, 5);
        Assert.Equal((1u, 50ul), Walk(largest));
        Assert.Equal(10ul, largest.GetVariable<ulong>("step").Value);
    }

    [SkippableFact]
    public void Memory_of_an_arena_of_one_s_own_is_read_and_written()
    {
        using var arena = BpfArena.Create("own", 4);
        Assert.Equal(4L * Environment.SystemPageSize, arena.Length);
        using (BpfMapped<ulong> numbers = arena.MapMemory<ulong>(4096, 100))
        {
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] = (ulong)i;
            }
        }

        using BpfArenaMemory memory = arena.MapMemory();
        Assert.Equal(Enumerable.Range(0, 100).Select(i => (ulong)i), memory.Span<ulong>(arena.Start + 4096, 100).ToArray());
        Interlocked.Add(ref memory.At<ulong>(arena.Start + 4096 + 8), 41);
        Assert.Equal(42ul, memory.At<ulong>(memory.PointerAt(4104)));
        Assert.Equal(42ul, memory.At<ulong>(new BpfArenaPointer((uint)(arena.Start + 4104).Address))); // As programs have it with BPF_F_NO_USER_CONV.
    }

    [SkippableFact]
    public void Pointers_out_of_the_arena_are_refused()
    {
        using var arena = BpfArena.Create("own", 2, Address);
        long length = arena.Length;
        Refuse(BpfArenaPointer.Null);
        Refuse(arena.Start + -1);
        Refuse(arena.Start + (length - 15));
        Refuse(arena.Start + length);
        Refuse(arena.Start + (1L << 32));
        Accept(arena.Start + (length - 16));
        using (BpfArenaMemory memory = arena.MapMemory())
        {
            Assert.Equal(0, memory.Span<Node>(arena.Start + (length - 32), 2)[1].Next.Address == 0 ? 0 : 1);
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => { using BpfArenaMemory memory = arena.MapMemory(); memory.Span<Node>(arena.Start + (length - 32), 3); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { using BpfArenaMemory memory = arena.MapMemory(); memory.Span<Node>(arena.Start, -1); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { using BpfArenaMemory memory = arena.MapMemory(); memory.PointerAt(length); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { using BpfArenaMemory memory = arena.MapMemory(); Node elsewhere = default; memory.PointerTo(ref elsewhere); });
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.MapMemory<Node>(length - 15).Dispose());
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.MapMemory<Node>(-1).Dispose());
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.MapMemory<Node>(0, (int)(length / 16) + 1).Dispose());

        void Accept(BpfArenaPointer pointer)
        {
            using BpfArenaMemory memory = arena.MapMemory();
            memory.At<Node>(pointer).Value++;
        }

        void Refuse(BpfArenaPointer pointer) => Assert.Throws<ArgumentOutOfRangeException>(() => Accept(pointer));
    }

    [SkippableFact]
    public void A_lease_outlives_the_arena()
    {
        var arena = BpfArena.Create("own", 1);
        using (BpfMapped<ulong> value = arena.MapMemory<ulong>(0))
        {
            value.Value = 1;
            arena.Dispose();
            arena.Dispose();
            value.Value++;
            Assert.Equal(2ul, value.Value);
        }

        Assert.Throws<ObjectDisposedException>(() => arena.MapMemory<ulong>(0).Dispose());
        Assert.Throws<ObjectDisposedException>(() => arena.MapMemory().Dispose());
    }

    [SkippableFact]
    public void An_address_that_is_taken_is_refused_with_the_reason()
    {
        using var arena = BpfArena.Create("first", 1, Address);
        Assert.Contains("other memory", Assert.Throws<BpfSyscallException>(() => BpfArena.Create("second", 1, Address)).Message, StringComparison.Ordinal);
        using BpfMap again = BpfMap.OpenById(arena.Map.Id);
        Assert.Contains("the same arena through another BpfMap", Assert.Throws<BpfSyscallException>(() => new BpfArena(again)).Message, StringComparison.Ordinal);
        using var unknown = BpfArena.Create("anywhere", 1);
        using BpfMap unknownAgain = BpfMap.OpenById(unknown.Map.Id);
        Assert.Contains("map_extra", Assert.Throws<BpfSyscallException>(() => new BpfArena(unknownAgain)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_pinned_arena_keeps_its_contents_from_load_to_load()
    {
        using var pins = new BpfFileSystem();
        BpfObjectSpec spec = TestObjects.Read("arena");
        spec.Maps["arena"].PinPath = pins["arena"];
        using (BpfObject first = BpfObject.Load(spec))
        {
            Push(first, 1);
            Push(first, 2);
        }

        using BpfObject second = BpfObject.Load(spec);
        Push(second, 3);
        Assert.Equal((3u, 60ul), Walk(second));
    }

    private static void Push(BpfObject loaded, ulong value) =>
        Assert.Equal(0u, loaded.Programs["push"].TestRun(new BpfTestRun { Context = MemoryMarshal.AsBytes(new ReadOnlySpan<ulong>(in value)) }).ReturnValue);

    private static (uint Count, ulong Sum) Walk(BpfObject loaded)
    {
        uint count = loaded.Programs["walk"].TestRun(new BpfTestRun()).ReturnValue;
        return (count, loaded.GetVariable<ulong>("sum").Value);
    }

    /// <summary><c>struct node</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Node
    {
        public BpfArenaPointer Next;
        public ulong Value;
    }
}

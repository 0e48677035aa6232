using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.RingBuffers;

public sealed unsafe class UserRingMemoryTests
{
    private const int Size = 1024;

    [Fact]
    public void A_ring_is_full_when_the_last_byte_is_taken()
    {
        using var ring = new FakeConsumer();
        Assert.True(ring.Write(Size - 8, 1));
        Assert.Equal(0UL, ring.Memory.Free);
        Assert.False(ring.Write(0, 2));
        Assert.Single(ring.Drain(int.MaxValue));
        Assert.True(ring.Write(0, 3));
    }

    [Fact]
    public void The_longest_record_is_as_long_as_an_empty_ring() =>
        Assert.Equal(Size - 8, new UserRingMemory(null, null, null, Size).LongestRecord);

    [Fact]
    public void A_record_that_is_being_written_holds_up_those_behind_it_and_a_discarded_one_is_skipped()
    {
        using var ring = new FakeConsumer();
        byte* first = ring.Memory.TryReserve(1);
        byte* second = ring.Memory.TryReserve(2);
        Assert.True(ring.Write(3, 7));
        UserRingMemory.Commit(second, 2, discard: true);
        Assert.Empty(ring.Drain(int.MaxValue));
        *first = 9;
        UserRingMemory.Commit(first, 1, discard: false);

        Assert.Equal([[9], [7, 7, 7]], ring.Drain(int.MaxValue));
    }

    [Fact]
    public void Positions_that_cannot_be_leave_no_room()
    {
        using var ring = new FakeConsumer();
        *ring.Consumer = 8;

        Assert.Equal(0UL, ring.Memory.Free);
        Assert.True(ring.Memory.TryReserve(0) is null);
    }

    [Fact]
    public void What_is_written_is_what_a_program_drains() =>
        Prop.ForAll(
            Gen.ArrayOf(Gen.OneOf(Gen.Choose(0, 200), Gen.Choose(-5, -1))).ToArbitrary(),
            steps =>
            {
                using var ring = new FakeConsumer();
                var model = new Queue<byte[]>();
                ulong used = 0;
                byte next = 0;
                foreach (int step in steps)
                {
                    if (step < 0)
                    {
                        foreach (byte[] record in ring.Drain(-step))
                        {
                            byte[] expected = model.Dequeue();
                            Assert.Equal(expected, record);
                            used -= UserRingMemory.SizeOf(expected.Length);
                        }

                        continue;
                    }

                    bool hasRoom = used + UserRingMemory.SizeOf(step) <= Size;
                    Assert.Equal(hasRoom, ring.Write(step, ++next));
                    if (hasRoom)
                    {
                        model.Enqueue([.. Enumerable.Repeat(next, step)]);
                        used += UserRingMemory.SizeOf(step);
                    }
                }

                Assert.Equal(Size - used, ring.Memory.Free);
                Assert.Equal(model, ring.Drain(int.MaxValue));
            }).QuickCheckThrowOnFailure();

    /// <summary>The kernel's side: reads with the roles exchanged.</summary>
    private sealed class FakeConsumer : IDisposable
    {
        private readonly byte* _memory = (byte*)NativeMemory.AllocZeroed(64 + (2 * Size));
        private readonly RingMemory _reading;

        public FakeConsumer()
        {
            Memory = new UserRingMemory(Consumer, (ulong*)(_memory + 32), _memory + 64, Size);
            _reading = new RingMemory(Consumer, (ulong*)(_memory + 32), _memory + 64, Size);
        }

        public UserRingMemory Memory { get; }

        public ulong* Consumer => (ulong*)_memory;

        /// <summary>A record of equal bytes. It stays in the second half of the memory where it runs over the end, and is read there.</summary>
        public bool Write(int length, byte value)
        {
            byte* payload = Memory.TryReserve(length);
            if (payload is null)
            {
                return false;
            }

            new Span<byte>(payload, length).Fill(value);
            UserRingMemory.Commit(payload, length, discard: false);
            return true;
        }

        public List<byte[]> Drain(int max)
        {
            var found = new List<byte[]>();
            while (found.Count < max && _reading.IsReadyAt(*Consumer))
            {
                uint header = _reading.ReadHeader(*Consumer);
                Assert.Equal(0u, *(uint*)(_reading.At(*Consumer) + 4));
                if ((header & RingMemory.Discarded) == 0)
                {
                    found.Add(new ReadOnlySpan<byte>(_reading.At(*Consumer) + 8, (int)header).ToArray());
                }

                _reading.Publish(RingMemory.After(*Consumer, header));
            }

            return found;
        }

        public void Dispose() => NativeMemory.Free(_memory);
    }
}

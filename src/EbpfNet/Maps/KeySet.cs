using System.Buffers;

namespace EbpfNet;

/// <summary>The keys that an enumeration has shown, for where the kernel may begin anew in the middle. In pooled memory, and used again.</summary>
internal sealed class KeySet
{
    private const int FirstCapacity = 256;

    private byte[] _keys = [];
    private int[] _slots = []; // The number of a key, counted from 1; 0 is free.
    private int _mask;
    private int _keySize;

    public int Count { get; private set; }

    /// <summary>Makes room for keys of a size; to be followed by <see cref="End"/>.</summary>
    public void Begin(int keySize)
    {
        _keySize = keySize;
        _keys = ArrayPool<byte>.Shared.Rent(FirstCapacity * keySize);
        _slots = RentSlots(FirstCapacity * 2);
        _mask = (FirstCapacity * 2) - 1;
    }

    /// <summary>Whether the key was not there yet.</summary>
    public bool Add(ReadOnlySpan<byte> key)
    {
        int slot = FindSlot(key);
        if (_slots[slot] != 0)
        {
            return false;
        }

        if ((Count + 1) * 2 > _mask)
        {
            Grow();
            slot = FindSlot(key);
        }

        key.CopyTo(_keys.AsSpan(Count * _keySize));
        _slots[slot] = ++Count;
        return true;
    }

    public void End()
    {
        ArrayPool<byte>.Shared.Return(_keys);
        ArrayPool<int>.Shared.Return(_slots);
        (_keys, _slots, Count) = ([], [], 0);
    }

    private static int[] RentSlots(int count)
    {
        int[] slots = ArrayPool<int>.Shared.Rent(count);
        slots.AsSpan().Clear();
        return slots;
    }

    private int FindSlot(ReadOnlySpan<byte> key)
    {
        var hash = new HashCode();
        hash.AddBytes(key);
        int slot = hash.ToHashCode() & _mask;
        while (_slots[slot] != 0 && !KeyAt(_slots[slot] - 1).SequenceEqual(key))
        {
            slot = (slot + 1) & _mask;
        }

        return slot;
    }

    private ReadOnlySpan<byte> KeyAt(int number) => _keys.AsSpan(number * _keySize, _keySize);

    private void Grow()
    {
        int slots = checked((_mask + 1) * 2);
        byte[] keys = ArrayPool<byte>.Shared.Rent(checked(slots / 2 * _keySize));
        _keys.AsSpan(0, Count * _keySize).CopyTo(keys);
        ArrayPool<byte>.Shared.Return(_keys);
        ArrayPool<int>.Shared.Return(_slots);
        (_keys, _slots, _mask) = (keys, RentSlots(slots), slots - 1);
        for (int i = 0; i < Count; i++)
        {
            _slots[FindSlot(KeyAt(i))] = i + 1;
        }
    }
}

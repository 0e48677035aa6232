using System.Runtime.InteropServices;
using System.Text;

namespace EbpfNet.Btf;

/// <summary>The string section of BTF that is being built: what was there stays where it is, each further string is appended once.</summary>
internal sealed class BtfStringPool
{
    private readonly BtfSpec? _base;
    private readonly uint _start;
    private readonly List<byte> _own = [];
    private readonly Dictionary<string, uint> _known = new() { [""] = 0 };

    /// <param name="baseSpec">What split BTF continues; its strings are used where they fit.</param>
    /// <param name="copied">Strings that keep their offsets, or nothing for a new pool.</param>
    public BtfStringPool(BtfSpec? baseSpec, ReadOnlySpan<byte> copied)
    {
        _base = baseSpec;
        _start = baseSpec?.StringLength ?? 0;
        if (!copied.IsEmpty)
        {
            _own.AddRange(copied);
        }
        else if (baseSpec is null)
        {
            _own.Add(0);
        }
    }

    public ReadOnlySpan<byte> Bytes => CollectionsMarshal.AsSpan(_own);

    /// <summary>The offset of a string, as names refer to it.</summary>
    public uint Add(string text)
    {
        if (_known.TryGetValue(text, out uint offset))
        {
            return offset;
        }

        if (text.Contains('\0'))
        {
            throw new ArgumentException("A string in BTF ends at its first NUL and so cannot contain one.", nameof(text));
        }

        byte[] bytes = Encoding.UTF8.GetBytes(text + '\0');
        if (!TryFind(bytes, out offset))
        {
            offset = checked(_start + (uint)_own.Count);
            _own.AddRange(bytes);
        }

        _known.Add(text, offset);
        return offset;
    }

    private bool TryFind(ReadOnlySpan<byte> terminated, out uint offset)
    {
        if (TryFind(Bytes, terminated, out uint own))
        {
            offset = _start + own;
            return true;
        }

        for (BtfSpec? spec = _base; spec is not null; spec = spec.Base)
        {
            if (TryFind(spec.Strings.Own, terminated, out own))
            {
                offset = spec.Strings.OwnStart + own;
                return true;
            }
        }

        offset = 0;
        return false;
    }

    private static bool TryFind(ReadOnlySpan<byte> strings, ReadOnlySpan<byte> terminated, out uint offset)
    {
        // The tail of a longer string would do as well, but the kernel's own tools never share tails.
        for (int start = 0; start < strings.Length;)
        {
            int at = strings[start..].IndexOf(terminated);
            if (at < 0)
            {
                break;
            }

            start += at;
            if (start == 0 || strings[start - 1] == 0)
            {
                offset = (uint)start;
                return true;
            }

            start++;
        }

        offset = 0;
        return false;
    }
}

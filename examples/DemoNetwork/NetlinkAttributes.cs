using System.Buffers.Binary;

namespace DemoNetwork;

/// <summary>Reads the attributes of a netlink answer.</summary>
internal static class NetlinkAttributes
{
    /// <summary>Finds an attribute's value; nothing if it is not there.</summary>
    internal static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> attributes, ushort type)
    {
        const ushort TypeMask = 0x3fff; // the two highest bits mark nesting and byte order
        while (attributes.Length >= 4)
        {
            int length = BinaryPrimitives.ReadUInt16LittleEndian(attributes);
            if (length < 4 || length > attributes.Length)
            {
                break;
            }

            if ((BinaryPrimitives.ReadUInt16LittleEndian(attributes[2..]) & TypeMask) == type)
            {
                return attributes[4..length];
            }

            attributes = attributes[Math.Min((length + 3) & ~3, attributes.Length)..];
        }

        return default;
    }
}

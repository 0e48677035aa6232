using System.Net;

namespace EbpfNet.KernelTests.XdpDrop;

/// <summary>Networks and addresses made from an address, bit by bit.</summary>
internal static class Networks
{
    /// <summary>The network of an address's first bits.</summary>
    public static IPNetwork Cut(IPAddress address, int length)
    {
        byte[] bytes = address.GetAddressBytes();
        for (int bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }

    /// <summary>The address with one bit changed; bit 0 is the first.</summary>
    public static IPAddress Flip(IPAddress address, int bit)
    {
        byte[] bytes = address.GetAddressBytes();
        bytes[bit / 8] ^= (byte)(0x80 >> (bit % 8));
        return new IPAddress(bytes);
    }

    public static int BitsOf(IPAddress address) => address.GetAddressBytes().Length * 8;
}

using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Elf;

/// <summary>Damaged copies of a well-formed file: bytes changed, numbers replaced by extreme ones, the end cut off.</summary>
internal static class Damage
{
    private static readonly byte[] ExtremeBytes = [0x00, 0x01, 0x7f, 0x80, 0xff];

    public static Arbitrary<byte[]> Of(params byte[][] originals)
    {
        Gen<(int Where, byte[] What)> change =
            from place in Gen.Choose(0, int.MaxValue - 1)
            from width in Gen.Elements(1, 1, 1, 2, 4, 8)
            from fill in Gen.OneOf(Gen.Choose(0, 255).Select(b => (byte)b), Gen.Elements(ExtremeBytes))
            select (place, Enumerable.Repeat(fill, width).ToArray());
        Gen<byte[]> damaged =
            from original in Gen.Elements(originals)
            from count in Gen.Choose(0, 12)
            from changes in change.ListOf(count)
            from cut in Gen.Frequency((3, Gen.Constant(original.Length)), (1, Gen.Choose(0, original.Length)))
            select Apply(original, changes, cut);
        return damaged.ToArbitrary();
    }

    private static byte[] Apply(byte[] original, IEnumerable<(int Where, byte[] What)> changes, int cut)
    {
        byte[] copy = original[..cut];
        foreach ((int where, byte[] what) in changes)
        {
            for (int i = 0; copy.Length != 0 && i < what.Length; i++)
            {
                copy[(where + i) % copy.Length] = what[i];
            }
        }

        return copy;
    }
}

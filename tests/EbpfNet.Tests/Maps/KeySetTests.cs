using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Maps;

public class KeySetTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(20)]
    public void It_knows_what_was_added_as_a_set_does(int keySize)
    {
        var keys = new KeySet(); // One for all examples: what an earlier walk left behind must not show.
        Prop.ForAll(Gen.Choose(0, 3000).ArrayOf(1500).ToArbitrary(), numbers =>
        {
            keys.Begin(keySize);
            var model = new HashSet<string>();
            foreach (int number in numbers)
            {
                var key = new byte[keySize];
                BitConverter.GetBytes(number).AsSpan(0, Math.Min(keySize, 4)).CopyTo(key);
                Assert.Equal(model.Add(Convert.ToHexString(key)), keys.Add(key));
                Assert.Equal(model.Count, keys.Count);
            }

            keys.End();
        }).QuickCheckThrowOnFailure();
    }
}

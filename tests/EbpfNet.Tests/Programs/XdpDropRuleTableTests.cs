using System.Net;
using EbpfNet.Programs;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Programs;

/// <summary>Ids of rules: distinct, within the array of counters, and not taken up again too soon.</summary>
public class XdpDropRuleTableTests
{
    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.0/24")]
    [InlineData("::ffff:192.0.2.1/128", "192.0.2.1/32")]
    [InlineData("::ffff:0:0/96", "0.0.0.0/0")]
    [InlineData("::/0", "::/0")]
    [InlineData("2001:db8::/32", "2001:db8::/32")]
    public void Normalize_gives_the_form_in_which_packets_carry_it(string network, string expected)
        => Assert.Equal(IPNetwork.Parse(expected), NetworkForm.Normalize(IPNetwork.Parse(network)));

    [Fact]
    public void Normalize_forgets_scope_ids()
    {
        IPNetwork scoped = new(IPAddress.Parse("fe80::1%7"), 128);
        IPNetwork plain = IPNetwork.Parse("fe80::1/128");

        Assert.NotEqual(plain, scoped);
        Assert.Equal(plain, NetworkForm.Normalize(scoped));
    }

    [Fact]
    public void Ids_are_distinct_within_bounds_and_wait_before_they_serve_again()
    {
        Prop.ForAll<byte[], PositiveInt>((steps, size) =>
        {
            uint capacity = (uint)(size.Get % 20) + 1;
            XdpDropRuleTable table = new(capacity);
            Dictionary<uint, int> removedAt = [];
            int removals = 0;
            for (int i = 0; i < steps.Length * 20; i++)
            {
                IPNetwork network = new(new IPAddress([10, 0, 0, (byte)(steps[i % steps.Length] * (i + 1) % 30)]), 32);
                if (table.Rules.TryGetValue(network, out uint old))
                {
                    table.Remove(network);
                    removedAt[old] = removals++;
                }
                else if (!table.IsFull)
                {
                    uint id = table.Add(network);
                    Assert.InRange(id, XdpDropRuleTable.FirstId, XdpDropRuleTable.FirstId + capacity + XdpDropRuleTable.IdsInWaiting - 1);
                    Assert.True(id < table.EndOfIds);
                    if (removedAt.Remove(id, out int when))
                    {
                        Assert.True(removals - when > XdpDropRuleTable.IdsInWaiting);
                    }
                }

                Assert.Equal(table.Rules.Count, table.Rules.Values.Distinct().Count());
                Assert.True(table.Rules.Count <= capacity);
            }
        }).QuickCheckThrowOnFailure();
    }
}

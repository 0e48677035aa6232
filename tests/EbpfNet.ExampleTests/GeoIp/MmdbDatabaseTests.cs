using System.Net;
using ExampleHost;
using FsCheck;
using FsCheck.Fluent;
using GeoIp.Places;

namespace EbpfNet.ExampleTests.GeoIp;

public sealed class MmdbDatabaseTests
{
    private static readonly string[] Codes = ["AR", "BR", "CL", "DE", "EE", "FR", "GB", "HU"];

    [Theory]
    [InlineData(24, true)]
    [InlineData(28, true)]
    [InlineData(32, true)]
    [InlineData(24, false)]
    [InlineData(28, false)]
    [InlineData(32, false)]
    public void Addresses_are_where_the_longest_network_around_them_says(int recordBits, bool isIPv6)
    {
        Gen<IPNetwork> networks =
            from v6 in isIPv6 ? Gen.Elements(true, false) : Gen.Constant(false)
            from bytes in Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(v6 ? 16 : 4)
            from length in Gen.Choose(v6 ? 3 : 1, v6 ? 128 : 32)
            select Network(v6 ? [0x20, .. bytes.Skip(1)] : bytes, length); // IPv4 lies in ::/96: 2000::/3 does not touch it
        var all = from some in networks.NonEmptyListOf() from other in networks select (Networks: some.Distinct().OrderBy(network => network.PrefixLength + (network.BaseAddress.GetAddressBytes().Length == 4 ? 0 : 1000)).ToList(), Other: other.BaseAddress);

        Prop.ForAll(all.ToArbitrary(), given =>
        {
            MmdbBuilder builder = new(recordBits, isIPv6);
            for (int i = 0; i < given.Networks.Count; i++)
            {
                int number = i;
                builder.Add(given.Networks[i], b => b.Place(Codes[number % Codes.Length]));
            }

            MmdbDatabase database = MmdbDatabase.Parse(builder.Build());
            return given.Networks.Select(network => network.BaseAddress).Append(given.Other).All(address =>
            {
                int index = given.Networks.FindLastIndex(network => network.Contains(address));
                return database.Find(address)?.Code == (index < 0 ? null : Codes[index % Codes.Length]);
            });
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Cities_have_a_name_and_a_place()
    {
        MmdbBuilder builder = new(28, isIPv6: true);
        builder.Add(IPNetwork.Parse("81.2.69.0/24"), b => b.Place("GB", "London", 51.5, -0.12));
        builder.Add(IPNetwork.Parse("2a00::/16"), b => b.Place("DE"));
        MmdbDatabase database = MmdbDatabase.Parse(builder.Build());

        Place london = database.Find(IPAddress.Parse("81.2.69.142"))!;
        Place germany = database.Find(IPAddress.Parse("2a00::1"))!;

        Assert.Equal(("GB", "United Kingdom", "London", 51.5, -0.12), (london.Code, london.Country, london.City, london.Latitude, london.Longitude));
        Assert.Equal(("DE", "Germany", null), (germany.Code, germany.Country, germany.City));
        Assert.Null(database.Find(IPAddress.Parse("9.9.9.9")));
        Assert.Equal(new DatabaseInfo("Test-City (made by a test)", "2026-06-09", "its publisher's licence", HasCities: true), database.Info);
    }

    [Fact]
    public void The_flat_layout_is_read_too()
    {
        MmdbBuilder builder = new(24, isIPv6: false);
        builder.Add(IPNetwork.Parse("81.2.69.0/24"), b => b.Map(("city", c => c.Text("London")), ("country_code", c => c.Text("gb")), ("latitude", c => c.Double(51.5)), ("longitude", c => c.Double(-0.12))));

        Place london = MmdbDatabase.Parse(builder.Build()).Find(IPAddress.Parse("81.2.69.142"))!;

        Assert.Equal(("GB", "London", 51.5), (london.Code, london.City, london.Latitude));
    }

    [Fact]
    public void Values_that_are_shared_are_found_by_their_pointers()
    {
        MmdbBuilder builder = new(24, isIPv6: false);
        int country = 0;
        builder.Add(IPNetwork.Parse("1.0.0.0/8"), b =>
        {
            country = b.Position + 1 + 8; // behind the map's header and its key
            b.Map(("country", c => c.Map(("iso_code", d => d.Text("NZ")))));
        });
        builder.Add(IPNetwork.Parse("2.0.0.0/8"), b => b.Map(("traits", c => c.Text(new string('x', 70_000))), ("country", c => c.Pointer(country))));

        Assert.Equal("NZ", MmdbDatabase.Parse(builder.Build()).Find(IPAddress.Parse("2.1.1.1"))?.Code);
    }

    [Fact]
    public void A_pointer_to_itself_is_refused()
    {
        MmdbBuilder builder = new(24, isIPv6: false);
        builder.Add(IPNetwork.Parse("1.0.0.0/8"), b => b.Pointer(b.Position));

        Assert.Contains("a pointer leads to a pointer", Refusal(builder.Build()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(24, false)]
    [InlineData(28, true)]
    [InlineData(32, true)]
    public void A_tree_that_leads_out_of_the_data_is_refused(int recordBits, bool isIPv6)
    {
        MmdbBuilder builder = new(recordBits, isIPv6);
        builder.Add(IPNetwork.Parse("81.2.69.0/24"), b => b.Place("GB", "London", 51.5, -0.12));
        byte[] bytes = builder.Build();
        int nodes = isIPv6 ? 96 + 24 : 24;

        bytes.AsSpan((nodes - 1) * (recordBits / 4), recordBits / 4).Fill(0xFF); // the last node: only few addresses come to it

        Assert.Contains("leads out of the data", Refusal(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_that_leads_back_is_refused()
    {
        MmdbBuilder builder = new(24, isIPv6: false);
        builder.Add(IPNetwork.Parse("1.0.0.0/8"), b => b.Place("AU"));
        byte[] bytes = builder.Build();

        bytes.AsSpan(7 * 6, 6).Clear(); // the last of the eight nodes: both sides are the root

        Assert.Contains("is deeper than an address is long", Refusal(bytes), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tree_may_be_as_deep_as_an_address_is_long_and_share_its_nodes()
    {
        MmdbBuilder builder = new(24, isIPv6: true);
        builder.Add(IPNetwork.Parse("::102:304/128"), b => b.Place("AU"));
        builder.Add(IPNetwork.Parse("2002:102:304::/48"), b => b.Place("NZ"));
        byte[] bytes = builder.Build();
        // 2002::/16 becomes the same as IPv4, as it is in MaxMind's: its node, the 16th on that way, goes to node 96 with its side.
        int node = 0;
        for (int bit = 0; bit < 15; bit++)
        {
            node = RecordAt(bytes, node, (0x2002 >> (15 - bit)) & 1);
        }

        bytes.AsSpan((node * 6) + ((0x2002 & 1) * 3), 3).Clear();
        bytes[(node * 6) + ((0x2002 & 1) * 3) + 2] = 96;

        MmdbDatabase database = MmdbDatabase.Parse(bytes);

        Assert.Equal("AU", database.Find(IPAddress.Parse("1.2.3.4"))?.Code);
        Assert.Equal("AU", database.Find(IPAddress.Parse("2002:102:304::1"))?.Code);
    }

    [Fact]
    public void Data_that_is_damaged_anywhere_is_refused()
    {
        MmdbBuilder builder = new(24, isIPv6: false);
        builder.Add(IPNetwork.Parse("1.0.0.0/8"), b => b.Place("AU"));
        builder.Add(IPNetwork.Parse("81.2.69.0/24"), b => b.Map((new string('x', 300), c => c.Text("y")), ("country", c => c.Pointer(1 << 20))));

        Assert.Contains("a pointer leads out of the data", Refusal(builder.Build()), StringComparison.Ordinal);
    }

    [Fact]
    public void One_that_knows_no_country_is_refused()
    {
        MmdbBuilder builder = new(24, isIPv6: false);
        builder.Add(IPNetwork.Parse("1.0.0.0/8"), b => b.Map(("autonomous_system_number", c => c.Whole(13_335))));

        Assert.Equal("it knows no country", Refusal(builder.Build()));
    }

    [Fact]
    public void A_tree_that_does_not_end_where_the_data_begins_is_refused()
    {
        MmdbBuilder builder = new(24, isIPv6: false);
        builder.Add(IPNetwork.Parse("1.0.0.0/8"), b => b.Place("AU"));
        byte[] bytes = builder.Build();
        bytes[(8 * 6) + 15] = 1;

        Assert.Equal("its search tree of 8 nodes does not end where the data begins", Refusal(bytes));
    }

    [Fact]
    public void Whatever_is_damaged_it_says_so_at_once_or_answers()
    {
        MmdbBuilder builder = new(28, isIPv6: true);
        builder.Add(IPNetwork.Parse("81.2.69.0/24"), b => b.Place("GB", "London", 51.5, -0.12));
        builder.Add(IPNetwork.Parse("2a00::/16"), b => b.Place("DE", "Berlin", 52.5, 13.4));
        byte[] good = builder.Build();
        IPAddress[] addresses = [IPAddress.Parse("81.2.69.142"), IPAddress.Parse("2a00::1"), IPAddress.Parse("::"), IPAddress.Parse("255.255.255.255")];

        foreach (int at in Enumerable.Range(0, good.Length))
        {
            foreach (byte value in (byte[])[0, 1, 0x3F, 0x7F, 0x80, 0xE0, 0xFF, (byte)(good[at] ^ 1), (byte)(good[at] ^ 0x20)])
            {
                byte[] bad = [.. good];
                bad[at] = value;
                Try(bad);
            }

            Try(good[..at]);
            Try(good[at..]);
        }

        Prop.ForAll(
            (from at in Gen.Choose(0, good.Length - 1) from value in Gen.Choose(0, 255) select (at, value)).ArrayOf().ToArbitrary(),
            changes =>
            {
                byte[] bad = [.. good];
                foreach ((int at, int value) in changes)
                {
                    bad[at] = (byte)value;
                }

                Try(bad);
            }).QuickCheckThrowOnFailure();

        void Try(byte[] bytes)
        {
            MmdbDatabase database;
            try
            {
                database = MmdbDatabase.Parse(bytes);
            }
            catch (InvalidDataException)
            {
                return; // says so
            }

            foreach (IPAddress address in addresses)
            {
                _ = database.Find(address);
            }
        }
    }

    [Fact]
    public void A_file_that_is_none_is_named()
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "not a database");

            FileErrorException mistake = Assert.Throws<FileErrorException>(() => MmdbDatabase.ReadFile(path));

            Assert.Equal($"{path}: it is no MaxMind database: its metadata is missing.", mistake.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static string Refusal(byte[] bytes) => Assert.Throws<InvalidDataException>(() => MmdbDatabase.Parse(bytes)).Message;

    private static int RecordAt(byte[] bytes, int node, int side)
    {
        ReadOnlySpan<byte> record = bytes.AsSpan((node * 6) + (side * 3), 3);
        return (record[0] << 16) | (record[1] << 8) | record[2];
    }

    private static IPNetwork Network(byte[] bytes, int length)
    {
        for (int bit = length; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        }

        return new IPNetwork(new IPAddress(bytes), length);
    }
}

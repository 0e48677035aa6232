using System.Net;
using GeoIp;
using GeoIp.Places;

namespace EbpfNet.ExampleTests.GeoIp;

public sealed class PlacesTests
{
    private static readonly Locator Locator = new();

    [Theory]
    [InlineData("129.187.255.1", "DE", "Germany")]
    [InlineData("143.107.1.1", "BR", "Brazil")]
    [InlineData("1.0.0.0", "AU", "Australia")] // the first range of all
    [InlineData("::ffff:133.11.1.1", "JP", "Japan")]
    [InlineData("2001:660::1", "FR", "France")]
    [InlineData("2001:700::1", "NO", "Norway")]
    [InlineData("10.1.2.3", "private", "Private addresses")]
    [InlineData("172.31.255.255", "private", "Private addresses")]
    [InlineData("127.0.0.1", "private", "Private addresses")]
    [InlineData("169.254.1.1", "private", "Private addresses")]
    [InlineData("198.51.100.7", "private", "Private addresses")]
    [InlineData("255.255.255.255", "private", "Private addresses")]
    [InlineData("::1", "private", "Private addresses")]
    [InlineData("fe80::1", "private", "Private addresses")]
    [InlineData("fd00::1", "private", "Private addresses")]
    [InlineData("2001:db8::1", "private", "Private addresses")]
    [InlineData("4000::1", "unknown", "Unknown")] // given to nobody yet
    [InlineData("1fff:ffff::1", "unknown", "Unknown")]
    public void The_built_in_database_knows_the_country(string address, string code, string country)
    {
        Place place = Locator.Find(IPAddress.Parse(address));

        Assert.Equal((code, country), (place.Code, place.Country));
        Assert.Equal(code.Length == 2, place.CountryLatitude is not null);
    }

    [Fact]
    public void The_built_in_database_says_what_it_is()
    {
        DatabaseInfo info = Locator.Database.Info;

        Assert.StartsWith("ip-location-db geo-whois-asn-country", info.Name, StringComparison.Ordinal);
        Assert.Matches(@"^20\d\d-\d\d-\d\d$", info.Date);
        Assert.Contains("Number Resource Organization", info.License, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_database_is_refused()
    {
        using Stream resource = EmbeddedFile.Open("countries.bin");
        byte[] good = new byte[resource.Length];
        resource.ReadExactly(good);

        Assert.Throws<InvalidDataException>(() => CountryDatabase.Parse([]));
        Assert.Throws<InvalidDataException>(() => CountryDatabase.Parse(good[..(good.Length / 2)]));
        Assert.Throws<InvalidDataException>(() => CountryDatabase.Parse([.. good.AsSpan(0, 1000), .. new byte[1000]]));
    }

    [Fact]
    public void Every_country_has_a_place_on_the_map()
    {
        Assert.True(Countries.All.Count > 240);
        Assert.All(Countries.All, country =>
        {
            Assert.InRange(country.CountryLatitude!.Value, -90, 90);
            Assert.InRange(country.CountryLongitude!.Value, -180, 180);
            Assert.NotEmpty(country.Country);
        });
    }

    [Fact]
    public void Requests_are_counted_for_the_country_the_service_and_the_address()
    {
        Traffic traffic = new(Locator);
        traffic.Add(IPAddress.Parse("129.187.255.1"), 8081, 3);
        traffic.Add(IPAddress.Parse("129.187.255.2"), 8081, 1);
        traffic.Add(IPAddress.Parse("129.187.255.2"), 8082, 1);
        traffic.Add(IPAddress.Parse("10.0.0.1"), 8082, 1);

        TrafficReport report = traffic.Read();

        Assert.Equal([("DE", 5L, 2L), ("private", 1L, 1L)], report.Countries.Select(country => (country.Code, country.Requests, country.Addresses)));
        Assert.Equal([((ushort)8081, 4L, 2L), ((ushort)8082, 2L, 2L)], report.Services.Select(service => (service.Port, service.Requests, service.Addresses)));
        Assert.Equal((6L, 3L), (report.Totals.Requests, report.Totals.Addresses));
        Assert.Equal(
            ["129.187.255.1: 3 (8081: 3)", "129.187.255.2: 2 (8081: 1, 8082: 1)", "10.0.0.1: 1 (8082: 1)"],
            traffic.ReadAddresses(10).Select(address => $"{address.Address}: {address.Requests} ({string.Join(", ", address.Services.Select(service => $"{service.Port}: {service.Requests}"))})"));
    }

    [Fact]
    public void Addresses_are_bounded_and_those_that_had_to_go_are_counted()
    {
        Traffic traffic = new(Locator);
        for (int i = 0; i < Traffic.MaxAddresses + 1000; i++)
        {
            traffic.Add(new IPAddress([5, (byte)(i >> 16), (byte)(i >> 8), (byte)i]), 8081, 1);
        }

        Assert.Equal(1000, traffic.Read().Totals.Forgotten);
        Assert.Equal(Traffic.MaxAddresses + 1000, traffic.Read().Totals.Requests);
        Assert.Equal(Traffic.MaxAddresses, traffic.ReadAddresses(int.MaxValue).Count);
    }

    [Fact]
    public void An_address_that_was_forgotten_comes_back_as_another_with_nothing_of_the_first()
    {
        Traffic traffic = new(Locator);
        IPAddress first = IPAddress.Parse("129.187.255.1");
        traffic.Add(first, 8081, 5);
        traffic.Add(first, 8082, 7);
        for (int i = 0; i < Traffic.MaxAddresses; i++)
        {
            IPAddress other = new([5, (byte)(i >> 16), (byte)(i >> 8), (byte)i]);
            traffic.Add(other, 8081, 1);
        }

        traffic.Add(first, 8081, 1);

        TrafficReport report = traffic.Read();
        Assert.Equal([((ushort)8081, Traffic.MaxAddresses + 2L), ((ushort)8082, 1L)], report.Services.Select(service => (service.Port, service.Addresses)));
        Assert.Equal(report.Totals.Addresses, report.Services[0].Addresses);
        Assert.All(traffic.ReadAddresses(int.MaxValue), address => Assert.Equal(address.Requests, address.Services.Sum(service => service.Requests)));
    }

    [Fact]
    public void The_ports_of_an_address_are_bounded_and_those_that_had_to_go_are_counted()
    {
        const int Ports = 40;
        Traffic traffic = new(Locator);
        for (ushort port = 1; port <= Ports; port++)
        {
            traffic.Add(IPAddress.Parse("129.187.255.1"), 1, 1); // seen again and again: it stays
            traffic.Add(IPAddress.Parse("129.187.255.1"), port, 1);
        }

        TrafficReport report = traffic.Read();
        AddressCount address = Assert.Single(traffic.ReadAddresses(1));
        Assert.Equal(Ports - Traffic.MaxPortsOfAddress, report.Totals.ForgottenPorts);
        Assert.Equal(Traffic.MaxPortsOfAddress, address.Services.Count);
        Assert.Equal((new AddressService(1, Ports + 1), new AddressService(Ports, 1)), (address.Services[0], address.Services[^1]));
        Assert.Equal(2 * Ports, address.Requests);
        Assert.Equal(Ports, report.Services.Count);
    }

    [Fact]
    public void An_address_that_another_database_has_elsewhere_counts_there_and_no_longer_where_it_was()
    {
        static MmdbDatabase Database(string code, string city)
        {
            MmdbBuilder builder = new(24, isIPv6: false);
            builder.Add(new IPNetwork(IPAddress.Parse("9.9.9.9"), 32), b => b.Place(code, city, 50, 10));
            return MmdbDatabase.Parse(builder.Build());
        }

        Locator locator = new() { Database = Database("DE", "Munich") };
        Traffic traffic = new(locator);
        traffic.Add(IPAddress.Parse("9.9.9.9"), 8081, 2);
        locator.Database = Database("FR", "Paris");
        traffic.Add(IPAddress.Parse("9.9.9.9"), 8081, 3);
        traffic.Add(IPAddress.Parse("9.9.9.9"), 8081, 3);

        TrafficReport report = traffic.Read();
        Assert.Equal([("FR", 6L, 1L), ("DE", 2L, 0L)], report.Countries.Select(country => (country.Code, country.Requests, country.Addresses)));
        Assert.Equal([("Paris", 6L, 1L), ("Munich", 2L, 0L)], report.Cities.Select(city => (city.City, city.Requests, city.Addresses)));
        Assert.Equal(1, report.Totals.Addresses);
    }

    [Fact]
    public void Cities_are_bounded_and_those_that_had_to_go_are_counted()
    {
        MmdbBuilder builder = new(24, isIPv6: false);
        for (int i = 0; i < Traffic.MaxCities + 10; i++)
        {
            int number = i;
            builder.Add(new IPNetwork(AddressOf(i), 32), b => b.Place("DE", $"City {number}", 50, 10));
        }

        Traffic traffic = new(new Locator { Database = MmdbDatabase.Parse(builder.Build()) });
        for (int i = 0; i < Traffic.MaxCities + 10; i++)
        {
            traffic.Add(AddressOf(i), 8081, 1);
        }

        TrafficReport report = traffic.Read();
        Assert.Equal((10L, Traffic.MaxCities), (report.Totals.ForgottenCities, report.Cities.Count));
        Assert.Equal(Traffic.MaxCities + 10, Assert.Single(report.Countries).Requests);

        static IPAddress AddressOf(int number) => new([5, 0, (byte)(number >> 8), (byte)number]);
    }

    [Theory]
    [InlineData("\u200B")] // a space without width
    [InlineData("a\u200Bb")]
    [InlineData("\uFEFFkernel")] // a byte order mark
    [InlineData("\u202Elenrek")] // from right to left, and what follows
    [InlineData("kernel\u2066")]
    [InlineData("a\u00ADb")] // a soft hyphen
    [InlineData("a\u200Db")] // a joiner between letters
    [InlineData("\u200D")]
    [InlineData("\U0001F469\u200D")] // a joiner that joins nothing
    [InlineData("a\u2028b")]
    [InlineData("\u00A0\u3000")] // blanks
    [InlineData("\u3164")]
    [InlineData("\u2800")]
    [InlineData("\u0301")] // an accent on nothing
    [InlineData("\uFE0F")]
    [InlineData("\uE000")] // for private use
    [InlineData("\U000E0041")] // a tag
    [InlineData("\u0378")] // nobody's
    public void Words_that_cannot_be_seen_are_refused(string word) => Assert.False(new WordCloud().TryAdd(word));

    [Fact]
    public void Half_of_a_pair_is_refused() => Assert.False(new WordCloud().TryAdd("a\uD83D")); // no attribute can hold it

    [Theory]
    [InlineData("ring buffer")]
    [InlineData("<b>&ü")]
    [InlineData("C++")]
    [InlineData("42")]
    [InlineData("☃")]
    [InlineData("\u0915\u094D\u0937")] // with marks
    [InlineData("\u0645\u0631\u062D\u0628\u0627")] // from right to left by itself
    [InlineData("\U0001F469\u200D\U0001F469\u200D\U0001F467")] // a family
    [InlineData("\u2764\uFE0F\u200D\U0001F525")] // a heart on fire
    [InlineData("\U0001F469\U0001F3FD\u200D\U0001F4BB")] // with a tone of skin
    public void Words_that_can_be_seen_are_taken(string word) => Assert.True(new WordCloud().TryAdd(word));

    [Fact]
    public void Words_are_bounded_in_length_and_number()
    {
        WordCloud words = new();

        Assert.True(words.TryAdd("kernel"));
        Assert.True(words.TryAdd(new string('ä', 32)));
        Assert.False(words.TryAdd(new string('ä', 33)));
        Assert.False(words.TryAdd("a" + new string('\u0301', 1000))); // one letter with a thousand accents
        Assert.False(words.TryAdd(""));
        Assert.False(words.TryAdd(" "));
        Assert.False(words.TryAdd("a\nb"));
        for (int i = 0; i < 10_000; i++)
        {
            Assert.True(words.TryAdd($"word{i}"));
        }

        Assert.Equal(10_002 - 4096, words.Forgotten);
        words.TryAdd("word9999");
        Assert.Equal(200, words.Read().Count);
        Assert.Equal(new WordCount("word9999", 2), words.Read()[0]);
        Assert.DoesNotContain(words.Read(), word => word.Word == "kernel");
    }
}

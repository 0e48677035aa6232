using System.Buffers.Binary;
using System.Net;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ExampleHost;
using GeoIp.Places;

namespace GeoIp;

/// <summary>
/// What was counted since the start: by country, city, service and address. All of it is bounded: of addresses, an address's ports, and cities, those that were
/// longest not seen are forgotten, which is counted; one that comes back after that is counted as another. Thread-safe.
/// </summary>
internal sealed class Traffic(Locator locator)
{
    /// <summary>Addresses that are remembered.</summary>
    internal const int MaxAddresses = 65_536;

    /// <summary>Cities that are remembered.</summary>
    internal const int MaxCities = 4096;

    /// <summary>Ports that are remembered of each address.</summary>
    internal const int MaxPortsOfAddress = 16;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Tally> _countries = []; // codes are two letters, or one of ours
    private readonly Dictionary<ushort, Tally> _services = []; // as many as ports are counted for, and those of POST /request
    private readonly LeastRecentlyUsed<(string Code, string City), Tally> _cities = new(MaxCities);
    private readonly LeastRecentlyUsed<UInt128, AddressTally> _addresses = new(MaxAddresses);

    private long _requests;
    private long _forgottenPorts;
    private long _lost;
    private long _repeated;
    private long _forgottenAttempts;

    /// <summary>Grows with every change.</summary>
    public long Version { get; private set; }

    /// <summary>Counts requests.</summary>
    /// <param name="address">Where from: 16 bytes as on the wire, IPv4 as <c>::ffff:a.b.c.d</c>.</param>
    /// <param name="port">The port of the service.</param>
    /// <param name="requests">How many.</param>
    public void Add(ReadOnlySpan<byte> address, ushort port, long requests) => Add(BinaryPrimitives.ReadUInt128BigEndian(address), port, requests);

    /// <inheritdoc cref="Add(ReadOnlySpan{byte}, ushort, long)"/>
    public void Add(IPAddress address, ushort port, long requests) => Add(address.MapToIPv6().GetAddressBytes(), port, requests);

    /// <summary>Notes what the kernel's side could not keep until it was read, and what it did not count because it was sent again.</summary>
    /// <param name="lost">Connections that it could not keep, in all.</param>
    /// <param name="repeated">SYNs that were sent again, in all.</param>
    /// <param name="forgottenAttempts">Attempts that it would no longer know if they were sent again, in all.</param>
    public void SetLost(long lost, long repeated, long forgottenAttempts)
    {
        lock (_lock)
        {
            if ((lost, repeated, forgottenAttempts) != (_lost, _repeated, _forgottenAttempts))
            {
                _requests += lost - _lost;
                (_lost, _repeated, _forgottenAttempts) = (lost, repeated, forgottenAttempts);
                Version++;
            }
        }
    }

    /// <summary>All of it but the addresses, the largest first.</summary>
    public TrafficReport Read()
    {
        lock (_lock)
        {
            List<CountryCount> countries = [.. _countries.Values
                .Select(tally => new CountryCount(tally.Place.Code, tally.Place.Country, tally.Requests, tally.Addresses, tally.Place.CountryLatitude, tally.Place.CountryLongitude))
                .OrderByDescending(country => country.Requests).ThenBy(country => country.Code, StringComparer.Ordinal)];
            List<CityCount> cities = [.. _cities.Entries
                .Select(entry => new CityCount(entry.Key.Code, entry.Key.City, entry.Value.Requests, entry.Value.Addresses, entry.Value.Place.Latitude, entry.Value.Place.Longitude))
                .OrderByDescending(city => city.Requests)];
            List<ServiceCount> services = [.. _services.OrderBy(service => service.Key).Select(service => new ServiceCount(service.Key, service.Value.Requests, service.Value.Addresses))];
            return new TrafficReport(
                new TrafficTotals(_requests, _countries.Values.Sum(country => country.Addresses), _addresses.Evictions, _cities.Evictions, _forgottenPorts, _lost, _repeated) { ForgottenAttempts = _forgottenAttempts },
                countries,
                cities,
                services);
        }
    }

    /// <summary>The addresses with the most requests, the largest first, among those that are remembered.</summary>
    /// <param name="limit">How many at most.</param>
    public IReadOnlyList<AddressCount> ReadAddresses(int limit)
    {
        lock (_lock)
        {
            PriorityQueue<(UInt128 Address, AddressTally Tally), long> largest = new();
            foreach ((UInt128 address, AddressTally tally) in _addresses.Entries)
            {
                if (largest.Count < limit)
                {
                    largest.Enqueue((address, tally), tally.Requests);
                }
                else if (largest.TryPeek(out _, out long least) && tally.Requests > least)
                {
                    largest.EnqueueDequeue((address, tally), tally.Requests);
                }
            }

            return [.. largest.UnorderedItems.Select(item => item.Element)
                .OrderByDescending(item => item.Tally.Requests).ThenBy(item => item.Address)
                .Select(item => new AddressCount(
                    ToAddress(item.Address).ToString(), item.Tally.Place.Code, item.Tally.Place.Country, item.Tally.Place.City, item.Tally.Requests,
                    [.. item.Tally.Ports.OrderBy(service => service.Port)]))];
        }
    }

    private static IPAddress ToAddress(UInt128 number)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        return PlainAddress.Of(new IPAddress(bytes));
    }

    private void Add(UInt128 number, ushort port, long requests)
    {
        lock (_lock)
        {
            ref AddressTally address = ref _addresses[number];
            bool isNew = address is null;
            address ??= new AddressTally();
            Place before = address.Place;
            Place place = locator.Find(ToAddress(number)); // looked up each time: the database may have changed
            bool isElsewhere = !isNew && (before.Code, before.City) != (place.Code, place.City);
            if (isElsewhere)
            {
                Leave(before);
            }

            address.Place = place;
            address.Requests += requests;
            Count(ref CollectionsMarshal.GetValueRefOrAddDefault(_countries, place.Code, out _), place, requests, isNew || isElsewhere);
            if (place.City is { } city)
            {
                Count(ref _cities[(place.Code, city)]!, place, requests, isNew || isElsewhere);
            }

            bool isNewPort = address.Count(port, requests, out bool hadToForget);
            Count(ref CollectionsMarshal.GetValueRefOrAddDefault(_services, port, out _), place, requests, isNewPort);
            _forgottenPorts += hadToForget ? 1 : 0;
            _requests += requests;
            Version++;
        }
    }

    /// <summary>An address is no longer said to be there.</summary>
    private void Leave(Place place)
    {
        _countries[place.Code].Addresses--;
        if (place.City is { } city)
        {
            ref Tally tally = ref _cities.Find((place.Code, city));
            if (!Unsafe.IsNullRef(ref tally)) // else the city had to make room
            {
                tally.Addresses--;
            }
        }
    }

    private static void Count(ref Tally? tally, Place place, long requests, bool isNew)
    {
        tally ??= new Tally();
        tally.Place = place;
        tally.Requests += requests;
        tally.Addresses += isNew ? 1 : 0;
    }

    private class Tally
    {
        public Place Place { get; set; } = Place.Unknown;

        public long Requests { get; set; }

        public long Addresses { get; set; }
    }

    /// <summary>An address's, with its ports: they are forgotten together.</summary>
    private sealed class AddressTally : Tally
    {
        private AddressService[] _ports = []; // the one seen last first

        public IReadOnlyList<AddressService> Ports => _ports;

        /// <summary>Counts requests to a port.</summary>
        /// <returns>Whether it is a new one; then one that was longest not seen may have had to be forgotten for it.</returns>
        public bool Count(ushort port, long requests, out bool hadToForget)
        {
            int place = Array.FindIndex(_ports, service => service.Port == port);
            bool isNew = place < 0;
            hadToForget = isNew && _ports.Length == MaxPortsOfAddress;
            if (isNew)
            {
                if (!hadToForget)
                {
                    Array.Resize(ref _ports, _ports.Length + 1);
                }

                place = _ports.Length - 1;
            }

            AddressService counted = new(port, (isNew ? 0 : _ports[place].Requests) + requests);
            Array.Copy(_ports, 0, _ports, 1, place);
            _ports[0] = counted;
            return isNew;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Logging;
using TcpProxy;

namespace EbpfNet.ExampleTests.TcpProxy;

/// <summary>A target's addresses and their health, with listeners on this machine and a resolver that says what the test wants.</summary>
public sealed class TargetTests : IDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromMilliseconds(50);
    private static readonly IPAddress First = IPAddress.Parse("127.77.6.1");
    private static readonly IPAddress Second = IPAddress.Parse("127.77.6.2");
    private static readonly IPAddress Third = IPAddress.Parse("127.77.6.3");

    private readonly List<IDisposable> _open = [];
    private readonly Log _log = new();
    private int _port;

    [Fact]
    public async Task A_name_with_a_dead_address_stays_healthy_and_every_connection_finds_another()
    {
        Listen(Second, Third);
        Target target = Create(new Network(_log) { Addresses = [First, Second, Third] }, TimeSpan.FromHours(1));

        Task<IPAddress?>[] connections = [.. Enumerable.Range(0, 60).Select(_ => ConnectAsync(target))];
        IPAddress?[] reached = await Task.WhenAll(connections);

        Assert.All(reached, address => Assert.NotNull(address));
        Assert.True(target.IsHealthy);
        Assert.DoesNotContain("is unhealthy", _log.Text, StringComparison.Ordinal);
        Assert.Contains($"{First}:{_port} of name:{_port} of app app is passed over", _log.Text, StringComparison.Ordinal);
        Assert.Equal(0, target.Counters.ConnectFailures);
    }

    [Fact]
    public async Task A_dead_address_is_passed_over_until_its_check_passes_and_the_others_take_turns()
    {
        Listen(Second, Third);
        Target target = Create(new Network(_log) { Addresses = [First, Second, Third] }, CheckInterval);
        await Eventually.IsSoAsync(() => _log.Text.Contains("is passed over", StringComparison.Ordinal));

        Dictionary<IPAddress, int> reached = await CountAsync(target, 20);
        Assert.Equal((10, 10), (reached[Second], reached[Third]));

        Listen(First);
        await Eventually.IsSoAsync(async () => (await ConnectAsync(target))?.Equals(First) == true);
        reached = await CountAsync(target, 30);
        Assert.Equal((10, 10, 10), (reached[First], reached[Second], reached[Third]));
    }

    [Fact]
    public async Task An_address_that_becomes_the_proxys_own_is_not_connected_to_as_long_as_it_is()
    {
        Listen(First);
        Network network = new(_log) { Addresses = [First] };
        Target target = Create(network, CheckInterval);
        await Eventually.IsSoAsync(() => network.Attempts > 2);

        network.ProxyPorts = [_port];
        await Eventually.IsSoAsync(() => !target.IsHealthy);
        int attempts = network.Attempts;
        Assert.Null(await ConnectAsync(target));
        await Task.Delay(4 * CheckInterval);
        Assert.InRange(network.Attempts, attempts, attempts + 1); // one may have been on its way
        Assert.Contains("it is this proxy itself", _log.Text, StringComparison.Ordinal);

        network.ProxyPorts = [];
        await Eventually.IsSoAsync(async () => (await ConnectAsync(target))?.Equals(First) == true);
    }

    [Theory]
    [InlineData(SocketError.TooManyOpenSockets)]
    [InlineData(SocketError.AddressNotAvailable)]
    [InlineData(SocketError.NoBufferSpaceAvailable)]
    [InlineData(null)]
    public async Task What_this_machine_lacks_makes_no_target_unhealthy_and_ends_no_health_check(SocketError? trouble)
    {
        Socket listener = Listen(First);
        Network network = new(_log) { Trouble = trouble is { } error ? new SocketException((int)error) : new InsufficientMemoryException("no memory") };
        network.Addresses = [First];
        Target target = Create(network, CheckInterval);
        await Eventually.IsSoAsync(() => network.Attempts > 5);

        Assert.Null(await ConnectAsync(target));
        Assert.True(target.IsHealthy);
        Assert.Equal(0, target.Counters.ConnectFailures);
        Assert.InRange(_log.Text.Split('\n').Count(line => line.Contains("This machine cannot open a connection", StringComparison.Ordinal)), 1, 3); // at most once a second

        network.Trouble = null;
        Assert.Equal(First, await ConnectAsync(target));
        listener.Dispose();
        await Eventually.IsSoAsync(() => !target.IsHealthy);
        Listen(First);
        await Eventually.IsSoAsync(() => target.IsHealthy);
    }

    [Fact]
    public async Task A_slow_resolver_delays_no_health_check()
    {
        Socket listener = Listen(First);
        Network network = new(_log) { Addresses = [First] };
        Target target = Create(network, CheckInterval);
        Assert.Equal(First, await ConnectAsync(target));
        network.IsSlow = true; // from the second look-up on

        await Eventually.IsSoAsync(() => network.Lookups > 1);
        listener.Dispose();
        await Eventually.IsSoAsync(() => !target.IsHealthy);
    }

    [Fact]
    public async Task A_name_that_leads_to_the_proxy_itself_is_left_out()
    {
        Listen(First);
        Network network = new(_log) { Addresses = [First] };
        network.ProxyPorts = [_port];
        Target target = Create(network, CheckInterval);

        Assert.Null(await ConnectAsync(target));
        Assert.False(target.IsHealthy);
        Assert.Contains($"{First}:{_port} is this proxy itself", _log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_without_an_address_makes_the_target_unhealthy_until_it_has_one()
    {
        Listen(First);
        Network network = new(_log) { Addresses = [] };
        Target target = Create(network, CheckInterval);

        Assert.Null(await ConnectAsync(target));
        Assert.False(target.IsHealthy);

        network.Addresses = [First];
        await Eventually.IsSoAsync(() => target.IsHealthy);
        Assert.Equal(First, await ConnectAsync(target));
    }

    public void Dispose() => _open.ForEach(one => one.Dispose());

    private Target Create(TargetNetwork network, TimeSpan checkInterval)
    {
        Target target = new("app", new TargetAddress("name", _port), checkInterval, network, _log);
        _open.Add(target);
        return target;
    }

    private Socket Listen(params IPAddress[] addresses)
    {
        Socket listener = null!;
        foreach (IPAddress address in addresses)
        {
            listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            listener.Bind(new IPEndPoint(address, _port));
            listener.Listen(512);
            _port = ((IPEndPoint)listener.LocalEndPoint!).Port;
            _open.Add(listener);
        }

        return listener;
    }

    private static async Task<IPAddress?> ConnectAsync(Target target)
    {
        using Socket? socket = await target.ConnectAsync();
        return (socket?.RemoteEndPoint as IPEndPoint)?.Address;
    }

    private static async Task<Dictionary<IPAddress, int>> CountAsync(Target target, int connections)
    {
        Dictionary<IPAddress, int> reached = [];
        for (int i = 0; i < connections; i++)
        {
            IPAddress address = (await ConnectAsync(target))!;
            reached[address] = reached.GetValueOrDefault(address) + 1;
        }

        return reached;
    }

    /// <summary>Names have the addresses that the test gives; connections are real ones, unless something is lacking.</summary>
    private sealed class Network(ILogger logger) : TargetNetwork(logger)
    {
        private int _attempts;
        private int _lookups;

        internal IPAddress[] Addresses { get; set; } = [];

        internal Exception? Trouble { get; set; }

        internal bool IsSlow { get; set; }

        internal int Attempts => Volatile.Read(ref _attempts);

        internal int Lookups => Volatile.Read(ref _lookups);

        public override async Task<IPAddress[]> LookUpAsync(string name, CancellationToken stop)
        {
            Interlocked.Increment(ref _lookups);
            if (IsSlow)
            {
                await Task.Delay(Timeout.Infinite, stop);
            }

            return Addresses;
        }

        public override ValueTask<Socket> ConnectAsync(IPEndPoint endpoint, CancellationToken stop)
        {
            Interlocked.Increment(ref _attempts);
            return Trouble is null ? base.ConnectAsync(endpoint, stop) : throw Trouble;
        }
    }

    private sealed class Log : ILogger
    {
        private readonly StringBuilder _text = new();

        internal string Text
        {
            get
            {
                lock (_text)
                {
                    return _text.ToString();
                }
            }
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_text)
            {
                _text.AppendLine(formatter(state, exception));
            }
        }
    }
}

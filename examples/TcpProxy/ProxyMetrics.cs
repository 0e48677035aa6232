using System.Globalization;
using System.Text;
using static EbpfNet.Programs.TcpProxyProgram;

namespace TcpProxy;

/// <summary>What the proxy counted, as text for Prometheus.</summary>
internal static class ProxyMetrics
{
    private static readonly (string Name, string Type, string Help, Func<Target, long> Value)[] PerTarget =
    [
        ("tcpproxy_connections_total", "counter", "Connections brought to a target.", target => Volatile.Read(ref target.Counters.Connections)),
        ("tcpproxy_connections", "gauge", "Connections of now.", target => Volatile.Read(ref target.Counters.Active)),
        ("tcpproxy_connect_failures_total", "counter", "Connections that a target did not accept.", target => Volatile.Read(ref target.Counters.ConnectFailures)),
        ("tcpproxy_resets_total", "counter", "Connections that were reset by one side, and so by the proxy to the other.", target => Volatile.Read(ref target.Counters.Resets)),
        ("tcpproxy_spliced_total", "counter", "Connections joined in the kernel.", target => Volatile.Read(ref target.Counters.Spliced)),
        ("tcpproxy_redirected_bytes_total", "counter", "Bytes of joined connections that the kernel sent without this process, when their direction has ended.", target => Volatile.Read(ref target.Counters.Redirected)),
        ("tcpproxy_bytes_to_target_total", "counter", "Bytes from clients to a target; those that the kernel redirected when their direction has ended.", target => Volatile.Read(ref target.Counters.BytesToTarget)),
        ("tcpproxy_bytes_from_target_total", "counter", "Bytes from a target to clients; those that the kernel redirected when their direction has ended.", target => Volatile.Read(ref target.Counters.BytesFromTarget)),
        ("tcpproxy_target_healthy", "gauge", "Whether a target accepts connections.", target => target.IsHealthy ? 1 : 0),
    ];

    public static string Render(ProxyService service)
    {
        StringBuilder text = new();
        IReadOnlyList<App> apps = service.Apps;
        foreach ((string name, string type, string help, Func<Target, long> value) in PerTarget)
        {
            Head(text, name, type, help);
            foreach (App app in apps)
            {
                foreach (Target target in app.Targets)
                {
                    text.Append(CultureInfo.InvariantCulture, $"{name}{{app=\"{app.Name}\",target=\"{target.Address}\"}} {value(target)}\n");
                }
            }
        }

        Head(text, "tcpproxy_unserved_total", "counter", "Connections given up because no target was healthy, or this machine could not open one more.");
        foreach (App app in apps)
        {
            text.Append(CultureInfo.InvariantCulture, $"tcpproxy_unserved_total{{app=\"{app.Name}\"}} {app.Unserved}\n");
        }

        (App App, TcpProxySteering Counters)[] steering = [.. apps.Select(app => (app, service.Steering.ReadCounters(app.Number)))];
        Head(text, "tcpproxy_steered_total", "counter", "Connection attempts that the program brought to an app's socket.");
        foreach ((App app, TcpProxySteering counters) in steering)
        {
            text.Append(CultureInfo.InvariantCulture, $"tcpproxy_steered_total{{app=\"{app.Name}\"}} {counters.Steered}\n");
        }

        Head(text, "tcpproxy_without_process_total", "counter", "Connection attempts to an app's ports while no process was there to accept them.");
        foreach ((App app, TcpProxySteering counters) in steering)
        {
            text.Append(CultureInfo.InvariantCulture, $"tcpproxy_without_process_total{{app=\"{app.Name}\"}} {counters.Unserved}\n");
        }

        Head(text, "tcpproxy_allocated_bytes_total", "counter", "Bytes of managed memory that the process has allocated since its start.");
        text.Append(CultureInfo.InvariantCulture, $"tcpproxy_allocated_bytes_total {GC.GetTotalAllocatedBytes(precise: false)}\n");
        Head(text, "tcpproxy_idle_total", "counter", "Connections cut off because nothing passed over them for so long.");
        text.Append(CultureInfo.InvariantCulture, $"tcpproxy_idle_total {service.Limits.Idle}\n");
        Head(text, "tcpproxy_refused_total", "counter", "Connections refused because there were as many as there may be.");
        return text.Append(CultureInfo.InvariantCulture, $"tcpproxy_refused_total {service.Limits.Refused}\n").ToString();
    }

    private static void Head(StringBuilder text, string name, string type, string help) => text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
}

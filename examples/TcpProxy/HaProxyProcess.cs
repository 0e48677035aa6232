using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ExampleHost;

namespace TcpProxy;

/// <summary>HAProxy, to compare with: as Debian configures it, for TCP.</summary>
internal sealed class HaProxyProcess : IDisposable
{
    // Its input's end is the end of HAProxy, however this process ends.
    private const string Script = "haproxy -db -q -f \"$0\" < /dev/null & echo $!; read end; kill $!";

    private readonly Process _shell;
    private readonly Process _process;

    private HaProxyProcess(string path)
    {
        _shell = Process.Start(new ProcessStartInfo("sh", ["-c", Script, path]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        _process = Process.GetProcessById(int.Parse(_shell.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture));
    }

    /// <summary>The processor time it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="firstPort">The first port.</param>
    /// <param name="ports">How many ports.</param>
    /// <param name="targets">Where connections go in turn.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task<HaProxyProcess> StartAsync(int firstPort, int ports, string[] targets, CancellationToken stop)
    {
        // Its file is read once and has no name afterwards.
        string path = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(path, $"""
                global
                  maxconn 4000
                defaults
                  mode tcp
                  timeout connect 5s
                  timeout client 50s
                  timeout server 50s
                listen soak
                  bind :::{firstPort}-{firstPort + ports - 1} v4v6
                  balance roundrobin
                {string.Join('\n', targets.Select((target, number) => $"  server s{number} {target} check"))}

                """, stop);
            HaProxyProcess proxy = new(path);
            try
            {
                await ListensAsync(firstPort + ports - 1, stop);
                return proxy;
            }
            catch
            {
                proxy.Dispose();
                throw;
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _process.Dispose();
        _shell.Dispose();
    }

    private static async Task ListensAsync(int port, CancellationToken stop)
    {
        for (int attempt = 0; attempt < 100; attempt++)
        {
            try
            {
                using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), stop);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(50, stop);
            }
        }

        throw new UserErrorException("HAProxy did not start: is it installed (apt-get install haproxy)?");
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using DemoNetwork;
using ExampleHost;

namespace TcpProxy;

/// <summary>The proxy as a process of its own, inside a made host: it ends with this one, however that ends.</summary>
internal sealed partial class ProxyProcess : IAsyncDisposable
{
    private const int HangUp = 1;
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly FileStream _config;
    private readonly StringBuilder _log = new();
    private readonly TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ProxyProcess(NetworkHost? host, string config, string[] arguments)
    {
        // Without a name from the first moment: nothing is left of it, whatever happens.
        string path = Path.GetTempFileName();
        _config = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        File.Delete(path);
        Write(config);
        string file = $"/proc/{Environment.ProcessId}/fd/{_config.SafeFileHandle.DangerousGetHandle()}";
        ProcessStartInfo start = Self(["run", "--no-pins", "--end-with-input", "--config", file, .. arguments]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.RedirectStandardInput = true;
        _process = host is null ? Process.Start(start)! : host.StartProcess(start);
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data?.StartsWith("Proxying", StringComparison.Ordinal) == true)
            {
                _started.TrySetResult();
            }
        };
        _process.ErrorDataReceived += (_, line) =>
        {
            lock (_log)
            {
                _log.AppendLine(line.Data);
            }
        };
        _process.EnableRaisingEvents = true;
        _process.Exited += (_, _) => _started.TrySetException(new UserErrorException($"The proxy did not start: {Log.Trim()}"));
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Its log so far.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <summary>How many TCP sockets listen in its host.</summary>
    public int Listeners => ((string[])["tcp", "tcp6"]).Sum(table => File.ReadLines($"/proc/{_process.Id}/net/{table}").Count(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, _, _, "0A", ..]));

    /// <summary>The processor time it has used.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts it and waits until it proxies.</summary>
    public static async Task<ProxyProcess> StartAsync(NetworkHost? host, string config, string[] arguments, CancellationToken stop)
    {
        ProxyProcess proxy = new(host, config, arguments);
        try
        {
            await proxy._started.Task.WaitAsync(StartPatience, stop);
            return proxy;
        }
        catch (TimeoutException)
        {
            await proxy.DisposeAsync();
            throw new UserErrorException("The proxy did not start within a minute: the machine has too much to do.");
        }
        catch
        {
            await proxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Gives it another configuration, and waits until it says that it is in force.</summary>
    public async Task ReloadAsync(string config, CancellationToken stop)
    {
        int before = Log.Length;
        Write(config);
        _ = SendSignal(_process.Id, HangUp);
        for (int attempt = 0; attempt < 500 && !Log.AsSpan(before).Contains("is in force", StringComparison.Ordinal); attempt++)
        {
            await Task.Delay(20, stop);
        }
    }

    /// <summary>This program, to be started again.</summary>
    public static ProcessStartInfo Self(string[] arguments)
    {
        string self = Environment.ProcessPath!;
        return Path.GetFileNameWithoutExtension(self) == "dotnet" ? new ProcessStartInfo(self, [Environment.GetCommandLineArgs()[0], .. arguments]) : new ProcessStartInfo(self, arguments);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close(); // asks it to end
        using CancellationTokenSource deadline = new(TimeSpan.FromSeconds(8));
        try
        {
            await _process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            _process.Kill();
        }

        _process.Dispose();
        await _config.DisposeAsync();
    }

    private void Write(string config)
    {
        _config.SetLength(0);
        _config.Position = 0;
        _config.Write(Encoding.UTF8.GetBytes(config));
        _config.Flush();
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int processId, int signal);
}

using System.Diagnostics;
using System.Text;
using DemoNetwork;

namespace EbpfNet.ExampleTests;

/// <summary>An example program, started as a user starts it.</summary>
internal sealed class ExampleProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _errors = new();
    private readonly Task _reading;
    private bool _isHeld;

    private ExampleProcess(Process process, string? holdAt)
    {
        _process = process;
        _reading = Task.WhenAll(ReadAsync(process.StandardOutput, _output, holdAt), ReadAsync(process.StandardError, _errors, holdAt: null));
    }

    internal int Id => _process.Id;

    /// <summary>Whether it is held; not if it was over before that could be done.</summary>
    internal bool IsHeld => Volatile.Read(ref _isHeld);

    /// <summary>What it has written so far.</summary>
    internal string Output => TextOf(_output);

    /// <summary>What it has written to standard error so far: its log, and why it failed.</summary>
    internal string Errors => TextOf(_errors);

    /// <summary>Starts the built program; inside a made host if one is given.</summary>
    /// <param name="example">The example's name.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="host">The host to start it in.</param>
    /// <param name="through">A command that starts it, with its arguments: <c>setpriv</c>, for example.</param>
    /// <param name="folder">Where the program is, if not beside the tests.</param>
    /// <param name="onTerminal">Whether it gets a terminal of 120 columns and 30 lines; what is written to its input is then typed.</param>
    /// <param name="holdAt">It is held (SIGSTOP) as soon as its output holds this, until a signal is sent: so that what it has by then can be looked at, however slow the test is.</param>
    internal static ExampleProcess Start(string example, string[] arguments, NetworkHost? host = null, string[]? through = null, string? folder = null, bool onTerminal = false, string? holdAt = null)
    {
        string[] command = [.. through ?? [], "dotnet", Path.Combine(folder ?? AppContext.BaseDirectory, $"{example}.dll"), .. arguments];
        if (onTerminal)
        {
            string quoted = string.Join(' ', command.Select(word => $"'{word}'"));
            command = ["script", "--quiet", "--flush", "--return", "--command", $"stty columns 120 rows 30; exec {quoted}", "/dev/null"];
        }

        return Start(command, host, holdAt);
    }

    /// <summary>Starts a program that is an executable of its own.</summary>
    internal static ExampleProcess StartNative(string path, params string[] arguments) => Start([path, .. arguments], host: null, holdAt: null);

    /// <summary>Types on its terminal.</summary>
    internal void Type(string keys)
    {
        _process.StandardInput.Write(keys);
        _process.StandardInput.Flush();
    }

    /// <summary>Sends a signal. If it is held, it goes on with it.</summary>
    internal void Send(int signal)
    {
        Signal.Send(_process, signal);
        if (Interlocked.Exchange(ref _isHeld, false) && signal != Signal.Kill)
        {
            Signal.Send(_process, Signal.Continue);
        }
    }

    /// <summary>Waits until its output holds a text.</summary>
    internal Task WaitForAsync(string text) => WaitForAsync(text, Patience);

    /// <summary>Waits until its output holds a text that may take its time.</summary>
    internal Task WaitForAsync(string text, TimeSpan patience) => WaitForAsync(() => Output.Contains(text, StringComparison.Ordinal), $"'{text}'", patience);

    /// <summary>Waits until standard error holds a text.</summary>
    internal Task WaitForErrorAsync(string text) => WaitForAsync(() => Errors.Contains(text, StringComparison.Ordinal), $"'{text}' on standard error", Patience);

    /// <summary>Waits until its output is as described.</summary>
    internal Task WaitForAsync(Predicate<string> condition, string description) => WaitForAsync(() => condition(Output), description, Patience);

    private async Task WaitForAsync(Func<bool> condition, string description, TimeSpan patience)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            bool isOver = _reading.IsCompleted; // before the look: it may come to be so and end in between
            if (condition())
            {
                return;
            }

            if (isOver || Stopwatch.GetElapsedTime(start) > patience)
            {
                Assert.Fail($"Waited in vain for {description}; output:\n{Output}\nerrors:\n{Errors}");
            }

            await Task.Delay(10);
        }
    }

    /// <summary>Waits for its end.</summary>
    internal async Task<(int ExitCode, string Output, string Errors)> ExitAsync(TimeSpan? patience = null)
    {
        using CancellationTokenSource deadline = new(patience ?? Patience);
        await _process.WaitForExitAsync(deadline.Token);
        await _reading;
        return (_process.ExitCode, Output, Errors);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        await _reading;
        _process.Dispose();
    }

    private static ExampleProcess Start(string[] command, NetworkHost? host, string? holdAt)
    {
        // Whoever started the tests may have had signals ignored (a shell does so for its background jobs): not so for the program.
        ProcessStartInfo start = new("env", ["--default-signal=INT,TERM,HUP,QUIT", .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
        };
        return new ExampleProcess(host is null ? Process.Start(start)! : host.StartProcess(start), holdAt);
    }

    private static string TextOf(StringBuilder written)
    {
        lock (written)
        {
            return written.ToString();
        }
    }

    /// <summary>Reads on a thread of its own: those of the pool may all be busy with other tests while the process goes on.</summary>
    private Task ReadAsync(StreamReader from, StringBuilder to, string? holdAt)
        => Task.Factory.StartNew(() => Read(from, to, holdAt), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Read(StreamReader from, StringBuilder to, string? holdAt)
    {
        char[] buffer = new char[4096];
        while (from.Read(buffer) is > 0 and var length)
        {
            lock (to)
            {
                to.Append(buffer, 0, length);
                if (holdAt is not null && to.ToString().Contains(holdAt, StringComparison.Ordinal))
                {
                    _isHeld = Signal.Hold(_process); // before anybody else can see the text
                    holdAt = null;
                }
            }
        }
    }
}

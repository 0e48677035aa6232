using System.Text.Json;
using GeoIp.Places;
using Microsoft.Extensions.Hosting;

namespace GeoIp.Web;

/// <summary>What all pages that are open show: made anew a few times a second while something changes, once for all of them.</summary>
internal sealed class LiveView(Traffic traffic, WordCloud words, Locator locator) : BackgroundService
{
    /// <summary>How many pages may be open at a time.</summary>
    internal const int MaxPages = 200;

    private const int MostAddresses = 100;
    private const int MostCities = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private volatile View _view = new([], new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
    private int _pages;

    /// <summary>Waits for a view that is not the one that was seen last. Whoever is slow misses some.</summary>
    /// <param name="seen">What the last call gave, or nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async ValueTask<byte[]> NextAsync(byte[]? seen, CancellationToken cancellationToken)
    {
        View view = _view;
        while (view.Json.Length == 0 || view.Json == seen)
        {
            await view.Replaced.Task.WaitAsync(cancellationToken);
            view = _view;
        }

        return view.Json;
    }

    /// <summary>Counts a page that was opened.</summary>
    /// <returns>Whether there is room for it; then <see cref="Close"/> has to follow.</returns>
    public bool TryOpen()
    {
        if (Interlocked.Increment(ref _pages) <= MaxPages)
        {
            return true;
        }

        Close();
        return false;
    }

    /// <summary>Counts a page that was closed.</summary>
    public void Close() => Interlocked.Decrement(ref _pages);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval);
        (long, long, IAddressDatabase?) shown = default;
        do
        {
            (long, long, IAddressDatabase?) now = (traffic.Version, words.Version, locator.Database);
            if (now != shown)
            {
                shown = now;
                View old = _view;
                _view = new View(Render(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
                old.Replaced.SetResult();
            }

            await ((Task)timer.WaitForNextTickAsync(stoppingToken).AsTask()).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        while (!stoppingToken.IsCancellationRequested);
    }

    private byte[] Render()
    {
        TrafficReport report = traffic.Read();
        PageData data = new(report.Totals with { ForgottenWords = words.Forgotten }, report.Countries, [.. report.Cities.Take(MostCities)], report.Services, traffic.ReadAddresses(MostAddresses), words.Read(), locator.Database.Info);
        return JsonSerializer.SerializeToUtf8Bytes(data, JsonTypes.Default.PageData);
    }

    private sealed record View(byte[] Json, TaskCompletionSource Replaced);
}

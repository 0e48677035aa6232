using ExampleHost;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace GeoIp.Places;

/// <summary>Puts the file of <c>--database</c> in force, and again whenever it changes. One with a mistake leaves the old one in force.</summary>
internal sealed class DatabaseWatch(RunOptions options, Locator locator, IHostApplicationLifetime lifetime, ILogger<DatabaseWatch> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.DatabasePath is { } path)
        {
            try
            {
                locator.Database = MmdbDatabase.ReadFile(path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"Could not read the database: {e.Message}");
            }

            _ = WatchedFile.WatchAsync(
                path,
                () =>
                {
                    locator.Database = MmdbDatabase.ReadFile(path);
                    if (logger.IsEnabled(LogLevel.Information))
                    {
                        logger.LogInformation("{Path} was read again: {Database}.", path, locator.Database.Info.Name);
                    }
                },
                logger,
                lifetime.ApplicationStopping);
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

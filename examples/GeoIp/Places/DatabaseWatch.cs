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
            bool isAgain = false;
            try
            {
                WatchedFile.ReadAndWatch(
                    path,
                    () =>
                    {
                        locator.Database = MmdbDatabase.ReadFile(path);
                        if (isAgain && logger.IsEnabled(LogLevel.Information))
                        {
                            logger.LogInformation("{Path} was read again: {Database}.", path, locator.Database.Info.Name);
                        }

                        isAgain = true;
                    },
                    logger,
                    lifetime.ApplicationStopping);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new UserErrorException($"Could not read the database: {e.Message}");
            }
        }

        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

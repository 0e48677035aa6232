using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ExampleHost;

/// <summary>A service that the host runs and that others may ask for.</summary>
public static class HostedSingleton
{
    /// <summary>Adds it.</summary>
    public static IServiceCollection AddHostedSingleton<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] T>(this IServiceCollection services)
        where T : class, IHostedService
        => services.AddSingleton<T>().AddSingleton<IHostedService>(provider => provider.GetRequiredService<T>());
}

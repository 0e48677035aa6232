using System.CommandLine;
using ExampleHost;
using GeoIp;

RootCommand root = new("Shows on a world map where new TCP connections come from, seen by a tc program: the services know nothing of it.")
{
    RunCommand.Create(),
    DemoCommand.Create(),
};
return await CommandLine.InvokeAsync(root, args);

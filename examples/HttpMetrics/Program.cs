using System.CommandLine;
using ExampleHost;
using HttpMetrics;

RootCommand root = new("Counts HTTP requests and responses, and measures how long responses take to begin, without touching servers or clients.")
{
    RunCommand.Create(),
    DemoCommand.Create(),
    CostCommand.Create(),
};
return await CommandLine.InvokeAsync(root, args);

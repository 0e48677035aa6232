using System.CommandLine;
using ExampleHost;
using XdpDrop;

RootCommand root = new("Drops packets by their source address with an XDP program: in the network driver, before the kernel spends anything on them.")
{
    RunCommand.Create(),
    DemoCommand.Create(),
};
return await CommandLine.InvokeAsync(root, args);

using System.CommandLine;
using ExampleHost;
using TcpRtt;

RootCommand root = new("Writes a line for each TCP connection that is closed: its ends, its smoothed round-trip time, its bytes and its retransmits, as the kernel knows them.")
{
    RunCommand.Create(),
    DemoCommand.Create(),
};
return await CommandLine.InvokeAsync(root, args);

using System.CommandLine;
using ExampleHost;
using TcpProxy;

RootCommand root = new("A TCP proxy with one listening socket per app: an sk_lookup program brings any number of ports to it.")
{
    RunCommand.Create(),
    DemoCommand.Create(),
    SoakCommand.Create(),
};
return await CommandLine.InvokeAsync(root, args, endsAtHangUp: false);

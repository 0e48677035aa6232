using System.CommandLine;
using System.CommandLine.Help;
using EbpfNet.Tool;

// No RootCommand: that one calls itself by the name of the file, which as an installed tool is another than the one that is typed.
Command root = new("ebpfnet", "Looks at BPF objects and at what this machine's kernel makes of them.")
{
    new HelpOption(),
    new VersionOption(),
    CheckCommand.Create(),
    GenCommand.Create(),
    FeaturesCommand.Create(),
    ListCommand.Create(),
    ShowCommand.Create(),
    MapCommand.Create(),
    ProgCommand.Create(),
    DetachCommand.Create(),
    TrialCommand.Create(),
};
return await CommandLine.InvokeAsync(root, args);

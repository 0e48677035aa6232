using System.CommandLine;
using EbpfNet.Tool;

RootCommand root = new("Looks at BPF objects and at what this machine's kernel makes of them.")
{
    CheckCommand.Create(),
    TrialCommand.Create(),
};
return await CommandLine.InvokeAsync(root, args);

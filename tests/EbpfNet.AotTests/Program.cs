using System.Runtime.CompilerServices;
using EbpfNet;
using EbpfNet.AotTests;

Console.WriteLine($"dynamic code: {RuntimeFeature.IsDynamicCodeSupported}");
foreach ((string name, string outcome) in LayoutCases.Run(BpfObjectSpec.ReadFile(args[0])))
{
    Console.WriteLine($"{name}: {outcome}");
}

Console.WriteLine($"maps: {MapCases.Run()}");

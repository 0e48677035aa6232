using EbpfNet.Btf;
using EbpfNet.Instructions;
using EbpfNet.Objects;
using EbpfNet.Tests.Objects;

namespace EbpfNet.Tests.Btf;

/// <summary>Types to adapt programs to, with modules or without.</summary>
internal sealed class CoreTarget(BtfSpec kernel, params IReadOnlyList<BtfSpec> modules) : ICoreTarget
{
    public int TimesAskedForModules { get; private set; }

    public BtfSpec Kernel => kernel;

    public IReadOnlyList<BtfSpec> Modules
    {
        get
        {
            TimesAskedForModules++;
            return modules;
        }
    }
}

/// <summary>The CO-RE test objects, and the made-up kernel (<c>core_target</c>) that they are adapted to.</summary>
internal static class CoreObjects
{
    public static BtfSpec Target { get; } = TestObjects.Read("core_target").Btf!;

    /// <summary>A program's code, with its subprograms, adapted.</summary>
    public static BpfInstruction[] Relocate(string name, string program)
    {
        (LinkedProgram linked, CoreRelocator relocator) = Open(name, program);
        foreach (LinkedCoreRelocation relocation in linked.CoreRelocations)
        {
            relocator.Relocate(linked.Instructions, relocation.Slot, relocation.Relocation, program);
        }

        return linked.Instructions;
    }

    /// <summary>Why a program's first relocation has no answer.</summary>
    public static BpfRelocationException Explain(string name, string program)
    {
        (LinkedProgram linked, CoreRelocator relocator) = Open(name, program);
        LinkedCoreRelocation first = linked.CoreRelocations[0];
        return relocator.Explain(first.Relocation, first.Slot, program);
    }

    private static (LinkedProgram Linked, CoreRelocator Relocator) Open(string name, string program)
    {
        BpfObjectSpec spec = TestObjects.Read(name);
        return (spec.Link(program), new CoreRelocator(spec.Btf!, new CoreTarget(Target)));
    }
}

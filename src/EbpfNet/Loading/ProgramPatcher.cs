using EbpfNet.Instructions;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>Completes a linked program's instructions with what only the kernel could give.</summary>
internal static class ProgramPatcher
{
    /// <summary>
    /// A reference to a map that was not created becomes a call that no kernel knows, with the map's index: code that never gets there still
    /// loads, and for the rest the verifier's complaint tells which map it was. The number is libbpf's, so that both give the same instructions.
    /// </summary>
    public const int MissingMap = 2_001_000_000;

    /// <param name="program">The program; its instructions are changed.</param>
    /// <param name="descriptorOf">The descriptor of a map, or <see langword="null"/> when it was not created.</param>
    /// <param name="indexOf">The place of a map in the object.</param>
    /// <exception cref="BpfRelocationException">The program refers to something of the kernel's.</exception>
    public static void Patch(LinkedProgram program, Func<BpfMapSpec, int?> descriptorOf, Func<BpfMapSpec, int> indexOf)
    {
        foreach (BpfRelocation relocation in program.Relocations)
        {
            BpfMapSpec map = relocation switch
            {
                MapReference reference => reference.Map,
                MapValueReference reference => reference.Map,
                _ => throw new InvalidOperationException($"{relocation.GetType().Name} at slot {relocation.Slot} was let through."),
            };
            ref BpfInstruction first = ref program.Instructions[relocation.Slot];
            if (descriptorOf(map) is { } descriptor)
            {
                first = first.WithImmediate(descriptor);
                if (relocation is MapValueReference value && ArenaGlobals.IsArena(map))
                {
                    ref BpfInstruction second = ref program.Instructions[relocation.Slot + 1];
                    second = second.WithImmediate(unchecked((int)(ArenaGlobals.Start(map) + value.Offset)));
                }
            }
            else
            {
                first = new BpfInstruction(BpfOpcode.Call, immediate: MissingMap + indexOf(map));
                program.Instructions[relocation.Slot + 1] = first;
            }
        }
    }

    /// <summary>Refuses a program that needs something of the kernel that this version does not find out yet.</summary>
    public static void RequireResolvable(LinkedProgram program)
    {
        string name = program.Program.Name;
        foreach (BpfRelocation relocation in program.Relocations)
        {
            if (relocation is ExternReference { Extern: { } symbol })
            {
                throw new BpfRelocationException(symbol.Name, $"{Describe(symbol.Kind)}; this version of EbpfNet does not look such symbols up", name, relocation.Slot);
            }
        }
    }

    private static string Describe(BpfExternKind kind) => kind switch
    {
        BpfExternKind.UntypedKernelSymbol or BpfExternKind.TypedKernelSymbol => "it is a variable of the kernel (__ksym)",
        BpfExternKind.KernelFunction => "it is a function of the kernel (a kfunc)",
        BpfExternKind.KernelOption => "it is an option of the kernel's configuration (__kconfig)",
        _ => "it is declared, but not defined in the object; define it, link the object that does, or mark it __ksym or __kconfig",
    };
}

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
    /// <param name="externs">What the kernel has for the object's externs.</param>
    /// <param name="typesOf">The descriptor of the types of a module.</param>
    public static void Patch(LinkedProgram program, Func<BpfMapSpec, int?> descriptorOf, Func<BpfMapSpec, int> indexOf, ExternTable externs, Func<string, int> typesOf)
    {
        foreach (BpfRelocation relocation in program.Relocations)
        {
            BpfMapSpec map;
            switch (relocation)
            {
                case MapReference reference:
                    map = reference.Map;
                    break;
                case MapValueReference reference:
                    map = reference.Map;
                    break;
                case ExternReference { Extern: { Kind: BpfExternKind.KernelOption } option }:
                    map = externs.OptionsMap!;
                    program.Instructions[relocation.Slot] = program.Instructions[relocation.Slot].WithPseudoSource(BpfPseudoSource.MapValue);
                    program.Instructions[relocation.Slot + 1] = program.Instructions[relocation.Slot + 1].WithImmediate((int)option.Offset);
                    break;
                case ExternReference reference:
                    externs.Patch(program.Instructions, reference, typesOf);
                    continue;
                case JumpTableReference:
                    continue; // Of the program alone: its loader makes it.
                default:
                    throw new InvalidOperationException($"{relocation.GetType().Name} at slot {relocation.Slot} was let through.");
            }

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
}

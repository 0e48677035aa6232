using System.Collections.Immutable;
using EbpfNet.Instructions;

namespace EbpfNet.Objects;

/// <summary>
/// Puts a program and the functions it reaches, by call or by callback pointer, behind one another: each once, in the order of first
/// reference, depth first, as libbpf does, so that both give the kernel the same instructions. An exception callback comes last, unless it was reached before.
/// </summary>
internal sealed class FunctionLinker
{
    private readonly BpfProgramSpec _program;
    private readonly Dictionary<BpfFunction, int> _starts = new(ReferenceEqualityComparer.Instance);
    private readonly List<BpfFunction> _order = [];
    private readonly IDictionary<string, ulong>? _constants;
    private int _slotCount;

    private FunctionLinker(BpfProgramSpec program, IDictionary<string, ulong>? constants)
    {
        _program = program;
        _constants = constants;
    }

    /// <summary>Links a program. The spec is only read; every call returns a new copy of the code.</summary>
    /// <param name="program">The program.</param>
    /// <param name="constants">The values of symbols that nothing defines, as far as they are known.</param>
    /// <exception cref="BpfRelocationException">The program, or a function it reaches, refers to something that does not exist.</exception>
    public static LinkedProgram Link(BpfProgramSpec program, IDictionary<string, ulong>? constants = null)
    {
        if (program.Function.ExceptionCallbackProblem is { } wrong)
        {
            throw new BpfRelocationException(wrong.Name, wrong.Problem, program.Name);
        }

        FunctionLinker linker = new(program, constants);
        linker.Place(program.Function);
        if (program.Function.ExceptionCallback is { } callback && !linker._starts.ContainsKey(callback))
        {
            // No instruction refers to it: the kernel finds it by name.
            linker.Place(callback);
        }

        return linker.Build();
    }

    /// <summary>Gives a function and those that it reaches their places. The walk keeps its own stack: call chains are as deep as the file says.</summary>
    private void Place(BpfFunction first)
    {
        Stack<(BpfFunction Function, int Next)> open = new();
        open.Push((Append(first), 0));
        while (open.TryPop(out (BpfFunction Function, int Next) at))
        {
            ImmutableArray<BpfRelocation> relocations = at.Function.Relocations;
            for (int i = at.Next; i < relocations.Length; i++)
            {
                BpfFunction? target = relocations[i] switch
                {
                    FunctionCall call => call.Target,
                    FunctionAddress address => address.Target,
                    _ => null,
                };
                if (target is not null && !_starts.ContainsKey(target))
                {
                    open.Push((at.Function, i + 1));
                    open.Push((Append(target), 0));
                    break;
                }
            }
        }
    }

    private BpfFunction Append(BpfFunction function)
    {
        _starts.Add(function, _slotCount);
        _order.Add(function);
        _slotCount = checked(_slotCount + function.Instructions.Length);
        return function;
    }

    private LinkedProgram Build()
    {
        var code = new BpfInstruction[_slotCount];
        ImmutableArray<LinkedFunction>.Builder functions = ImmutableArray.CreateBuilder<LinkedFunction>(_order.Count);
        ImmutableArray<BpfRelocation>.Builder relocations = ImmutableArray.CreateBuilder<BpfRelocation>();
        ImmutableArray<LinkedFuncInfo>.Builder funcInfos = ImmutableArray.CreateBuilder<LinkedFuncInfo>();
        ImmutableArray<LinkedLineInfo>.Builder lines = ImmutableArray.CreateBuilder<LinkedLineInfo>();
        ImmutableArray<LinkedCoreRelocation>.Builder coreRelocations = ImmutableArray.CreateBuilder<LinkedCoreRelocation>();
        bool allHaveLines = true;
        foreach (BpfFunction function in _order)
        {
            int start = _starts[function];
            functions.Add(new LinkedFunction(function.Name, start, function.Instructions.Length));
            function.Instructions.Span.CopyTo(code.AsSpan(start));
            foreach (BpfRelocation relocation in function.Relocations)
            {
                if (Patch(code, function, relocation with { Slot = start + relocation.Slot }) is { } rest)
                {
                    relocations.Add(rest);
                }
            }

            if (!function.Type.IsVoid)
            {
                funcInfos.Add(new LinkedFuncInfo(start, function.Type));
            }

            allHaveLines &= function.Lines is [{ Slot: 0 }, ..];
            foreach (LinkedLineInfo line in function.Lines)
            {
                lines.Add(line with { Slot = start + line.Slot });
            }

            foreach (LinkedCoreRelocation relocation in function.CoreRelocations)
            {
                coreRelocations.Add(relocation with { Slot = start + relocation.Slot });
            }
        }

        return new LinkedProgram
        {
            Program = _program,
            Instructions = code,
            Functions = functions.MoveToImmutable(),
            Relocations = relocations.DrainToImmutable(),
            FuncInfos = funcInfos.Count == _order.Count ? funcInfos.DrainToImmutable() : [],
            LineInfos = allHaveLines ? lines.DrainToImmutable() : [],
            CoreRelocations = coreRelocations.DrainToImmutable(),
        };
    }

    /// <summary>Writes what is known of a reference into the code and returns it if the loader has to add to it.</summary>
    private BpfRelocation? Patch(BpfInstruction[] code, BpfFunction function, BpfRelocation relocation)
    {
        ref BpfInstruction instruction = ref code[relocation.Slot];
        switch (relocation)
        {
            case FunctionCall call:
                instruction = instruction.WithImmediate(_starts[call.Target] - relocation.Slot - 1);
                return null;
            case FunctionAddress address:
                instruction = instruction.WithPseudoSource(BpfPseudoSource.Function).WithImmediate(_starts[address.Target] - relocation.Slot - 1);
                return null;
            case MapReference:
                instruction = instruction.WithPseudoSource(BpfPseudoSource.MapFd).WithImmediate(0);
                return relocation;
            case MapValueReference value:
                instruction = instruction.WithPseudoSource(BpfPseudoSource.MapValue).WithImmediate(0);
                code[relocation.Slot + 1] = code[relocation.Slot + 1].WithImmediate((int)value.Offset);
                return relocation;
            case ExternReference { IsCall: false, Extern: { Kind: BpfExternKind.Undeclared or BpfExternKind.UntypedKernelSymbol } symbol } when _constants is not null && _constants.TryGetValue(symbol.Name, out ulong number):
                ref BpfInstruction second = ref code[relocation.Slot + 1];
                number = unchecked(number + instruction.ReadImm64(second)); // The assembler leaves what is added to a symbol in the instruction.
                (instruction, second) = (instruction.WithImmediate((int)(uint)number), second.WithImmediate((int)(number >> 32)));
                return null;
            case JumpTableReference table:
                instruction = instruction.WithPseudoSource(BpfPseudoSource.MapValue).WithImmediate(0);
                code[relocation.Slot + 1] = code[relocation.Slot + 1].WithImmediate(0);
                return table with { Targets = [.. table.Targets.Select(target => _starts[function] + target)] };
            case ExternReference { Extern: { Kind: BpfExternKind.Undeclared } missing } reference:
                throw new BpfRelocationException(
                    missing.Name,
                    reference.IsCall
                        ? "the function is declared but not defined in this object, and not marked as a kernel function (__ksym); link the object that defines it, or compile both as one"
                        : "the symbol is not defined in this object, and not marked as the kernel's (__ksym, __kconfig); link the object that defines it, compile both as one, or give its value in the spec's Constants",
                    function.Name,
                    relocation.Slot - _starts[function]);
            case ImpossibleReference impossible:
                throw new BpfRelocationException(impossible.Symbol, impossible.Problem, function.Name, relocation.Slot - _starts[function]);
            default:
                return relocation;
        }
    }
}

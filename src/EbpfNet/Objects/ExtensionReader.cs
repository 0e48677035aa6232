using System.Collections.Immutable;
using EbpfNet.Btf;
using EbpfNet.Instructions;

namespace EbpfNet.Objects;

/// <summary>Gives each function its part of what <c>.BTF.ext</c> says about its section. What lies between functions is dropped.</summary>
internal static class ExtensionReader
{
    public static void Read(BpfObjectSpec spec, string section, List<BpfFunction> functions)
    {
        if (spec is not { Btf: { } btf, BtfExtension: { } extension })
        {
            return;
        }

        BtfFuncInfo[] infos = Sorted(extension.Functions, section, info => info.InstructionOffset);
        BtfLineInfo[] lines = Sorted(extension.Lines, section, line => line.InstructionOffset);
        BtfCoreRelocation[] relocations = Sorted(extension.CoreRelocations, section, relocation => relocation.InstructionOffset);
        foreach (BpfFunction function in functions)
        {
            foreach (BtfFuncInfo info in Part(infos, function, info => info.InstructionOffset))
            {
                if (SlotIn(function, info.InstructionOffset) == 0)
                {
                    function.Type = btf.Get<BtfFunction>(info.Function).Id;
                }
            }

            function.Lines = Relative(lines, function, line => line.InstructionOffset, (slot, line) => new LinkedLineInfo(slot, line));
            function.CoreRelocations = Relative(relocations, function, r => r.InstructionOffset, (slot, r) => new LinkedCoreRelocation(slot, r));
        }
    }

    private static T[] Sorted<T>(IReadOnlyDictionary<string, ImmutableArray<T>> bySection, string section, Func<T, uint> offset)
    {
        T[] records = bySection.TryGetValue(section, out ImmutableArray<T> found) ? [.. found.OrderBy(offset)] : [];
        foreach (T record in records)
        {
            if (offset(record) % BpfInstruction.Size != 0)
            {
                throw new BpfObjectFormatException($"a record is about byte 0x{offset(record):x} of section {section}, where no instruction starts", ".BTF.ext");
            }
        }

        return records;
    }

    private static ImmutableArray<TResult> Relative<T, TResult>(T[] records, BpfFunction function, Func<T, uint> offset, Func<int, T, TResult> make)
    {
        ReadOnlySpan<T> part = Part(records, function, offset);
        ImmutableArray<TResult>.Builder result = ImmutableArray.CreateBuilder<TResult>(part.Length);
        foreach (T record in part)
        {
            result.Add(make(SlotIn(function, offset(record)), record));
        }

        return result.MoveToImmutable();
    }

    /// <summary>The records about a function's instructions.</summary>
    private static ReadOnlySpan<T> Part<T>(T[] records, BpfFunction function, Func<T, uint> offset)
    {
        int first = LowerBound(records, function.SectionSlot, offset);
        int end = LowerBound(records, function.SectionSlot + function.Instructions.Length, offset);
        return records.AsSpan(first..end);
    }

    private static int LowerBound<T>(T[] records, int slot, Func<T, uint> offset)
    {
        (int low, int high) = (0, records.Length);
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = offset(records[middle]) / BpfInstruction.Size < slot ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static int SlotIn(BpfFunction function, uint offset) => (int)(offset / BpfInstruction.Size) - function.SectionSlot;
}

using System.Diagnostics.CodeAnalysis;

namespace EbpfNet.AotTests;

/// <summary>Each C# struct against the C struct of the object: what came out, as text, the same under the JIT and NativeAOT.</summary>
internal static class LayoutCases
{
    /// <summary>The one case that NativeAOT, which knows no fields of nested structs, cannot see.</summary>
    public const string SeenByTheJitOnly = nameof(NestedWrongInside);

    public static IReadOnlyDictionary<string, string> Run(BpfObjectSpec spec)
    {
        var outcomes = new Dictionary<string, string>();
        Check<Scalars>("scalars_map");
        Check<ScalarsWithChar>("scalars_map");
        Check<ScalarsWithCharForPort>("scalars_map");
        Check<ScalarsReordered>("scalars_map");
        Check<ScalarsRenamed>("scalars_map");
        Check<ScalarsNamedByAttribute>("scalars_map");
        Check<ScalarsWithHole>("scalars_map");
        Check<ScalarsWithPadding>("scalars_map");
        Check<ScalarsTooWide>("scalars_map");
        Check<ScalarsAuto>("scalars_map");
        Check<HoldsAuto>("swapped_map");
        Check<Arrays>("arrays_map");
        Check<ArraysTooShort>("arrays_map");
        Check<RawBytes>("arrays_map");
        Check<Nested>("nested_map");
        Check<NestedSequential>("nested_map");
        Check<NestedWrongInside>("nested_map");
        Check<NestedWrongDescribed>("nested_map");
        Check<NestedShifted>("nested_map");
        Check<Bitfields>("bitfields_map");
        Check<BitfieldsCutOff>("bitfields_map");
        Check<Packed>("packed_map");
        Check<NotPacked>("packed_map");
        Check<BytesAndPackets>("swapped_map");
        Check<PacketsAndBytes>("swapped_map");
        Check<Pair<ulong, long>>("swapped_map");
        Check<Pair<ulong, uint>>("swapped_map");
        Check<OneTooMany>("swapped_map");
        Check<PaddedTooLong>("swapped_map");
        Check<UInt128>("swapped_map");
        Check<ulong>("swapped_map");
        Check<Described>("swapped_map");
        Check<DescribedWrongly>("swapped_map");
        return outcomes;

        void Check<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string map)
            where T : unmanaged
        {
            string name = LayoutReader.NameOf(typeof(T));
            BpfMapSpec target = spec.Maps[map];
            try
            {
                BpfLayout.Require<T>($"the values of map '{map}'", target.ValueSize, spec.Btf, target.ValueTypeId ?? default);
                outcomes.Add(name, "fits");
            }
            catch (BpfLayoutException e)
            {
                outcomes.Add(name, $"[{e.FieldName} {e.ActualOffset} {e.ExpectedOffset}] {e.Message}");
            }
        }
    }
}

using EbpfNet.Instructions;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Instructions;

/// <summary>Random instructions: half any bytes at all, half a known form with one byte changed or none, because any bytes are hardly ever an instruction.</summary>
internal static class InstructionGenerators
{
    public static Gen<byte[]> SlotBytes { get; } = Gen.OneOf(
        Gen.Choose(0, 255).ArrayOf(BpfInstruction.Size).Select(bytes => Array.ConvertAll(bytes, b => (byte)b)),
        from form in Gen.Elements(InstructionForms.All)
        from position in Gen.Choose(0, BpfInstruction.Size - 1)
        from change in Gen.OneOf(Gen.Constant(0), Gen.Elements(1, 2, 4, 8, 16, 32, 64, 128), Gen.Choose(0, 255))
        select Changed(Convert.FromHexString(form.LittleEndian)[..BpfInstruction.Size], position, change));

    public static Arbitrary<byte[]> Bytes { get; } = SlotBytes.ArrayOf().Select(slots => slots.SelectMany(slot => slot).ToArray()).ToArbitrary();

    public static Arbitrary<BpfInstruction> Instruction { get; } = SlotBytes.Select(bytes => BpfInstructionCodec.DecodeOne(bytes, bigEndian: false)).ToArbitrary();

    public static Arbitrary<BpfInstruction[]> Program { get; } =
        Gen.OneOf(
            SlotBytes.ArrayOf().Select(slots => slots.SelectMany(slot => BpfInstructionCodec.Decode(slot, bigEndian: false)).ToArray()),
            Gen.Elements(InstructionForms.All).ArrayOf().Select(forms => forms.SelectMany(form => form.Assemble(new BpfAssembler()).ToArray()).ToArray()))
        .ToArbitrary();

    private static byte[] Changed(byte[] bytes, int position, int change)
    {
        bytes[position] ^= (byte)change;
        return bytes;
    }
}

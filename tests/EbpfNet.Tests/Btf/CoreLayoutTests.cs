using EbpfNet.Btf;
using EbpfNet.Instructions;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.Tests.Btf;

/// <summary>Structs of random fields on both sides: every answer is compared with a model that knows where it put each field.</summary>
public class CoreLayoutTests
{
    /// <param name="Name">A letter.</param>
    /// <param name="Size">1, 2, 4 or 8.</param>
    /// <param name="IsSigned">Signed integers are not loaded with another size.</param>
    /// <param name="Gap">Bytes before it.</param>
    /// <param name="Nesting">How many anonymous structs it is in.</param>
    private sealed record Field(char Name, int Size, bool IsSigned, int Gap, int Nesting);

    private static readonly Gen<Field[]> Fields =
        from count in Gen.Choose(1, 8)
        from letters in Gen.Shuffle("abcdefghijkl".ToCharArray())
        from fields in
            (from size in Gen.Elements(1, 2, 4, 8)
             from signed in Gen.Elements(true, false)
             from gap in Gen.Choose(0, 20)
             from nesting in Gen.Frequency((4, Gen.Constant(0)), (1, Gen.Choose(1, 3)))
             select new Field('?', size, signed, gap, nesting)).ArrayOf(count)
        select fields.Select((field, i) => field with { Name = letters[i] }).ToArray();

    private static readonly Gen<(Field[] Local, Field[] Target)> Sides = from local in Fields from target in Fields select (local, target);

    [Fact]
    public void Places_sizes_and_existence_of_fields_are_those_of_the_target()
    {
        Prop.ForAll(Sides.ToArbitrary(), sides =>
        {
            BtfSpec local = Build(sides.Local, out _);
            BtfSpec target = Build(sides.Target, out Dictionary<char, int> offsets);
            var relocator = new CoreRelocator(local, new CoreTarget(target));
            foreach (Field field in sides.Local)
            {
                Field? theirs = Array.Find(sides.Target, candidate => candidate.Name == field.Name);
                string access = AccessTo(local, field.Name, out int offset);

                Assert.Equal(theirs is null ? 0 : 1, Answer(relocator, local, access, BtfCoreRelocationKind.FieldExists, 1));
                Assert.Equal(theirs is null ? null : offsets[field.Name], Answer(relocator, local, access, BtfCoreRelocationKind.FieldByteOffset, offset));
                Assert.Equal(theirs?.Size, Answer(relocator, local, access, BtfCoreRelocationKind.FieldByteSize, field.Size));
                Assert.Equal(theirs is null ? null : theirs.IsSigned ? 1 : 0, Answer(relocator, local, access, BtfCoreRelocationKind.FieldSigned, field.IsSigned ? 1 : 0));
                Assert.Equal(theirs is null ? null : 64 - (theirs.Size * 8), Answer(relocator, local, access, BtfCoreRelocationKind.FieldLeftShift, 64 - (field.Size * 8)));
                Assert.Equal(theirs is null ? null : 64 - (theirs.Size * 8), Answer(relocator, local, access, BtfCoreRelocationKind.FieldRightShift, 64 - (field.Size * 8)));
                CheckLoad(relocator, local, access, field, offset, theirs, theirs is null ? 0 : offsets[field.Name]);
            }
        }).QuickCheckThrowOnFailure();
    }

    private static void CheckLoad(CoreRelocator relocator, BtfSpec local, string access, Field ours, int offset, Field? theirs, int targetOffset)
    {
        BpfInstruction[] code = [new(BpfOpcode.Memory(BpfInstructionClass.Ldx, BpfMode.Mem, SizeOf(ours.Size)), BpfRegister.R1, BpfRegister.R2, (short)offset)];
        relocator.Relocate(code, 0, Relocation(local, access, BtfCoreRelocationKind.FieldByteOffset), "p");

        bool fits = theirs is not null && (theirs.Size == ours.Size || (!theirs.IsSigned && !ours.IsSigned));
        BpfInstruction expected = !fits
            ? new BpfInstruction(BpfOpcode.Call, immediate: CorePatcher.UnknownHelper)
            : new BpfInstruction(BpfOpcode.Memory(BpfInstructionClass.Ldx, BpfMode.Mem, SizeOf(theirs!.Size)), BpfRegister.R1, BpfRegister.R2, (short)targetOffset);
        Assert.Equal(expected, code[0]);
    }

    /// <summary>What is written into a move of the local answer; null when it is poisoned.</summary>
    private static int? Answer(CoreRelocator relocator, BtfSpec local, string access, BtfCoreRelocationKind kind, int localAnswer)
    {
        BpfInstruction[] code = [new(BpfOpcode.Alu(BpfInstructionClass.Alu64, BpfAluOperation.Mov, BpfSource.Immediate), immediate: localAnswer)];
        relocator.Relocate(code, 0, Relocation(local, access, kind), "p");
        return CorePatcher.IsPoisoned(code[0]) ? null : code[0].Immediate;
    }

    private static BtfCoreRelocation Relocation(BtfSpec local, string access, BtfCoreRelocationKind kind)
    {
        Assert.True(local.TryFind("thing", out BtfStruct? thing));
        return new BtfCoreRelocation(0, thing.Id, (uint)access.GetHashCode(StringComparison.Ordinal), access, kind);
    }

    /// <summary>Each field in its order, behind its gap, some in anonymous structs of one member.</summary>
    private static BtfSpec Build(Field[] fields, out Dictionary<char, int> offsets)
    {
        var builder = new BtfBuilder();
        offsets = [];
        var members = new List<BtfMember>();
        int end = 0;
        foreach (Field field in fields)
        {
            int at = end + field.Gap;
            offsets[field.Name] = at;
            end = at + field.Size;
            BtfTypeId type = builder.AddInt($"int{field.Size}{field.IsSigned}", (uint)field.Size, field.IsSigned ? BtfIntEncoding.Signed : BtfIntEncoding.None);
            var member = new BtfMember(field.Name.ToString(), type, (uint)at * 8);
            for (int depth = 0; depth < field.Nesting; depth++)
            {
                // The gap is in front of the innermost.
                BtfTypeId inner = builder.Add(depth % 2 == 0 ? new BtfStruct("", (uint)end, member) : new BtfUnion("", (uint)end, member));
                member = new BtfMember("", inner, 0);
            }

            members.Add(member);
        }

        builder.Add(new BtfStruct("thing", (uint)end, [.. members]));
        return builder.ToSpec();
    }

    private static string AccessTo(BtfSpec spec, char name, out int offset)
    {
        Assert.True(spec.TryFind("thing", out BtfStruct? at));
        Assert.True(spec.TryFindField(at.Id, name.ToString(), out BtfField field));
        offset = (int)field.ByteOffset;
        var access = new List<int> { 0 };
        BtfComposite parent = at;
        while (true)
        {
            int index = parent.Members.ToList().FindIndex(member => member.Name == name.ToString());
            if (index >= 0)
            {
                access.Add(index);
                return string.Join(':', access);
            }

            index = parent.Members.ToList().FindIndex(member => member.Name.Length == 0 && spec.TryFindField(member.Type, name.ToString(), out _));
            access.Add(index);
            parent = spec.Get<BtfComposite>(parent.Members[index].Type);
        }
    }

    private static BpfSize SizeOf(int bytes) => bytes switch
    {
        1 => BpfSize.Byte,
        2 => BpfSize.Half,
        4 => BpfSize.Word,
        _ => BpfSize.DoubleWord,
    };
}

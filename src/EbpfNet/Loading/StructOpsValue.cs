using System.Collections.Immutable;
using EbpfNet.Btf;

namespace EbpfNet.Loading;

/// <summary>A function of a kernel struct and the program that implements it.</summary>
/// <param name="Member">The member's name.</param>
/// <param name="Index">The member's place among the kernel's, which the program is verified for.</param>
/// <param name="Offset">Where its pointer is in the map's value, in bytes.</param>
/// <param name="Program">The program.</param>
internal readonly record struct StructOpsFunction(string Member, int Index, int Offset, BpfProgramSpec Program);

/// <summary>What a map of kernel functions is filled with when it is attached: the object's struct, laid out as the kernel's, with room for the programs' descriptors.</summary>
/// <param name="Types">The kernel's types.</param>
/// <param name="Bytes">The value, without the programs.</param>
/// <param name="Functions">The programs.</param>
internal sealed record StructOpsValue(StructOpsTypes Types, byte[] Bytes, ImmutableArray<StructOpsFunction> Functions)
{
    /// <summary>Lays a map's struct out as the kernel has it.</summary>
    /// <exception cref="BpfNotSupportedException">The two structs do not fit; the message names the member.</exception>
    public static StructOpsValue Lay(BpfMapSpec map, BtfSpec btf, TargetKernel kernel)
    {
        StructOpsTypes types = StructOpsTypes.Find(map, kernel);
        byte[] bytes = new byte[types.Value.Size];
        ImmutableArray<StructOpsFunction>.Builder functions = ImmutableArray.CreateBuilder<StructOpsFunction>();
        foreach (BpfStructOpsMember member in map.StructOps!.All)
        {
            int index = FindMember(types.Struct, member.Name);
            if (index < 0)
            {
                RequireEmpty(map, member, types);
                continue;
            }

            BtfMember target = types.Struct.Members[index];
            RequireKind(map, btf, member, types, target);
            int offset = checked((int)(types.Start + target.ByteOffset));
            if (btf[btf.SkipModifiers(member.TypeId)] is not BtfPointer)
            {
                RequireSize(map, member, types, target);
                member.InitialValue.CopyTo(bytes.AsSpan(offset));
            }
            else if (member.Program is { } program)
            {
                if (types.Types[types.Types.SkipModifiers(target.Type)] is not BtfPointer pointer || types.Types.GetKind(types.Types.SkipModifiers(pointer.Target)) != BtfKind.FunctionPrototype)
                {
                    throw Complaint(map, types, $"member '{member.Name}' is implemented by program '{program.Name}', but is no function in the kernel's struct");
                }

                functions.Add(new StructOpsFunction(member.Name, index, offset, program));
            }
            else if (member.InitialValue.ContainsAnyExcept((byte)0))
            {
                throw Complaint(map, types, $"member '{member.Name}' is a pointer with a value; only programs can be pointed to");
            }
        }

        return new StructOpsValue(types, bytes, functions.DrainToImmutable());
    }

    private static int FindMember(BtfStruct type, string name)
    {
        for (int i = 0; i < type.Members.Length; i++)
        {
            if (type.Members[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    private static void RequireEmpty(BpfMapSpec map, BpfStructOpsMember member, StructOpsTypes types)
    {
        if (member.Program is { } program)
        {
            throw Complaint(map, types, $"member '{member.Name}' is implemented by program '{program.Name}', but the kernel's struct has no such member; set Maps[\"{map.Name}\"].StructOps.Members[\"{member.Name}\"].Program to null to do without");
        }

        if (member.InitialValue.ContainsAnyExcept((byte)0))
        {
            throw Complaint(map, types, $"member '{member.Name}' is not zero, but the kernel's struct has no such member");
        }
    }

    private static void RequireKind(BpfMapSpec map, BtfSpec btf, BpfStructOpsMember member, StructOpsTypes types, BtfMember target)
    {
        if (member.IsBitfield || target.IsBitfield)
        {
            throw Complaint(map, types, $"member '{member.Name}' is a bit field, which no loader sets");
        }

        if (btf.GetKind(btf.SkipModifiers(member.TypeId)) != types.Types.GetKind(types.Types.SkipModifiers(target.Type)))
        {
            throw Complaint(map, types, $"member '{member.Name}' is '{btf.Describe(member.TypeId)}' in the object and '{types.Types.Describe(target.Type)}' in the kernel");
        }
    }

    private static void RequireSize(BpfMapSpec map, BpfStructOpsMember member, StructOpsTypes types, BtfMember target)
    {
        if (!types.Types.TrySizeOf(target.Type, out uint size) || size != (uint)member.Size)
        {
            throw Complaint(map, types, $"member '{member.Name}' has {member.Size} bytes in the object and {size} in the kernel");
        }
    }

    private static BpfNotSupportedException Complaint(BpfMapSpec map, StructOpsTypes types, string problem) =>
        new($"Implementing 'struct {types.Struct.Name}' by {map}", problem);
}

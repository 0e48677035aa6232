using System.Diagnostics.CodeAnalysis;
using EbpfNet.Btf;

namespace EbpfNet;

/// <summary>A kernel struct of functions that an object implements (<c>struct_ops</c>): a variable in section <c>.struct_ops</c> or <c>.struct_ops.link</c>. Its members may be changed before it is loaded.</summary>
/// <remarks>
/// Members are matched to those of the kernel's struct by name when the object is loaded. A member that the kernel's struct does not have is left out if it is
/// zero (no program, or bytes that are all zero), and refuses the load otherwise.
/// </remarks>
public sealed class BpfStructOpsSpec
{
    internal BpfStructOpsSpec(BpfMapSpec map, string typeName, BtfTypeId typeId, IReadOnlyList<BpfStructOpsMember> members)
    {
        TypeName = typeName;
        TypeId = typeId;
        All = members;
        Members = new BpfNamedCollection<BpfStructOpsMember>(map.Name, "member");
        foreach (BpfStructOpsMember member in members)
        {
            if (member.Name.Length != 0)
            {
                Members.TryAdd(member.Name, member);
            }
        }
    }

    /// <summary>The struct's name as the object has it, for example <c>tcp_congestion_ops</c>; what follows three underscores does not count when the kernel's is looked for.</summary>
    public string TypeName { get; }

    /// <summary>The struct in the object's BTF.</summary>
    public BtfTypeId TypeId { get; }

    /// <summary>The struct's members, by name and in the object's order.</summary>
    public BpfNamedCollection<BpfStructOpsMember> Members { get; }

    /// <summary>The members, those without a name included.</summary>
    internal IReadOnlyList<BpfStructOpsMember> All { get; }

    /// <summary>The member at an offset, if one starts there.</summary>
    internal bool TryFind(ulong offset, [NotNullWhen(true)] out BpfStructOpsMember? member)
    {
        member = All.FirstOrDefault(member => (ulong)member.Offset == offset);
        return member is not null;
    }
}

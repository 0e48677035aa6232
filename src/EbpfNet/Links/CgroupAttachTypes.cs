using EbpfNet.Abi;
using EbpfNet.Objects;

namespace EbpfNet;

/// <summary>Which hooks of control groups programs can be attached to.</summary>
internal static class CgroupAttachTypes
{
    private static readonly Dictionary<BpfProgramType, BpfAttachType[]> ByProgramType = SectionDefinitions.ByName.Values
        .Where(section => section.Name.StartsWith("cgroup", StringComparison.Ordinal) || section.Type is BpfProgramType.SockOps || section.AttachType == BpfAttachType.LsmCgroup)
        .GroupBy(section => section.Type)
        .ToDictionary(group => group.Key, group => group.Select(section => section.AttachType).Distinct().Order().ToArray());

    /// <summary>All hooks, in the kernel's order.</summary>
    public static IReadOnlyList<BpfAttachType> All { get; } = [.. ByProgramType.Values.SelectMany(types => types).Order()];

    /// <summary>The hook for a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="asked">What the caller says; <see langword="null"/> for what the program's section says.</param>
    /// <exception cref="ArgumentException">It is no program for control groups, not for this hook, or nobody says for which.</exception>
    public static BpfAttachType Find(BpfProgram program, BpfAttachType? asked)
    {
        bool isOpened = program.SectionName is null;
        if (!ByProgramType.TryGetValue(program.Type, out BpfAttachType[]? types) || (program.Type == BpfProgramType.Lsm && !isOpened && program.ExpectedAttachType != BpfAttachType.LsmCgroup))
        {
            string hook = program.ExpectedAttachType == default ? "" : $" for {program.ExpectedAttachType.CName()}";
            throw new ArgumentException($"Programs for control groups are those of the sections cgroup/…, cgroup_skb/…, sockops and lsm_cgroup/…; {program} is of type {program.Type.CName()}{hook}.", nameof(program));
        }

        if (asked is { } type)
        {
            return types.Contains(type) ? type : throw new ArgumentException($"{program} is of type {program.Type.CName()}, which has no hook {type.CName()}.", nameof(program));
        }

        // Zero is the first hook's number, and what there is when nothing was said.
        bool saysNothing = program.ExpectedAttachType == default && (isOpened || SectionName.Parse(program.SectionName!).Definition is not { Name: "cgroup_skb/ingress" });
        return !saysNothing ? program.ExpectedAttachType
            : types.Length == 1 ? types[0]
            : throw new ArgumentException(
                $"It is not known which hook {program} is for: set {nameof(CgroupAttachOptions)}.{nameof(CgroupAttachOptions.AttachType)} to one of {string.Join(", ", types.Select(one => one.CName()))}.", nameof(program));
    }
}

using EbpfNet.Abi;

namespace EbpfNet.Objects;

/// <summary>What a section's name says about its programs beside the type.</summary>
[Flags]
internal enum SectionTraits
{
    None = 0,

    /// <summary>The name may go on with a slash and what to attach to.</summary>
    TakesTarget = 1,

    /// <summary>Programs are loaded as sleepable.</summary>
    Sleepable = 2,

    /// <summary>Programs are loaded as able to deal with packets in several buffers.</summary>
    Fragments = 4,

    /// <summary>The kernel has to be told at load what to attach to, by BTF id.</summary>
    NeedsBtfTarget = 8,

    /// <summary>Kernels from before the hook had an attach type of its own refuse the number: it is then left out.</summary>
    OptionalAttachType = 16,

    /// <summary>Programs are loaded for links to many places at once (<c>BPF_TRACE_UPROBE_MULTI</c>) where the kernel has those.</summary>
    PrefersUprobeMulti = 32,
}

/// <summary>A kind of program section: a row of <see cref="SectionDefinitions"/>.</summary>
/// <param name="Name">The section's name, without what to attach to.</param>
/// <param name="Type">The type of its programs.</param>
/// <param name="AttachType">The hook that they are verified for; the zero value when there is nothing to say.</param>
/// <param name="Traits">What else follows from the name.</param>
internal sealed record SectionDefinition(string Name, BpfProgramType Type, BpfAttachType AttachType, SectionTraits Traits)
{
    public bool Has(SectionTraits trait) => (Traits & trait) == trait;
}

/// <summary>A program section's name, taken apart.</summary>
/// <param name="Definition">What is known of such sections; null when the name is not one of the known ones.</param>
/// <param name="Target">What to attach to.</param>
/// <param name="AutoLoad">Whether its programs are loaded with the object.</param>
internal readonly record struct SectionName(SectionDefinition? Definition, string? Target, bool AutoLoad)
{
    /// <summary>
    /// Takes a name apart as libbpf does: a leading question mark turns loading off; the rest is either exactly a known name, or a known name
    /// that takes a target, alone or followed by a slash.
    /// </summary>
    public static SectionName Parse(string name)
    {
        bool autoLoad = !name.StartsWith('?');
        string rest = autoLoad ? name : name[1..];
        if (SectionDefinitions.ByName.TryGetValue(rest, out SectionDefinition? exact))
        {
            return new SectionName(exact, null, autoLoad);
        }

        int slash = rest.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && SectionDefinitions.ByName.TryGetValue(rest[..slash], out SectionDefinition? prefix) && prefix.Has(SectionTraits.TakesTarget)
            ? new SectionName(prefix, rest[(slash + 1)..], autoLoad)
            : new SectionName(null, null, autoLoad);
    }
}

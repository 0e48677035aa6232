using EbpfNet.Btf;

namespace EbpfNet.KernelTests;

/// <summary>What the running kernel's own types tell about it: a witness that does not depend on how the library asks.</summary>
internal static class KernelTypes
{
    private static readonly Lazy<KernelBtf?> Running = new(KernelBtf.TryOpenRunning);

    public static bool Has(string type) => Running.Value?.Vmlinux.FindIds(type).Count > 0;

    /// <summary>Whether a struct or union has a member.</summary>
    public static bool HasMember(string type, string member) => Running.Value?.Vmlinux is { } types && types.FindIds(type).Any(id => types[id] is BtfComposite && types.TryFindField(id, member, out _));

    /// <summary>Where a struct's member is, in bytes.</summary>
    public static uint OffsetOf(string type, string member)
    {
        BtfSpec types = Running.Value?.Vmlinux ?? throw new SkipException("this kernel has no BTF");
        Assert.True(types.TryFindField(types.FindIds(type).Single(id => types[id] is BtfComposite), member, out BtfField field));
        return field.ByteOffset;
    }
}

using System.Globalization;

namespace EbpfNet.Btf;

/// <summary>
/// The number of a type within a <see cref="BtfSpec"/> and the specs it builds on. Ids count from 1 in the order in which the types
/// are stored; 0 is void. Split BTF continues the numbering of its base.
/// </summary>
/// <param name="Value">The number as it stands in BTF.</param>
public readonly record struct BtfTypeId(uint Value) : IComparable<BtfTypeId>
{
    /// <summary>The id of the void type.</summary>
    public static BtfTypeId Void => default;

    /// <summary>Whether this is the id of the void type.</summary>
    public bool IsVoid => Value == 0;

    /// <summary>Orders ids by number.</summary>
    /// <param name="other">The id to compare with.</param>
    /// <returns>Less than, equal to or greater than zero, as usual.</returns>
    public int CompareTo(BtfTypeId other) => Value.CompareTo(other.Value);

    /// <summary>The id in brackets, as <c>bpftool btf dump</c> writes it: <c>[12]</c>.</summary>
    /// <returns>The text.</returns>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"[{Value}]");

    /// <summary>Whether the left id comes first.</summary>
    /// <param name="left">An id.</param>
    /// <param name="right">Another id.</param>
    public static bool operator <(BtfTypeId left, BtfTypeId right) => left.Value < right.Value;

    /// <summary>Whether the right id comes first.</summary>
    /// <param name="left">An id.</param>
    /// <param name="right">Another id.</param>
    public static bool operator >(BtfTypeId left, BtfTypeId right) => left.Value > right.Value;

    /// <summary>Whether the right id does not come first.</summary>
    /// <param name="left">An id.</param>
    /// <param name="right">Another id.</param>
    public static bool operator <=(BtfTypeId left, BtfTypeId right) => left.Value <= right.Value;

    /// <summary>Whether the left id does not come first.</summary>
    /// <param name="left">An id.</param>
    /// <param name="right">Another id.</param>
    public static bool operator >=(BtfTypeId left, BtfTypeId right) => left.Value >= right.Value;
}

using System.ComponentModel;

namespace EbpfNet;

/// <summary>A type that knows its own layout. Implement <see cref="IBpfLayout{TSelf}"/> instead, which includes this.</summary>
[EditorBrowsable(EditorBrowsableState.Never)]
public interface IBpfLayout
{
    /// <summary>The layout of the type.</summary>
    BpfTypeLayout GetLayout();
}

/// <summary>
/// A type that describes its own layout, as generated types do. Views of maps and variables compare it with the object's BTF; types without it are
/// looked at by reflection instead.
/// </summary>
/// <typeparam name="TSelf">The type itself.</typeparam>
public interface IBpfLayout<TSelf> : IBpfLayout
    where TSelf : unmanaged, IBpfLayout<TSelf>
{
    /// <summary>The layout of the type.</summary>
    static abstract BpfTypeLayout Layout { get; }

    /// <inheritdoc/>
    BpfTypeLayout IBpfLayout.GetLayout() => TSelf.Layout;
}

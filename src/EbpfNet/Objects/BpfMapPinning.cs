namespace EbpfNet;

/// <summary>Whether and where an object asks for a map to be pinned (libbpf's <c>LIBBPF_PIN_*</c>).</summary>
public enum BpfMapPinning
{
    /// <summary>Not at all (<c>LIBBPF_PIN_NONE</c>).</summary>
    None = 0,

    /// <summary>Under its own name in the pin directory; a map that is already there is used instead of a new one (<c>LIBBPF_PIN_BY_NAME</c>).</summary>
    ByName = 1,
}

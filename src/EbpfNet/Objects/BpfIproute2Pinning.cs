namespace EbpfNet;

/// <summary>Where iproute2 pins a map.</summary>
public enum BpfIproute2Pinning
{
    /// <summary>Nowhere (<c>PIN_NONE</c>).</summary>
    None = 0,

    /// <summary>In a folder of the object's own, for several calls of <c>tc</c> with one object (<c>PIN_OBJECT_NS</c>). A load, which takes the object as a whole, pins nothing.</summary>
    Object = 1,

    /// <summary>In a folder of all objects, <c>/sys/fs/bpf/tc/globals</c> (<c>PIN_GLOBAL_NS</c>). Loading pins the map there, or in the load's pin directory.</summary>
    Global = 2,
}

namespace EbpfNet;

/// <summary>What a map definition in iproute2's form (<c>struct bpf_elf_map</c>, for <c>tc</c>) says beyond what all forms say.</summary>
/// <param name="Id">A number by which other maps of the object refer to it (<c>id</c>).</param>
/// <param name="Pinning">Where <c>tc</c> pins it (<c>pinning</c>).</param>
/// <param name="InnerId">For a map of maps, the <see cref="Id"/> of the maps in it (<c>inner_id</c>).</param>
/// <param name="InnerIndex">For a map in a map of maps, its key there (<c>inner_idx</c>); negative when it is in none from the start.</param>
public sealed record BpfIproute2Map(uint Id, BpfIproute2Pinning Pinning, uint InnerId, int InnerIndex);

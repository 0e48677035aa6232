using EbpfNet.Btf;
using EbpfNet.Loading;
using EbpfNet.Tests.Objects;

namespace EbpfNet.Tests.Loading;

/// <summary>Sections that are in the types only: nothing of them is in the object, and the loader says where their variables are.</summary>
public class VirtualSectionTests
{
    [Fact]
    public void Variables_lie_behind_one_another_each_as_its_type_wants_it()
    {
        BtfSpec encoded = BtfSpec.Parse(ObjectBtf.Encode(TestObjects.Read("virtual_section")));

        Assert.True(encoded.TryFind(".ksyms", out BtfDataSection? section));
        Assert.Equal(
            [("ebpfnet_four", 0u, 4u), ("ebpfnet_one", 4u, 1u), ("ebpfnet_bool", 5u, 1u), ("ebpfnet_two", 6u, 2u), ("ebpfnet_sixteen", 16u, 16u), ("ebpfnet_eight", 32u, 8u)],
            section.Entries.Select(entry => (encoded.Get<BtfVariable>(entry.Variable).Name, entry.Offset, entry.Size)));
        Assert.Equal(40u, section.Size);
    }
}

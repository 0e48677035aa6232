using EbpfNet.Objects;

namespace EbpfNet.Tests.Objects;

public class RealObjectTests
{
    public static TheoryData<string> Paths => [.. TestObjects.AllPaths];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Every_object_parses_and_links(string path)
    {
        BpfObjectSpec spec = BpfObjectSpec.ReadFile(path);

        foreach (BpfProgramSpec program in spec.Programs)
        {
            if (path.EndsWith("without_btf_map.bpf.o", StringComparison.Ordinal))
            {
                Assert.Contains("BTF", Assert.Throws<BpfRelocationException>(() => FunctionLinker.Link(program)).Message, StringComparison.Ordinal);
                continue;
            }

            LinkedProgram linked = FunctionLinker.Link(program);
            Assert.Equal(spec.BtfExtension is not null, linked.FuncInfos.Length == linked.Functions.Length);
            Assert.Equal(spec.BtfExtension is not null, linked.LineInfos.Length != 0);
        }

        Assert.NotEmpty(spec.Programs);
    }
}

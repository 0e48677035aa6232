namespace EbpfNet.KernelTests.Loading;

public sealed class JumpTableTests : KernelTest
{
    /// <summary>Where the context of a tc program has the mark.</summary>
    private const int Mark = 8;

    [SkippableTheory]
    [InlineData("first_of_section", 10u, 11u, 12u, 99u)]
    [InlineData("second_of_section", 10u, 11u, 12u, 99u)]
    [InlineData("in_a_subprogram", 20u, 21u, 22u, 99u)]
    [InlineData("several_tables", 30u, 11u, 12u, 99u)]
    public void An_indirect_jump_leads_where_its_table_says_or_the_kernel_is_said_to_have_none(string program, params uint[] expected)
    {
        BpfObject loaded;
        try
        {
            loaded = BpfObject.Load(TestObjects.ReadOnly("jump_tables", program));
        }
        catch (BpfNotSupportedException e)
        {
            // This kernel is older than such maps.
            Assert.Contains("BPF_MAP_TYPE_INSN_ARRAY", e.Message, StringComparison.Ordinal);
            Assert.Contains($"'{program}'", e.Message, StringComparison.Ordinal);
            Assert.True(Environment.OSVersion.Version < new Version(6, 19), e.Message);
            return;
        }

        using (loaded)
        {
            Assert.Empty(loaded.Maps); // They belong to the program.
            for (uint i = 0; i < expected.Length; i++)
            {
                byte[] context = new byte[192];
                BitConverter.TryWriteBytes(context.AsSpan(Mark), i);
                Assert.Equal(expected[i], loaded.Programs[program].TestRun(new BpfTestRun(new byte[64]) { Context = context }).ReturnValue);
            }
        }
    }
}

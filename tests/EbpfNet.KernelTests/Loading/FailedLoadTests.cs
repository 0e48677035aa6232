using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Loading;

/// <summary>A load that fails, at whatever stage, leaves nothing behind; the base class would notice too.</summary>
public sealed class FailedLoadTests : KernelTest
{
    [SkippableFact]
    public void When_a_map_is_refused_the_ones_before_it_are_gone()
    {
        BpfObjectSpec spec = TestObjects.Read("maps_basic");
        spec.Maps["lpm_map"].Flags = BpfMapFlags.None;

        BpfSyscallException refused = FailsWithoutTrace<BpfSyscallException>(spec);

        Assert.Equal("BPF_MAP_CREATE", refused.Call);
        Assert.Contains("map 'lpm_map' (BPF_MAP_TYPE_LPM_TRIE, keys of 8 and values of 16 bytes, max_entries 256", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void When_a_program_is_refused_maps_and_other_programs_are_gone()
    {
        FailsWithoutTrace<BpfVerifierException>(TestObjects.Read("rejected"));
    }

    [SkippableFact]
    public void When_an_initial_entry_cannot_be_set_everything_is_gone()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("xdp_verdicts", "verdict_pass");
        spec.Maps.TryAdd("calls", new BpfMapSpec("calls", BpfMapType.ProgArray, 4, 4, 2) { Slots = { new BpfMapSlot(7, spec.Programs["verdict_pass"]) } });

        BpfSyscallException refused = FailsWithoutTrace<BpfSyscallException>(spec);

        Assert.Contains("put 'verdict_pass' into map 'calls' at index 7", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void An_entry_that_is_not_loaded_is_named()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("xdp_verdicts", "verdict_pass");
        spec.Maps.TryAdd("calls", new BpfMapSpec("calls", BpfMapType.ProgArray, 4, 4, 2) { Slots = { new BpfMapSlot(0, spec.Programs["verdict_drop"]) } });

        BpfRelocationException refused = FailsWithoutTrace<BpfRelocationException>(spec);

        Assert.Equal("verdict_drop", refused.Symbol);
    }

    [SkippableFact]
    public void Global_data_is_not_put_into_another_kind_of_map()
    {
        BpfObjectSpec spec = TestObjects.Read("globals");
        spec.Maps[".data"].Type = BpfMapType.PerCpuArray;
        spec.Maps[".data"].Flags = BpfMapFlags.None;

        BpfNotSupportedException refused = FailsWithoutTrace<BpfNotSupportedException>(spec);

        Assert.Contains("section '.data'", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void A_folder_for_pins_that_cannot_be_made_is_named()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("maps_basic");
        spec.Maps["hash_map"].PinPath = "/proc/nowhere/hash_map";

        BpfSyscallException refused = FailsWithoutTrace<BpfSyscallException>(spec);

        Assert.Contains("make the folder '/proc/nowhere' to pin map 'hash_map' in", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void When_a_reference_cannot_be_resolved_nothing_was_begun()
    {
        BpfObjectSpec spec = TestObjects.Read("unknown_section");

        FailsWithoutTrace<BpfNotSupportedException>(spec);
    }

    [SkippableFact]
    public void Without_capabilities_one_sentence_says_which_are_missing()
    {
        BpfObjectSpec spec = TestObjects.Read("maps_basic");

        BpfSyscallException refused = Assert.IsType<BpfSyscallException>(WithoutCapabilities.Run(() => BpfObject.Load(spec)));

        Assert.Equal(BpfErrno.EPERM, refused.Error);
        Assert.Contains("This process lacks CAP_BPF: run it as root", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
    }

    [SkippableFact]
    public void Looking_at_what_others_have_loaded_is_said_to_need_CAP_SYS_ADMIN()
    {
        string refused = Assert.IsType<BpfSyscallException>(WithoutCapabilities.Run(() => BpfMap.GetIds())).Message;

        Assert.Contains("This process lacks CAP_SYS_ADMIN: run it as root", refused, StringComparison.Ordinal);
        Assert.Equal(refused[refused.IndexOf("This", StringComparison.Ordinal)..], Assert.IsType<BpfSyscallException>(WithoutCapabilities.Run(() => BpfProgram.OpenById(1))).Advice + ".");
    }

    [SkippableFact]
    public void A_probe_without_capabilities_takes_no_feature_for_missing()
    {
        foreach (FeatureProbe known in new[] { KernelProbes.ObjectNames, KernelProbes.Btf, KernelProbes.FunctionInfo, KernelProbes.MmapableArrays, KernelProbes.ExpectedAttachType })
        {
            FeatureProbe probe = known.Forget();

            Assert.Null(WithoutCapabilities.Run(() => Assert.False(probe.IsMissing)));
            Assert.Equal(FeatureAnswer.Yes, probe.Answer);
        }
    }

    private static T FailsWithoutTrace<T>(BpfObjectSpec spec)
        where T : BpfException
    {
        KernelObjectSnapshot before = KernelObjectSnapshot.Take();
        T thrown = Assert.Throws<T>(() => BpfObject.Load(spec));
        Assert.Empty(before.FindLeftovers());
        return thrown;
    }
}

using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Features;
using EbpfNet.Instructions;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Features;

/// <summary>What is said of the running kernel is compared with what it does; that nothing of the trials stays is checked after each test.</summary>
[Trait("OtherKernels", "")]
public sealed class KernelFeaturesTests : KernelTest
{
    private static readonly BpfHelper[] Tried = [.. Enum.GetValues<BpfHelper>().Except([BpfHelper.Unspecified, BpfHelper.TracePrintk, BpfHelper.TraceVprintk, BpfHelper.ProbeWriteUser])];

    [SkippableFact]
    public void What_every_kernel_of_today_has_is_present()
    {
        Assert.All(
            [KernelFeature.ObjectNames, KernelFeature.Btf, KernelFeature.GlobalData, KernelFeature.Functions, KernelFeature.BoundedLoops, KernelFeature.LargePrograms, KernelFeature.MapFreezing,
                KernelFeature.InstructionSetV1, KernelFeature.InstructionSetV2, KernelFeature.InstructionSetV3, KernelFeature.Links, KernelFeature.MapBatches, KernelFeature.MmapableArrays],
            feature => Assert.Equal((feature, "yes"), (feature, KernelFeatures.Has(feature).ToString())));
        Assert.All(
            [BpfProgramType.SocketFilter, BpfProgramType.Xdp, BpfProgramType.SchedCls, BpfProgramType.Tracepoint, BpfProgramType.CgroupSkb, BpfProgramType.Tracing, BpfProgramType.StructOps, BpfProgramType.SkLookup],
            type => Assert.Equal((type, "yes"), (type, KernelFeatures.HasProgramType(type).ToString())));
        Assert.All(
            Enum.GetValues<BpfMapType>().Where(type => type is > BpfMapType.Unspecified and <= BpfMapType.InodeStorage),
            type => Assert.Equal((type, "yes"), (type, KernelFeatures.HasMapType(type).ToString())));
        Assert.All(
            [BpfAttachType.CgroupInetEgress, BpfAttachType.CgroupInet4Connect, BpfAttachType.FlowDissector, BpfAttachType.SkMsgVerdict, BpfAttachType.Xdp, BpfAttachType.SkLookup, BpfAttachType.TraceRawTp, BpfAttachType.TraceIter],
            type => Assert.Equal((type, "yes"), (type, KernelFeatures.HasAttachType(type).ToString())));
        Assert.All([BpfLinkType.RawTracepoint, BpfLinkType.Tracing, BpfLinkType.Cgroup, BpfLinkType.Iter, BpfLinkType.NetNs, BpfLinkType.Xdp], type => Assert.True(KernelFeatures.HasLinkType(type).IsPresent));
        Assert.All(Enum.GetValues<BtfKind>().Where(kind => kind is > BtfKind.Void and <= BtfKind.DataSection), kind => Assert.True(KernelFeatures.HasBtfKind(kind).IsPresent));
        Assert.All(
            [(BpfProgramType.Xdp, BpfHelper.XdpAdjustHead), (BpfProgramType.SchedCls, BpfHelper.SkbStoreBytes), (BpfProgramType.Kprobe, BpfHelper.GetCurrentComm), (BpfProgramType.CgroupSockAddr, BpfHelper.Bind), (BpfProgramType.Tracing, BpfHelper.SeqWrite)],
            pair => Assert.True(KernelFeatures.HasHelper(pair.Item1, pair.Item2).IsPresent));
    }

    [SkippableFact]
    public void What_no_kernel_has_is_missing()
    {
        Assert.True(KernelFeatures.HasProgramType(BpfProgramType.Unspecified).IsMissing);
        Assert.True(KernelFeatures.HasProgramType((BpfProgramType)5000).IsMissing);
        Assert.True(KernelFeatures.HasMapType(BpfMapType.Unspecified).IsMissing);
        Assert.True(KernelFeatures.HasMapType((BpfMapType)5000).IsMissing);
        Assert.True(KernelFeatures.HasAttachType((BpfAttachType)5000).IsMissing);
        Assert.True(KernelFeatures.HasLinkType((BpfLinkType)5000).IsMissing);
        Assert.True(KernelFeatures.HasBtfKind((BtfKind)200).IsMissing);
        Assert.True(KernelFeatures.HasHelper(BpfProgramType.Xdp, (BpfHelper)5000).IsMissing);
        Assert.True(KernelFeatures.HasHelper(BpfProgramType.Xdp, BpfHelper.SkbStoreBytes).IsMissing);
        Assert.True(KernelFeatures.HasHelper(BpfProgramType.SocketFilter, BpfHelper.XdpAdjustHead).IsMissing);
        Assert.Equal("no: the kernel has no programs of this type", KernelFeatures.HasHelper((BpfProgramType)5000, BpfHelper.MapLookupElem).ToString());
    }

    [SkippableFact]
    public void A_helper_is_present_where_the_kernel_looks_at_its_arguments_and_missing_where_it_does_not()
    {
        // Only these types: their programs may call the same from every hook, and whether they may sleep changes nothing.
        foreach (BpfProgramType type in new[] { BpfProgramType.SocketFilter, BpfProgramType.Xdp, BpfProgramType.SchedCls, BpfProgramType.SkMsg, BpfProgramType.SkLookup })
        {
            var form = ProgramForms.Of(type, null)[0];
            foreach (BpfHelper helper in Tried)
            {
                TrialAnswer answer = ProgramTrial.Ask(form, form.Append(new BpfAssembler().CallHelper(helper)));
                bool isLookedAt = answer.Error is BpfErrno.None or BpfErrno.EACCES;
                bool isCalled = isLookedAt || answer.Log.Contains("sleep", StringComparison.Ordinal) || answer.Log.Contains("GPL", StringComparison.Ordinal);
                Assert.True(isCalled == KernelFeatures.HasHelper(type, helper).IsPresent, $"{type} {helper}: {KernelFeatures.HasHelper(type, helper)}, and the kernel says {answer}");
            }
        }
    }

    [SkippableFact]
    public void A_function_of_the_kernel_is_present_for_the_programs_that_may_call_it()
    {
        Skip.IfNot(KernelFeatures.HasKernelFunction(BpfProgramType.SchedCls, "bpf_rcu_read_lock").IsPresent, "this kernel has no functions that programs of all types may call");

        Assert.True(KernelFeatures.HasKernelFunction(BpfProgramType.Xdp, "bpf_rcu_read_lock").IsPresent);
        Assert.True(KernelFeatures.HasKernelFunction(BpfProgramType.Tracing, "bpf_rdonly_cast").IsPresent);
        Assert.True(KernelFeatures.HasKernelFunction(BpfProgramType.StructOps, "tcp_slow_start").IsPresent);
        Assert.True(KernelFeatures.HasKernelFunction(BpfProgramType.Xdp, "tcp_slow_start").IsMissing);
        Assert.True(KernelFeatures.HasKernelFunction(BpfProgramType.SchedCls, "vfs_read").IsMissing);
        Assert.True(KernelFeatures.HasKernelFunction(BpfProgramType.SchedCls, "do_nanosleep").IsMissing);
        Assert.Contains("no function of this name", KernelFeatures.HasKernelFunction(BpfProgramType.SchedCls, "bpf_no_such_function").Reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Maps_that_the_kernel_is_said_to_have_can_be_created()
    {
        foreach ((BpfMapType type, uint key, uint value, uint entries, BpfMapFlags flags) in new[]
        {
            (BpfMapType.RingBuf, 0u, 0u, (uint)Environment.SystemPageSize, BpfMapFlags.None),
            (BpfMapType.BloomFilter, 0u, 8u, 16u, BpfMapFlags.None),
            (BpfMapType.UserRingBuf, 0u, 0u, (uint)Environment.SystemPageSize, BpfMapFlags.None),
            (BpfMapType.Arena, 0u, 0u, 4u, BpfMapFlags.Mmapable),
            (BpfMapType.InsnArray, 4u, 16u, 2u, BpfMapFlags.None),
            (BpfMapType.RHash, 4u, 8u, 16u, BpfMapFlags.NoPrealloc),
            (BpfMapType.XskMap, 4u, 4u, 2u, BpfMapFlags.None),
        })
        {
            FeatureFinding made = MapTypeProbes.Try(new MapCreateAttribute { MapType = type, KeySize = key, ValueSize = value, MaxEntries = entries, MapFlags = flags });

            Assert.Equal((type, made.Answer == FeatureAnswer.Yes), (type, KernelFeatures.HasMapType(type).IsPresent));
        }
    }

    [SkippableFact]
    public void What_came_into_the_kernel_together_is_there_together()
    {
        AssertSame(KernelFeatures.HasAttachType(BpfAttachType.TcxIngress), KernelFeatures.HasLinkType(BpfLinkType.Tcx));
        AssertSame(KernelFeatures.HasProgramType(BpfProgramType.Netfilter), KernelFeatures.HasLinkType(BpfLinkType.Netfilter));
        AssertSame(KernelFeatures.HasAttachType(BpfAttachType.NetkitPrimary), KernelFeatures.HasAttachType(BpfAttachType.NetkitPeer));
        AssertSame(KernelFeatures.HasMapType(BpfMapType.CgrpStorage), KernelFeatures.HasHelper(BpfProgramType.SchedCls, BpfHelper.CgrpStorageGet));
        AssertSame(KernelFeatures.HasMapType(BpfMapType.UserRingBuf), KernelFeatures.HasHelper(BpfProgramType.Xdp, BpfHelper.UserRingBufDrain));
        AssertSame(KernelFeatures.HasMapType(BpfMapType.RingBuf), KernelFeatures.HasHelper(BpfProgramType.Xdp, BpfHelper.RingBufOutput));
        AssertSame(KernelFeatures.Has(KernelFeature.AttachCookies), KernelFeatures.HasHelper(BpfProgramType.Tracepoint, BpfHelper.GetAttachCookie));
        AssertSame(KernelFeatures.Has(KernelFeature.AttachCookies), KernelFeatures.HasLinkType(BpfLinkType.PerfEvent));
        AssertSame(KernelFeatures.Has(KernelFeature.MayGotoInstruction), KernelFeatures.HasMapType(BpfMapType.Arena));
    }

    [SkippableFact]
    public void Whatever_was_asked_is_asked_again_after_it_was_forgotten()
    {
        int asked = 0;
        var probe = new FeatureProbe(() =>
        {
            asked++;
            return FeatureAnswer.No;
        });
        Assert.True(probe.IsMissing && probe.IsMissing);

        KernelFeatures.Forget();

        Assert.False(probe.IsKnownMissing);
        Assert.True(probe.IsMissing && probe.IsMissing);
        Assert.Equal(2, asked);
    }

    [SkippableFact]
    public void Without_capabilities_nothing_is_said_to_be_missing()
    {
        Exception? thrown = WithoutCapabilities.Run(() =>
        {
            foreach (BpfProgramType type in Enum.GetValues<BpfProgramType>().Where(type => type is not (BpfProgramType.Unspecified or BpfProgramType.SocketFilter or BpfProgramType.CgroupSkb)))
            {
                AssertUnknown(ProgramTypeProbes.Try(type));
            }

            AssertUnknown(MapTypeProbes.Try(BpfMapType.LruHash));
            AssertUnknown(MapTypeProbes.Try(BpfMapType.Arena));
            AssertUnknown(AttachTypeProbes.Try(BpfAttachType.CgroupInetEgress));
            AssertUnknown(AttachTypeProbes.Try(BpfAttachType.SkMsgVerdict));
            AssertUnknown(LinkTypeProbes.Try(BpfLinkType.Cgroup));
            AssertUnknown(new HelperProbes().Try(BpfProgramType.Xdp, BpfHelper.RedirectMap, FeatureAnswer.Yes));
            AssertUnknown(InstructionProbes.BoundedLoops.Forget().Find());
        });

        Assert.Null(thrown);

        static void AssertUnknown(FeatureFinding finding)
        {
            Assert.Equal(FeatureAnswer.Inconclusive, finding.Answer);
            Assert.Contains("CAP_", finding.Reason, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void Without_the_capability_to_trace_a_helper_that_takes_it_is_not_said_to_be_missing()
    {
        FeatureFinding? finding = null;

        Exception? thrown = WithoutCapabilities.Run(
            () => finding = new HelperProbes().Try(BpfProgramType.SocketFilter, BpfHelper.ProbeReadKernel, FeatureAnswer.Yes),
            but: Capabilities.Bpf);

        Assert.Null(thrown);
        Assert.Equal(FeatureAnswer.Inconclusive, finding?.Answer);
        Assert.Contains("CAP_PERFMON", finding?.Reason, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Answers_are_kept_until_they_are_forgotten()
    {
        FeatureSupport first = KernelFeatures.HasMapType(BpfMapType.RingBuf);
        Assert.True(first.IsPresent);

        // Without capabilities it could not be found out now.
        Assert.Null(WithoutCapabilities.Run(() => Assert.Equal(first, KernelFeatures.HasMapType(BpfMapType.RingBuf))));
        var others = new FeatureAnswers();
        Assert.Null(WithoutCapabilities.Run(() => Assert.Equal(FeatureAnswer.Inconclusive, others[BpfMapType.RingBuf].Answer)));
        Assert.Equal(FeatureAnswer.Yes, others[BpfMapType.RingBuf].Answer);
        KernelFeatures.Forget();
        Assert.Equal(first, KernelFeatures.HasMapType(BpfMapType.RingBuf));
    }

    [SkippableFact]
    public void Settings_are_those_of_proc()
    {
        KernelSettings settings = KernelSettings.Read();

        Assert.Equal(File.ReadAllText("/proc/sys/kernel/osrelease").Trim(), settings.Release);
        Assert.True(settings.Version >= new Version(4, 18));
        Assert.Equal(File.ReadAllText("/proc/sys/kernel/unprivileged_bpf_disabled").Trim() == "0", settings.AllowsUnprivileged);
        Assert.NotNull(settings.CollectsStatistics);
    }

    private static void AssertSame(FeatureSupport one, FeatureSupport other) => Assert.Equal(one.State, other.State);
}

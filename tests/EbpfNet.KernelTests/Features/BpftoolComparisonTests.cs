using System.Diagnostics;
using System.Text.Json;
using EbpfNet.Abi;

namespace EbpfNet.KernelTests.Features;

/// <summary>The same questions put to bpftool, where there is one: what it finds is found here too.</summary>
[Trait("OtherKernels", "")]
public sealed class BpftoolComparisonTests : KernelTest
{
    private static readonly Lazy<JsonDocument?> Probe = new(RunBpftool);

    [SkippableFact]
    public void Types_of_program_and_map_are_those_that_bpftool_finds()
    {
        JsonElement found = Require();

        // bpftool does not know what its own trial of these means: it asks for none of what they attach to.
        BpfProgramType[] otherwise = [BpfProgramType.Tracing, BpfProgramType.Lsm, BpfProgramType.Ext, BpfProgramType.StructOps, BpfProgramType.Syscall];
        foreach (BpfProgramType type in Enum.GetValues<BpfProgramType>().Except(otherwise))
        {
            if (found.GetProperty("program_types").TryGetProperty($"have_{Name(type.CName(), "BPF_PROG_TYPE_")}_prog_type", out JsonElement answer))
            {
                Assert.Equal((type, answer.GetBoolean()), (type, KernelFeatures.HasProgramType(type).IsPresent));
            }
        }

        foreach (BpfMapType type in Enum.GetValues<BpfMapType>())
        {
            if (found.GetProperty("map_types").TryGetProperty($"have_{Name(type.CName(), "BPF_MAP_TYPE_")}_map_type", out JsonElement answer))
            {
                Assert.Equal((type, answer.GetBoolean()), (type, KernelFeatures.HasMapType(type).IsPresent));
            }
        }
    }

    [SkippableFact]
    public void Helpers_that_bpftool_does_not_find_are_missing_but_for_those_of_other_hooks_and_of_programs_that_may_sleep()
    {
        JsonElement helpers = Require().GetProperty("helpers");
        Dictionary<string, BpfHelper> byName = Enum.GetValues<BpfHelper>().ToDictionary(helper => helper.CName());

        // It tries programs from one hook of each type only, which may not sleep; helpers that are younger than it it does not know.
        (BpfProgramType Type, BpfHelper Helper)[] otherwise =
        [
            (BpfProgramType.Kprobe, BpfHelper.CopyFromUser), (BpfProgramType.Kprobe, BpfHelper.CopyFromUserTask),
            (BpfProgramType.CgroupSysctl, BpfHelper.GetRetVal), (BpfProgramType.CgroupSysctl, BpfHelper.SetRetVal),
            (BpfProgramType.CgroupSockOpt, BpfHelper.GetSockOpt), (BpfProgramType.CgroupSockOpt, BpfHelper.SetSockOpt),
        ];
        const BpfHelper Youngest = BpfHelper.UserRingBufDrain;
        int compared = 0;
        foreach (BpfProgramType type in Enum.GetValues<BpfProgramType>().Except([BpfProgramType.Tracing, BpfProgramType.Lsm, BpfProgramType.Ext, BpfProgramType.StructOps]))
        {
            if (!helpers.TryGetProperty($"{Name(type.CName(), "BPF_PROG_TYPE_")}_available_helpers", out JsonElement names))
            {
                continue;
            }

            HashSet<BpfHelper> theirs = [.. names.EnumerateArray().Where(name => byName.ContainsKey(name.GetString()!)).Select(name => byName[name.GetString()!])];
            foreach (BpfHelper helper in byName.Values.Where(helper => helper is > BpfHelper.Unspecified and <= Youngest && !IsNoisy(helper)))
            {
                compared++;

                // The words of Linux 6.11 and later it does not understand, and takes every helper for one that may be called.
                bool isAgreed = KernelFeatures.HasHelper(type, helper).IsPresent ? theirs.Contains(helper) || otherwise.Contains((type, helper)) : !theirs.Contains(helper) || RefusesInNewWords;
                Assert.True(isAgreed, $"{type} {helper}: {KernelFeatures.HasHelper(type, helper)}, and bpftool says {theirs.Contains(helper)}");
            }
        }

        Assert.True(compared > 2000, $"only {compared} were compared");
    }

    private static bool RefusesInNewWords => KernelSettings.Read().Version >= new Version(6, 11);

    private static bool IsNoisy(BpfHelper helper) => helper is BpfHelper.TracePrintk or BpfHelper.TraceVprintk or BpfHelper.ProbeWriteUser;

    private static string Name(string name, string prefix) => name[prefix.Length..].ToLowerInvariant();

    private static JsonElement Require()
    {
        Skip.If(Probe.Value is null, "bpftool is not installed");
        return Probe.Value!.RootElement;
    }

    private static JsonDocument? RunBpftool()
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo("bpftool", ["-j", "feature", "probe"]) { RedirectStandardOutput = true })!;
            string text = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? JsonDocument.Parse(text) : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}

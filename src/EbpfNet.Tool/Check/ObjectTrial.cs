using EbpfNet.Tool.Inspect;

namespace EbpfNet.Tool.Check;

/// <summary>Loads one object in every way that was asked for, and tells each step.</summary>
/// <param name="path">The object.</param>
/// <param name="kernelBtf">A file with the types to adapt to, or <see langword="null"/> for the running kernel's.</param>
/// <param name="isAlone">Whether pins stay within this process; if not, nothing is pinned.</param>
/// <param name="tell">Takes the steps.</param>
internal sealed class ObjectTrial(string path, string? kernelBtf, bool isAlone, Action<TrialStep> tell)
{
    private readonly string _name = Path.GetFileName(path);

    internal void Run(bool each)
    {
        byte[] image = [];
        BpfObjectSpec? spec = null;
        KernelBtf? types = null;
        Try(
            () =>
            {
                types = kernelBtf is null ? KernelBtf.TryOpenRunning() : KernelBtf.ReadFile(kernelBtf);
                image = File.ReadAllBytes(path);
                spec = BpfObjectSpec.Parse(image, _name);
            },
            StepKind.Open);
        if (spec is not null)
        {
            Tell(spec);
            FindMissing(spec, types);
            Try(() => Load(spec, types), StepKind.LoadAll);
            if (each)
            {
                LoadEach(image, [.. spec.Programs.Names], types);
            }
        }

        tell(new TrialStep(StepKind.Done));
    }

    private void LoadEach(byte[] image, string[] programs, KernelBtf? types)
    {
        foreach (string name in programs)
        {
            Try(
                () =>
                {
                    BpfObjectSpec fresh = BpfObjectSpec.Parse(image, _name);
                    foreach (BpfProgramSpec program in fresh.Programs)
                    {
                        program.AutoLoad = program.Name == name;
                    }

                    Load(fresh, types);
                },
                StepKind.LoadOne,
                name);
        }
    }

    private void Load(BpfObjectSpec spec, KernelBtf? types)
    {
        if (!isAlone)
        {
            foreach (BpfMapSpec map in spec.Maps)
            {
                map.Pinning = BpfMapPinning.None;
            }
        }

        BpfLoadOptions options = new()
        {
            KernelBtf = types,
            OnLoadingProgram = (program, instructions) => tell(new TrialStep(StepKind.Submitted, program.Name) { Instructions = instructions.Length, Fingerprint = Fingerprint.Of(instructions) }),
        };
        BpfObject.Load(spec, options).Dispose();
    }

    private void Tell(BpfObjectSpec spec)
    {
        foreach (BpfProgramSpec program in spec.Programs)
        {
            tell(new TrialStep(StepKind.Program, program.Name) { Section = program.SectionName, Type = Names.Of(program.Type), AutoLoad = program.AutoLoad });
        }
    }

    private void FindMissing(BpfObjectSpec spec, KernelBtf? types)
    {
        if (kernelBtf is null || types is null)
        {
            return;
        }

        try
        {
            foreach (BpfRelocationException missing in types.FindMissing(spec))
            {
                tell(new TrialStep(StepKind.Missing, missing.Program, Reason: missing.Message));
            }
        }
        catch (BpfException)
        {
            // Loading meets the same, and tells.
        }
    }

    private void Try(Action attempt, StepKind kind, string? program = null)
    {
        try
        {
            attempt();
            tell(new TrialStep(kind, program, Verdict.Ok));
        }
#pragma warning disable CA1031 // One bad object never stops the rest.
        catch (Exception e)
#pragma warning restore CA1031
        {
            tell(new TrialStep(kind, program, Verdict.Of(e), Verdict.Explain(e)));
        }
    }
}

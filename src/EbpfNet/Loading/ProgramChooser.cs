using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>Loads one of several alternatives. What it may pass over is what no other program of the kind could do better; everything else is reported.</summary>
internal sealed class ProgramChooser(BpfProgramSpecCollection programs, TargetKernel kernel, Func<BpfProgramSpec, PreparedProgram> prepare)
{
    private readonly Candidate[][] _groups = [.. programs.Alternatives
        .Select(group => group.Where(program => program.AutoLoad).Select(program => Prepare(program, kernel, prepare)).ToArray())
        .Where(group => group.Length > 0)];

    /// <summary>A program that is ready, or why it is not, and whether that is the kernel's lack.</summary>
    private readonly record struct Candidate(BpfProgramSpec Program, PreparedProgram? Ready, BpfException? Failure, bool IsMissingHere);

    /// <summary>Those that are ready, whether or not they will be needed.</summary>
    public IEnumerable<PreparedProgram> Ready => _groups.SelectMany(group => group).Select(candidate => candidate.Ready).OfType<PreparedProgram>();

    /// <summary>Loads one program of each group.</summary>
    /// <param name="loader">What loads programs.</param>
    /// <param name="keep">Takes over what was loaded.</param>
    /// <exception cref="BpfNotSupportedException">This kernel takes none of a group.</exception>
    /// <exception cref="BpfException">What is wrong with a program that this kernel ought to take.</exception>
    public IReadOnlyList<BpfProgramChoice> Choose(ProgramLoader loader, Action<BpfProgramSpec, BpfProgram> keep)
    {
        var choices = new List<BpfProgramChoice>(_groups.Length);
        foreach (Candidate[] group in _groups)
        {
            choices.Add(Choose(group, loader, keep));
        }

        return choices;
    }

    private static BpfProgramChoice Choose(Candidate[] group, ProgramLoader loader, Action<BpfProgramSpec, BpfProgram> keep)
    {
        var passedOver = new List<BpfPassedOverProgram>();
        foreach (Candidate candidate in group)
        {
            if (candidate.Ready is not { } ready)
            {
                passedOver.Add(candidate.IsMissingHere ? PassOver(candidate, candidate.Failure!.Message, candidate.Failure) : throw candidate.Failure!);
                continue;
            }

            try
            {
                BpfProgram made = loader.Load(ready);
                if (AttachProbes.For(candidate.Program) is { IsMissing: true })
                {
                    made.Dispose();
                    passedOver.Add(PassOverUnattachable(candidate));
                    continue;
                }

                keep(candidate.Program, made);
                return new BpfProgramChoice(candidate.Program.Name, passedOver);
            }
            catch (BpfException e) when (ExplainRefusal(ready, e, loader) is { } reason)
            {
                passedOver.Add(PassOver(candidate, reason, e));
            }
        }

        throw new BpfNotSupportedException(
            $"None of the alternatives {string.Join(", ", group.Select(candidate => $"'{candidate.Program.Name}'"))}", string.Join("; ", passedOver).TrimEnd('.'), innerException: passedOver[^1].Error);
    }

    private static BpfPassedOverProgram PassOver(Candidate candidate, string reason, BpfException error)
    {
        var passedOver = new BpfPassedOverProgram(candidate.Program.Name, reason.TrimEnd('.'), error);
        EbpfNetEventSource.Log.ProgramPassedOver(passedOver.Program, passedOver.Reason);
        return passedOver;
    }

    private static BpfPassedOverProgram PassOverUnattachable(Candidate candidate)
    {
        const string Reason = "this kernel loads programs of its kind and cannot attach them";
        return PassOver(candidate, Reason, new BpfNotSupportedException($"Attaching program '{candidate.Program.Name}' of section '{candidate.Program.SectionName}'", Reason));
    }

    private static Candidate Prepare(BpfProgramSpec program, TargetKernel kernel, Func<BpfProgramSpec, PreparedProgram> prepare)
    {
        try
        {
            _ = AttachTarget.Find(program, kernel);
        }
        catch (BpfException e) when (e is BpfRelocationException or BpfNotSupportedException)
        {
            // A section that names nothing, or a function of another program: that is nothing that kernels differ in.
            return new Candidate(program, null, e, IsMissingHere: program is { TargetProgram: null, AttachTarget.Length: > 0 });
        }

        try
        {
            return new Candidate(program, prepare(program), null, false);
        }
        catch (BpfException e)
        {
            return new Candidate(program, null, e, IsMissingHere: false);
        }
    }

    /// <summary>Why no program of this kind would do; <see langword="null"/> when one would, or nobody can say.</summary>
    private static string? ExplainRefusal(PreparedProgram program, BpfException refusal, ProgramLoader loader)
    {
        BpfErrno error = refusal switch
        {
            BpfVerifierException verifier => verifier.Error,
            BpfSyscallException call => call.Error,
            _ => BpfErrno.None,
        };
        if (error == BpfErrno.None || error.IsOfTheMoment() || (error == BpfErrno.EPERM && LacksRights(program)))
        {
            return null;
        }

        BpfErrno smallest = loader.TrySmallest(program);
        return smallest == BpfErrno.None || smallest.IsOfTheMoment()
            ? null
            : $"the kernel refuses every program like it, even the smallest, with {smallest}{(refusal is BpfSyscallException { Advice: { } advice } ? $" ({advice.TrimEnd('.')})" : "")}";
    }

    /// <summary>Whether it may be this process that is refused, and not the program.</summary>
    private static bool LacksRights(PreparedProgram program) =>
        OwnCapabilities.Read() is not { } have
        || !OwnCapabilities.AreOfTheInitialNamespace
        || RequiredCapabilities.OfProgram(program.Linked.Program.Type).FindMissing(have, OwnCapabilities.AreSplit).Count > 0;
}

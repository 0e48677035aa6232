namespace EbpfNet;

/// <summary>Programs for other programs, to be set up before they are loaded.</summary>
public static class ProgramTargets
{
    extension(BpfProgramSpec program)
    {
        /// <summary>
        /// Says which function of a program that is loaded already this one is for: a program of section <c>freplace</c> replaces it, one of section <c>fentry</c> or <c>fexit</c> is run when
        /// it is called or returns (Linux 5.6, 5.5; libbpf calls it <c>bpf_program__set_attach_target</c>). What is replaced has to be a global function, of the same parameters.
        /// </summary>
        /// <param name="target">The loaded program. It has to stay open until this one is loaded.</param>
        /// <param name="function">The name of one of its functions in C: the program's own, or that of a function it calls. When <see langword="null"/>, what the section's name says.</param>
        public void SetTarget(BpfProgram target, string? function = null)
        {
            ArgumentNullException.ThrowIfNull(program);
            ArgumentNullException.ThrowIfNull(target);
            program.TargetProgram = target;
            program.AttachTarget = function ?? program.AttachTarget;
        }
    }
}

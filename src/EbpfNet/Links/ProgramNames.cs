using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>Programs that messages know by their ids.</summary>
internal static class ProgramNames
{
    /// <summary>The name of a program, or nothing where it may not be looked at.</summary>
    public static string? Find(uint id)
    {
        if (id == 0 || KernelObjects.TryOpenById(BpfCommand.ProgGetFdById, id, out BpfHandle? program) != BpfErrno.None)
        {
            return null;
        }

        using (program)
        {
            ProgramInfoData info = default;
            return KernelObjects.TryGetInfo(program!, ref info) == BpfErrno.None ? ProgramFunctionName.Read(program!, info) : null;
        }
    }

    /// <summary>A program with its name, where that may be looked at.</summary>
    public static string Describe(uint id) => Find(id) is { } name ? $"program '{name}' (id {id})" : $"the program with id {id}";
}

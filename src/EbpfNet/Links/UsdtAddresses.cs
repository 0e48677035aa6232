using System.Globalization;
using EbpfNet.Elf;

namespace EbpfNet;

/// <summary>Finds where a USDT probe is in a process's memory, which programs need to be told where the kernel has no cookies (before Linux 5.15).</summary>
internal static class UsdtAddresses
{
    /// <param name="image">The file.</param>
    /// <param name="path">Its path.</param>
    /// <param name="note">The probe.</param>
    /// <param name="offset">Its place in the file.</param>
    /// <param name="process">The process.</param>
    public static ulong Find(FunctionFile image, string path, UsdtNote note, ulong offset, int? process)
    {
        if (image.Elf.Type == ElfFileType.Executable)
        {
            return note.Address; // Loaded nowhere else.
        }

        if (process is not { } id)
        {
            throw new BpfNotSupportedException(
                $"A USDT probe of '{path}' in all processes", "this kernel has no cookies, so that programs know probes by their addresses only, which differ from process to process: name the process", new Version(5, 15));
        }

        string real = ResolveLink(path);
        foreach (MemoryRegion region in ReadRegions(id))
        {
            if (region.FileOffset <= offset && offset - region.FileOffset < region.End - region.Start && (region.FileName == real || region.FileName == path))
            {
                return region.Start + (offset - region.FileOffset);
            }
        }

        throw new BpfRelocationException($"{note.Provider}:{note.Name}", string.Create(CultureInfo.InvariantCulture, $"process {id} has not loaded '{path}', so that its address there is not known"));
    }

    private static MemoryRegion[] ReadRegions(int process)
    {
        try
        {
            return MemoryRegion.ParseCode(File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/maps")));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Kernel.SyscallErrors.Create(
                e is UnauthorizedAccessException ? BpfErrno.EACCES : BpfErrno.ESRCH, "open", string.Create(CultureInfo.InvariantCulture, $"read what process {process} has loaded"), "There is no such process, or this one may not look at it");
        }
    }

    /// <summary>The file behind links, in its folders as well: that is what the kernel names.</summary>
    private static string ResolveLink(string path)
    {
        try
        {
            string file = File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
            string real = "/";
            foreach (string part in file.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                real = Path.Combine(real, part);
                real = Directory.Exists(real) && Directory.ResolveLinkTarget(real, returnFinalTarget: true) is { } target ? target.FullName : real;
            }

            return real;
        }
        catch (IOException)
        {
            return path;
        }
    }
}

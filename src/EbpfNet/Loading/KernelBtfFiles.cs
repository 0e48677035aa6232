using EbpfNet.Btf;
using EbpfNet.Kernel;

namespace EbpfNet.Loading;

/// <summary>The files in which the running kernel gives its types and those of its modules: one each, in one folder.</summary>
internal static class KernelBtfFiles
{
    private const string KernelName = "vmlinux";

    public static BtfSpec ReadKernel(string path)
    {
        try
        {
            return BtfSpec.ParseKernels(MappedFile.Read(path), null, KernelName);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw SyscallErrors.Create(ErrorOf(e), "open", $"read the kernel's types from {path}", e.Message.TrimEnd('.'));
        }
    }

    public static IReadOnlyList<string> FindModules(string folder)
    {
        try
        {
            return [.. Directory.GetFiles(folder).Select(path => Path.GetFileName(path)).Where(name => name != KernelName).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return []; // As for a kernel without modules.
        }
    }

    /// <summary>The types of a module; <see langword="null"/> when it is unloaded in between, or its types may not be read.</summary>
    public static BtfSpec? ReadModule(string folder, string name, BtfSpec kernel)
    {
        try
        {
            return BtfSpec.ParseKernels(MappedFile.Read(Path.Combine(folder, name)), kernel, name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The runtime keeps the number of errors that it has no exception for, such as too many open files.</summary>
    private static BpfErrno ErrorOf(Exception e) =>
        e is UnauthorizedAccessException ? BpfErrno.EACCES : Enum.IsDefined((BpfErrno)e.HResult) ? (BpfErrno)e.HResult : BpfErrno.EIO;
}

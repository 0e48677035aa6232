using static EbpfNet.ExampleTests.Tool.InspectedMachine;

namespace EbpfNet.ExampleTests;

/// <summary>A file system of the kernel's, mounted for a test: <c>bpf</c> for pins, <c>tracefs</c>.</summary>
internal sealed class Mount : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ebpfnet-mount-");

    internal Mount(string type) => Run("mount", $"-t {type} {type} {_folder.FullName}");

    internal string Folder => _folder.FullName;

    internal string this[string name] => Path.Combine(Folder, name);

    public void Dispose()
    {
        Run("umount", Folder);
        _folder.Delete();
    }
}

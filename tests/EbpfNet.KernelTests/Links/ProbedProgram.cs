using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace EbpfNet.KernelTests.Links;

/// <summary>The C program <c>tests/bpf/probed.c</c>, compiled and running: what probes are attached to.</summary>
internal sealed class ProbedProgram : IDisposable
{
    private readonly Process _process;
    private readonly bool _deletes;

    private ProbedProgram(string path, bool deletes)
    {
        (FilePath, _deletes) = (path, deletes);
        _process = Process.Start(new ProcessStartInfo(path) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        Assert.Equal("ready", _process.StandardOutput.ReadLine());
    }

    public string FilePath { get; }

    public int ProcessId => _process.Id;

    /// <summary>Compiles and starts it; skips the test where there is no compiler.</summary>
    /// <param name="options">What the compiler is told beyond the usual.</param>
    /// <param name="name">The file's name.</param>
    public static ProbedProgram Start(string options = "", string name = "probed")
    {
        string path = Path.Combine(Directory.CreateTempSubdirectory("ebpfnet-probed-").FullName, name);
        try
        {
            using Process compiler = Process.Start(new ProcessStartInfo("cc", $"-O2 {options} -o \"{path}\" \"{Path.Combine(TestObjects.Folder, "probed.c")}\""))!;
            compiler.WaitForExit();
            Assert.Equal(0, compiler.ExitCode);
            return new ProbedProgram(path, deletes: true);
        }
        catch (Win32Exception)
        {
            Directory.Delete(Path.GetDirectoryName(path)!);
            throw new SkipException("there is no C compiler ('cc') on this machine");
        }
    }

    /// <summary>The same once more, in a process of its own.</summary>
    public ProbedProgram StartAgain() => new(FilePath, deletes: false);

    /// <summary>Has it call its functions and pass its probes once.</summary>
    /// <returns>What they come to, and how many watch the probe with a semaphore.</returns>
    public (int Sum, int Watched) Step()
    {
        _process.StandardInput.WriteLine();
        _process.StandardInput.Flush();
        string[] said = _process.StandardOutput.ReadLine()!.Split(' ');
        return (int.Parse(said[0], CultureInfo.InvariantCulture), int.Parse(said[1], CultureInfo.InvariantCulture));
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
        if (_deletes)
        {
            Directory.Delete(Path.GetDirectoryName(FilePath)!, recursive: true);
        }
    }
}

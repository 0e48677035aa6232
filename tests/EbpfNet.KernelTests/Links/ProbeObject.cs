namespace EbpfNet.KernelTests.Links;

/// <summary>A program of the test object <c>probes</c>, loaded, with what it has counted for one process.</summary>
internal sealed class ProbeObject : IDisposable
{
    private readonly BpfObject _loaded;

    /// <param name="program">Its name.</param>
    /// <param name="process">The process that it counts; <see langword="null"/> for this one, 0 for any.</param>
    public ProbeObject(string program, int? process = null)
    {
        _loaded = BpfObject.Load(TestObjects.ReadOnly("probes", program));
        _loaded.GetVariable<uint>("process").Value = (uint)(process ?? Environment.ProcessId);
        Program = _loaded.Programs[program];
    }

    public BpfProgram Program { get; }

    public ulong Seen => _loaded.GetVariable<ulong>("seen").Value;

    /// <summary>The number that the program was told last.</summary>
    public ulong Cookie => _loaded.GetVariable<ulong>("cookie").Value;

    /// <summary>The bits of all numbers that it was told.</summary>
    public ulong Cookies => _loaded.GetVariable<ulong>("cookies").Value;

    public void Dispose() => _loaded.Dispose();
}

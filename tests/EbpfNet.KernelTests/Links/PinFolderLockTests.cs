using System.Diagnostics;

namespace EbpfNet.KernelTests.Links;

/// <summary>Where pins can be, and that nobody else is at work on them meanwhile.</summary>
[Trait("OtherKernels", "")]
public sealed class PinFolderLockTests : KernelTest
{
    private readonly BpfFileSystem _files;

    public PinFolderLockTests() => _files = new BpfFileSystem();

    public override void Dispose()
    {
        _files.Dispose();
        base.Dispose();
    }

    [SkippableFact]
    public void One_thread_waits_for_the_other()
    {
        BpfPinFolder first = BpfPinFolder.Lock(_files["pins"]);
        bool isFree = false;
        Exception? thrown = null;
        var second = new Thread(() => thrown = Record.Exception(() =>
        {
            using BpfPinFolder pins = BpfPinFolder.Lock(_files["pins"]);
            Assert.True(Volatile.Read(ref isFree));
        }));
        second.Start();
        Assert.False(second.Join(100));

        Volatile.Write(ref isFree, true);
        first.Dispose();
        first.Dispose();

        second.Join();
        Assert.Null(thrown);
    }

    [SkippableFact]
    public void Whoever_has_waited_for_so_long_is_told_why()
    {
        using BpfPinFolder first = BpfPinFolder.Lock(_files["pins"]);
        long start = Stopwatch.GetTimestamp();

        BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => BpfPinFolder.Lock(_files["pins"], TimeSpan.FromMilliseconds(150)));

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 150, 10_000);
        Assert.Equal(BpfErrno.EAGAIN, refused.Error);
        Assert.Contains($"Could not lock the pins in '{_files["pins"]}'", refused.Message, StringComparison.Ordinal);
        Assert.Contains("Another process is at work on pins", refused.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => BpfPinFolder.Lock(_files["pins"], TimeSpan.FromSeconds(-1)));
    }

    [SkippableFact]
    public async Task Another_processs_lock_ends_with_it_though_it_is_killed()
    {
        using Process other = Process.Start(new ProcessStartInfo("flock", [_files.Folder, "sh", "-c", "echo locked; exec sleep 100"]) { RedirectStandardOutput = true })!;
        try
        {
            Assert.Equal("locked", await other.StandardOutput.ReadLineAsync());
            Assert.Throws<BpfSyscallException>(() => BpfPinFolder.Lock(_files["pins"], TimeSpan.Zero));
        }
        finally
        {
            other.Kill(entireProcessTree: true);
        }

        BpfPinFolder.Lock(_files["pins"]).Dispose();
    }

    [SkippableFact]
    public void Nothing_is_made_before_something_is_pinned_and_the_root_of_the_file_system_may_hold_pins()
    {
        using BpfProgram program = XdpPrograms.Drop();
        using (BpfPinFolder pins = BpfPinFolder.Lock(_files["pins"] + "/"))
        {
            Assert.Equal(_files["pins"], pins.FullPath);
            Assert.Empty(pins.Names);
            pins.Commit();
        }

        Assert.Empty(_files.Entries);
        using (BpfPinFolder pins = BpfPinFolder.Lock(_files.Folder))
        {
            pins.Pin(program, "drop");
            Assert.Equal(["drop"], pins.Names);
            Assert.True(pins.Remove("drop"));
        }

        Assert.Empty(_files.Entries);
    }

    [SkippableTheory]
    [InlineData("/tmp/nowhere/pins", "/tmp/nowhere")]
    [InlineData("/tmp/pins", "/tmp")]
    [InlineData("/", "/")]
    public void A_folder_that_cannot_hold_pins_is_told(string folder, string above)
    {
        BpfNotSupportedException refused = Assert.Throws<BpfNotSupportedException>(() => BpfPinFolder.Lock(folder));

        Assert.Contains($"Pinning in '{folder}'", refused.Message, StringComparison.Ordinal);
        Assert.Contains($"{above} is no folder of a BPF file system; mount one", refused.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void After_it_was_disposed_nothing_is_changed_any_more()
    {
        using BpfProgram program = XdpPrograms.Drop();
        BpfPinFolder pins = BpfPinFolder.Lock(_files["pins"]);
        pins.Dispose();

        Assert.Throws<ObjectDisposedException>(() => pins.Pin(program, "drop"));
        Assert.Throws<ObjectDisposedException>(() => pins.Remove("drop"));
        Assert.Empty(_files.Entries);
    }
}

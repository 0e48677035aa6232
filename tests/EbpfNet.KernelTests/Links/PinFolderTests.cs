using DemoNetwork;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Links;

/// <summary>What outlives a process in a folder of pins, and is taken over by the next: all of it, or nothing is changed.</summary>
[Trait("OtherKernels", "")]
public sealed class PinFolderTests : KernelTest
{
    private readonly NetworkHost _host;
    private readonly BpfFileSystem _files;

    public PinFolderTests()
    {
        _host = NetworkHost.Create("pinned");
        _host.SetUp("lo");
        _files = new BpfFileSystem();
    }

    private string Folder => _files["proxy"];

    public override void Dispose()
    {
        _files.Dispose();
        _host.Dispose();
        base.Dispose();
    }

    [SkippableFact]
    public void What_is_committed_outlives_the_process_and_is_taken_over_by_the_next()
    {
        uint first = Start();
        Assert.Equal(["proxy", "proxy/leave", "proxy/link", "proxy/listeners"], _files.Entries);

        using BpfPinFolder pins = BpfPinFolder.Lock(Folder);
        Assert.Equal(["leave", "link", "listeners"], pins.Names);
        using NetnsLink link = pins.TryOpenLink("link", NetnsLink.OpenPinned)!;
        Assert.Equal(first, link.GetInfo().ProgramId);
        using BpfObject next = Load();
        BpfProgram program = next.Programs["leave"];
        Assert.False(link.HasProgram(program));
        pins.Pin(next.Maps["listeners"]);
        pins.Pin(program);
        pins.Update(link, program);
        pins.Commit();
        pins.Dispose();

        Assert.True(link.HasProgram(program));
        Assert.Equal((program.Id, next.Maps["listeners"].Id), Pinned());
        Assert.Equal(["proxy", "proxy/leave", "proxy/link", "proxy/listeners"], _files.Entries);
    }

    [SkippableFact]
    public void The_process_before_learns_that_another_program_has_the_link()
    {
        using BpfObject own = Load();
        using NetnsLink link = _host.Run(() => own.Programs["leave"].AttachNetns());
        link.Pin(_files["link"]);
        using BpfObject next = Load();
        Assert.True(link.HasProgram(own.Programs["leave"]));

        using BpfPinFolder pins = BpfPinFolder.Lock(_files.Folder);
        using NetnsLink same = pins.TryOpenLink("link", NetnsLink.OpenPinned)!;
        pins.Update(same, next.Programs["leave"]);

        Assert.False(link.HasProgram(own.Programs["leave"]));
        Assert.True(link.HasProgram(next.Programs["leave"]));
    }

    [SkippableTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void A_first_start_that_fails_at_any_step_leaves_nothing(int steps)
    {
        using BpfObject loaded = Load();
        BpfProgram program = loaded.Programs["leave"];
        using (BpfPinFolder pins = BpfPinFolder.Lock(Folder))
        using (NetnsLink link = _host.Run(() => program.AttachNetns()))
        {
            ((Action[])[() => pins.Pin(loaded.Maps["listeners"]), () => pins.Pin(program), () => pins.Pin(link, "link")])[..steps].ToList().ForEach(step => step());
            Assert.Equal(steps == 0 ? 0 : steps + 1, _files.Entries.Count());
        }

        Assert.Empty(_files.Entries);
        using BpfNetworkNamespace space = _host.Run(BpfNetworkNamespace.OpenCurrent);
        Assert.True(SpinWait.SpinUntil(() => NetnsHook.Query(space, BpfAttachType.SkLookup).Count == 0, TimeSpan.FromSeconds(20))); // Kernels may let go of a pin a moment later.
    }

    [SkippableTheory]
    [InlineData("listeners")]
    [InlineData("leave")]
    [InlineData("update")]
    [InlineData("more")]
    public void A_take_over_that_fails_at_any_step_leaves_the_old_state(string failing)
    {
        uint program = Start();
        (uint, uint) before = Pinned();
        using BpfObject next = Load();
        using BpfProgram xdp = XdpPrograms.Drop();

        Assert.ThrowsAny<Exception>(() =>
        {
            using BpfPinFolder pins = BpfPinFolder.Lock(Folder);
            using NetnsLink link = pins.TryOpenLink("link", NetnsLink.OpenPinned)!;
            Pin(pins, "listeners", () => pins.Pin(next.Maps["listeners"]));
            Pin(pins, "leave", () => pins.Pin(next.Programs["leave"]));
            pins.Update(link, failing == "update" ? xdp : next.Programs["leave"]);
            Assert.True(link.HasProgram(next.Programs["leave"]));
            File.WriteAllText(Path.Combine(Folder, "more"), ""); // No pin can be made of text.
        });

        Assert.Equal(before, Pinned());
        Assert.Equal(["proxy", "proxy/leave", "proxy/link", "proxy/listeners"], _files.Entries);
        using NetnsLink same = NetnsLink.OpenPinned(Path.Combine(Folder, "link"));
        Assert.Equal(program, same.GetInfo().ProgramId);

        void Pin(BpfPinFolder pins, string name, Action pin)
        {
            if (name == failing)
            {
                pins.Pin(next.Programs["leave"], new string('n', 300)); // ENAMETOOLONG
            }

            pin();
        }
    }

    [SkippableFact]
    public void Undone_in_the_middle_the_link_is_usable_and_what_follows_can_be_committed()
    {
        uint program = Start();
        using BpfObject next = Load();
        using BpfPinFolder pins = BpfPinFolder.Lock(Folder);
        using NetnsLink link = pins.TryOpenLink("link", NetnsLink.OpenPinned)!;
        pins.Update(link, next.Programs["leave"]);

        pins.Undo();

        Assert.Equal(program, link.GetInfo().ProgramId);
        Assert.Equal(program, link.Program.Id);
        pins.Update(link, next.Programs["leave"]);
        pins.Commit();
        pins.Undo();
        Assert.True(link.HasProgram(next.Programs["leave"]));
        Assert.Equal("leave", link.Program.Name);
    }

    [SkippableFact]
    public void The_old_program_is_put_back_though_the_link_and_both_programs_were_disposed()
    {
        uint program = Start();
        BpfPinFolder pins = BpfPinFolder.Lock(Folder);
        using (NetnsLink link = pins.TryOpenLink("link", NetnsLink.OpenPinned)!)
        using (BpfObject next = Load())
        {
            pins.Update(link, next.Programs["leave"]);
        }

        pins.Dispose();

        using NetnsLink same = NetnsLink.OpenPinned(Path.Combine(Folder, "link"));
        Assert.Equal(program, same.GetInfo().ProgramId);
    }

    [SkippableFact]
    public void What_somebody_else_put_there_meanwhile_is_left_alone()
    {
        Start();
        using BpfObject next = Load();
        using BpfObject other = Load();
        using (BpfPinFolder pins = BpfPinFolder.Lock(Folder))
        using (NetnsLink link = pins.TryOpenLink("link", NetnsLink.OpenPinned)!)
        {
            pins.Update(link, next.Programs["leave"]);
            link.Update(other.Programs["leave"]);
        }

        using NetnsLink same = NetnsLink.OpenPinned(Path.Combine(Folder, "link"));
        Assert.True(same.HasProgram(other.Programs["leave"]));
    }

    [SkippableFact]
    public void The_old_program_is_found_by_its_pin_where_ids_may_not_be_opened()
    {
        uint program = Start();
        using BpfObject next = Load();

        Assert.Null(WithoutCapabilities.Run(
            () =>
            {
                using BpfPinFolder pins = BpfPinFolder.Lock(Folder);
                using NetnsLink link = pins.TryOpenLink("link", NetnsLink.OpenPinned)!;
                Assert.Throws<BpfSyscallException>(() => link.Program);
                pins.Update(link, next.Programs["leave"]);
                Assert.True(link.HasProgram(next.Programs["leave"]));
            },
            Capabilities.NetAdmin | Capabilities.Bpf));

        using NetnsLink same = NetnsLink.OpenPinned(Path.Combine(Folder, "link"));
        Assert.Equal(program, same.GetInfo().ProgramId);
    }

    [SkippableFact]
    public void Links_of_other_kinds_are_taken_over_and_put_back_too()
    {
        using BpfProgram before = XdpPrograms.Drop();
        using BpfProgram next = XdpPrograms.Drop();
        using XdpLink link = _host.Run(() => before.AttachXdp("lo"));
        using BpfPinFolder pins = BpfPinFolder.Lock(Folder);
        pins.Pin(link, "lo");
        pins.Commit();
        using BpfLink opened = pins.TryOpenLink("lo", BpfLink.OpenPinned)!;

        pins.Update(opened, next);
        Assert.True(link.HasProgram(next));
        pins.Undo();

        Assert.True(link.HasProgram(before));
        link.Unpin(); // It knows of the pin, as of one that it made.
        Assert.Empty(pins.Names);
    }

    [SkippableFact]
    public void A_link_whose_namespace_is_gone_does_not_count_and_what_is_left_of_it_is_replaced()
    {
        NetworkHost gone = NetworkHost.Create("gone");
        using (gone)
        {
            Start(gone);
        }

        using BpfObject next = Load();
        using (BpfPinFolder pins = BpfPinFolder.Lock(Folder))
        {
            for (long start = Environment.TickCount64; pins.TryOpenLink("link", NetnsLink.OpenPinned) is { } still; Thread.Sleep(10))
            {
                still.Dispose();
                Assert.True(Environment.TickCount64 - start < 20_000, "The namespace does not go.");
            }

            using NetnsLink link = _host.Run(() => next.Programs["leave"].AttachNetns());
            pins.Pin(next.Maps["listeners"]);
            pins.Pin(next.Programs["leave"]);
            pins.Pin(link, "link");
            pins.Commit();
        }

        using NetnsLink pinned = NetnsLink.OpenPinned(Path.Combine(Folder, "link"));
        Assert.True(pinned.IsAttached);
        Assert.Equal((next.Programs["leave"].Id, next.Maps["listeners"].Id), Pinned());
    }

    [SkippableFact]
    public void Maps_are_shared_all_or_none()
    {
        Start();
        (_, uint id) = Pinned();
        using BpfPinFolder pins = BpfPinFolder.Lock(Folder);
        BpfObjectSpec some = TestObjects.ReadOnly("netns_hooks", "leave");
        Assert.False(pins.ShareMaps(some, "listeners", ".bss"));
        Assert.Null(some.Maps["listeners"].PinPath);
        BpfObjectSpec all = TestObjects.ReadOnly("netns_hooks", "leave");

        Assert.True(pins.ShareMaps(all, "listeners"));

        using (BpfObject next = BpfObject.Load(all))
        {
            Assert.Equal(id, next.Maps["listeners"].Id);
            pins.Pin(next.Maps[".bss"]);
        }

        Assert.True(pins.ShareMaps(some, "listeners", ".bss")); // as '_bss', for names have no '.'
        Assert.Throws<KeyNotFoundException>(() => pins.ShareMaps(some, "nowhere"));
        all.Maps["listeners"].MaxEntries = 7;
        Assert.Contains("its max_entries is 1 instead of 7", Assert.Throws<BpfNotSupportedException>(() => BpfObject.Load(all)).Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void What_is_anothers_in_the_folder_stays_when_pins_are_removed()
    {
        Start();
        using BpfProgram other = XdpPrograms.Drop();
        other.Pin(Path.Combine(Folder, "others"));
        other.Pin(Path.Combine(Folder, "leave~")); // as of a process that was killed
        using BpfPinFolder pins = BpfPinFolder.Lock(Folder);
        Assert.Equal(["leave", "link", "listeners", "others"], pins.Names);

        Assert.True(pins.Remove("link", "leave", "listeners"));

        Assert.Equal(["proxy", "proxy/others"], _files.Entries);
        Assert.False(pins.Remove("link", "leave", "listeners"));
        Assert.True(pins.Remove("others"));
        Assert.Empty(_files.Entries);
        Assert.Empty(pins.Names);
    }

    [SkippableFact]
    public void Names_that_no_pin_can_have_are_refused_and_what_is_no_link_is_told()
    {
        Start();
        using BpfPinFolder pins = BpfPinFolder.Lock(Folder);

        Assert.All((string[])["", ".", "..", "a/b", "a.b", "a~"], name => Assert.Throws<ArgumentException>(() => pins.Contains(name)));
        Assert.Null(pins.TryOpenLink("nothing", BpfLink.OpenPinned));
        Assert.Throws<BpfNotSupportedException>(() => pins.TryOpenLink("leave", BpfLink.OpenPinned));
    }

    [SkippableFact]
    public void Nothing_is_pinned_in_the_place_of_a_folder()
    {
        using BpfObject loaded = Load();
        using (BpfPinFolder pins = BpfPinFolder.Lock(Folder))
        {
            Directory.CreateDirectory(Path.Combine(Folder, "leave"));

            Assert.Contains("A folder is there", Assert.Throws<BpfSyscallException>(() => pins.Pin(loaded.Programs["leave"])).Message, StringComparison.Ordinal);
        }

        Assert.Equal(["proxy", "proxy/leave"], _files.Entries);
    }

    /// <summary>A process that starts first, and ends.</summary>
    private uint Start(NetworkHost? host = null)
    {
        using BpfObject loaded = Load();
        BpfProgram program = loaded.Programs["leave"];
        using BpfPinFolder pins = BpfPinFolder.Lock(Folder);
        Assert.Null(pins.TryOpenLink("link", NetnsLink.OpenPinned));
        using NetnsLink link = (host ?? _host).Run(() => program.AttachNetns());
        pins.Pin(loaded.Maps["listeners"]);
        pins.Pin(program);
        pins.Pin(link, "link");
        pins.Commit();
        return program.Id;
    }

    private (uint Program, uint Map) Pinned()
    {
        using BpfProgram program = BpfProgram.OpenPinned(Path.Combine(Folder, "leave"));
        using BpfMap map = BpfMap.OpenPinned(Path.Combine(Folder, "listeners"));
        return (program.Id, map.Id);
    }

    private static BpfObject Load()
    {
        Skip.If(NetnsProbes.Links.IsMissing, "this kernel has no links for network namespaces");
        return BpfObject.Load(TestObjects.ReadOnly("netns_hooks", "leave"));
    }
}

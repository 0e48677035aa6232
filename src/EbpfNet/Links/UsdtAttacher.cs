using EbpfNet.Abi;
using EbpfNet.Kernel;
using EbpfNet.Objects;

namespace EbpfNet;

/// <summary>Attaches a program to a USDT probe: finds its places, tells the program where the arguments are, attaches it to all places or to none.</summary>
internal sealed class UsdtAttacher(BpfProgram program, string provider, string name, UsdtOptions options)
{
    private readonly List<uint> _ids = [];
    private readonly List<ulong> _addresses = [];
    private UsdtSpecs? _specs;
    private BpfMap? _places;

    private bool IsMulti => program.ExpectedAttachType == BpfAttachType.TraceUprobeMulti;

    private string Text => $"{provider}:{name}";

    public UsdtLink Attach(string file)
    {
        Require();
        string path = BinarySearchPath.Create().Find(file, $"attach {program} to USDT probe '{Text}' of '{file}'");
        FunctionFile image = FunctionFile.Read(path);
        UsdtNote[] notes = FindNotes(image);
        Place[] places = [.. notes.Select(note => ToPlace(image, note))];
        using LiveLinks.Making _ = LiveLinks.Make();
        try
        {
            ulong[]? cookies = Tell(image, path, notes, places);
            BpfHandle? link = IsMulti ? AttachToAll(path, places, cookies) : null;
            PerfEventAttachment[] attachments = link is null ? AttachToEach(path, places, cookies) : [];
            return new UsdtLink(program, link, attachments, Forget) { FilePath = path, Provider = provider, Name = name, PlaceCount = places.Length };
        }
        catch
        {
            Forget();
            throw;
        }
    }

    private void Require()
    {
        if (program.Type != BpfProgramType.Kprobe || program.ExpectedAttachType is not (default(BpfAttachType) or BpfAttachType.TraceUprobeMulti))
        {
            throw new ArgumentException($"{program} is no program for USDT probes: its section has to be 'usdt', 'usdt/…', or of type kprobe without another hook.", nameof(program));
        }
    }

    private UsdtNote[] FindNotes(FunctionFile image)
    {
        List<UsdtNote> all = UsdtNote.Read(image.Elf);
        UsdtNote[] found = [.. all.Where(note => note.Provider == provider && note.Name == name)];
        return found.Length > 0 ? found : throw new BpfRelocationException(
            Text,
            all.Count == 0 ? $"'{image.Path}' has no USDT probes: it was built without them"
                : NearestName.Find(Text, all.Select(note => $"{note.Provider}:{note.Name}").Distinct(StringComparer.Ordinal)) is { } nearest ? $"'{image.Path}' has no such USDT probe. `{Text}`: did you mean `{nearest}`?"
                : $"'{image.Path}' has no such USDT probe among its {all.Count}");
    }

    private Place ToPlace(FunctionFile image, UsdtNote note)
    {
        ulong place = image.ToFileOffset(note.Address) ?? throw new BpfObjectFormatException($"the USDT probe '{Text}' is at address 0x{note.Address:x}, where the file has no code", ".note.stapsdt", null, image.Path);
        ulong counter = note.Semaphore == 0 ? 0
            : image.ToDataOffset(note.Semaphore) ?? throw new BpfObjectFormatException($"the semaphore of the USDT probe '{Text}' is at address 0x{note.Semaphore:x}, where the file has no data", ".note.stapsdt", null, image.Path);
        return new Place(place, counter);
    }

    /// <summary>Writes where the arguments are, once for all places that have them in the same.</summary>
    /// <returns>The number that the program is told in each place, or <see langword="null"/> for none.</returns>
    private ulong[]? Tell(FunctionFile image, string path, UsdtNote[] notes, Place[] places)
    {
        var owner = program.Owner as IMapOwner;
        bool hasCookies = KernelProbes.AttachCookies.IsPresent;
        if (owner?.FindMap(UsdtSpecs.MapName) is not { } map)
        {
            return options.Cookie == 0 ? null
                : hasCookies ? [.. places.Select(_ => options.Cookie)]
                : throw new BpfNotSupportedException($"Attaching {program} with a cookie", $"this kernel keeps none, and the object has no map '{UsdtSpecs.MapName}'", new Version(5, 15));
        }

        _specs = UsdtSpecs.Of(map);
        var known = new Dictionary<string, uint>(StringComparer.Ordinal);
        ulong[] cookies = new ulong[places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            if (!known.TryGetValue(notes[i].Arguments, out uint id))
            {
                id = _specs.Add(ParseArguments(image, notes[i]), options.Cookie);
                known.Add(notes[i].Arguments, id);
                _ids.Add(id);
            }

            cookies[i] = id;
            if (!hasCookies)
            {
                _places = owner.FindMap(UsdtSpecs.PlacesMapName) ?? throw new BpfNotSupportedException("A USDT probe", $"this kernel has no cookies, and the object has no map '{UsdtSpecs.PlacesMapName}'", new Version(5, 15));
                ulong address = UsdtAddresses.Find(image, path, notes[i], places[i].Offset, options.ProcessId);
                _specs.SetPlace(_places, address, id);
                _addresses.Add(address);
            }
        }

        return hasCookies ? cookies : null;
    }

    private static List<UsdtArgument> ParseArguments(FunctionFile image, UsdtNote note)
    {
        try
        {
            return UsdtArgument.ParseAll(note.Arguments, image.Elf.Machine);
        }
        catch (BpfObjectFormatException e)
        {
            throw e.WithObjectName(image.Path);
        }
    }

    private BpfHandle AttachToAll(string path, Place[] places, ulong[]? cookies)
    {
        ulong[]? counters = places.Any(place => place.Counter != 0) ? [.. places.Select(place => place.Counter)] : null;
        BpfErrno error = MultiProbeRequests.CreateUprobe(
            program.Handle, program.ExpectedAttachType, path, [.. places.Select(place => place.Offset)], counters, cookies, options.ProcessId ?? 0, isReturn: false, out BpfHandle? link);
        return link ?? throw SyscallErrors.Create(error, BpfCommand.LinkCreate, $"attach {program} to USDT probe '{Text}' of '{path}'", UprobeErrors.Explain(error, path, options.ProcessId));
    }

    private PerfEventAttachment[] AttachToEach(string path, Place[] places, ulong[]? cookies)
    {
        var made = new List<PerfEventAttachment>();
        try
        {
            for (int i = 0; i < places.Length; i++)
            {
                var request = new ProbeRequest(IsUser: true, path, places[i].Offset, Return: false) { Process = options.ProcessId ?? -1, ReferenceCounter = places[i].Counter };
                if (request.IsCounterTooFar)
                {
                    throw new BpfObjectFormatException($"the semaphore of the USDT probe '{Text}' is at 0x{places[i].Counter:x} of the file, beyond 4 GiB, for which the kernel has no room", ".note.stapsdt", null, path);
                }

                made.Add(ProbeAttacher.Attach(program, request, $"{path}:{Text}", cookies?[i], error => UprobeErrors.Explain(error, path, options.ProcessId)));
            }

            return [.. made];
        }
        catch
        {
            made.ForEach(attachment => attachment.Dispose());
            throw;
        }
    }

    private void Forget()
    {
        _addresses.ForEach(address => _specs!.ClearPlace(_places!, address));
        _ids.ForEach(id => _specs!.Free(id));
    }

    private readonly record struct Place(ulong Offset, ulong Counter);
}

using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>The values of the kernel's options that an object asks for: the contents of its <c>.kconfig</c>.</summary>
internal sealed class KernelOptions
{
    /// <summary>The problem with an option that is declared as a struct, a pointer, another enum.</summary>
    public const string UnsupportedType = "the program declares it with a type that no option of the kernel's can have; declare it as _Bool, enum libbpf_tristate, char, an integer or an array of char";

    private readonly Dictionary<string, BpfExtern> _open = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _problems = new(StringComparer.Ordinal);
    private readonly byte[] _contents;

    private KernelOptions(byte[] contents) => _contents = contents;

    /// <summary>The value of the map.</summary>
    public ReadOnlyMemory<byte> Contents => _contents;

    /// <summary>Why programs that need an option cannot be loaded, or <see langword="null"/>.</summary>
    public string? ProblemOf(BpfExtern option) => _problems.GetValueOrDefault(option.Name);

    /// <summary>Finds the values. For each option the first counts: the spec's variable, what was given, the kernel's configuration.</summary>
    /// <param name="spec">The object.</param>
    /// <param name="map">The map of its options.</param>
    /// <param name="given">Lines that come before the kernel's configuration.</param>
    /// <param name="openSystem">Opens the kernel's configuration, <see langword="null"/> when there is none; called only when it is needed.</param>
    /// <param name="findFact">What is known of the kernel beside it, by name.</param>
    public static KernelOptions Read(BpfObjectSpec spec, BpfMapSpec map, string? given, Func<TextReader?> openSystem, Func<string, ulong?> findFact)
    {
        byte[] contents = new byte[map.ValueSize];
        map.InitialValue.CopyTo(contents);
        var options = new KernelOptions(contents);
        foreach (BpfExtern option in spec.Externs)
        {
            if (option.Kind == BpfExternKind.KernelOption && !(spec.Variables.TryGetValue(option.Name, out BpfVariableSpec? variable) && variable is { IsAssigned: true }))
            {
                options.Open(option, findFact);
            }
        }

        if (given is not null)
        {
            using var lines = new StringReader(given);
            options.Read(lines);
        }

        options.ReadSystem(openSystem);
        return options;
    }

    private void Open(BpfExtern option, Func<string, ulong?> findFact)
    {
        if (option.Format.Kind == KernelOptionKind.Unsupported)
        {
            _problems.Add(option.Name, UnsupportedType);
        }
        else if (option.Name.StartsWith(KernelConfigFile.Prefix, StringComparison.Ordinal))
        {
            _open.Add(option.Name, option);
        }
        else if (findFact(option.Name) is { } fact)
        {
            Note(option, KernelOptionValue.WriteNumber(fact, option.Format, SlotOf(option)));
        }
        else if (!option.IsWeak || !option.Name.StartsWith(KernelFacts.Prefix, StringComparison.Ordinal))
        {
            _problems.Add(option.Name, $"it is neither an option of the kernel's configuration ({KernelConfigFile.Prefix}…) nor a fact that loaders know ({KernelFacts.Names})");
        }
    }

    private void ReadSystem(Func<TextReader?> openSystem)
    {
        if (_open.Count == 0)
        {
            return;
        }

        string reason;
        bool isKnown = true;
        try
        {
            using TextReader? lines = openSystem();
            if (lines is not null)
            {
                Read(lines);
            }

            reason = lines is null ? $"there is no {string.Join(" and no ", KernelConfigFile.Paths)}" : "the kernel's configuration does not set it";
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            reason = $"the kernel's configuration cannot be read: {e.Message.TrimEnd('.')}";
            isKnown = false; // Weak ones may well be set.
        }

        foreach (BpfExtern missing in _open.Values.Where(option => !option.IsWeak || !isKnown))
        {
            _problems.Add(missing.Name, $"{reason}; give it a value in {nameof(BpfLoadOptions)}.{nameof(BpfLoadOptions.KernelConfig)} or the spec's Variables, or declare it __weak if 0 will do");
        }
    }

    private void Read(TextReader lines)
    {
        while (_open.Count > 0 && lines.ReadLine() is { } line)
        {
            if (KernelConfigFile.TryRead(line, out string name, out string value) && _open.Remove(name, out BpfExtern? option))
            {
                Note(option, KernelOptionValue.Write(value, option.Format, SlotOf(option)));
            }
        }
    }

    private Span<byte> SlotOf(BpfExtern option) => _contents.AsSpan((int)option.Offset, (int)option.Format.Size);

    private void Note(BpfExtern option, string? problem)
    {
        if (problem is not null)
        {
            _problems.Add(option.Name, problem);
        }
    }
}

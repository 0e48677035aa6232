using System.Buffers.Binary;
using EbpfNet.Btf;
using EbpfNet.Elf;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet;

/// <summary>
/// A kernel's types, and those of its modules: what CO-RE programs are adapted to. By default a load uses those of the running kernel; give another
/// one in <see cref="BpfLoadOptions"/>. Instances never change, and may be used by several threads and for any number of loads.
/// </summary>
/// <remarks>
/// There is nothing to dispose: the kernel's types are mapped into this process, and go with the last object that refers to them. Loads that follow one
/// another closely share them, but nothing keeps them from the garbage collector in between: hold an instance to spare yourself 2 ms with each load.
/// </remarks>
public sealed class KernelBtf
{
    private const uint ElfMagic = 0x7f45_4c46;

    private static readonly WeakReference<KernelBtf?> Shared = new(null);
    private static readonly Lock SharedGate = new();

    private readonly Dictionary<string, BtfSpec> _modules = new(StringComparer.Ordinal);
    private readonly string? _folder;
    private IReadOnlyList<BtfSpec>? _allModules;

    private KernelBtf(BtfSpec vmlinux, string? folder)
    {
        Vmlinux = vmlinux;
        _folder = folder;
    }

    /// <summary>The types of the kernel itself (<c>/sys/kernel/btf/vmlinux</c>).</summary>
    public BtfSpec Vmlinux { get; }

    /// <summary>Whether these are the types of the running kernel, with those of its modules; false for those of a file.</summary>
    public bool IsRunningKernel => _folder is not null;

    /// <summary>The names of the modules that are loaded now and have types, in alphabetical order; none for types from a file.</summary>
    public IReadOnlyList<string> ModuleNames => _folder is null ? [] : KernelBtfFiles.FindModules(_folder);

    /// <summary>The types of the running kernel. They are shared with others that use them at the time.</summary>
    /// <exception cref="BpfNotSupportedException">This kernel does not give its types: it is older than 5.4, or was built without <c>CONFIG_DEBUG_INFO_BTF</c>.</exception>
    /// <exception cref="BpfObjectFormatException">What the kernel gives is not well-formed.</exception>
    public static KernelBtf OpenRunning() =>
        TryOpenRunning() ?? throw new BpfNotSupportedException(
            "Looking at the kernel's types", $"{KernelProbes.KernelTypesFile} is missing; boot a kernel built with CONFIG_DEBUG_INFO_BTF, or read the types from a file", new Version(5, 4));

    /// <summary>Reads the types of a kernel from a file: BTF as it is in <c>/sys/kernel/btf/vmlinux</c>, or an ELF file with a section <c>.BTF</c>, such as an uncompressed kernel image.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BpfObjectFormatException">The file is neither, or is damaged.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static KernelBtf ReadFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Parse(File.ReadAllBytes(path), Path.GetFileName(path));
    }

    /// <summary>Reads the types of a kernel from memory, in the forms that <see cref="ReadFile"/> takes.</summary>
    /// <param name="image">The whole file. It is kept, not copied: do not change it while the types are in use.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="BpfObjectFormatException">The bytes are neither BTF nor ELF, or are damaged.</exception>
    public static KernelBtf Parse(ReadOnlyMemory<byte> image, string name = "vmlinux")
    {
        ArgumentNullException.ThrowIfNull(name);
        if (image.Length >= sizeof(uint) && BinaryPrimitives.ReadUInt32BigEndian(image.Span) == ElfMagic)
        {
            ElfSection section = ElfFile.Parse(image, name).Sections.FirstOrDefault(section => section.Name == ".BTF")
                ?? throw new BpfObjectFormatException("the file is ELF, but has no section .BTF; add one with 'pahole -J'", objectName: name);
            image = section.Data;
        }

        return new KernelBtf(BtfSpec.Parse(image, section: name), folder: null);
    }

    /// <summary>The types of a module that is loaded now. Their ids follow on from those of <see cref="Vmlinux"/>.</summary>
    /// <param name="name">The module's name with underscores, as in <see cref="ModuleNames"/>.</param>
    /// <returns>The types; <see langword="null"/> when there is no such module, or it has no types.</returns>
    /// <exception cref="BpfObjectFormatException">What the kernel gives is not well-formed.</exception>
    public BtfSpec? FindModule(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_folder is null)
        {
            return null;
        }

        lock (_modules)
        {
            if (!_modules.TryGetValue(name, out BtfSpec? module) && KernelBtfFiles.FindModules(_folder).Contains(name))
            {
                module = KernelBtfFiles.ReadModule(_folder, name, Vmlinux);
                if (module is not null)
                {
                    _modules.Add(name, module);
                }
            }

            return module;
        }
    }

    /// <summary>
    /// What an object's programs ask for and this kernel does not have: to see ahead, without privileges and without that kernel, what a load there would
    /// meet. All programs are looked at, those that are not to be loaded too.
    /// </summary>
    /// <param name="spec">The object.</param>
    /// <returns>
    /// A reason for each place, with the type or member in question. Places that a program only gets to after asking whether there is such a member
    /// (<c>bpf_core_field_exists</c>) are listed too, and do no harm; what is ambiguous is an error in any case.
    /// </returns>
    /// <exception cref="BpfObjectFormatException">The object's relocations contradict its types.</exception>
    public IReadOnlyList<BpfRelocationException> FindMissing(BpfObjectSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return spec.Btf is null ? [] : MissingTypes.Find(spec, spec.Btf, new TargetKernel(this));
    }

    /// <inheritdoc/>
    public override string ToString() => IsRunningKernel ? "types of the running kernel" : $"types of {Vmlinux.Section}";

    /// <summary>The types of the running kernel, or <see langword="null"/> when it keeps them to itself.</summary>
    internal static KernelBtf? TryOpenRunning()
    {
        if (KernelProbes.KernelTypes.IsMissing)
        {
            return null;
        }

        // One thread reads them, the others wait and share.
        lock (SharedGate)
        {
            if (!Shared.TryGetTarget(out KernelBtf? types))
            {
                types = new KernelBtf(KernelBtfFiles.ReadKernel(KernelProbes.KernelTypesFile), Path.GetDirectoryName(KernelProbes.KernelTypesFile));
                Shared.SetTarget(types);
            }

            return types;
        }
    }

    /// <summary>Whoever asks next reads them anew: for tests of how long they live.</summary>
    internal static void Unshare()
    {
        lock (SharedGate)
        {
            Shared.SetTarget(null);
        }
    }

    /// <summary>The types of all modules. Those loaded later are not among them.</summary>
    internal IReadOnlyList<BtfSpec> LoadModules() =>
        _allModules ??= [.. ModuleNames.Select(FindModule).OfType<BtfSpec>()];
}

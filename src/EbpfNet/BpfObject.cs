using System.Diagnostics.CodeAnalysis;
using EbpfNet.Loading;

namespace EbpfNet;

/// <summary>
/// An object in the kernel: its maps are created, its global data is filled in, and its programs are verified, ready to be attached.
/// </summary>
/// <remarks>
/// Disposing it closes its maps and programs. What is pinned stays, and so does what a link, another process or a program still uses. A link to
/// one of the programs keeps the object from the garbage collector. Members may be called from several threads.
/// </remarks>
public sealed class BpfObject : IDisposable, IMapOwner
{
    private readonly BpfNamedCollection<BpfMap> _maps;
    private readonly BpfNamedCollection<BpfProgram> _programs;
    private readonly BpfNamedCollection<BpfObjectVariable> _variables;
    private readonly BpfNamedCollection<BpfStructOpsMap> _structOps;
    private readonly List<WeakReference<IDisposable>> _streams = [];
    private int _disposed;

    private BpfObject(BpfObjectSpec spec, LoadedObject loaded)
    {
        Name = spec.Name;
        Choices = loaded.Choices;
        string[][] alternatives = [.. spec.Programs.Alternatives.Select(group => group.Where(program => program.AutoLoad).Select(program => program.Name).ToArray())];
        HashSet<string> notCreated = [.. spec.Maps.Where(map => !loaded.Maps.ContainsKey(map)).Select(map => map.Name)];
        HashSet<string> notLoaded = [.. spec.Programs.Where(program => !loaded.Programs.ContainsKey(program)).Select(program => program.Name)];
        _maps = new BpfNamedCollection<BpfMap>(spec.Name, "map")
        {
            ExplainMissing = name => notCreated.Contains(name) ? $"Map '{name}' of object '{Name}' was not created: its AutoCreate was off when the object was loaded." : null,
        };
        _programs = new BpfNamedCollection<BpfProgram>(spec.Name, "program")
        {
            ExplainMissing = name => !notLoaded.Contains(name) ? null
                : Choices.FirstOrDefault(choice => choice.PassedOver.Any(other => other.Program == name)) is { } choice ? $"Program '{name}' of object '{Name}' was passed over: {choice}."
                : alternatives.FirstOrDefault(group => group.Contains(name)) is { } others ? $"Program '{name}' of object '{Name}' was not needed: of {string.Join(", ", others)} an earlier one was taken."
                : $"Program '{name}' of object '{Name}' was not loaded: its AutoLoad was off, as a '?' before its section's name makes it.",
        };
        foreach ((BpfMapSpec map, BpfMap made) in loaded.Maps)
        {
            _maps.TryAdd(map.Name, made);
        }

        _structOps = new BpfNamedCollection<BpfStructOpsMap>(spec.Name, "struct of functions (struct_ops)") { ExplainMissing = _maps.ExplainMissing };
        foreach ((BpfMapSpec map, BpfStructOpsMap view) in loaded.StructOps)
        {
            _structOps.TryAdd(map.Name, view);
        }

        foreach (BpfProgramSpec program in spec.Programs)
        {
            if (loaded.Programs.TryGetValue(program, out BpfProgram? made))
            {
                _programs.TryAdd(program.Name, made);
                made.Owner = this;
            }
        }

        _variables = new BpfNamedCollection<BpfObjectVariable>(spec.Name, "variable");
        foreach (BpfVariableSpec variable in spec.Variables)
        {
            if (loaded.Maps.TryGetValue(variable.Map, out BpfMap? section))
            {
                _variables.TryAdd(variable.Name, new BpfObjectVariable(variable, section));
            }
        }
    }

    /// <summary>The object's name: the file's name up to its first dot.</summary>
    public string Name { get; }

    /// <summary>The maps, those of global data (<c>.rodata</c>, <c>.data</c>, <c>.bss</c>) included. Maps that were not to be created are missing.</summary>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfNamedCollection<BpfMap> Maps => WhileAlive(_maps);

    /// <summary>The programs. Those that were not to be loaded are missing.</summary>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfNamedCollection<BpfProgram> Programs => WhileAlive(_programs);

    /// <summary>What was taken of each group of alternatives (<see cref="BpfProgramSpecCollection.FirstOf"/>), in the order in which they were declared, and why.</summary>
    public IReadOnlyList<BpfProgramChoice> Choices { get; }

    /// <summary>The global variables that other code may see: not static, not hidden ones.</summary>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfNamedCollection<BpfObjectVariable> Variables => WhileAlive(_variables);

    /// <summary>
    /// Loads an object: creates its maps (or opens those that are pinned already), fills them, and loads its programs. If anything fails, nothing
    /// stays behind: no descriptor, map, program or pin.
    /// </summary>
    /// <param name="spec">What to load. It is not changed, and may be loaded again.</param>
    /// <param name="options">How to load it; the defaults when <see langword="null"/>.</param>
    /// <returns>The object. Disposing it closes everything.</returns>
    /// <exception cref="BpfVerifierException">The kernel's verifier refused a program.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused a request: a missing capability, a limit, a kind of map or program that it does not know.</exception>
    /// <exception cref="BpfRelocationException">A program that is to be loaded refers to something that does not exist.</exception>
    /// <exception cref="BpfNotSupportedException">
    /// The object is of another byte order than this machine, a program's kind is not known, or a pinned map is another one than the object's.
    /// </exception>
    /// <exception cref="PlatformNotSupportedException">This is not Linux on x64 or arm64.</exception>
    public static BpfObject Load(BpfObjectSpec spec, BpfLoadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        return new BpfObject(spec, ObjectLoader.Load(spec, options ?? new BpfLoadOptions()));
    }

    /// <summary>Reads an object file and loads it as it is. To change something before, use <see cref="BpfObjectSpec.ReadFile"/> and <see cref="Load(BpfObjectSpec, BpfLoadOptions)"/>.</summary>
    /// <param name="path">The file, by convention <c>name.bpf.o</c>.</param>
    /// <param name="options">How to load it; the defaults when <see langword="null"/>.</param>
    /// <returns>The object. Disposing it closes everything.</returns>
    /// <exception cref="BpfObjectFormatException">The file is no BPF object, or a damaged one.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="BpfException">It cannot be loaded: see <see cref="Load(BpfObjectSpec, BpfLoadOptions)"/>.</exception>
    public static BpfObject Load(string path, BpfLoadOptions? options = null) => Load(BpfObjectSpec.ReadFile(path), options);

    /// <summary>
    /// Attaches the programs whose sections say where, in the object's order, then its kernel structs of functions (struct_ops). Programs whose sections need a call of
    /// their own, such as <c>xdp</c>, are left out. If anything fails, nothing stays attached.
    /// </summary>
    /// <returns>The links; disposing the collection detaches them all.</returns>
    /// <exception cref="BpfException">A program or a struct could not be attached: see <see cref="SectionAttachmentExtensions.Attach"/>.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfLinkCollection AttachAll() => ObjectAttachment.AttachAll(Programs, WhileAlive(_structOps));

    /// <summary>A view of a hash table or an LRU hash table. Its kind, sizes and layout are checked here, once.</summary>
    /// <typeparam name="TKey">The type of the keys, laid out as the C type.</typeparam>
    /// <typeparam name="TValue">The type of the values, laid out as the C type.</typeparam>
    /// <param name="name">The map's name in C.</param>
    /// <exception cref="KeyNotFoundException">There is no such map; the message lists those that exist.</exception>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The types do not have the sizes, or not the layout, of the map's keys and values.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfHashMap<TKey, TValue> GetHashMap<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>(string name)
        where TKey : unmanaged
        where TValue : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of a per-CPU hash table, LRU or not.</summary>
    /// <inheritdoc cref="GetHashMap{TKey, TValue}(string)"/>
    public BpfPerCpuHashMap<TKey, TValue> GetPerCpuHashMap<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>(string name)
        where TKey : unmanaged
        where TValue : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of a trie that finds the longest matching prefix.</summary>
    /// <inheritdoc cref="GetHashMap{TKey, TValue}(string)"/>
    public BpfLpmTrie<TKey, TValue> GetLpmTrie<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>(string name)
        where TKey : unmanaged
        where TValue : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of an array. Its kind, sizes and layout are checked here, once.</summary>
    /// <typeparam name="T">The type of the elements, laid out as the C type.</typeparam>
    /// <param name="name">The map's name in C.</param>
    /// <exception cref="KeyNotFoundException">There is no such map; the message lists those that exist.</exception>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's elements.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfArray<T> GetArray<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of a per-CPU array.</summary>
    /// <inheritdoc cref="GetArray{T}(string)"/>
    public BpfPerCpuArray<T> GetPerCpuArray<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of a queue.</summary>
    /// <inheritdoc cref="GetArray{T}(string)"/>
    public BpfQueue<T> GetQueue<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of a stack.</summary>
    /// <inheritdoc cref="GetArray{T}(string)"/>
    public BpfStack<T> GetStack<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of a Bloom filter.</summary>
    /// <inheritdoc cref="GetArray{T}(string)"/>
    public BpfBloomFilter<T> GetBloomFilter<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of what is kept with processes and threads.</summary>
    /// <inheritdoc cref="GetArray{T}(string)"/>
    public BpfTaskStorage<T> GetTaskStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of what is kept with sockets.</summary>
    /// <inheritdoc cref="GetArray{T}(string)"/>
    public BpfSocketStorage<T> GetSocketStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of what is kept with files.</summary>
    /// <inheritdoc cref="GetArray{T}(string)"/>
    public BpfInodeStorage<T> GetInodeStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of what is kept with control groups.</summary>
    /// <inheritdoc cref="GetArray{T}(string)"/>
    public BpfCgroupStorage<T> GetCgroupStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of what programs have where they are attached to control groups (<c>BPF_MAP_TYPE_CGROUP_STORAGE</c>).</summary>
    /// <inheritdoc cref="GetHashMap{TKey, TValue}(string)"/>
    public BpfAttachedCgroupStorage<TKey, TValue> GetAttachedCgroupStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>(string name)
        where TKey : unmanaged
        where TValue : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of what programs have for each CPU where they are attached to control groups (<c>BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE</c>).</summary>
    /// <inheritdoc cref="GetHashMap{TKey, TValue}(string)"/>
    public BpfPerCpuAttachedCgroupStorage<TKey, TValue> GetPerCpuAttachedCgroupStorage<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey, [DynamicallyAccessedMembers(BpfLayout.Members)] TValue>(string name)
        where TKey : unmanaged
        where TValue : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of a map whose values are maps: a hash table or an array of maps.</summary>
    /// <typeparam name="TKey">The type of the keys, laid out as the C type; for an array of maps, <see cref="int"/> or <see cref="uint"/>.</typeparam>
    /// <param name="name">The map's name in C.</param>
    /// <exception cref="KeyNotFoundException">There is no such map; the message lists those that exist.</exception>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfLayoutException">The type does not have the size, or not the layout, of the map's keys.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfMapOfMaps<TKey> GetMapOfMaps<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey>(string name)
        where TKey : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of a program array. The kernel empties it when this object is disposed, unless it is pinned or open elsewhere.</summary>
    /// <param name="name">The map's name in C.</param>
    /// <exception cref="KeyNotFoundException">There is no such map; the message lists those that exist.</exception>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfProgramArray GetProgramArray(string name) => new(Maps[name]);

    /// <summary>A view of an array of sockets. Programs that are attached to it without a link let go when this object is disposed, unless it is pinned or open elsewhere.</summary>
    /// <inheritdoc cref="GetProgramArray(string)"/>
    public BpfSockMap GetSockMap(string name) => new(Maps[name]);

    /// <summary>A view of a hash table of sockets.</summary>
    /// <typeparam name="TKey">The type of the keys, laid out as the C type.</typeparam>
    /// <inheritdoc cref="GetMapOfMaps{TKey}(string)"/>
    public BpfSockHash<TKey> GetSockHash<[DynamicallyAccessedMembers(BpfLayout.Members)] TKey>(string name)
        where TKey : unmanaged =>
        new(Maps[name]);

    /// <summary>A view of an array of sockets that share a port.</summary>
    /// <inheritdoc cref="GetProgramArray(string)"/>
    public BpfReusePortSockArray GetReusePortSockArray(string name) => new(Maps[name]);

    /// <summary>A view of an array of network interfaces.</summary>
    /// <inheritdoc cref="GetProgramArray(string)"/>
    public BpfDeviceMap GetDeviceMap(string name) => new(Maps[name]);

    /// <summary>A view of a hash table of network interfaces.</summary>
    /// <inheritdoc cref="GetProgramArray(string)"/>
    public BpfDeviceHashMap GetDeviceHashMap(string name) => new(Maps[name]);

    /// <summary>A view of an array of CPUs.</summary>
    /// <inheritdoc cref="GetProgramArray(string)"/>
    public BpfCpuMap GetCpuMap(string name) => new(Maps[name]);

    /// <summary>A view of an array of AF_XDP sockets.</summary>
    /// <inheritdoc cref="GetProgramArray(string)"/>
    public BpfXskMap GetXskMap(string name) => new(Maps[name]);

    /// <summary>A view of a map of call stacks.</summary>
    /// <inheritdoc cref="GetProgramArray(string)"/>
    public BpfStackTraceMap GetStackTraceMap(string name) => new(Maps[name]);

    /// <summary>A view of an arena: memory that programs and this process share, at the same addresses.</summary>
    /// <inheritdoc cref="GetProgramArray(string)"/>
    public BpfArena GetArena(string name) => new(Maps[name]);

    /// <summary>A view of an array of control groups.</summary>
    /// <inheritdoc cref="GetProgramArray(string)"/>
    public BpfCgroupArray GetCgroupArray(string name) => new(Maps[name]);

    /// <summary>A view of a perf event array whose events programs read as counters. For events that programs write see <see cref="GetPerfBuffer"/>.</summary>
    /// <inheritdoc cref="GetProgramArray(string)"/>
    public BpfPerfEventArray GetPerfEventArray(string name) => new(Maps[name]);

    /// <summary>A kernel struct of functions that the object's programs implement (section <c>.struct_ops</c> or <c>.struct_ops.link</c>), to be attached.</summary>
    /// <param name="name">The variable's name in C.</param>
    /// <exception cref="KeyNotFoundException">There is no such struct, or its map was not created; the message lists those that exist.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfStructOpsMap GetStructOps(string name) => WhileAlive(_structOps)[name];

    /// <summary>A global variable, alive: reading it sees what programs write, and the other way round.</summary>
    /// <typeparam name="T">The variable's type, or that of its elements if it is an array, laid out as the C type.</typeparam>
    /// <param name="name">The variable's name in C.</param>
    /// <exception cref="KeyNotFoundException">There is no such variable; the message lists those that exist.</exception>
    /// <exception cref="BpfLayoutException">The size, or a field's offset, is another one than in C.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfVariable<T> GetVariable<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string name)
        where T : unmanaged =>
        Variables[name].As<T>();

    /// <summary>
    /// A reader of a ring buffer. Disposing the object ends it, too. If the object has a map of this name with <c>_lost</c> behind it, as <c>EBPFNET_RINGBUF</c> of
    /// <c>ebpfnet_ringbuf.h</c> defines it, <see cref="BpfRingBuffer.LostRecords"/> is read from there.
    /// </summary>
    /// <param name="name">The map's name in C.</param>
    /// <param name="options">How it is read; <see langword="null"/> for the defaults.</param>
    /// <exception cref="KeyNotFoundException">There is no such map; the message lists those that exist.</exception>
    /// <exception cref="ArgumentException">The map is of another kind, or the options contradict each other.</exception>
    /// <exception cref="BpfSyscallException">The kernel does not map the buffer's memory.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfRingBuffer GetRingBuffer(string name, BpfRingBufferOptions? options = null)
    {
        BpfMap? lostCounter = options?.LostCounter;
        if (lostCounter is null && Maps.TryGetValue(name + "_lost", out BpfMap? counter))
        {
            lostCounter = counter;
        }

        return EndWithThis(new BpfRingBuffer(Maps[name], options, lostCounter, owned: false));
    }

    /// <summary>A reader of a perf event array: makes a ring for each CPU. Disposing the object ends it, too.</summary>
    /// <param name="name">The map's name in C.</param>
    /// <param name="options">How it is made and read; <see langword="null"/> for the defaults.</param>
    /// <exception cref="KeyNotFoundException">There is no such map; the message lists those that exist.</exception>
    /// <exception cref="ArgumentException">The map is of another kind, or an option is out of range.</exception>
    /// <exception cref="BpfSyscallException">The kernel refused to make the rings.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfPerfBuffer GetPerfBuffer(string name, BpfPerfBufferOptions? options = null) => EndWithThis(new BpfPerfBuffer(Maps[name], options));

    /// <summary>A writer of a user ring buffer, from which programs read. Disposing the object ends it, too.</summary>
    /// <param name="name">The map's name in C.</param>
    /// <exception cref="KeyNotFoundException">There is no such map; the message lists those that exist.</exception>
    /// <exception cref="ArgumentException">The map is of another kind.</exception>
    /// <exception cref="BpfSyscallException">The kernel does not map the buffer's memory.</exception>
    /// <exception cref="ObjectDisposedException">The object was disposed.</exception>
    public BpfUserRingBuffer GetUserRingBuffer(string name) => EndWithThis(new BpfUserRingBuffer(Maps[name]));

    /// <summary>Closes the maps and programs, and ends the readers of its streams; maps and programs that are pinned stay in the kernel. Calling it again does nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        lock (_streams)
        {
            foreach (WeakReference<IDisposable> reference in _streams)
            {
                if (reference.TryGetTarget(out IDisposable? stream))
                {
                    stream.Dispose();
                }
            }
        }

        foreach (BpfProgram program in _programs)
        {
            program.Dispose();
        }

        foreach (BpfMap map in _maps)
        {
            map.Dispose();
        }
    }

    /// <summary>The object as messages call it.</summary>
    public override string ToString() => $"object '{Name}'";

    private T EndWithThis<T>(T stream)
        where T : class, IDisposable
    {
        lock (_streams)
        {
            _streams.RemoveAll(reference => !reference.TryGetTarget(out _));
            _streams.Add(new WeakReference<IDisposable>(stream));
        }

        if (Volatile.Read(ref _disposed) != 0)
        {
            stream.Dispose(); // Disposed in between; whoever reads will see that.
        }

        return stream;
    }

    private T WhileAlive<T>(T collection)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return collection;
    }

    BpfMap? IMapOwner.FindMap(string name) => Volatile.Read(ref _disposed) == 0 && _maps.TryGetValue(name, out BpfMap? map) ? map : null;
}

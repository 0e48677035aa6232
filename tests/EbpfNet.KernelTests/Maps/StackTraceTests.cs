using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Call stacks that a program takes of this process while it runs the program, with the names of their addresses.</summary>
public sealed class StackTraceTests : KernelTest
{
    [SkippableFact]
    public void The_user_stack_leads_from_the_system_call_to_the_C_library()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("stacks"));
        BpfStackTraceMap stacks = loaded.GetStackTraceMap("stacks");
        Assert.Equal((100, false), (stacks.MaxDepth, stacks.HasBuildIds));
        int id = Take(loaded, "user_stack");

        IReadOnlyList<BpfStackFrame> frames = stacks.Resolve(id, ProcessSymbols.Load(Environment.ProcessId))!;

        Assert.Equal("syscall", frames[0].Symbol);
        Assert.StartsWith("libc.so", Path.GetFileName(frames[0].Module), StringComparison.Ordinal);
        Assert.InRange(frames[0].Offset, 1ul, 100ul);
        Assert.StartsWith("syscall+0x", frames[0].ToString(), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_kernel_stack_leads_through_the_system_call()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("stacks"));
        int id = Take(loaded, "kernel_stack");

        IReadOnlyList<BpfStackFrame> frames = loaded.GetStackTraceMap("stacks").Resolve(id, KernelSymbols.Load())!;

        Assert.Contains(frames, frame => frame.Symbol == "__sys_bpf");
        Assert.Contains(frames, frame => frame.Symbol?.Contains("test_run", StringComparison.Ordinal) ?? false);
    }

    [SkippableFact]
    public void Build_ids_name_the_same_places_as_addresses()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("stacks"));
        BpfStackTraceMap buildIds = loaded.GetStackTraceMap("build_ids");
        Assert.Equal((100, true), (buildIds.MaxDepth, buildIds.HasBuildIds));
        int id = Take(loaded, "build_id_stack");
        ProcessSymbols symbols = ProcessSymbols.Load(Process.GetCurrentProcess());
        var places = new BpfBuildIdFrame[buildIds.MaxDepth];
        Assert.True(buildIds.TryGetBuildIds(id, places, out int count));
        Assert.True(count > 0);
        Skip.If(places[0].Status == BpfBuildIdStatus.Address, "the kernel found no build id of the C library");

        BpfStackFrame frame = buildIds.Resolve(id, symbols)![0];
        BpfStackFrame byAddress = loaded.GetStackTraceMap("stacks").Resolve((int)loaded.GetVariable<long>("user_stack").Value, symbols)![0];

        Assert.Equal(40, places[0].BuildId.Length);
        Assert.Equal(byAddress, frame);
        Assert.Equal("syscall", frame.Symbol);
        Assert.Contains("TryGetBuildIds", Assert.Throws<InvalidOperationException>(() => buildIds.TryGetAddresses(id, new ulong[1], out _)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => loaded.GetStackTraceMap("stacks").TryGetBuildIds(id, new BpfBuildIdFrame[1], out _));
    }

    [SkippableFact]
    public void Stacks_are_read_whole_or_in_part_taken_and_removed()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("stacks"));
        BpfStackTraceMap stacks = loaded.GetStackTraceMap("stacks");
        int id = Take(loaded, "kernel_stack");
        int user = (int)loaded.GetVariable<long>("user_stack").Value;
        ulong[] all = new ulong[stacks.MaxDepth + 10];
        ulong[] some = new ulong[2];
        Assert.True(stacks.TryGetAddresses(id, all, out int depth));
        Assert.InRange(depth, 3, 99);
        Assert.DoesNotContain(0ul, all[..depth]);
        Assert.True(stacks.TryGetAddresses(id, some, out int few));
        Assert.Equal(2, few);
        Assert.Equal(all[..2], some);
        Assert.True(stacks.TryGetAddresses(id, [], out few));
        Assert.Equal(0, few);
        Assert.Equal(new[] { id, user }.Order(), stacks.GetIds().Order());
        Assert.Equal(2, stacks.Count);

        Assert.True(stacks.TryTakeAddresses(id, some, out few));
        Assert.Equal(all[..2], some);
        Assert.False(stacks.TryTakeAddresses(id, some, out few));
        Assert.Equal(0, few);
        Assert.False(stacks.TryGetAddresses(id, some, out _));
        Assert.Null(stacks.Resolve(id, KernelSymbols.Parse([])));
        Assert.True(stacks.Remove(user));
        Assert.False(stacks.Remove(user));
        Assert.False(stacks.Remove(-14)); // What a program gets in the place of a number.
        Assert.False(stacks.TryGetAddresses(-14, some, out _));
        Take(loaded, "kernel_stack");
        stacks.Clear();
        Assert.Empty(stacks.GetIds());
    }

    [SkippableFact]
    public void Reading_a_stack_allocates_nothing()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("stacks"));
        BpfStackTraceMap stacks = loaded.GetStackTraceMap("stacks");
        int id = Take(loaded, "kernel_stack");
        ulong[] all = new ulong[stacks.MaxDepth];
        long before = 0;
        for (int round = 0; round < 1100; round++)
        {
            before = round == 100 ? GC.GetAllocatedBytesForCurrentThread() : before;
            stacks.TryGetAddresses(id, all, out _);
            stacks.TryGetAddresses(id, all.AsSpan(0, 5), out _);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [SkippableFact]
    public void A_map_of_one_s_own_has_the_depth_asked_for()
    {
        using var addresses = BpfStackTraceMap.Create("own", 16, 20);
        using var places = BpfStackTraceMap.Create("own_ids", 16, 30, buildIds: true);
        Assert.Equal((20, 30), (addresses.MaxDepth, places.MaxDepth));
        Assert.Empty(addresses.GetIds());
        Assert.Throws<ArgumentException>(() => new BpfArray<ulong>(addresses.Map));
    }

    [SkippableFact]
    public void Code_of_a_runtime_has_the_names_of_its_perf_map()
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/tmp/perf-{Environment.ProcessId}.map");
        Skip.If(File.Exists(path), "this process writes a perf map itself");
        using BpfObject loaded = BpfObject.Load(TestObjects.Read("stacks"));
        BpfStackTraceMap stacks = loaded.GetStackTraceMap("stacks");
        int id = Take(loaded, "user_stack");
        ProcessSymbols symbols = ProcessSymbols.Load(Environment.ProcessId);
        BpfStackFrame managed = stacks.Resolve(id, symbols)!.First(frame => frame.Symbol is null);
        try
        {
            File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"{managed.Address - 16:x} 20 void [Tests] A method::with blanks()\nnonsense\n"));
            symbols.Refresh();
            BpfStackFrame named = symbols.Resolve(managed.Address);
            Assert.Equal(("void [Tests] A method::with blanks()", 16ul, "[jit]"), (named.Symbol, named.Offset, named.Module));
            Assert.NotEqual("[jit]", symbols.Resolve(managed.Address + 16).Module);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [SkippableFact]
    public void A_library_that_was_deleted_keeps_its_names()
    {
        string? library = Process.GetCurrentProcess().Modules.Cast<ProcessModule>().FirstOrDefault(module => module.ModuleName.StartsWith("libgcc_s.so", StringComparison.Ordinal))?.FileName;
        Skip.If(library is null, "this process has not loaded libgcc_s");
        string copy = Path.Combine(Path.GetTempPath(), $"ebpfnet-{Guid.NewGuid():N}.so");
        File.Copy(library, copy);
        nint handle = NativeLibrary.Load(copy);
        try
        {
            ulong function = (ulong)NativeLibrary.GetExport(handle, "_Unwind_GetIP");
            File.Delete(copy);

            BpfStackFrame frame = ProcessSymbols.Load(Environment.ProcessId).Resolve(function + 2);

            Assert.Equal(("_Unwind_GetIP", 2ul, copy), (frame.Symbol, frame.Offset, frame.Module));
        }
        finally
        {
            NativeLibrary.Free(handle);
            File.Delete(copy);
        }
    }

    [SkippableFact]
    public void The_vdso_has_names()
    {
        string line = File.ReadLines("/proc/self/maps").FirstOrDefault(line => line.EndsWith("[vdso]", StringComparison.Ordinal)) ?? "";
        Skip.If(line.Length == 0, "this process has no vdso");
        ulong start = ulong.Parse(line.AsSpan(0, line.IndexOf('-', StringComparison.Ordinal)), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        ProcessSymbols symbols = ProcessSymbols.Load(Environment.ProcessId);

        Assert.Contains(Enumerable.Range(0, 8192), at => symbols.Resolve(start + (ulong)at) is { Module: "[vdso]", Symbol: { } name } && name.Contains("gettime", StringComparison.Ordinal));
    }

    [SkippableFact]
    public void Addresses_without_a_name_say_what_is_known()
    {
        ProcessSymbols symbols = ProcessSymbols.Load(Environment.ProcessId);
        Assert.Equal(new BpfStackFrame(0x10), symbols.Resolve(0x10));
        Assert.Equal("0x10", symbols.Resolve(0x10).ToString());
        Assert.Equal(new BpfStackFrame(0x7fffffffff00), KernelSymbols.Load().Resolve(0x7fffffffff00));
        Assert.Contains("no such process", Assert.Throws<BpfSyscallException>(() => ProcessSymbols.Load(int.MaxValue)).Message, StringComparison.Ordinal);
    }

    /// <summary>Runs the program, with this method on the stack.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int Take(BpfObject loaded, string which)
    {
        Assert.Equal(0u, loaded.Programs["take_stacks"].TestRun(new BpfTestRun()).ReturnValue);
        long id = loaded.GetVariable<long>(which).Value;
        Assert.True(id >= 0, $"bpf_get_stackid says {id}.");
        return (int)id;
    }
}

using EbpfNet.Abi;
using EbpfNet.Kernel;
using FsCheck;
using FsCheck.Fluent;

namespace EbpfNet.KernelTests.Loading;

public sealed unsafe class FailureAtEveryStepTests : KernelTest
{
    private const int OpenFiles = 7; // RLIMIT_NOFILE

    [SkippableTheory]
    [InlineData("symbols")]
    [InlineData("references")] // maps of maps and program arrays that are filled
    [InlineData("struct_ops")]
    [InlineData("kernel_config")]
    public void Whichever_descriptor_is_not_to_be_had_nothing_is_left(string name)
    {
        BpfObjectSpec spec = TestObjects.Read(name);
        if (name == "struct_ops")
        {
            StructOpsKernel.Require();
        }

        BpfObject.Load(spec).Dispose(); // Everything that only the first load opens.
        KernelObjectSnapshot before = KernelObjectSnapshot.Take();
        LibC.ResourceLimit limit;
        Assert.Equal(0, LibC.GetResourceLimit(OpenFiles, &limit));
        var failures = new HashSet<string>();
        int programs = int.MaxValue; // not known yet

        // Again while a program was passed over: what else closes a descriptor here, such as a finalizer, lets two of them through at once.
        for (int sweep = 0; sweep < 5 && failures.Count(OfAProgram) < programs; sweep++)
        {
            BpfObject? loaded = null;
            for (uint allowed = 1; loaded is null; allowed++)
            {
                BpfException? refused = null;
                var lowered = new LibC.ResourceLimit { Current = allowed, Maximum = limit.Maximum };
                Assert.Equal(0, LibC.SetResourceLimit(OpenFiles, &lowered));
                try
                {
                    loaded = BpfObject.Load(spec);
                }
                catch (BpfException e)
                {
                    refused = e;
                }
                finally
                {
                    Assert.Equal(0, LibC.SetResourceLimit(OpenFiles, &limit));
                }

                string? failure = refused is BpfSyscallException { Error: BpfErrno.EMFILE } call ? call.Operation : refused?.Message;
                if (failure is not null && failures.Add(failure))
                {
                    Assert.True(refused is BpfSyscallException { Error: BpfErrno.EMFILE } || failure.Contains("cannot be read: Too many open files", StringComparison.Ordinal), failure);
                    Assert.Empty(before.FindLeftovers());
                }
            }

            programs = loaded.Programs.Count;
            loaded.Dispose();
        }

        // Types (which come after what is found out without the kernel), maps, programs: it has failed at each of them.
        Assert.Contains(failures, operation => operation.StartsWith(name == "kernel_config" ? "Cannot resolve 'CONFIG_" : "load the types", StringComparison.Ordinal));
        Assert.Contains(failures, operation => operation.StartsWith("create map", StringComparison.Ordinal));
        Assert.Equal(programs, failures.Count(OfAProgram));
    }

    private static bool OfAProgram(string failure) => failure.StartsWith("load program", StringComparison.Ordinal);

    [SkippableFact]
    public void Any_map_definition_is_either_created_as_it_says_or_refused_in_words()
    {
        BpfObjectSpec spec = TestObjects.ReadOnly("maps_basic");
        BpfMapSpec map = spec.Maps["untyped_map"];
        foreach (BpfMapSpec other in spec.Maps)
        {
            other.AutoCreate = other == map;
        }

        var definitions =
            from type in Gen.Choose(0, 40)
            from keySize in Gen.Elements(0, 1, 4, 8, 12, 600)
            from valueSize in Gen.Elements(0, 1, 4, 8, 20, 4096)
            from maxEntries in Gen.Elements(0u, 1u, 3u, 4096u, 5000u)
            from flags in Gen.Elements(0u, 1u, 1u << 7, 1u << 10, 1u << 31)
            select (type, keySize, valueSize, maxEntries, flags);
        Prop.ForAll(definitions.ToArbitrary(), definition =>
        {
            (map.Type, map.KeySize, map.ValueSize, map.MaxEntries, map.Flags) = ((BpfMapType)definition.type, definition.keySize, definition.valueSize, definition.maxEntries, (BpfMapFlags)definition.flags);
            try
            {
                using BpfObject loaded = BpfObject.Load(spec);
                BpfMap made = Assert.Single(loaded.Maps);
                Assert.Equal(map.Type, made.Type);
                Assert.True(map.KeySize == made.KeySize || map.Type == BpfMapType.PerfEventArray);
            }
            catch (BpfSyscallException e)
            {
                Assert.Equal("BPF_MAP_CREATE", e.Call);
                Assert.StartsWith("create map 'untyped_map' (", e.Operation, StringComparison.Ordinal);
            }
        }).QuickCheckThrowOnFailure();
    }
}

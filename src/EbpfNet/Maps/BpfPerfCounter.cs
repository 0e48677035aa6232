namespace EbpfNet;

/// <summary>What a perf event counts: <c>type</c> and <c>config</c> of <c>struct perf_event_attr</c>.</summary>
/// <param name="Type">
/// Who counts: 0 the hardware (<c>PERF_TYPE_HARDWARE</c>), 1 the kernel (<c>PERF_TYPE_SOFTWARE</c>), 3 a cache, 4 the processor by its own numbers (<c>PERF_TYPE_RAW</c>), or what
/// <c>/sys/bus/event_source/devices/*/type</c> says.
/// </param>
/// <param name="Config">What: a number whose meaning depends on <paramref name="Type"/>.</param>
public readonly record struct BpfPerfCounter(uint Type, ulong Config)
{
    private const uint Hardware = 0; // PERF_TYPE_HARDWARE
    private const uint Software = 1; // PERF_TYPE_SOFTWARE

    /// <summary>Nanoseconds that the CPU has run, by a high-resolution timer (<c>PERF_COUNT_SW_CPU_CLOCK</c>).</summary>
    public static BpfPerfCounter CpuClock => new(Software, 0);

    /// <summary>Nanoseconds that the task has run; on a CPU, that anything has run there (<c>PERF_COUNT_SW_TASK_CLOCK</c>).</summary>
    public static BpfPerfCounter TaskClock => new(Software, 1);

    /// <summary>Page faults (<c>PERF_COUNT_SW_PAGE_FAULTS</c>).</summary>
    public static BpfPerfCounter PageFaults => new(Software, 2);

    /// <summary>Context switches (<c>PERF_COUNT_SW_CONTEXT_SWITCHES</c>).</summary>
    public static BpfPerfCounter ContextSwitches => new(Software, 3);

    /// <summary>Tasks that moved to another CPU (<c>PERF_COUNT_SW_CPU_MIGRATIONS</c>).</summary>
    public static BpfPerfCounter CpuMigrations => new(Software, 4);

    /// <summary>Page faults that needed no input or output (<c>PERF_COUNT_SW_PAGE_FAULTS_MIN</c>).</summary>
    public static BpfPerfCounter MinorFaults => new(Software, 5);

    /// <summary>Page faults that needed input or output (<c>PERF_COUNT_SW_PAGE_FAULTS_MAJ</c>).</summary>
    public static BpfPerfCounter MajorFaults => new(Software, 6);

    /// <summary>Cycles of the CPU (<c>PERF_COUNT_HW_CPU_CYCLES</c>).</summary>
    public static BpfPerfCounter CpuCycles => new(Hardware, 0);

    /// <summary>Instructions that were completed (<c>PERF_COUNT_HW_INSTRUCTIONS</c>).</summary>
    public static BpfPerfCounter Instructions => new(Hardware, 1);

    /// <summary>Accesses to the cache, usually the last level (<c>PERF_COUNT_HW_CACHE_REFERENCES</c>).</summary>
    public static BpfPerfCounter CacheReferences => new(Hardware, 2);

    /// <summary>Accesses that the cache could not serve, usually the last level (<c>PERF_COUNT_HW_CACHE_MISSES</c>).</summary>
    public static BpfPerfCounter CacheMisses => new(Hardware, 3);

    /// <summary>Branches that were completed (<c>PERF_COUNT_HW_BRANCH_INSTRUCTIONS</c>).</summary>
    public static BpfPerfCounter BranchInstructions => new(Hardware, 4);

    /// <summary>Branches that were predicted wrong (<c>PERF_COUNT_HW_BRANCH_MISSES</c>).</summary>
    public static BpfPerfCounter BranchMisses => new(Hardware, 5);

    /// <summary>Cycles of the bus (<c>PERF_COUNT_HW_BUS_CYCLES</c>).</summary>
    public static BpfPerfCounter BusCycles => new(Hardware, 6);

    /// <summary>Cycles in which no instruction could be fetched (<c>PERF_COUNT_HW_STALLED_CYCLES_FRONTEND</c>).</summary>
    public static BpfPerfCounter StalledCyclesFrontend => new(Hardware, 7);

    /// <summary>Cycles in which no instruction could be completed (<c>PERF_COUNT_HW_STALLED_CYCLES_BACKEND</c>).</summary>
    public static BpfPerfCounter StalledCyclesBackend => new(Hardware, 8);

    /// <summary>Cycles, not affected by the CPU's changes of speed (<c>PERF_COUNT_HW_REF_CPU_CYCLES</c>).</summary>
    public static BpfPerfCounter ReferenceCpuCycles => new(Hardware, 9);
}

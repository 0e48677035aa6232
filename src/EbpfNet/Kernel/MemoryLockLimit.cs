namespace EbpfNet.Kernel;

/// <summary>RLIMIT_MEMLOCK, which kernels before 5.11 charge BPF memory to.</summary>
internal static unsafe class MemoryLockLimit
{
    private const int Resource = 8; // RLIMIT_MEMLOCK on x86-64 and arm64
    private const ulong Infinity = ulong.MaxValue;

    private static readonly Lock Gate = new();

    /// <summary>Lifts the limit as far as this process may; false when that changes nothing.</summary>
    public static bool TryRaise(out Restorer previous)
    {
        lock (Gate)
        {
            LibC.ResourceLimit limit;
            previous = default;
            if (LibC.GetResourceLimit(Resource, &limit) != 0 || limit.Current == Infinity)
            {
                return false;
            }

            previous = new Restorer(limit);
            var wanted = new LibC.ResourceLimit { Current = Infinity, Maximum = Infinity };
            if (LibC.SetResourceLimit(Resource, &wanted) == 0)
            {
                return true;
            }

            wanted = new LibC.ResourceLimit { Current = limit.Maximum, Maximum = limit.Maximum };
            return limit.Maximum > limit.Current && LibC.SetResourceLimit(Resource, &wanted) == 0;
        }
    }

    /// <summary>The limit as it was, to be put back when raising it did not help.</summary>
    internal readonly struct Restorer(LibC.ResourceLimit before)
    {
        public void Undo()
        {
            LibC.ResourceLimit limit = before;
            lock (Gate)
            {
                // Without effect at worst: a limit may always be lowered.
                _ = LibC.SetResourceLimit(Resource, &limit);
            }
        }
    }
}

namespace EbpfNet.Kernel;

/// <summary>RLIMIT_MEMLOCK, which kernels before 5.11 charge BPF memory to.</summary>
internal static unsafe class MemoryLockLimit
{
    public const int Resource = 8; // RLIMIT_MEMLOCK on x86-64 and arm64
    private const ulong Infinity = ulong.MaxValue;

    private static readonly Lock Gate = new();
    private static bool _isRaised;

    /// <summary>Lifts the limit as far as this process may.</summary>
    /// <returns>Whether what was just refused is worth another attempt: also when another thread has lifted it meanwhile.</returns>
    public static bool TryRaise(out Restorer previous)
    {
        lock (Gate)
        {
            LibC.ResourceLimit limit;
            previous = default;
            if (LibC.GetResourceLimit(Resource, &limit) != 0)
            {
                return false;
            }

            if (limit.Current == Infinity || !(TrySet(Infinity, Infinity) || (limit.Maximum > limit.Current && TrySet(limit.Maximum, limit.Maximum))))
            {
                return _isRaised;
            }

            previous = new Restorer(limit);
            return _isRaised = true;
        }
    }

    private static bool TrySet(ulong current, ulong maximum)
    {
        var limit = new LibC.ResourceLimit { Current = current, Maximum = maximum };
        return LibC.SetResourceLimit(Resource, &limit) == 0;
    }

    /// <summary>The limit as it was, to be put back by whoever lifted it when that did not help.</summary>
    internal readonly struct Restorer(LibC.ResourceLimit? before)
    {
        public void Undo()
        {
            if (before is { } limit)
            {
                lock (Gate)
                {
                    // Without effect at worst: a limit may always be lowered.
                    _ = TrySet(limit.Current, limit.Maximum);
                    _isRaised = false;
                }
            }
        }
    }
}

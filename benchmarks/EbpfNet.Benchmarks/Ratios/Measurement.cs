namespace EbpfNet.Benchmarks;

/// <summary>
/// Measures a comparison: all sides in turn, in another order with every round. Machines drift by more than the differences that are looked for, so
/// only the ratio within a round says anything.
/// </summary>
internal static class Measurement
{
    public static Result Run(Comparison work, int rounds)
    {
        // EbpfNet is the last: its peer is null.
        List<Peer?> sides = [];
        if (work.HasRaw)
        {
            sides.Add(Peer.Raw);
        }

        if (Peer.Libbpf is not null)
        {
            sides.Add(Peer.Libbpf);
        }

        sides.Add(null);
        int operations = WarmUp(work, sides);
        double[][] times = [.. sides.Select(_ => new double[rounds])];
        long allocated = 0;
        for (int round = 0; round < rounds; round++)
        {
            for (int turn = 0; turn < sides.Count; turn++)
            {
                int side = (round + (round % 2 == 0 ? turn : sides.Count - turn)) % sides.Count;
                Sample sample = work.Turn(sides[side], operations);
                times[side][round] = sample.Nanoseconds;
                allocated += sides[side] is null ? sample.Allocated : 0;
            }
        }

        double[] inEbpfNet = times[^1];
        double[]? inRaw = work.HasRaw ? times[0] : null;
        double[]? inLibbpf = Peer.Libbpf is null ? null : times[^2];
        return new Result(work, new Figures(
            inRaw is null ? null : Statistics.Median(inRaw),
            inLibbpf is null ? null : Statistics.Median(inLibbpf),
            Statistics.Median(inEbpfNet),
            inRaw is null ? null : Ratio.Of(inEbpfNet, inRaw),
            inLibbpf is null ? null : Ratio.Of(inEbpfNet, inLibbpf),
            (double)allocated / ((long)rounds * operations),
            work.Finding?.Invoke()));
    }

    /// <summary>Lets the JIT see what is hot, in bursts between which its background thread compiles the better version.</summary>
    /// <returns>How many operations a turn has.</returns>
    private static int WarmUp(Comparison work, List<Peer?> sides)
    {
        Sample sample = default;
        foreach (Peer? side in sides)
        {
            sample = work.Turn(side, work.Unit);
        }

        if (work.IsOneUnit)
        {
            work.Turn(null, work.Unit);
            return work.Unit;
        }

        // A method is compiled anew after 30 calls, and once more after 30 calls of what has counted its branches.
        for (int burst = 0; burst < 4; burst++)
        {
            int few = Rounded(work.Nanoseconds / 20, work.Unit, sample.Nanoseconds);
            for (int i = 0; i < 35; i++)
            {
                sample = work.Turn(null, few);
                if (sample.Nanoseconds * few > work.Nanoseconds && i > 5)
                {
                    break; // Whole passes take long enough.
                }
            }

            Thread.Sleep(150);
        }

        foreach (Peer? side in sides)
        {
            work.Turn(side, Rounded(work.Nanoseconds, work.Unit, sample.Nanoseconds));
        }

        return Rounded(work.Nanoseconds, work.Unit, sample.Nanoseconds);
    }

    private static int Rounded(double time, int unit, double nanoseconds) => unit * Math.Max(1, (int)(time / Math.Max(nanoseconds, 0.01) / unit));
}

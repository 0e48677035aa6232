using System.Net;
using System.Numerics;
using System.Runtime.InteropServices;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace EbpfNet.Programs;

public sealed partial class HttpMetricsProgram
{
    public partial struct HttpService
    {
        /// <summary>The client's address.</summary>
        public readonly IPAddress ClientAddress
        {
            get
            {
                IPAddress address = new(MemoryMarshal.AsBytes((ReadOnlySpan<uint>)Client));
                return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
            }
        }
    }

    public partial struct HttpCounters : IAdditionOperators<HttpCounters, HttpCounters, HttpCounters>
    {
        // Bucket 0 is what is below this, in nanoseconds; each other reaches from one power of two to the next.
        private const ulong FirstBucket = 1024;

        /// <summary>The end of a bucket of <see cref="Histogram"/>, in nanoseconds: all its latencies are below it. The last has none.</summary>
        /// <param name="bucket">Which, from 0.</param>
        public static ulong BucketEndNanoseconds(int bucket) => FirstBucket << bucket;

        /// <summary>The average latency; zero where there is none.</summary>
        public readonly TimeSpan AverageLatency => Latencies == 0 ? TimeSpan.Zero : ToTimeSpan(LatencySum / Latencies);

        /// <summary>The latency that a part of all do not exceed, as near as the histogram tells: to the right power of two, and evenly spread within.</summary>
        /// <param name="part">The part, from 0 to 1: 0.95 for the 95th percentile.</param>
        /// <returns>The latency; zero where there is none.</returns>
        public readonly TimeSpan LatencyPercentile(double part)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(part, 0);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(part, 1);
            double rank = part * Latencies;
            double before = 0;
            ReadOnlySpan<ulong> buckets = Histogram;
            for (int bucket = 0; bucket < buckets.Length; bucket++)
            {
                if (buckets[bucket] > 0 && before + buckets[bucket] >= rank)
                {
                    double start = bucket == 0 ? 0 : FirstBucket << (bucket - 1);
                    double end = FirstBucket << bucket;
                    double nanoseconds = start + ((end - start) * (rank - before) / buckets[bucket]);
                    return ToTimeSpan((ulong)Math.Clamp(nanoseconds, LatencyMin, Math.Max(LatencyMin, LatencyMax)));
                }

                before += buckets[bucket];
            }

            return TimeSpan.Zero;
        }

        /// <summary>Both counters together, as for several CPUs.</summary>
        /// <param name="left">The one.</param>
        /// <param name="right">The other.</param>
        public static HttpCounters operator +(HttpCounters left, HttpCounters right)
        {
            HttpCounters sum = left;
            sum.Requests += right.Requests;
            sum.Pipelined += right.Pipelined;
            sum.LatencySum += right.LatencySum;
            sum.LatencyMin = left.Latencies == 0 ? right.LatencyMin : right.Latencies == 0 ? left.LatencyMin : Math.Min(left.LatencyMin, right.LatencyMin);
            sum.LatencyMax = Math.Max(left.LatencyMax, right.LatencyMax);
            sum.Latencies += right.Latencies;
            Add(sum.Responses, right.Responses);
            Add(sum.Histogram, right.Histogram);
            return sum;
        }

        /// <summary>Both counters together, as for several CPUs.</summary>
        /// <param name="left">The one.</param>
        /// <param name="right">The other.</param>
        public static HttpCounters Add(HttpCounters left, HttpCounters right) => left + right;

        private static void Add(Span<ulong> to, ReadOnlySpan<ulong> from)
        {
            for (int i = 0; i < to.Length; i++)
            {
                to[i] += from[i];
            }
        }

        private static TimeSpan ToTimeSpan(ulong nanoseconds) => TimeSpan.FromTicks((long)(nanoseconds / TimeSpan.NanosecondsPerTick));
    }

    public partial struct HttpTotals : IAdditionOperators<HttpTotals, HttpTotals, HttpTotals>
    {
        /// <summary>Both together, as for several CPUs.</summary>
        /// <param name="left">The one.</param>
        /// <param name="right">The other.</param>
        public static HttpTotals operator +(HttpTotals left, HttpTotals right)
        {
            HttpTotals sum = left;
            Span<ulong> numbers = MemoryMarshal.Cast<HttpTotals, ulong>(MemoryMarshal.CreateSpan(ref sum, 1));
            ReadOnlySpan<ulong> others = MemoryMarshal.Cast<HttpTotals, ulong>(MemoryMarshal.CreateReadOnlySpan(ref right, 1));
            for (int i = 0; i < numbers.Length; i++)
            {
                numbers[i] += others[i];
            }

            return sum;
        }

        /// <summary>Both together, as for several CPUs.</summary>
        /// <param name="left">The one.</param>
        /// <param name="right">The other.</param>
        public static HttpTotals Add(HttpTotals left, HttpTotals right) => left + right;
    }
}

/// <summary>A client and a server's port, and what was counted for them.</summary>
/// <param name="Service">Client and port.</param>
/// <param name="Counters">What was counted.</param>
public readonly record struct HttpServiceCounters(HttpService Service, HttpCounters Counters);

/// <summary>What was counted.</summary>
/// <param name="Services">For each client and port, in no particular order.</param>
/// <param name="Totals">In all. Nothing of it is lost when others make room.</param>
/// <param name="EvictedConnections">Connections that made room for others.</param>
/// <param name="EvictedServices">Pairs of client and port that made room for others; what was counted for them is in the totals only.</param>
/// <param name="EvictedClosedConnections">Ends of connections that made room for others: a request that is sent again after them would count once more.</param>
public sealed record HttpMetricsReading(IReadOnlyList<HttpServiceCounters> Services, HttpTotals Totals, long EvictedConnections, long EvictedServices, long EvictedClosedConnections);

using System.Text;
using EbpfNet.Kernel;
using EbpfNet.Loading;

namespace EbpfNet.Tests.Loading;

public unsafe class KernelLogTests
{
    [Theory]
    [InlineData(10, true)]
    [InlineData(70_000, true)]
    [InlineData(70_000, false)]
    [InlineData(3_000_000, false)]
    public void The_buffer_grows_until_the_log_fits(int length, bool tellsSize)
    {
        var kernel = new PretendedKernel(length, tellsSize);

        BpfErrno error = KernelLog.Invoke(kernel.Load, level: 1, KernelLog.DefaultLimit, out BpfHandle? handle, out string log);

        Assert.Equal(BpfErrno.EACCES, error);
        Assert.Null(handle);
        Assert.Equal(length, log.Length);
        Assert.InRange(kernel.Calls, 1, tellsSize ? 2 : 5);
        Assert.All(kernel.Levels, level => Assert.Equal(1u, level));
    }

    [Fact]
    public void At_the_limit_what_fits_is_returned_with_the_error()
    {
        var kernel = new PretendedKernel(length: 1_000_000, tellsSize: true);

        BpfErrno error = KernelLog.Invoke(kernel.Load, level: 1, limit: 100_000, out _, out string log);

        Assert.Equal(BpfErrno.ENOSPC, error);
        Assert.Equal(99_999, log.Length);
        Assert.Equal(2, kernel.Calls);
    }

    [Fact]
    public void A_call_that_writes_no_log_gives_an_empty_one()
    {
        BpfErrno error = KernelLog.Invoke((ref _, out handle) =>
        {
            handle = null;
            return BpfErrno.EPERM;
        }, level: 1, KernelLog.DefaultLimit, out _, out string log);

        Assert.Equal(BpfErrno.EPERM, error);
        Assert.Equal("", log);
    }

    [Theory]
    [InlineData(127)]
    [InlineData(int.MaxValue)]
    public void A_limit_that_no_kernel_takes_is_refused(int limit) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BpfLoadOptions { LogBufferLimit = limit });

    [Theory]
    [InlineData(0u, 0u)]
    [InlineData(1u, 4096u)]
    [InlineData(4096u, 4096u)]
    [InlineData(4097u, 8192u)]
    [InlineData(5000u, 8192u)]
    [InlineData(262144u, 262144u)]
    [InlineData(1u << 31, 1u << 31)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    public void A_ring_has_whole_pages_and_a_power_of_two(uint asked, uint expected) => Assert.Equal(expected, MapDefaults.RoundToRing(asked, 4096));

    /// <summary>Writes as the kernel does: what fits, with a NUL, and ENOSPC when that is not all.</summary>
    private sealed class PretendedKernel(int length, bool tellsSize)
    {
        public List<uint> Levels { get; } = [];

        public int Calls => Levels.Count;

        public BpfErrno Load(ref KernelLogBuffer log, out BpfHandle? handle)
        {
            handle = null;
            Levels.Add(log.Level);
            int fits = Math.Min(length, (int)log.Size - 1);
            Encoding.ASCII.GetBytes(new string('x', fits)).CopyTo(new Span<byte>(log.Start, (int)log.Size));
            log.Start[fits] = 0;
            log.NeededSize = tellsSize ? (uint)length + 1 : 0;
            return fits < length ? BpfErrno.ENOSPC : BpfErrno.EACCES;
        }
    }
}

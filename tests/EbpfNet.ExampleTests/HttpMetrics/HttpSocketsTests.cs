using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>File descriptors and processes whose numbers come again: what one connection has said is never taken for another's.</summary>
public sealed partial class HttpSocketsTests
{
    [SkippableTheory]
    [InlineData("dup2", false)]
    [InlineData("dup2", true)]
    [InlineData("dup3", false)]
    [InlineData("dup3", true)]
    [InlineData("close_range", false)]
    [InlineData("close_range", true)]
    public void A_descriptor_that_is_given_to_another_connection_does_not_carry_half_a_request_there(string how, bool useSystemCallTracepoints)
    {
        using MeteredListener listener = new(useSystemCallTracepoints);
        (Socket firstClient, Socket first) = listener.Connect();
        (Socket secondClient, Socket second) = listener.Connect();
        (Socket thirdClient, Socket third) = listener.Connect();
        using (firstClient) using (first) using (secondClient) using (second) using (thirdClient) using (third)
        {
            int number = Duplicate(first);
            firstClient.Send("GET / HT"u8);
            Receive(number);
            Replace(number, second, how);
            secondClient.Send("TP/1.1\r\n\r\n"u8);
            Receive(number);
            Assert.Equal((0ul, 1ul), (listener.Totals.Requests, listener.Totals.NotHttp));

            // The first one goes on where it was, and whatever descriptor a connection is read from and written to, it is one.
            firstClient.Send("TP/1.1\r\n\r\n"u8);
            Receive((int)first.Handle);
            Assert.Equal(1ul, listener.Totals.Requests);
            Replace(number, third, how);
            thirdClient.Send("GET / HTTP/1.1\r\n"u8);
            Receive(number);
            thirdClient.Send("\r\n"u8);
            Receive((int)third.Handle);
            third.Send("HTTP/1.1 204 No Content\r\n\r\n"u8);
            Assert.Equal((2ul, 1ul, 0ul), (listener.Totals.Requests, listener.Totals.Responses, listener.Totals.Unmatched));
            Check(close(number));
            thirdClient.Send("GET / HTTP/1.1\r\n\r\n"u8); // the connection has another descriptor
            Receive((int)third.Handle);
            Assert.Equal(3ul, listener.Totals.Requests);
        }

        listener.AssertNoneIsFollowed();
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_that_has_the_number_of_one_that_was_killed_does_not_go_on_with_its_request(bool useSystemCallTracepoints)
    {
        using MeteredListener listener = new(useSystemCallTracepoints, countClients: true);
        // Two connections, and two processes with the same number, each of which writes half a request to descriptor 5: the first to one of them, the second to the other.
        const string Script = """
            for try in $(seq 50); do
                exec 3<>/dev/tcp/127.0.0.1/$1 4<>/dev/tcp/127.0.0.1/$1
                (exec 5>&3; printf 'GET / HT' >&5; kill -9 $BASHPID) & first=$!
                wait $first
                echo $((first - 1)) >/proc/sys/kernel/ns_last_pid
                (exec 5>&4; printf 'TP/1.1\r\n\r\n' >&5) & second=$!
                wait $second
                [ $first = $second ] && break
            done
            [ $first = $second ] && printf 'GET / HTTP/1.1\r\n\r\n' >/dev/tcp/127.0.0.1/$1
            """;
        using Process bash = Process.Start(new ProcessStartInfo("bash", ["-c", Script, "bash", $"{listener.Port}"]) { RedirectStandardError = true })!;
        _ = await bash.StandardError.ReadToEndAsync();
        await bash.WaitForExitAsync();

        Assert.Equal(0, bash.ExitCode);
        Assert.Equal(1ul, listener.Totals.Requests); // the last
    }

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nothing_is_kept_of_a_process_that_was_killed(bool useSystemCallTracepoints)
    {
        using MeteredListener listener = new(useSystemCallTracepoints, countClients: true);
        const string Script = "exec 3<>/dev/tcp/127.0.0.1/$1; printf 'GET / HTTP/1.1\r\n\r\n' >&3; kill -9 $$";
        using Process bash = Process.Start("bash", ["-c", Script, "bash", $"{listener.Port}"]);
        Socket server = await listener.Socket.AcceptAsync();
        await bash.WaitForExitAsync();
        Assert.Equal(1, server.Receive(new byte[1]));
        Assert.InRange(listener.Program.CountConnections(), 1, 2);

        server.Dispose();

        listener.AssertNoneIsFollowed();
        Assert.Equal(listener.Totals.ConnectionsAdded, listener.Totals.ConnectionsRemoved);
        Assert.Equal(0, listener.Program.Read().EvictedConnections);
    }

    private static unsafe void Receive(int descriptor)
    {
        byte* buffer = stackalloc byte[256];
        Assert.InRange(Check(read(descriptor, buffer, 256)), 1, 256);
    }

    private static int Duplicate(Socket socket) => Check(dup((int)socket.Handle));

    private static void Replace(int number, Socket with, string how)
    {
        switch (how)
        {
            case "dup2":
                Check(dup2((int)with.Handle, number));
                break;
            case "dup3":
                Check(dup3((int)with.Handle, number, 0));
                break;
            default:
                Check(close_range((uint)number, (uint)number, 0));
                Check(dup2((int)with.Handle, number));
                break;
        }
    }

    private static int Check(nint result) => result >= 0 ? (int)result : throw new System.ComponentModel.Win32Exception(Marshal.GetLastPInvokeError());

#pragma warning disable IDE1006, SA1300 // the system's names
    [LibraryImport("libc", SetLastError = true)]
    private static unsafe partial nint read(int descriptor, byte* buffer, nuint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int dup(int descriptor);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int dup2(int descriptor, int number);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int dup3(int descriptor, int number, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close_range(uint first, uint last, uint flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int close(int descriptor);
#pragma warning restore IDE1006, SA1300
}

using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>The system call that a server takes a connection with.</summary>
public enum AcceptCall
{
    /// <summary><c>accept</c>.</summary>
    Accept,

    /// <summary><c>accept4</c>.</summary>
    Accept4,
}

/// <summary>How a client connects.</summary>
public enum ConnectCall
{
    /// <summary><c>connect</c>, which is over when the connection is there.</summary>
    Waiting,

    /// <summary><c>connect</c>, which is over at once.</summary>
    NotWaiting,
}

/// <summary>Makes connections with chosen system calls.</summary>
internal static unsafe partial class ConnectionCalls
{
    private const int InProgress = 115;
    private const int SetFlags = 4;
    private const int NonBlocking = 0x800;

    /// <summary>A new connection to a listener, and its other end.</summary>
    internal static (Socket Client, Socket Server) Connect(this MeteredListener listener, ConnectCall how, AcceptCall accepts)
    {
        Socket client = MeteredListener.NewSocket();
        int descriptor = (int)client.Handle;
        Check(fcntl(descriptor, SetFlags, how == ConnectCall.NotWaiting ? NonBlocking : 0));
        ReadOnlySpan<byte> address = listener.Socket.LocalEndPoint!.Serialize().Buffer.Span;
        fixed (byte* start = address)
        {
            bool isUnderWay = connect(descriptor, start, address.Length) != 0 && Marshal.GetLastPInvokeError() == InProgress;
            Assert.Equal(how == ConnectCall.NotWaiting, isUnderWay);
        }

        Assert.True(client.Poll(TimeSpan.FromSeconds(10), SelectMode.SelectWrite));
        Check(fcntl(descriptor, SetFlags, 0));
        int server = (int)listener.Socket.Handle;
        return (client, new Socket(new SafeSocketHandle(Check(accepts == AcceptCall.Accept ? accept(server, null, null) : accept4(server, null, null, 0)), ownsHandle: true)));
    }

    private static int Check(int result) => result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError());

#pragma warning disable IDE1006, SA1300 // the system's names
    [LibraryImport("libc", SetLastError = true)]
    private static partial int fcntl(int descriptor, int command, int argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int descriptor, byte* address, int length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept(int descriptor, byte* address, int* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int accept4(int descriptor, byte* address, int* length, int flags);
#pragma warning restore IDE1006, SA1300
}

using System.Net;
using System.Net.Sockets;

namespace EbpfNet.KernelTests;

/// <summary>A connection on the loopback interface: the end of a client and that of a server.</summary>
internal sealed class TcpPair : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public TcpPair()
    {
        using Socket listener = Listen();
        Client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Client.Connect(listener.LocalEndPoint!);
        Server = listener.Accept();
        Server.NoDelay = true;
        Client.ReceiveTimeout = Server.ReceiveTimeout = (int)Patience.TotalMilliseconds;
    }

    public Socket Client { get; }

    public Socket Server { get; }

    public static Socket Listen()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        return listener;
    }

    public static uint PortOf(Socket socket) => (uint)((IPEndPoint)socket.LocalEndPoint!).Port;

    /// <summary>The next bytes, as many as are wanted.</summary>
    public static byte[] Receive(Socket socket, int count)
    {
        byte[] received = new byte[count];
        for (int done = 0; done < count;)
        {
            int more = socket.Receive(received.AsSpan(done));
            Assert.NotEqual(0, more);
            done += more;
        }

        return received;
    }

    /// <summary>Whether nothing comes for a while.</summary>
    public static bool IsSilent(Socket socket) => !socket.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead);

    public void Dispose()
    {
        Client.Dispose();
        Server.Dispose();
    }
}

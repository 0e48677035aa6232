using System.Net.Sockets;
using System.Text;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>What processes read and write is counted as what is on the network is.</summary>
public sealed class HttpProcessTests
{
    private static readonly byte[] Asked = Bytes("GET / HTTP/1.1\r\n\r\n");
    private static readonly byte[] Answered = Bytes("HTTP/1.1 204 No Content\r\n\r\n");

    [SkippableTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_body_is_chunked_whatever_blanks_are_around_the_word(bool useSystemCallTracepoints)
    {
        using MeteredListener listener = new(useSystemCallTracepoints);
        foreach ((string value, bool isChunked) in ((string, bool)[])[("chunked", true), ("chunked ", true), ("gzip,\tCHUNKED \t", true), ("chun ked", false)])
        {
            string rest = $"Transfer-Encoding:{value}\r\n\r\n{Answered.Length:x}\r\n{Encoding.ASCII.GetString(Answered)}\r\n0\r\n\r\n";
            byte[] request = Bytes($"POST / HTTP/1.1\r\n{rest}");
            byte[] response = Bytes($"HTTP/1.1 200 OK\r\n{rest}");
            for (int cut = 1; cut <= response.Length; cut++)
            {
                HttpTotals before = listener.Totals;
                (Socket client, Socket server) = listener.Connect();
                using (client) using (server)
                {
                    foreach (byte[] message in (byte[][])[Asked, request])
                    {
                        client.Send(message);
                        foreach (byte[] part in message.Chunk(cut))
                        {
                            Assert.Equal(part.Length, server.Receive(part));
                        }
                    }

                    foreach (byte[] part in response.Concat(Answered).Chunk(cut))
                    {
                        server.Send(part);
                    }
                }

                // A response that is not ends with its connection; a request that is not has no body, and what comes behind it is no request.
                HttpTotals after = listener.Totals;
                Assert.Equal((value, cut, 2ul, isChunked ? 2ul : 1ul), (value, cut, after.Requests - before.Requests, after.Responses - before.Responses));
            }
        }
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
}

using System.Net.Sockets;
using System.Text;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>What processes read and write is counted, whatever calls they make connections and use them with, and what is not seen is said to be missing.</summary>
public sealed class HttpProcessTests
{
    private const int Rounds = 3;

    private static readonly byte[] Asked = Bytes("GET / HTTP/1.1\r\n\r\n");
    private static readonly byte[] Answered = Bytes("HTTP/1.1 204 No Content\r\n\r\n");

    [SkippableTheory]
    [InlineData(ConnectCall.Waiting, AcceptCall.Accept, ReadCall.Read, WriteCall.Write, false)]
    [InlineData(ConnectCall.NotWaiting, AcceptCall.Accept4, ReadCall.ReadVectors, WriteCall.WriteVectors, false)]
    [InlineData(ConnectCall.Waiting, AcceptCall.Accept4, ReadCall.ReceiveFrom, WriteCall.SendTo, false)]
    [InlineData(ConnectCall.NotWaiting, AcceptCall.Accept, ReadCall.ReceiveMessage, WriteCall.SendMessage, false)]
    [InlineData(ConnectCall.Waiting, AcceptCall.Accept, ReadCall.PeekThenReceive, WriteCall.WriteThenSendFile, false)]
    [InlineData(ConnectCall.Waiting, AcceptCall.Accept, ReadCall.Read, WriteCall.Write, true)]
    [InlineData(ConnectCall.NotWaiting, AcceptCall.Accept4, ReadCall.ReadVectors, WriteCall.WriteVectors, true)]
    [InlineData(ConnectCall.Waiting, AcceptCall.Accept4, ReadCall.ReceiveFrom, WriteCall.SendTo, true)]
    [InlineData(ConnectCall.NotWaiting, AcceptCall.Accept, ReadCall.ReceiveMessage, WriteCall.SendMessage, true)]
    [InlineData(ConnectCall.Waiting, AcceptCall.Accept, ReadCall.PeekThenReceive, WriteCall.WriteThenSendFile, true)]
    public void A_connection_counts_at_both_ends_from_its_first_byte_on(ConnectCall connects, AcceptCall accepts, ReadCall reads, WriteCall writes, bool useSystemCallTracepoints)
    {
        using MeteredListener listener = new(useSystemCallTracepoints, countClients: true);
        (Socket client, Socket server) = listener.Connect(connects, accepts);
        using (client) using (server)
        {
            using TransferCalls asking = new(client, reads, writes), answering = new(server, reads, writes);
            for (int i = 0; i < Rounds; i++)
            {
                // So short a part does not tell by itself that a request begins.
                Pass(asking, answering, "GE");
                Pass(asking, answering, "T / HTTP/1.1\r\nContent-Length: 6\r\n\r\nGET / ");
                Pass(answering, asking, "HT");
                Pass(answering, asking, "TP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHTTP/1.1 500");
            }

            Assert.Equal([(0, Rounds, Rounds, Rounds), (1, Rounds, Rounds, Rounds)], listener.Program.ReadServices()
                .Select(row => ((int)row.Service.IsClient, (int)row.Counters.Requests, (int)row.Counters.Responses[2], (int)row.Counters.Latencies)).Order());
            Assert.Equal((0ul, 0ul, 0ul), (listener.Totals.Gaps, listener.Totals.Unmatched, listener.Totals.NotHttp));
        }

        listener.AssertNoneIsFollowed();
    }

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

    [SkippableTheory]
    [InlineData(UnseenCall.Ring, 2, false)]
    [InlineData(UnseenCall.RingBefore, 2, false)]
    [InlineData(UnseenCall.SeveralMessages, 2, false)]
    [InlineData(UnseenCall.Splice, 1, false)]
    [InlineData(UnseenCall.Ring, 0, true)]
    [InlineData(UnseenCall.RingBefore, 0, true)]
    [InlineData(UnseenCall.SeveralMessages, 0, true)]
    [InlineData(UnseenCall.Splice, 0, true)]
    public void What_goes_another_way_is_not_seen_and_counting_goes_on_behind_it(UnseenCall way, ulong gaps, bool useSystemCallTracepoints)
    {
        using MeteredListener listener = new(useSystemCallTracepoints);
        (Socket client, Socket server) = listener.Connect();
        using (client) using (server)
        {
            using UnseenCalls unseen = new(server, way);
            client.Send(Asked);
            unseen.Read(Asked.Length);
            Assert.Equal(0ul, listener.Totals.Requests);
            unseen.Write(Answered);
            Assert.Equal(Answered.Length, client.Receive(new byte[100]));
            Assert.Equal((0ul, 0ul), (listener.Totals.Responses, listener.Totals.Unmatched));
            Assert.Equal(gaps, listener.Totals.Gaps);

            client.Send(Asked);
            Assert.Equal(Asked.Length, server.Receive(new byte[100]));
            server.Send(Answered);
            Assert.Equal((1ul, 1ul, 0ul), (listener.Totals.Requests, listener.Totals.Responses, listener.Totals.Unmatched));
            Assert.Equal(gaps, listener.Totals.Gaps);
        }
    }

    private static void Pass(TransferCalls from, TransferCalls to, string text)
    {
        from.Write(Bytes(text));
        to.ReadAll(text.Length);
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
}

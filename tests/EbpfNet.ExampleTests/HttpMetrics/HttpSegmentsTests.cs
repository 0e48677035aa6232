using System.Globalization;
using System.Text;
using EbpfNet.Programs;
using FsCheck;
using FsCheck.Fluent;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>What http_packets counts when packets are cut, sent again, overtaken or lost: they go through <c>BPF_PROG_TEST_RUN</c>.</summary>
public sealed class HttpSegmentsTests : IDisposable
{
    private const uint ClientStart = 0xFFFF_FFE0; // sequence numbers pass zero on the way
    private const uint ServerStart = 0x7FFF_FFE0;

    private static readonly byte[][] Requests =
    [
        Bytes("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        Bytes("POST /form HTTP/1.1\r\nContent-Length: 27\r\n\r\nGET / HTTP/1.1\r\nHost: b\r\n\r\n"),
        Bytes("PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;name=value\r\nGET /\r\n10\r\n0123456789abcdef\r\n0\r\nTrailer: 1\r\n\r\n"),
        Bytes("OPTIONS * HTTP/1.0\nAccept: */*\n\n"),
    ];

    // All of class 2, but the last.
    private static readonly byte[][] Responses =
    [
        Bytes("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHTTP/1.1 500"),
        Bytes("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n"),
        Bytes("HTTP/1.1 204 No Content\r\n\r\n"),
        Bytes("HTTP/1.1 503 Service Unavailable\r\ntransfer-encoding: Chunked\r\n\r\na\r\nHTTP/1.1 2\r\n0\r\n\r\n"),
    ];

    private HttpMetricsProgram? _program;
    private int _clients;

    private HttpMetricsProgram Program
    {
        get
        {
            if (_program is null)
            {
                Requires.Bpf();
                _program = LoadedFilter.Load();
            }

            return _program;
        }
    }

    public void Dispose() => _program?.Dispose();

    [SkippableTheory]
    [InlineData("192.0.2.7")]
    [InlineData("2001:db8::7")]
    public void A_request_and_its_response_are_counted_for_client_and_port(string address)
    {
        HttpSegment client = new() { Client = address };
        Run(Asked(client, 0, Requests[0]), Answered(client, 0, Responses[0]));

        HttpServiceCounters row = Assert.Single(Program.ReadServices());
        Assert.Equal((address, 8081, 0), (row.Service.ClientAddress.ToString(), row.Service.Port, row.Service.IsClient));
        Assert.Equal((1ul, 1ul, 1ul), (row.Counters.Requests, row.Counters.Responses[2], row.Counters.Latencies));
        Assert.Equal((0ul, 0ul), (row.Counters.Responses[5], row.Counters.Pipelined)); // "HTTP/1.1 500" is in a body
    }

    [SkippableFact]
    public void Wherever_messages_are_cut_and_whatever_is_sent_again_each_counts_once()
    {
        _ = Program;
        Gen<(int Request, int Response)[]> exchanges = Gen.Choose(0, Requests.Length - 1).SelectMany(request => Gen.Choose(0, Responses.Length - 1).Select(response => (request, response))).ArrayOf(5);
        Gen<int[]> numbers = Gen.Choose(0, 1000).ArrayOf(64);
        Prop.ForAll(exchanges.SelectMany(chosen => numbers.Select(random => (chosen, random))).ToArbitrary(), drawn =>
        {
            HttpSegment client = NextClient();
            Numbers random = new(drawn.random);
            List<HttpSegment> seen = [];
            uint asked = 0, answered = 0;
            foreach ((int request, int response) in drawn.chosen)
            {
                Play(Asked(client, asked, Requests[request]));
                Play(Answered(client, answered, Responses[response]));
                asked += (uint)Requests[request].Length;
                answered += (uint)Responses[response].Length;
            }

            HttpCounters counted = CountedFor(client);
            Assert.Equal((5ul, 5ul, 0ul), (counted.Requests, counted.Latencies, counted.Pipelined));
            Assert.Equal((ulong)drawn.chosen.Count(exchange => exchange.Response == 3), counted.Responses[5]);
            Assert.Equal((ulong)drawn.chosen.Count(exchange => exchange.Response != 3), counted.Responses[2]);

            void Play(HttpSegment message)
            {
                foreach (HttpSegment segment in Cut(message, random))
                {
                    Run(segment);
                    seen.Add(segment);
                    if (random.Next(3) == 0)
                    {
                        int again = random.Next(seen.Count);
                        Run(Joined(seen, again, random.Next(3)));
                    }
                }
            }
        }).QuickCheckThrowOnFailure();
        Assert.Equal((0ul, 0ul, 0ul), (Program.ReadTotals().Gaps, Program.ReadTotals().Unmatched, Program.ReadTotals().NotHttp));
    }

    [SkippableTheory]
    [InlineData(1, 2, 3)]
    [InlineData(1, 3, 2)]
    [InlineData(2, 1, 3)]
    [InlineData(2, 3, 1)]
    [InlineData(3, 1, 2)]
    [InlineData(3, 2, 1)]
    public void Messages_that_overtake_each_other_count_once_each(params int[] order)
    {
        HttpSegment client = NextClient();
        uint request = (uint)Requests[0].Length, response = (uint)Responses[0].Length;
        int[] arriving = [0, .. order, 0, .. order]; // all of it twice
        foreach (int i in arriving)
        {
            Run(Asked(client, request * (uint)i, Requests[0]));
        }

        foreach (int i in arriving)
        {
            Run(Answered(client, response * (uint)i, Responses[0]));
        }

        Run(Asked(client, request * 4, Requests[0]), Answered(client, response * 4, Responses[0])); // in order again
        HttpCounters counted = CountedFor(client);
        Assert.Equal((5ul, 5ul), (counted.Requests, counted.Responses[2]));
        Assert.Equal(0ul, Program.ReadTotals().Unmatched);
    }

    [SkippableFact]
    public void Heads_whose_parts_come_in_the_wrong_order_count()
    {
        HttpSegment client = NextClient();
        HttpSegment[] first = Halves(Asked(client, 0, Requests[0]), 20);
        HttpSegment[] answer = Halves(Answered(client, 0, Responses[0]), 20);
        Run(first[1], first[0], answer[1], answer[0]);
        Assert.Equal((1ul, 1ul), (CountedFor(client).Requests, CountedFor(client).Responses[2]));

        HttpSegment[] second = Halves(Asked(client, (uint)Requests[0].Length, Requests[3]), 22);
        answer = Halves(Answered(client, (uint)Responses[0].Length, Responses[3]), 20);
        Run(second[1], second[0], answer[1], answer[0]);
        Assert.Equal((2ul, 1ul, 1ul), (CountedFor(client).Requests, CountedFor(client).Responses[2], CountedFor(client).Responses[5]));
    }

    [SkippableTheory]
    [InlineData(7)] // in its first line
    [InlineData(20)]
    public void A_late_message_in_several_parts_counts_once(int cut)
    {
        HttpSegment client = NextClient();
        uint length = (uint)Requests[0].Length;
        HttpSegment[] late = Halves(Asked(client, length, Requests[0]), cut);

        Run(Asked(client, 0, Requests[0]), Asked(client, 2 * length, Requests[0]), late[0], late[1], late[0]);
        Assert.Equal(3ul, CountedFor(client).Requests);

        late = Halves(Asked(client, 3 * length, Requests[0]), cut);
        Run(late[0], Asked(client, 4 * length, Requests[0]), late[1], late[0], late[1]);
        Assert.Equal(5ul, CountedFor(client).Requests);
    }

    [SkippableFact]
    public void What_is_sent_again_joined_with_what_comes_next_counts_once()
    {
        HttpSegment client = NextClient();
        uint length = (uint)Requests[0].Length;
        Run(Asked(client, 0, Requests[0]), Asked(client, 2 * length, Requests[0])); // the one between is lost
        Run(Asked(client, length, [.. Requests[0], .. Requests[0]])); // sent again with the one after it
        Assert.Equal(3ul, CountedFor(client).Requests);

        Run(Asked(client, 2 * length, [.. Requests[0], .. Requests[0]])); // and once more with a new one
        Assert.Equal(4ul, CountedFor(client).Requests);
    }

    [SkippableFact]
    public void What_never_comes_is_a_gap_after_which_counting_goes_on()
    {
        HttpSegment client = NextClient();
        uint request = (uint)Requests[0].Length, response = (uint)Responses[0].Length;
        Run(Asked(client, 0, Requests[0]), Answered(client, 0, Responses[0]));
        Run(Asked(client, 2 * request, Requests[0]), Answered(client, 2 * response, Responses[0])); // the second of each is lost

        HttpCounters counted = CountedFor(client);
        Assert.Equal((2ul, 2ul, 2ul), (counted.Requests, counted.Responses[2], counted.Latencies));
        Assert.Equal(2ul, Program.ReadTotals().Gaps);
    }

    [SkippableTheory]
    [InlineData(5, 0, 1, 5, 0, 4, 1, 3, 2)] // a hole of three, filled from its end, its start, and whole
    [InlineData(5, 0, 1, 5, 0, 4, 3, 2, 1)]
    [InlineData(4, 0, 1, 5, 0, 4, 2, 1, 3)] // what lies in the midst of a hole is given up
    [InlineData(4, 0, 2, 5, 0, 2, 4, 3, 1)] // one hole at a time: a second one, and the first is given up
    [InlineData(5, 0, 2, 5, 0, 2, 1, 4, 3)] // filled before the next one, each counts
    public void A_hole_is_filled_from_either_end_and_there_is_one_at_a_time(int counted, int notHttp, int gaps, params int[] order)
    {
        HttpSegment client = NextClient();
        uint request = (uint)Requests[0].Length;
        foreach (int i in order[1..])
        {
            Run(Asked(client, request * (uint)i, Requests[0]));
        }

        Assert.Equal(order[0], order[1..].Length);
        HttpTotals totals = Program.ReadTotals();
        Assert.Equal(((ulong)counted, (ulong)notHttp, (ulong)gaps), (CountedFor(client).Requests, totals.NotHttp, totals.Gaps));
        Run(Asked(client, request * 5, Requests[0]));
        Assert.Equal((ulong)counted + 1, CountedFor(client).Requests);
    }

    [SkippableTheory]
    [InlineData(7, 2)] // "GET / H" comes after "TTP/1.1"
    [InlineData(16, 3)] // the first line comes after the rest
    public void A_message_whose_first_line_begins_in_a_gap_and_ends_behind_it_does_not_count(int cut, int counted)
    {
        HttpSegment client = NextClient();
        uint request = (uint)Requests[0].Length;
        HttpSegment[] late = Halves(Asked(client, request, Requests[0]), cut);
        Run(Asked(client, 0, Requests[0]), late[1], late[0], Asked(client, 2 * request, Requests[0]));

        Assert.Equal((ulong)counted, CountedFor(client).Requests);
    }

    [SkippableFact]
    public void A_connection_that_is_no_HTTP_is_one_however_much_it_says()
    {
        HttpSegment client = NextClient();
        uint sent = 0;
        foreach (string line in (string[])["HELO mail.example\r\n", "MAIL FROM:<a@mail.example>\r\n", "DATA\r\n", "GET / HTTP/1.1\r\n\r\n", "QUIT\r\n"])
        {
            Run(Asked(client, sent, Bytes(line)), Answered(client, sent, Bytes(line)));
            sent += (uint)line.Length;
        }

        Run(Answered(client, sent, Responses[0]));
        HttpTotals totals = Program.ReadTotals();
        Assert.Equal((1ul, 0ul, 0ul, 0ul), (totals.NotHttp, totals.Requests, totals.Unmatched, totals.Gaps));
        Assert.Equal(1, Program.CountConnections());

        Run(Asked(client, sent, []) with { Flags = HttpSegment.Ack | HttpSegment.Fin }, Answered(client, sent + (uint)Responses[0].Length, []) with { Flags = HttpSegment.Ack | HttpSegment.Fin });
        Assert.Equal(0, Program.CountConnections());
        Run(Asked(client, unchecked((uint)-9), []) with { Flags = HttpSegment.Syn }, Asked(client, unchecked((uint)-8), Requests[0]));
        Assert.Equal((1ul, 1ul), (Program.ReadTotals().NotHttp, Program.ReadTotals().Requests));
    }

    [SkippableTheory]
    [InlineData("CONNECT mail.example:25 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 Connected\r\n\r\n", 1)]
    [InlineData("CONNECT mail.example:25 HTTP/1.1\r\n\r\n", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", 2)] // no tunnel
    [InlineData("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", 1)]
    [InlineData("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", "HTTP/1.1 426 Upgrade Required\r\nContent-Length: 0\r\n\r\n", 2)]
    public void What_follows_CONNECT_and_Upgrade_is_not_looked_at(string request, string response, int counted)
    {
        foreach (bool isOutOfOrder in (bool[])[false, true])
        {
            HttpSegment client = NextClient();
            Run(Asked(client, 0, Bytes(request)));
            HttpSegment[] answer = Halves(Answered(client, 0, Bytes(response)), 20);
            Run(isOutOfOrder ? [answer[1], answer[0]] : answer);
            Run(Asked(client, (uint)request.Length, Requests[0]), Answered(client, (uint)response.Length, Responses[0]));

            HttpCounters counters = CountedFor(client);
            ReadOnlySpan<ulong> responses = counters.Responses;
            Assert.Equal(((ulong)counted, (ulong)counted), (counters.Requests, responses.ToArray().Aggregate((sum, more) => sum + more)));
        }

        Assert.Equal((0ul, 0ul), (Program.ReadTotals().NotHttp, Program.ReadTotals().Unmatched));
    }

    [SkippableFact]
    public void Parts_of_a_body_that_are_missing_are_no_gap()
    {
        HttpSegment client = NextClient();
        byte[] head = Bytes("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
        Run(Asked(client, 0, Requests[0]), Answered(client, 0, head), Answered(client, (uint)head.Length + 500, new byte[500]));
        Run(Asked(client, (uint)Requests[0].Length, Requests[0]), Answered(client, (uint)head.Length + 1000, Responses[3]));

        HttpCounters counted = CountedFor(client);
        Assert.Equal((2ul, 1ul, 1ul), (counted.Requests, counted.Responses[2], counted.Responses[5]));
        Assert.Equal(0ul, Program.ReadTotals().Gaps);
    }

    [SkippableFact]
    public void A_request_that_comes_again_after_the_connections_end_is_no_new_one_but_one_after_a_SYN_is()
    {
        HttpSegment client = NextClient();
        HttpSegment request = Asked(client, 0, Requests[0]);
        HttpSegment response = Answered(client, 0, Responses[0]);
        Run(request, response);
        Run(request with { Flags = HttpSegment.Ack | HttpSegment.Fin }, response with { Flags = HttpSegment.Ack | HttpSegment.Fin });
        Assert.Equal(0, Program.CountConnections());

        Run(request, response, request);
        Assert.Equal((1ul, 1ul), (CountedFor(client).Requests, CountedFor(client).Responses[2]));
        Assert.Equal((0, 0ul), (Program.CountConnections(), Program.ReadTotals().NotHttp));

        Run(Asked(client, unchecked((uint)-9), []) with { Flags = HttpSegment.Syn }, Asked(client, unchecked((uint)-8), Requests[0]), response);
        Assert.Equal((2ul, 2ul), (CountedFor(client).Requests, CountedFor(client).Responses[2]));
        Assert.Equal(1, Program.CountConnections());
    }

    [SkippableFact]
    public void An_end_that_overtakes_the_last_bytes_does_not_hide_them()
    {
        HttpSegment client = NextClient();
        HttpSegment first = Asked(client, 0, Requests[0]);
        HttpSegment last = Asked(client, (uint)Requests[0].Length, Requests[0]);
        HttpSegment clientEnd = Asked(client, 2 * (uint)Requests[0].Length, []) with { Flags = HttpSegment.Ack | HttpSegment.Fin };
        HttpSegment serverEnd = Answered(client, 2 * (uint)Responses[0].Length, []) with { Flags = HttpSegment.Ack | HttpSegment.Fin };

        Run(first, Answered(client, 0, Responses[0]), clientEnd, last, serverEnd, Answered(client, (uint)Responses[0].Length, Responses[0]));

        Assert.Equal((2ul, 2ul), (CountedFor(client).Requests, CountedFor(client).Responses[2]));
        Assert.Equal(0, Program.CountConnections());
        Run(last);
        Assert.Equal(2ul, CountedFor(client).Requests);
    }

    [SkippableFact]
    public void A_reset_ends_the_connection()
    {
        HttpSegment client = NextClient();
        Run(Asked(client, 0, Requests[0]), Answered(client, 0, []) with { Flags = HttpSegment.Reset });

        Assert.Equal(0, Program.CountConnections());
        Assert.Equal(1ul, CountedFor(client).Requests);
    }

    [SkippableFact]
    public void Whatever_order_they_come_in_whatever_is_lost_and_doubled_none_counts_twice()
    {
        _ = Program;
        Gen<int[]> numbers = Gen.Choose(0, 1000).ArrayOf(200);
        Prop.ForAll(numbers.ToArbitrary(), drawn =>
        {
            HttpSegment client = NextClient();
            Numbers random = new(drawn);
            const ulong Messages = 6;
            List<HttpSegment> all = [];
            for (uint i = 0; i < Messages; i++)
            {
                all.AddRange(Cut(Asked(client, i * (uint)Requests[0].Length, Requests[0]), random));
                all.AddRange(Cut(Answered(client, i * (uint)Responses[0].Length, Responses[0]), random));
            }

            for (int i = 0; i < 2 * all.Count; i++)
            {
                Run(all[Math.Clamp((i / 2) + random.Next(7) - 3, 0, all.Count - 1)]);
            }

            HttpCounters counted = CountedFor(client);
            Assert.InRange(counted.Requests, 0ul, Messages);
            Assert.InRange(counted.Responses[2] + counted.Responses[5], 0ul, counted.Requests);
        }).QuickCheckThrowOnFailure();
    }

    [SkippableFact]
    public void Noise_counts_nothing()
    {
        _ = Program;
        Prop.ForAll(
            Gen.Choose(40, 200).SelectMany(length => Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(length)).ToArbitrary(),
            noise =>
            {
                Program.HttpPackets.TestRun(new BpfTestRun([.. new byte[12], 0x08, 0x00, .. noise]));
                Program.HttpPackets.TestRun(new BpfTestRun([.. new byte[12], 0x86, 0xDD, .. noise]));
                Run(Asked(NextClient(), 0, noise));
            }).QuickCheckThrowOnFailure();

        // A packet that ends anywhere; the kernel takes none without an IP header here.
        byte[] frame = Asked(NextClient(), 0, Requests[0]).ToFrame();
        for (int length = 34; length < frame.Length - Requests[0].Length + 15; length++)
        {
            Program.HttpPackets.TestRun(new BpfTestRun(frame.AsSpan(0, length)));
        }

        Assert.Equal(0ul, Program.ReadTotals().Requests);
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    private static HttpSegment Asked(HttpSegment client, uint after, byte[] payload)
        => client with { Sequence = unchecked(ClientStart + after), Acknowledged = ServerStart, Payload = payload };

    private static HttpSegment Answered(HttpSegment client, uint after, byte[] payload)
        => client with { IsFromServer = true, Sequence = unchecked(ServerStart + after), Payload = payload };

    /// <summary>The same bytes in several packets.</summary>
    private static IEnumerable<HttpSegment> Cut(HttpSegment message, Numbers random)
    {
        for (int offset = 0; offset < message.Payload.Length;)
        {
            int length = Math.Min(1 + random.Next(30), message.Payload.Length - offset);
            yield return Part(message, offset, length);
            offset += length;
        }
    }

    private static HttpSegment[] Halves(HttpSegment message, int first) => [Part(message, 0, first), Part(message, first, message.Payload.Length - first)];

    private static HttpSegment Part(HttpSegment message, int offset, int length)
        => message with { Sequence = unchecked(message.Sequence + (uint)offset), Payload = message.Payload[offset..(offset + length)] };

    /// <summary>A packet that was seen, and as many after it as are next in its direction, as one.</summary>
    private static HttpSegment Joined(List<HttpSegment> seen, int first, int more)
    {
        HttpSegment joined = seen[first];
        foreach (HttpSegment next in seen.Skip(first + 1).Where(next => next.IsFromServer == joined.IsFromServer).Take(more))
        {
            joined = joined with { Payload = [.. joined.Payload, .. next.Payload] };
        }

        return joined;
    }

    private HttpSegment NextClient()
    {
        _clients++;
        return new HttpSegment { Client = string.Create(CultureInfo.InvariantCulture, $"192.0.{_clients / 256}.{_clients % 256}") };
    }

    private void Run(params ReadOnlySpan<HttpSegment> segments) => Program.Run(segments);

    private HttpCounters CountedFor(HttpSegment client)
        => Program.ReadServices().Where(row => row.Service.ClientAddress.ToString() == client.Client).Aggregate(default(HttpCounters), (sum, row) => sum + row.Counters);

    /// <summary>Numbers that were drawn, one after the other, again and again.</summary>
    private sealed class Numbers(int[] drawn)
    {
        private int _next;

        internal int Next(int below) => drawn.Length == 0 ? 0 : (drawn[_next++ % drawn.Length] + (_next / drawn.Length)) % below;
    }
}

using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using EbpfNet.Programs;
using FsCheck;
using FsCheck.Fluent;
using HttpMetrics;
using static EbpfNet.Programs.HttpMetricsProgram;

namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary>Which headers say where a message ends, whatever stands around them and wherever they are cut.</summary>
public sealed class HttpHeadersTests : IDisposable
{
    private const string Body = "HTTP/1.1 500 GET / HTTP/1.1\r\n\r\n";

    private readonly HttpMetricsProgram _program;
    private int _clients;

    public HttpHeadersTests()
    {
        Requires.Bpf();
        _program = LoadedFilter.Load();
    }

    public void Dispose() => _program.Dispose();

    [SkippableTheory]
    [InlineData("chunked", true)]
    [InlineData("chunked ", true)]
    [InlineData("chunked\t", true)]
    [InlineData(" \t CHUNKED \t          \t", true)]
    [InlineData("gzip, chunked ", true)]
    [InlineData("gzip,chunked\t ", true)]
    [InlineData("gzip ,\tchunked", true)]
    [InlineData("notchunked", false)]
    [InlineData("chun ked", false)]
    [InlineData("chunkedd", false)]
    public void A_body_is_chunked_whatever_blanks_are_around_the_word(string value, bool isChunked)
    {
        string head = $"Transfer-Encoding:{value}\r\nServer: a\r\n\r\n";
        byte[] request = Bytes($"POST / HTTP/1.1\r\n{head}{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n");
        byte[] response = Bytes($"HTTP/1.1 200 OK\r\n{head}{Body.Length:x}\r\n{Body}\r\n0\r\n\r\n");
        for (int cut = 1; cut < request.Length; cut++)
        {
            HttpSegment client = NextClient();
            Send(client, 0, isFromServer: false, Bytes("GET / HTTP/1.1\r\n\r\n"), int.MaxValue);
            Send(client, 0, isFromServer: true, response, cut);
            Send(client, 18, isFromServer: false, request, cut);
            Send(client, (uint)response.Length, isFromServer: true, response, int.MaxValue);

            // A response that is not ends with its connection; a request that is not has no body, and what comes behind it may look like requests.
            HttpCounters counted = CountedFor(client);
            Assert.Equal(isChunked ? 2ul : 1ul, counted.Responses[2]);
            Assert.True(!isChunked || counted.Requests == 2, $"{counted.Requests} requests");
        }
    }

    [SkippableTheory]
    [InlineData("099", "other")]
    [InlineData("101", "1xx")]
    [InlineData("599", "5xx")]
    [InlineData("600", "other")]
    [InlineData("999", "other")]
    public async Task Every_status_is_counted_in_a_class(string status, string expectedClass)
    {
        HttpSegment client = NextClient();
        Send(client, 0, isFromServer: false, Bytes("GET / HTTP/1.1\r\n\r\n"), int.MaxValue);
        Send(client, 0, isFromServer: true, Bytes($"HTTP/1.1 {status} Is\r\nContent-Length: 0\r\n\r\n"), int.MaxValue);

        using MemoryStream written = new();
        PipeWriter to = PipeWriter.Create(written);
        await PrometheusText.WriteAsync(new MeterReading(_program.ReadServices(), _program.ReadTotals(), 0, 0, 0, 0), to, default);
        await to.CompleteAsync();
        string text = Encoding.UTF8.GetString(written.ToArray());
        string[] counted = [.. text.Split('\n').Where(line => line.StartsWith("http_responses_total{", StringComparison.Ordinal) && !line.EndsWith(" 0", StringComparison.Ordinal))];
        Assert.EndsWith($"class=\"{expectedClass}\"}} 1", Assert.Single(counted), StringComparison.Ordinal);
    }

    [SkippableFact]
    public void Among_any_headers_of_any_length_the_one_that_tells_the_bodys_length_is_found()
    {
        string[] names = ["a", "", "Content-Type", "Content-Lengthy", "content-lengt", "Content-", "Transfer", "Transfer-Encodin", "Transfer-Encoding-2", "T", "Connection", "Date", "X-Content-Length"];
        Gen<string> headers = Gen.Choose(0, names.Length - 1)
            .SelectMany(name => Gen.Choose(0, 3).SelectMany(kind => Gen.Choose(0, kind == 0 ? 300 : 20).Select(length => $"{names[name]}: {new string('7', length)}{(length % 3 == 0 ? "\n" : "\r\n")}")))
            .ArrayOf(6).Select(string.Concat);
        Prop.ForAll(headers.SelectMany(before => headers.SelectMany(after => Gen.Choose(1, 700).Select(cut => (before, after, cut)))).ToArbitrary(), drawn =>
        {
            HttpSegment client = NextClient();
            string length = $"cONTENT-lENGTH:\t{Body.Length} \r\n";
            byte[] request = Bytes($"POST / HTTP/1.1\r\n{drawn.before}{length}{drawn.after}\r\n{Body}");
            byte[] response = Bytes($"HTTP/1.1 200 OK\r\n{drawn.after}{length}{drawn.before}\r\n{Body}");
            for (uint i = 0; i < 3; i++)
            {
                Send(client, i * (uint)request.Length, isFromServer: false, request, drawn.cut);
                Send(client, i * (uint)response.Length, isFromServer: true, response, drawn.cut);
            }

            HttpCounters counted = CountedFor(client);
            Assert.Equal((3ul, 3ul, 3ul), (counted.Requests, counted.Responses[2], counted.Latencies));
        }).QuickCheckThrowOnFailure();
        Assert.Equal((0ul, 0ul, 0ul), (_program.ReadTotals().Gaps, _program.ReadTotals().Unmatched, _program.ReadTotals().NotHttp));
    }

    [SkippableTheory]
    [InlineData("GET /", " HTTP/1.1\r\n\r\n")]
    [InlineData("GET / HTTP/1.1\r\nCookie: ", "\r\n\r\n")]
    public void A_line_without_an_end_is_no_HTTP(string before, string after)
    {
        foreach ((int length, ulong counted) in ((int, ulong)[])[(60_000, 1), (70_000, 0)])
        {
            HttpSegment client = NextClient();
            ulong requests = _program.ReadTotals().Requests;
            byte[] request = Bytes($"{before}{new string('a', length)}{after}");
            Send(client, 0, isFromServer: false, request, 1400);
            Send(client, (uint)request.Length, isFromServer: false, Bytes("GET / HTTP/1.1\r\n\r\n"), int.MaxValue);
            Assert.Equal(after.Contains("HTTP", StringComparison.Ordinal) ? 2 * counted : 2, _program.ReadTotals().Requests - requests);
        }
    }

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    /// <summary>Bytes of a direction, after so many others, in packets of a length.</summary>
    private void Send(HttpSegment client, uint after, bool isFromServer, byte[] bytes, int cut)
    {
        foreach (byte[] part in bytes.Chunk(cut))
        {
            _program.Run(client with { IsFromServer = isFromServer, Sequence = after, Payload = part });
            after += (uint)part.Length;
        }
    }

    private HttpSegment NextClient()
    {
        _clients++;
        return new HttpSegment { Client = string.Create(CultureInfo.InvariantCulture, $"192.0.{_clients / 256}.{_clients % 256}") };
    }

    private HttpCounters CountedFor(HttpSegment client)
        => _program.ReadServices().Where(row => row.Service.ClientAddress.ToString() == client.Client).Aggregate(default(HttpCounters), (sum, row) => sum + row.Counters);
}

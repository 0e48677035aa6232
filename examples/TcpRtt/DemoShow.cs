using System.Net;
using ExampleHost;

namespace TcpRtt;

/// <summary>The steps of the demo.</summary>
internal sealed class DemoShow(DemoScene scene, DemoLines lines, FilterClient filter, StepReport report)
{
    internal async Task RunAsync(CancellationToken stop)
    {
        using FilterClient client = filter;
        _ = await lines.ReadAsync(expected: 1, stop); // the heading
        (DemoHost a, DemoHost b) = (scene.A, scene.B);
        report.Heading();
        await RequestAsync("nothing yet: no address is in the list", a, b, []);

        await ChangeAsync(HttpMethod.Put, $"{a.IPv4}", 201, "added");
        await RequestAsync("", a, b, [a.IPv4]);

        await ChangeAsync(HttpMethod.Delete, $"{a.IPv4}", 200, "removed");
        await RequestAsync("", a, b, []);
        await RequestAsync("", b, a, []);

        await ChangeAsync(HttpMethod.Put, $"{b.IPv4}", 201, "added");
        await RequestAsync("", b, a, [b.IPv4]);

        // Both ends are this machine's: each has a line, with its own view of the round-trip time.
        await ChangeAsync(HttpMethod.Put, "fd00:20::/64", 201, "added");
        await RequestAsync("", a, b, [a.IPv6, b.IPv6], overIPv6: true);

        await ChangeAsync(HttpMethod.Put, "example.org", 400, "is not an address");
        report.Summary();

        async Task ChangeAsync(HttpMethod method, string body, int status, string text)
        {
            string answer = await client.SendAsync(method, body, stop);
            bool asExpected = answer.StartsWith($"{status} ", StringComparison.Ordinal) && answer.Contains(text, StringComparison.Ordinal);
            report.Step($"curl -X{method} -d {body}", "the answer", text, answer, asExpected);
        }

        async Task RequestAsync(string done, DemoHost from, DemoHost to, IPAddress[] expected, bool overIPv6 = false)
        {
            string? failure = await from.AskAsync(overIPv6 ? to.IPv6 : to.IPv4, stop);
            IReadOnlyList<string> seen = await lines.ReadAsync(expected.Length, stop);
            bool asExpected = failure is null && seen.Select(SourceOf).ToHashSet().SetEquals(expected.Select(address => address.ToString())) && seen.Count == expected.Length;
            report.Step(done, $"{from.Host} asks {to.Host} for a page", Count(expected.Length), failure ?? Count(seen.Count), asExpected);
            foreach (string line in seen)
            {
                Console.WriteLine($"         {line}");
            }
        }
    }

    private static string SourceOf(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1];

    private static string Count(int lines) => lines switch
    {
        0 => "no line",
        1 => "1 line",
        _ => $"{lines} lines",
    };
}

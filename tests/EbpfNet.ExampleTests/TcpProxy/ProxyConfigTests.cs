using System.Net;
using System.Text;
using ExampleHost;
using TcpProxy;

namespace EbpfNet.ExampleTests.TcpProxy;

public sealed class ProxyConfigTests
{
    [Fact]
    public void Apps_have_ports_one_by_one_or_in_ranges_and_targets_by_address_or_name()
    {
        ProxyConfig config = Parse("""
            {
              // comments are fine
              "Apps": [
                { "Name": "web", "Ports": [80, "8000-8099"], "Targets": ["192.0.2.1:80", "[2001:db8::1]:81", "example.org:82"] },
                { "Name": "db", "Ports": [5432], "Targets": [] },
              ]
            }
            """);

        Assert.Equal(["web", "db"], config.Apps.Select(app => app.Name));
        Assert.Equal([(80, 80), (8000, 8099)], config.Apps[0].Ports.Select(range => (range.First, range.Last)));
        Assert.Equal(["192.0.2.1:80", "[2001:db8::1]:81", "example.org:82"], config.Apps[0].Targets.Select(target => target.ToString()));
        Assert.Equal("2001:db8::1", config.Apps[0].Targets[1].Host);
    }

    [Theory]
    [InlineData(3, "a port is a number", "{ \"Apps\": [\n{ \"Name\": \"a\",\n\"Ports\": [0], \"Targets\": [] }] }")]
    [InlineData(3, "a port is a number", "{ \"Apps\": [\n{ \"Name\": \"a\",\n\"Ports\": [70000], \"Targets\": [] }] }")]
    [InlineData(3, "a port is a number", "{ \"Apps\": [\n{ \"Name\": \"a\",\n\"Ports\": [\"9-8\"], \"Targets\": [] }] }")]
    [InlineData(4, "'nowhere' is no target", "{ \"Apps\": [\n{ \"Name\": \"a\",\n\"Ports\": [1],\n\"Targets\": [\"nowhere\"] }] }")]
    [InlineData(1, "'2001:db8::1:80' is no target", "{ \"Apps\": [{ \"Name\": \"a\", \"Ports\": [1], \"Targets\": [\"2001:db8::1:80\"] }] }")]
    [InlineData(3, "there are two apps 'a'", "{ \"Apps\": [\n{ \"Name\": \"a\", \"Ports\": [1], \"Targets\": [] },\n{ \"Name\": \"a\", \"Ports\": [2], \"Targets\": [] }] }")]
    [InlineData(3, "port 5 is app 'a''s already", "{ \"Apps\": [\n{ \"Name\": \"a\", \"Ports\": [\"1-9\"], \"Targets\": [] },\n{ \"Name\": \"b\", \"Ports\": [5], \"Targets\": [] }] }")]
    [InlineData(2, "an app's name", "{ \"Apps\": [\n{ \"Name\": \"\", \"Ports\": [1], \"Targets\": [] }] }")]
    [InlineData(2, "Portz", "{ \"Apps\": [\n{ \"Name\": \"a\", \"Portz\": [1], \"Ports\": [1], \"Targets\": [] }] }")]
    [InlineData(2, "'x'", "{ \"Apps\": [\nx] }")]
    [InlineData(2, "Targets", "{ \"Apps\": [\n{ \"Name\": \"a\", \"Ports\": [1] }] }")]
    [InlineData(1, "Apps is a list", "{ \"Apps\": [null] }")]
    [InlineData(2, "Apps is a list", "{\n\"Apps\": 5 }")]
    [InlineData(2, "Apps is a list", "{ \"Apps\":\nnull }")]
    [InlineData(2, "Apps is a list", "{ \"Apps\": [\n\"web\"] }")]
    [InlineData(2, "this app has no Name", "{ \"Apps\": [\n{}] }")]
    [InlineData(2, "an app's name", "{ \"Apps\": [{\n\"Name\": null, \"Ports\": [], \"Targets\": [] }] }")]
    [InlineData(2, "a port is a number", "{ \"Apps\": [{ \"Name\": \"a\",\n\"Ports\": null, \"Targets\": [] }] }")]
    [InlineData(2, "a port is a number", "{ \"Apps\": [{ \"Name\": \"a\",\n\"Ports\": 80, \"Targets\": [] }] }")]
    [InlineData(2, "a port is a number", "{ \"Apps\": [{ \"Name\": \"a\",\n\"Ports\": [null], \"Targets\": [] }] }")]
    [InlineData(2, "a port is a number", "{ \"Apps\": [{ \"Name\": \"a\",\n\"Ports\": [80.5], \"Targets\": [] }] }")]
    [InlineData(2, "Targets are", "{ \"Apps\": [{ \"Name\": \"a\", \"Ports\": [80],\n\"Targets\": \"127.0.0.1:1\" }] }")]
    [InlineData(2, "this is no target", "{ \"Apps\": [{ \"Name\": \"a\", \"Ports\": [80],\n\"Targets\": [null] }] }")]
    [InlineData(2, "this is no target", "{ \"Apps\": [{ \"Name\": \"a\", \"Ports\": [80],\n\"Targets\": [{}] }] }")]
    [InlineData(2, "Ports is told twice", "{ \"Apps\": [{ \"Name\": \"a\", \"Ports\": [80],\n\"Ports\": [81], \"Targets\": [] }] }")]
    [InlineData(1, "{ \"Apps\": [...] }", "null")]
    [InlineData(1, "{ \"Apps\": [...] }", "{}")]
    [InlineData(1, "token", "")]
    [InlineData(2, "is invalid after a single JSON value", "{ \"Apps\": [] }\n{}")]
    [InlineData(2, "no valid text", "{ \"Apps\": [\n{ \"Name\": \"\u00e4\", \"Ports\": [80], \"Targets\": [] }] }")] // Latin-1
    [InlineData(2, "no valid text", "{ \"Apps\": [\n{ \"Name\": \"\\ud800\", \"Ports\": [80], \"Targets\": [] }] }")]
    [InlineData(3, "'127.0.0.1:85' is this proxy itself: port 85 is app 'b''s", "{ \"Apps\": [{ \"Name\": \"a\", \"Ports\": [80], \"Targets\": [\n\"127.0.0.1:84\",\n\"127.0.0.1:85\"] },\n{ \"Name\": \"b\", \"Ports\": [\"85-86\"], \"Targets\": [] }] }")]
    [InlineData(2, "is this proxy itself", "{ \"Apps\": [{ \"Name\": \"a\", \"Ports\": [80],\n\"Targets\": [\"192.0.2.9:80\"] }] }")]
    [InlineData(2, "is this proxy itself", "{ \"Apps\": [{ \"Name\": \"a\", \"Ports\": [80],\n\"Targets\": [\"[::1]:80\"] }] }")]
    [InlineData(2, "is this proxy itself", "{ \"Apps\": [{ \"Name\": \"a\", \"Ports\": [80],\n\"Targets\": [\"LocalHost:80\"] }] }")]
    public void A_mistake_is_told_with_file_and_line(int line, string expected, string text)
    {
        FileErrorException error = Assert.Throws<FileErrorException>(() => Parse(text));

        Assert.StartsWith($"config.json:{line}: ", error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        FileErrorException error = Assert.Throws<FileErrorException>(() => ProxyConfig.Read("/nowhere/config.json"));

        Assert.StartsWith("/nowhere/config.json: cannot be read", error.Message, StringComparison.Ordinal);
    }

    private static ProxyConfig Parse(string text) => ProxyConfig.Parse("config.json", Encoding.Latin1.GetBytes(text), address => IPAddress.IsLoopback(address) || address.Equals(IPAddress.Parse("192.0.2.9")));
}

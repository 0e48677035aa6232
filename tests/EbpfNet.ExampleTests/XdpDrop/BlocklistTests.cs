using System.Net;
using System.Net.Sockets;
using System.Text;
using ExampleHost;
using XdpDrop;

namespace EbpfNet.ExampleTests.XdpDrop;

/// <summary>Rules that come from a file and by HTTP.</summary>
public sealed class BlocklistTests : IDisposable
{
    private const string Guarded = "172.20.0.1";
    private const string Listed = "172.20.0.2";
    private const string Other = "172.20.0.3";
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(10);

    private readonly string _path = Path.Combine(Path.GetTempPath(), $"ebpfnet-blocklist-{Guid.NewGuid():N}.txt");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Comments_and_empty_lines_name_nothing()
        => Assert.Equal(
            [IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("2001:db8::1/128")],
            Blocklist.Parse("list", ["# bad hosts", "", " 192.0.2.0/24 # a whole net", "2001:db8::1", "192.0.2.0/24"]));

    [Fact]
    public void A_bad_line_is_named_with_its_file()
    {
        FileErrorException mistake = Assert.Throws<FileErrorException>(() => Blocklist.Parse("list.txt", ["192.0.2.1", "", "example.org"]));

        Assert.StartsWith("list.txt:3: 'example.org' is not an address", mistake.Message, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task A_changed_file_is_in_force_at_once_and_one_with_a_mistake_leaves_the_old_rules()
    {
        Requires.Bpf();
        using GuardedNetwork network = new(Guarded, Listed, Other);
        File.WriteAllText(_path, $"{Listed}\n");
        await using ExampleProcess run = network.Run("--blocklist", _path);
        await run.WaitForAsync($"drop {Listed}/32");
        await Assert.ThrowsAsync<TimeoutException>(() => network.ConnectFromAsync(Listed, Short));

        File.WriteAllText(_path, $"{Other}\nnonsense\n");
        await run.WaitForErrorAsync($"{_path}:2: 'nonsense' is not an address");
        await Assert.ThrowsAsync<TimeoutException>(() => network.ConnectFromAsync(Listed, Short));

        File.WriteAllText(_path, $"{Other}\n");
        await run.WaitForAsync($"drop {Other}/32");
        (await network.ConnectFromAsync(Listed, Patient)).Dispose();
        await Assert.ThrowsAsync<TimeoutException>(() => network.ConnectFromAsync(Other, Short));

        run.Send(Signal.Terminate);
        Assert.Equal(0, (await run.ExitAsync()).ExitCode);
    }

    [SkippableFact]
    public async Task A_file_with_a_mistake_at_the_start_is_one_sentence()
    {
        Requires.Bpf();
        using GuardedNetwork network = new(Guarded, Listed, Other);
        File.WriteAllText(_path, "192.0.2.1/33\n");
        await using ExampleProcess run = network.Run("--blocklist", _path);

        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.Equal(1, exitCode);
        Assert.Equal($"{_path}:1: '192.0.2.1/33' is not a prefix: the number after '/' goes from 0 to 32.\n", errors);
    }

    [SkippableFact]
    public async Task A_file_that_is_not_there_is_one_sentence()
    {
        Requires.Bpf();
        using GuardedNetwork network = new(Guarded, Listed, Other);
        await using ExampleProcess run = network.Run("--blocklist", _path);

        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.Equal(1, exitCode);
        Assert.StartsWith("Could not read the blocklist: ", errors, StringComparison.Ordinal);
        Assert.Equal(1, errors.Count(c => c == '\n'));
    }

    [SkippableFact]
    public async Task An_address_that_is_not_this_machines_cannot_be_listened_at_and_is_told_so()
    {
        Requires.Bpf();
        using GuardedNetwork network = new(Guarded, Listed, Other);
        await using ExampleProcess run = network.Run("--listen", "203.0.113.1:8090");

        (int exitCode, _, string errors) = await run.ExitAsync();

        Assert.Equal((1, "Could not listen at http://203.0.113.1:8090: this machine does not have that address. Choose another address or port with --listen.\n"), (exitCode, errors));
    }

    [SkippableFact]
    public async Task More_rules_than_fit_are_refused_whole_and_the_next_file_is_read()
    {
        Requires.Bpf();
        string full = string.Concat(Enumerable.Range(0, 16_384).Select(i => $"10.{i >> 8}.{i & 255}.0/24\n"));
        using GuardedNetwork network = new(Guarded, Listed, Other);
        File.WriteAllText(_path, full);
        await using (ExampleProcess refused = network.Run("--blocklist", _path, "--block", Other))
        {
            (int exitCode, _, string errors) = await refused.ExitAsync();
            Assert.Equal((1, $"{_path}: its 16384 rules and the 1 others are more than the 16384 that there is room for.\n"), (exitCode, errors));
        }

        File.WriteAllText(_path, "192.0.2.1\n");
        await using ExampleProcess run = network.Run("--blocklist", _path, "--listen", $"{Guarded}:8090");
        await run.WaitForAsync("drop 192.0.2.1/32");
        Uri rules = new($"http://{Guarded}:8090/");
        using HttpClient client = await CreateClientAsync(network, rules);
        Assert.Equal(HttpStatusCode.Created, (await SendAsync(client, rules, HttpMethod.Put, Listed)).Status);

        File.WriteAllText(_path, full);
        await run.WaitForErrorAsync("more than the 16384");
        Assert.Equal(["172.20.0.2/32", "192.0.2.1/32"], await ListAsync(client, rules));

        File.WriteAllText(_path, full[..full.LastIndexOf("10.", StringComparison.Ordinal)]); // one less
        await WaitForRulesAsync(client, rules, 16_384);
        (HttpStatusCode status, string text) = await SendAsync(client, rules, HttpMethod.Put, Other);
        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Contains("as many as the program was loaded for", text, StringComparison.Ordinal);
    }

    [SkippableFact]
    public async Task What_a_file_names_and_what_was_added_by_HTTP_are_kept_apart()
    {
        Requires.Bpf();
        using GuardedNetwork network = new(Guarded, Listed, Other);
        File.WriteAllText(_path, $"{Listed}\n");
        await using ExampleProcess run = network.Run("--blocklist", _path, "--listen", $"{Guarded}:8090");
        await run.WaitForAsync($"drop {Listed}/32");
        Uri rules = new($"http://{Guarded}:8090/");
        using HttpClient client = await CreateClientAsync(network, rules);

        Assert.Equal((HttpStatusCode.Conflict, $"{Listed}/32 is named by {_path}: take it out there.\n"), await SendAsync(client, rules, HttpMethod.Delete, Listed));
        Assert.Equal((HttpStatusCode.OK, $"{Listed}/32 was there\n"), await SendAsync(client, rules, HttpMethod.Put, Listed));

        File.WriteAllText(_path, $"# nobody\n{Other}\n");
        await run.WaitForAsync($"drop {Other}/32");
        Assert.Equal([$"{Listed}/32", $"{Other}/32"], await ListAsync(client, rules)); // added by HTTP, too: it stays
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(client, rules, HttpMethod.Delete, Listed)).Status);
        Assert.Equal([$"{Other}/32"], await ListAsync(client, rules));
    }

    [SkippableFact]
    public async Task Rules_are_listed_added_and_removed_by_HTTP()
    {
        Requires.Bpf();
        using GuardedNetwork network = new(Guarded, Listed, Other);
        await using ExampleProcess run = network.Run("--listen", $"{Guarded}:8090");
        await run.WaitForAsync("pass ");
        Uri rules = new($"http://{Guarded}:8090/");
        using HttpClient client = await CreateClientAsync(network, rules);

        Assert.Equal("", await client.GetStringAsync(rules));
        Assert.Equal(HttpStatusCode.Created, await SendAsync(HttpMethod.Put, Listed));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(HttpMethod.Put, Listed));
        await Assert.ThrowsAsync<TimeoutException>(() => network.ConnectFromAsync(Listed, Short));
        string[] line = (await client.GetStringAsync(rules)).Split(' ');
        Assert.Equal($"{Listed}/32", line[0]);
        Assert.True(int.Parse(line[1], System.Globalization.CultureInfo.InvariantCulture) > 0, "the rule counted nothing");

        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(HttpMethod.Put, "example.org"));
        Assert.Equal(HttpStatusCode.BadRequest, await SendAsync(HttpMethod.Put, new string('1', 100_000)));
        Assert.Equal(HttpStatusCode.OK, await SendAsync(HttpMethod.Delete, Listed));
        Assert.Equal(HttpStatusCode.NotFound, await SendAsync(HttpMethod.Delete, Listed));
        using Socket again = await network.ConnectFromAsync(Listed, Patient);
        Assert.True(again.Connected);

        async Task<HttpStatusCode> SendAsync(HttpMethod method, string body) => (await BlocklistTests.SendAsync(client, rules, method, body)).Status;
    }

    private static async Task<(HttpStatusCode Status, string Text)> SendAsync(HttpClient client, Uri rules, HttpMethod method, string body)
    {
        using HttpRequestMessage request = new(method, rules) { Content = new StringContent(body, Encoding.UTF8) };
        using HttpResponseMessage response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    /// <summary>A client once somebody listens: the table may be there a moment before.</summary>
    private static async Task<HttpClient> CreateClientAsync(GuardedNetwork network, Uri rules)
    {
        HttpClient client = network.CreateClient(Patient);
        for (int i = 0; ; i++)
        {
            try
            {
                await client.GetStringAsync(rules);
                return client;
            }
            catch (HttpRequestException) when (i < 100)
            {
                await Task.Delay(100);
            }
        }
    }

    private static async Task<string[]> ListAsync(HttpClient client, Uri rules)
        => [.. (await client.GetStringAsync(rules)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')[0])];

    private static async Task WaitForRulesAsync(HttpClient client, Uri rules, int count)
    {
        for (int i = 0; i < 100 && (await ListAsync(client, rules)).Length != count; i++)
        {
            await Task.Delay(100);
        }

        Assert.Equal(count, (await ListAsync(client, rules)).Length);
    }
}

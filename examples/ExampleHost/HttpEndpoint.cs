using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using DemoNetwork;
using Microsoft.AspNetCore.Http;

namespace ExampleHost;

/// <summary>Where an example serves its page or its figures.</summary>
/// <param name="Address">The address and port.</param>
/// <param name="Host">The made host whose address it is; <see langword="null"/> for this machine.</param>
public sealed record HttpEndpoint(IPEndPoint Address, NetworkHost? Host = null)
{
    /// <summary>A socket that has the address already; <see langword="null"/> where the server is to open one.</summary>
    public Socket? Socket { get; init; }

    /// <summary>The option <c>--listen ADDRESS:PORT</c>.</summary>
    /// <param name="description">What is served there.</param>
    /// <param name="preset">Where without the option; <see langword="null"/> for nowhere.</param>
    public static Option<IPEndPoint?> CreateOption(string description, IPEndPoint? preset) => new("--listen")
    {
        Description = description,
        HelpName = "ADDRESS:PORT",
        DefaultValueFactory = _ => preset,
        CustomParser = given =>
        {
            string text = given.Tokens[^1].Value;
            // IPEndPoint takes an address without a port, too.
            if (text.LastIndexOf(':') is > 0 and int colon && IPAddress.TryParse(text.AsSpan(0, colon), out IPAddress? address) && ushort.TryParse(text.AsSpan(colon + 1), out ushort port))
            {
                return new IPEndPoint(address, port);
            }

            given.AddError($"'{text}' is no address to listen at: write an address and a port, such as 127.0.0.1:8090 or [::1]:8090");
            return null;
        },
    };

    /// <summary>Why the address cannot be had, for its user.</summary>
    /// <param name="failure">What was said when a socket was to have it.</param>
    public UserErrorException Explain(SocketException failure)
    {
        ArgumentNullException.ThrowIfNull(failure);
        string why = failure.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse => "another program does",
            SocketError.AddressNotAvailable => "this machine does not have that address",
            SocketError.AccessDenied => "ports below 1024 need root, or CAP_NET_BIND_SERVICE",
            _ => failure.Message,
        };
        return new UserErrorException($"Could not listen at {this}: {why}. Choose another address or port with --listen.");
    }

    /// <summary>Whether a request may be answered: a page of somebody else's, open in a browser on this machine, is not to reach what only this machine may.</summary>
    /// <param name="request">The request.</param>
    internal bool Serves(HttpRequest request)
    {
        // A name in Host may be any name that its owner made to mean this machine's loopback address, also where all addresses are listened at.
        string host = request.Host.Host;
        IPAddress asked = PlainAddress.Of(request.HttpContext.Connection.LocalIpAddress ?? Address.Address);
        bool isNamedRight = !IPAddress.IsLoopback(asked) || host == "localhost" || IPAddress.TryParse(host.AsSpan().Trim("[]"), out _);
        return isNamedRight && (request.Headers.Origin.ToString() is not { Length: > 0 } origin || origin == $"{request.Scheme}://{request.Host}");
    }

    /// <inheritdoc/>
    public override string ToString() => $"http://{Address}";
}

using System.Net;
using System.Text;
using EbpfNet;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace ExampleHost;

/// <summary>
/// A list of addresses and prefixes, by HTTP: <c>GET /</c> lists, <c>PUT /</c> adds and <c>DELETE /</c> removes the one in the body, as
/// <c>curl -XPUT -d 192.0.2.1 ...</c> sends it.
/// </summary>
public static class NetworkListApi
{
    private const int LongestBody = 256;

    /// <param name="routes">Where it is added.</param>
    /// <param name="list">The lines of the list.</param>
    /// <param name="add">Adds one: whether it was not there. Throws <see cref="InvalidOperationException"/> where there is no room.</param>
    /// <param name="remove">Removes one: whether it was there.</param>
    public static void Map(IEndpointRouteBuilder routes, Func<IEnumerable<string>> list, Func<IPNetwork, bool> add, Func<IPNetwork, bool> remove)
    {
        routes.MapGet("/", context => AnswerAsync(context, StatusCodes.Status200OK, string.Concat(list().Select(line => line + "\n"))));
        routes.MapPut("/", context => ChangeAsync(context, network => add(network)
            ? (StatusCodes.Status201Created, $"{network} added\n")
            : (StatusCodes.Status200OK, $"{network} was there\n")));
        routes.MapDelete("/", context => ChangeAsync(context, network => remove(network)
            ? (StatusCodes.Status200OK, $"{network} removed\n")
            : (StatusCodes.Status404NotFound, $"{network} is not there\n")));
    }

    private static async Task ChangeAsync(HttpContext context, Func<IPNetwork, (int Status, string Text)> change)
    {
        (int status, string text) answer;
        try
        {
            answer = change(NetworkArgument.Parse(await ReadBodyAsync(context.Request)));
        }
        catch (UserErrorException e)
        {
            answer = (StatusCodes.Status400BadRequest, e.Message + "\n");
        }
        catch (InvalidOperationException e)
        {
            answer = (StatusCodes.Status409Conflict, e.Message + "\n");
        }
        catch (BpfException e)
        {
            answer = (StatusCodes.Status503ServiceUnavailable, e.Message + "\n"); // the kernel has no memory, for example
        }

        await AnswerAsync(context, answer.status, answer.text);
    }

    private static async Task<string> ReadBodyAsync(HttpRequest request)
    {
        byte[] body = new byte[LongestBody + 1];
        int length = await request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, request.HttpContext.RequestAborted);
        return length <= LongestBody
            ? Encoding.UTF8.GetString(body.AsSpan(0, length)).Trim()
            : throw new UserErrorException($"The body is longer than {LongestBody} bytes: it is to be one address or prefix.");
    }

    private static Task AnswerAsync(HttpContext context, int status, string text)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(text, context.RequestAborted);
    }
}

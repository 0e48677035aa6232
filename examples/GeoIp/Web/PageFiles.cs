using GeoIp.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace GeoIp.Web;

/// <summary>The page and what belongs to it, all of it from this program: nothing is loaded from elsewhere, and the browser is told to see to that.</summary>
internal static class PageFiles
{
    private static readonly (string Path, string File, string Type)[] Files =
    [
        ("/", "index.html", "text/html; charset=utf-8"),
        ("/geoip.css", "geoip.css", "text/css; charset=utf-8"),
        ("/geoip.js", "geoip.js", "text/javascript; charset=utf-8"),
        ("/d3-array.min.js", "d3-array.min.js", "text/javascript; charset=utf-8"),
        ("/d3-geo.min.js", "d3-geo.min.js", "text/javascript; charset=utf-8"),
        ("/topojson-client.min.js", "topojson-client.min.js", "text/javascript; charset=utf-8"),
        ("/countries-110m.json", "countries-110m.json", "application/json"),
    ];

    /// <summary>Adds the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        foreach ((string path, string file, string type) in Files)
        {
            byte[] content = EmbeddedFile.Read($"page/{file}");
            routes.MapGet(path, context =>
            {
                context.Response.ContentType = type;
                context.Response.ContentLength = content.Length;
                context.Response.Headers.XContentTypeOptions = "nosniff";
                context.Response.Headers.ContentSecurityPolicy = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'";
                return context.Response.Body.WriteAsync(content, context.RequestAborted).AsTask();
            });
        }
    }
}

namespace GeoIp.Places;

/// <summary>The files that the program carries with it.</summary>
internal static class EmbeddedFile
{
    /// <summary>Opens one.</summary>
    public static Stream Open(string name)
        => typeof(EmbeddedFile).Assembly.GetManifestResourceStream(name) ?? throw new ArgumentException($"There is no file '{name}' in this assembly.", nameof(name));

    /// <summary>Reads one.</summary>
    public static byte[] Read(string name)
    {
        using Stream stream = Open(name);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

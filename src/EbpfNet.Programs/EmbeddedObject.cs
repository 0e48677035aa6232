namespace EbpfNet.Programs;

/// <summary>The prebuilt objects of this package, which are resources of its assembly.</summary>
internal static class EmbeddedObject
{
    /// <summary>The bytes of an object.</summary>
    /// <param name="fileName">Its file name in <c>bpf/</c>, for example <c>xdp_drop.bpf.o</c>.</param>
    internal static byte[] Read(string fileName)
    {
        using Stream stream = typeof(EmbeddedObject).Assembly.GetManifestResourceStream(fileName)
            ?? throw new ArgumentException($"This assembly holds no object named '{fileName}'.", nameof(fileName));
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}

using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using static EbpfNet.Programs.TcpRttProgram;

namespace TcpRtt;

/// <summary>Writes connections as lines. Makes no object for any of them.</summary>
/// <param name="output">Where to.</param>
/// <param name="json">Objects of JSON, instead of columns.</param>
internal sealed class ConnectionWriter(Stream output, bool json) : IDisposable
{
    private const int MaxLineLength = 512;
    private const int IPv4TextLength = 15;

    private static readonly JsonEncodedText TimeName = JsonEncodedText.Encode("time");
    private static readonly JsonEncodedText SourceName = JsonEncodedText.Encode("src");
    private static readonly JsonEncodedText SourcePortName = JsonEncodedText.Encode("src_port");
    private static readonly JsonEncodedText DestinationName = JsonEncodedText.Encode("dst");
    private static readonly JsonEncodedText DestinationPortName = JsonEncodedText.Encode("dst_port");
    private static readonly JsonEncodedText RttName = JsonEncodedText.Encode("rtt_us");
    private static readonly JsonEncodedText SentName = JsonEncodedText.Encode("sent");
    private static readonly JsonEncodedText ReceivedName = JsonEncodedText.Encode("received");
    private static readonly JsonEncodedText RetransmitsName = JsonEncodedText.Encode("retransmits");
    private static readonly JsonEncodedText NamespaceName = JsonEncodedText.Encode("netns");
    private static readonly JsonEncodedText LostName = JsonEncodedText.Encode("lost");

    private readonly ArrayBufferWriter<byte> _lines = new(64 * 1024);
    private Utf8JsonWriter? _json;
    private int _sourceWidth = IPv4TextLength;
    private int _destinationWidth = IPv4TextLength;

    private Span<byte> Room => _lines.GetSpan(MaxLineLength);

    /// <summary>Writes what the columns are; nothing in JSON, which says it in each line.</summary>
    internal void WriteHeading()
    {
        if (!json)
        {
            Advance(Utf8.TryWrite(Room, CultureInfo.InvariantCulture, $"{"Time",-12}  {"Src addr",-IPv4TextLength}   {"Port",-5} → {"Dest addr",-IPv4TextLength}   {"Port",-5}  {"RTT",11}  {"Sent",10}  {"Received",10}  {"Retransmits",11}\n", out int length), length);
        }
    }

    /// <summary>Writes a connection.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="time">When it was closed.</param>
    internal void Write(in TcpRttConnection connection, DateTimeOffset time)
    {
        if (json)
        {
            WriteObject(connection, time);
        }
        else
        {
            WriteColumns(connection, time);
        }
    }

    /// <summary>Writes that connections are missing.</summary>
    /// <param name="count">How many.</param>
    /// <param name="time">When that was noticed.</param>
    internal void WriteLost(long count, DateTimeOffset time)
    {
        if (json)
        {
            Utf8JsonWriter writer = BeginObject(time);
            writer.WriteNumber(LostName, count);
            EndObject(writer);
        }
        else
        {
            Advance(Utf8.TryWrite(Room, CultureInfo.InvariantCulture, $"{time.ToLocalTime():HH:mm:ss.fff}  {count} lost: the buffer was full (--buffer makes it larger)\n", out int length), length);
        }
    }

    /// <summary>Hands over what was written.</summary>
    internal void Flush()
    {
        output.Write(_lines.WrittenSpan);
        output.Flush();
        _lines.ResetWrittenCount();
    }

    public void Dispose() => _json?.Dispose();

    private void WriteColumns(in TcpRttConnection connection, DateTimeOffset time)
    {
        Advance(Utf8.TryWrite(Room, CultureInfo.InvariantCulture, $"{time.ToLocalTime():HH:mm:ss.fff}  ", out int written), written);
        AppendAddress(connection.Local, ref _sourceWidth);
        Advance(Utf8.TryWrite(Room, CultureInfo.InvariantCulture, $"   {connection.LocalPort,-5} → ", out written), written);
        AppendAddress(connection.Remote, ref _destinationWidth);
        Advance(Utf8.TryWrite(Room, CultureInfo.InvariantCulture, $"   {connection.RemotePort,-5}  ", out written), written);
        Advance(
            connection.Rtt > 0
                ? Utf8.TryWrite(Room, CultureInfo.InvariantCulture, $"{connection.Rtt / 1000m,8:F3} ms", out written)
                : Utf8.TryWrite(Room, CultureInfo.InvariantCulture, $"{"-",11}", out written),
            written);
        Advance(Utf8.TryWrite(Room, CultureInfo.InvariantCulture, $"  {connection.Sent,10}  {connection.Received,10}  {connection.Retransmits,11}\n", out written), written);
    }

    private void WriteObject(in TcpRttConnection connection, DateTimeOffset time)
    {
        Utf8JsonWriter writer = BeginObject(time);
        Span<byte> text = stackalloc byte[AddressText.MaxLength];
        int length = AddressText.Format(connection.Local, text);
        writer.WriteString(SourceName, text[..length]);
        writer.WriteNumber(SourcePortName, (uint)connection.LocalPort);
        length = AddressText.Format(connection.Remote, text);
        writer.WriteString(DestinationName, text[..length]);
        writer.WriteNumber(DestinationPortName, (uint)connection.RemotePort);
        if (connection.Rtt > 0)
        {
            writer.WriteNumber(RttName, connection.Rtt);
        }
        else
        {
            writer.WriteNull(RttName);
        }

        writer.WriteNumber(SentName, connection.Sent);
        writer.WriteNumber(ReceivedName, connection.Received);
        writer.WriteNumber(RetransmitsName, connection.Retransmits);
        writer.WriteNumber(NamespaceName, connection.NetworkNamespace);
        EndObject(writer);
    }

    private Utf8JsonWriter BeginObject(DateTimeOffset time)
    {
        _json ??= new Utf8JsonWriter(_lines);
        _json.Reset();
        _json.WriteStartObject();
        _json.WriteString(TimeName, time.UtcDateTime);
        return _json;
    }

    private void EndObject(Utf8JsonWriter writer)
    {
        writer.WriteEndObject();
        writer.Flush();
        _lines.Write("\n"u8);
    }

    /// <summary>IPv6 makes its column wider, from then on.</summary>
    private void AppendAddress(in TcpRttAddress address, ref int width)
    {
        Span<byte> text = Room;
        int length = AddressText.Format(address, text);
        width = Math.Max(width, length);
        text[length..width].Fill((byte)' ');
        _lines.Advance(width);
    }

    /// <summary>Counts what was written into <see cref="Room"/>.</summary>
    private void Advance(bool hadRoom, int length)
    {
        Debug.Assert(hadRoom, "a line is shorter");
        _lines.Advance(length);
    }
}

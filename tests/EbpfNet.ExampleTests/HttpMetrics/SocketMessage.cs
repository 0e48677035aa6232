namespace EbpfNet.ExampleTests.HttpMetrics;

/// <summary><c>struct iovec</c>.</summary>
internal unsafe struct IoVector
{
    public byte* Base;
    public nuint Length;
}

/// <summary><c>struct msghdr</c>.</summary>
internal unsafe struct SocketMessage
{
    public nint Name;
    public int NameLength;
    public IoVector* Vectors;
    public nuint Count;
    public nint Control;
    public nuint ControlLength;
    public int Flags;
}

namespace EbpfNet.Kernel;

/// <summary>From <c>sys/epoll.h</c> and <c>sys/eventfd.h</c>; the same on x64 and arm64.</summary>
internal static class EpollFlags
{
    public const int CloseOnExec = 0x80000;
    public const int NonBlocking = 0x800;
    public const int Add = 1;
    public const int Remove = 2;
    public const int Modify = 3;
    public const uint In = 1;
    public const uint Out = 4;
    public const uint EdgeTriggered = 1u << 31;
}

using System.Diagnostics.Tracing;

namespace EbpfNet;

/// <summary>What the library logs about itself, as the event source <c>EbpfNet</c> (dotnet-trace, <see cref="EventListener"/>).</summary>
[EventSource(Name = "EbpfNet")]
internal sealed class EbpfNetEventSource : EventSource
{
    public static readonly EbpfNetEventSource Log = new();

    [Event(1, Level = EventLevel.Verbose, Message = "{0}, of {1}, was never disposed; it was attached until the process ended.")]
    public void LinkNotDisposed(string link, string program)
    {
        if (IsEnabled())
        {
            WriteEvent(1, link, program);
        }
    }

    [Event(2, Level = EventLevel.Warning, Message = "{0} could not be detached: {1}.")]
    public void DetachFailed(string link, string error)
    {
        if (IsEnabled())
        {
            WriteEvent(2, link, error);
        }
    }

    [Event(3, Level = EventLevel.Warning, Message = "The types of object '{0}' are not in the kernel: {1}.")]
    public void BtfRefused(string objectName, string reason, string log)
    {
        if (IsEnabled())
        {
            WriteEvent(3, objectName, reason, log);
        }
    }

    [Event(5, Level = EventLevel.Informational, Message = "Program '{0}' was passed over for the next alternative: {1}.")]
    public void ProgramPassedOver(string program, string reason)
    {
        if (IsEnabled())
        {
            WriteEvent(5, program, reason);
        }
    }

    [Event(4, Level = EventLevel.Informational, Message = "Map '{0}' was created without the types of its keys and values, which the kernel refused with {1}.")]
    public void MapTypesRefused(string map, string error)
    {
        if (IsEnabled())
        {
            WriteEvent(4, map, error);
        }
    }

    [Event(6, Level = EventLevel.Warning, Message = "A step of what was not done with the pins in '{0}' could not be undone: {1}")]
    public void PinsNotUndone(string folder, string error)
    {
        if (IsEnabled())
        {
            WriteEvent(6, folder, error);
        }
    }
}

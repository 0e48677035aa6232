using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>A struct of functions that is registered by itself, for the whole machine.</summary>
/// <param name="map">The map, by a descriptor of its own.</param>
internal sealed class StructOpsRegistration(BpfMap map) : HookAttachment
{
    public override string UpdateCall => BpfCommand.MapUpdateElem.ToCName();

    public override string DetachCall => BpfCommand.MapDeleteElem.ToCName();

    public override bool IsInPlace() => BpfStructOpsMap.ReadState(map) == BpfStructOpsState.Registered;

    /// <returns><see cref="BpfErrno.EINPROGRESS"/> where it was taken out already, and is still used by connections.</returns>
    public override unsafe NetlinkVerdict Detach()
    {
        int key = 0;
        int result = MapElements.Delete(map.Handle, &key);
        return new NetlinkVerdict(result is < 0 and not -(int)BpfErrno.EINPROGRESS ? (BpfErrno)(-result) : BpfErrno.None, null);
    }

    public override void Dispose() => map.Dispose();
}

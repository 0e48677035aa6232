namespace EbpfNet;

/// <summary>Which of the two devices of a netkit pair a program is for.</summary>
public enum NetkitSide
{
    /// <summary>The device that the program is attached by: the program sees what is sent out of it, to the peer.</summary>
    Primary = 0,

    /// <summary>Its peer, usually in a container: the program sees what is sent out of that, and the container cannot detach it.</summary>
    Peer = 1,
}

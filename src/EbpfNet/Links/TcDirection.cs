namespace EbpfNet;

/// <summary>Which packets of an interface a tc program sees.</summary>
public enum TcDirection
{
    /// <summary>Those that come in.</summary>
    Ingress = 0,

    /// <summary>Those that go out.</summary>
    Egress = 1,
}

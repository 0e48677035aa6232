namespace DemoNetwork;

/// <summary>A cable between two hosts. It vanishes with either of them.</summary>
public static class VethPair
{
    /// <summary>Lays a cable: an interface in each host, both up, neither with an address.</summary>
    public static void Create(NetworkHost left, string leftInterface, NetworkHost right, string rightInterface)
    {
        ArgumentNullException.ThrowIfNull(left);
        ArgumentNullException.ThrowIfNull(right);
        left.AddVeth(leftInterface, right, rightInterface);
        left.SetUp(leftInterface);
        right.SetUp(rightInterface);
    }
}

using System.Numerics;

namespace EbpfNet.KernelTests.Maps;

/// <summary>Values of sizes that the kernel's rounding to 8 bytes treats differently: with 1, 4, 12 and 16 bytes.</summary>
internal interface ITestValue<TSelf> : IEquatable<TSelf>
    where TSelf : unmanaged
{
    static abstract TSelf From(int seed);
}

internal readonly record struct One(byte A) : ITestValue<One>
{
    public static One From(int seed) => new((byte)seed);
}

internal readonly record struct Four(int A) : ITestValue<Four>
{
    public static Four From(int seed) => new(seed);
}

internal readonly record struct Twelve(int A, int B, int C) : ITestValue<Twelve>, IAdditionOperators<Twelve, Twelve, Twelve>
{
    public static Twelve From(int seed) => new(seed, ~seed, seed * 3);

    public static Twelve operator +(Twelve left, Twelve right) => new(left.A + right.A, left.B + right.B, left.C + right.C);
}

internal readonly record struct Sixteen(long A, long B) : ITestValue<Sixteen>
{
    public static Sixteen From(int seed) => new(seed, -seed);
}

namespace EbpfNet.KernelTests;

/// <summary>What has to hold of every hook: the program sees what happens while it is attached, and neither before nor afterwards.</summary>
internal static class Hook
{
    /// <param name="attach">Attaches the program.</param>
    /// <param name="happen">Makes the event happen, at least once.</param>
    /// <param name="seen">How many events the program has seen so far.</param>
    /// <param name="whileAttached">What else has to hold of the link.</param>
    public static void Sees<TLink>(Func<TLink> attach, Action happen, Func<ulong> seen, Action<TLink>? whileAttached = null)
        where TLink : BpfLink
    {
        ulong before = seen();
        happen();
        Assert.Equal(before, seen());

        TLink link = attach();
        try
        {
            Assert.True(link.IsAttached, $"{link} says that it is not attached.");
            happen();
            Assert.True(seen() > before, $"{link} has seen nothing.");
            Tells(link);
            whileAttached?.Invoke(link);
        }
        finally
        {
            link.Dispose();
        }

        Assert.False(link.IsAttached, $"{link} says that it is still attached.");
        ulong after = seen();
        happen();
        Assert.Equal(after, seen());
    }

    /// <summary>What the kernel tells about a link is of its kind.</summary>
    private static void Tells(BpfLink link)
    {
        if (link.Id != 0)
        {
            BpfLinkInfo info = link.GetInfo();
            Assert.Equal((link.Id, link.Type), (info.Id, info.Type));
            Assert.IsNotType<OtherLinkInfo>(info);
        }
    }
}

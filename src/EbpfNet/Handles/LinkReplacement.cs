using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>What it takes to put the program before back into a link, whoever disposes the link and the programs meanwhile.</summary>
internal sealed class LinkReplacement : IDisposable
{
    private readonly BpfLink _link;
    private readonly BpfHandle _handle;
    private readonly BpfProgram _now;

    /// <param name="link">The link.</param>
    /// <param name="now">The program that it gets.</param>
    /// <param name="before">The one that it has, if it is open, for this object to dispose.</param>
    public LinkReplacement(BpfLink link, BpfProgram now, BpfProgram? before)
    {
        (_link, Before) = (link, before);
        try
        {
            _handle = link.RequireHandle().Duplicate(link.ToString() ?? "a link");
            _now = now.Duplicate();
        }
        catch
        {
            _handle?.Dispose();
            before?.Dispose();
            throw;
        }
    }

    /// <summary>The program before; <see langword="null"/> where it is not open to this process.</summary>
    public BpfProgram? Before { get; }

    /// <summary>Puts it back, unless somebody else's is there by now.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Undo()
    {
        using (_handle)
        using (_now)
        {
            if (Before is null)
            {
                return;
            }

            BpfErrno error = KernelLinks.Update(_handle, Before.Handle, _now.Handle);
            if (error != BpfErrno.None || _link.IsDisposed)
            {
                Before.Dispose();
            }
            else
            {
                _link.NoteProgram(Before, isOpened: true);
            }

            if (error != BpfErrno.None)
            {
                throw LinkErrors.Update(_link, Before, _now, error);
            }
        }
    }

    public void Dispose()
    {
        _handle.Dispose();
        _now.Dispose();
        Before?.Dispose();
    }
}

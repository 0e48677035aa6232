namespace EbpfNet;

/// <summary>
/// The base of everything EbpfNet reports as gone wrong with BPF itself. Misuse of the API (a null argument, an object used
/// after <see cref="IDisposable.Dispose"/>) is reported with the ordinary .NET exceptions instead.
/// </summary>
/// <remarks>Every message says what was being done, to which object, and what to do about it.</remarks>
public abstract class BpfException : Exception
{
    private protected BpfException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}

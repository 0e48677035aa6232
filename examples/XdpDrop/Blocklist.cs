using System.Net;
using EbpfNet.Programs;
using ExampleHost;

namespace XdpDrop;

/// <summary>A file of addresses and prefixes, one on a line; <c>#</c> begins a comment.</summary>
/// <param name="path">The file.</param>
/// <param name="program">What blocks them.</param>
internal sealed class Blocklist(string path, XdpDropProgram program)
{
    private HashSet<IPNetwork> _inForce = [];

    /// <summary>Reads the file and puts it in force: what it no longer names is let in again, unless it was blocked from elsewhere.</summary>
    /// <exception cref="FileErrorException">A line is neither address nor prefix, or there are more than fit: nothing was changed.</exception>
    public void Apply()
    {
        HashSet<IPNetwork> named = Parse(path, File.ReadLines(path));
        HashSet<IPNetwork> kept = [.. _inForce.Where(named.Contains)];
        foreach (IPNetwork gone in _inForce.Where(network => !named.Contains(network)))
        {
            program.Unblock(gone);
        }

        // What is blocked from elsewhere is not the file's to let in again.
        kept.UnionWith(named.Where(network => !kept.Contains(network) && program.Block(network)));
        _inForce = kept;
    }

    /// <summary>What the lines name.</summary>
    internal static HashSet<IPNetwork> Parse(string path, IEnumerable<string> lines)
    {
        HashSet<IPNetwork> named = [];
        int number = 0;
        foreach (string line in lines)
        {
            number++;
            string text = line.Split('#', 2)[0].Trim();
            if (text.Length == 0)
            {
                continue;
            }

            try
            {
                named.Add(NetworkArgument.Parse(text));
            }
            catch (UserErrorException e)
            {
                throw new FileErrorException(path, number, e.Message);
            }

            if (named.Count > RunCommand.MaxRules)
            {
                throw new FileErrorException(path, number, $"there is room for {RunCommand.MaxRules} rules.");
            }
        }

        return named;
    }
}

using System.Net;
using EbpfNet.Programs;
using ExampleHost;

namespace XdpDrop;

/// <summary>
/// What is blocked, and by whom: rules that a person adds and removes, and rules that a file names, one on a line; <c>#</c> begins a comment. A rule is in force while
/// either has it. Members may be called from several threads.
/// </summary>
/// <param name="program">What blocks them.</param>
/// <param name="room">How many rules fit.</param>
internal sealed class Blocklist(XdpDropProgram program, int room)
{
    private readonly Lock _lock = new();
    private readonly HashSet<IPNetwork> _added = [];
    private HashSet<IPNetwork> _named = [];
    private string _path = "";

    /// <summary>Adds a rule.</summary>
    /// <returns>Whether it was not in force yet.</returns>
    /// <exception cref="InvalidOperationException">There is no room for it.</exception>
    public bool Add(IPNetwork network)
    {
        lock (_lock)
        {
            bool isNew = program.Block(network);
            _added.Add(network);
            return isNew;
        }
    }

    /// <summary>Removes a rule that a person added.</summary>
    /// <returns>Whether there was such a rule.</returns>
    /// <exception cref="InvalidOperationException">The file names it.</exception>
    public bool Remove(IPNetwork network)
    {
        lock (_lock)
        {
            return _named.Contains(network)
                ? throw new InvalidOperationException($"{network} is named by {_path}: take it out there.")
                : _added.Remove(network) && program.Unblock(network);
        }
    }

    /// <summary>Reads a file and puts it in force in the place of what it named before.</summary>
    /// <exception cref="FileErrorException">A line is neither address nor prefix, or there are more than fit: nothing was changed.</exception>
    public void Apply(string path)
    {
        HashSet<IPNetwork> named = Parse(path, File.ReadLines(path), room);
        lock (_lock)
        {
            int inForce = named.Union(_added).Count();
            if (inForce > room)
            {
                throw new FileErrorException(path, 0, $"its {named.Count} rules and the {inForce - named.Count} others are more than the {room} that there is room for.");
            }

            Replace(
                [.. _named.Where(network => !named.Contains(network) && !_added.Contains(network))],
                [.. named.Where(network => !_named.Contains(network))],
                isRoomForBoth: named.Union(_named).Union(_added).Count() <= room);
            (_named, _path) = (named, path);
        }
    }

    /// <summary>What the lines name.</summary>
    internal static HashSet<IPNetwork> Parse(string path, IEnumerable<string> lines, int room = RunCommand.MaxRules)
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

            if (named.Count > room)
            {
                throw new FileErrorException(path, number, $"there is room for {room} rules.");
            }
        }

        return named;
    }

    /// <summary>All of it, or, when the kernel refuses a part, nothing. What both lists block is blocked meanwhile, too, where there is room for both.</summary>
    private void Replace(IReadOnlyList<IPNetwork> gone, IReadOnlyList<IPNetwork> come, bool isRoomForBoth)
    {
        Stack<Action> undo = [];
        try
        {
            if (isRoomForBoth)
            {
                Add();
                Remove();
            }
            else
            {
                Remove();
                Add();
            }
        }
        catch
        {
            while (undo.TryPop(out Action? step))
            {
                step();
            }

            throw;
        }

        void Remove()
        {
            foreach (IPNetwork network in gone)
            {
                if (program.Unblock(network))
                {
                    undo.Push(() => program.Block(network));
                }
            }
        }

        void Add()
        {
            foreach (IPNetwork network in come)
            {
                if (program.Block(network))
                {
                    undo.Push(() => program.Unblock(network));
                }
            }
        }
    }
}

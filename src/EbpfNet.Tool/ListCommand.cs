using System.CommandLine;
using EbpfNet.Tool.Inspect;

namespace EbpfNet.Tool;

/// <summary><c>ebpfnet list</c>: everything of BPF that this machine has, and who holds it.</summary>
internal static class ListCommand
{
    private static readonly (string Word, ObjectKinds Kind, string Title, string[] Columns)[] Sections =
    [
        ("prog", ObjectKinds.Programs, "Programs", ProgramFacts.Columns),
        ("map", ObjectKinds.Maps, "Maps", MapFacts.Columns),
        ("link", ObjectKinds.Links, "Links", LinkFacts.Columns),
        ("btf", ObjectKinds.Btf, "BTF", BtfFacts.Columns),
        ("net", ObjectKinds.Network, "Network interfaces", NetworkFacts.Columns),
        ("leftover", ObjectKinds.Leftovers, "Attached without a link, which outlives its process", Leftover.Columns),
    ];

    internal static Command Create()
    {
        Argument<string[]> kinds = new("KIND") { Description = "What to list: prog, map, link, btf, net (what network interfaces have attached), leftover (what no link holds, and outlives its process: of interfaces and routes, control groups, network namespaces, registered structs of functions, infrared receivers, tracefs). All of it if none is given.", Arity = ArgumentArity.ZeroOrMore };
        kinds.AcceptOnlyFromAmong([.. Sections.Select(section => section.Word)]);
        Option<bool> json = Output.JsonOption();
        Command list = new("list", "Lists programs, maps, links and BTF of this machine, what they are attached to, and the processes that hold them.") { kinds, json };
        list.SetAction(parsed =>
        {
            string[] words = parsed.GetValue(kinds) ?? [];
            ObjectKinds wanted = words.Length == 0 ? ObjectKinds.All : Sections.Where(section => words.Contains(section.Word)).Aggregate(ObjectKinds.None, (all, section) => all | section.Kind);
            Write(wanted, parsed.GetValue(json));
            return CommandLine.Success;
        });
        return list;
    }

    private static void Write(ObjectKinds wanted, bool asJson)
    {
        Surroundings around = new();
        bool isFirst = true;
        foreach ((_, ObjectKinds kind, string title, string[] columns) in Sections.Where(section => wanted.HasFlag(section.Kind)))
        {
            List<Facts> rows = [.. Find(kind, around)];
            if (asJson)
            {
                rows.ForEach(row => Console.Out.WriteLine(row.ToJson()));
                continue;
            }

            bool isAlone = wanted == kind;
            Console.Out.Write(isFirst ? "" : "\n");
            Console.Out.Write(isAlone ? "" : $"{title}: {rows.Count}\n");
            Console.Out.Write(rows.Count == 0 && !isAlone ? "" : Table.Write(columns, rows));
            isFirst = false;
        }
    }

    private static IEnumerable<Facts> Find(ObjectKinds kind, Surroundings around) => kind switch
    {
        ObjectKinds.Programs => Look(BpfProgram.OpenAll(), "prog", program => program.Id, program => ProgramFacts.Of(program, around)),
        ObjectKinds.Maps => Look(BpfMap.OpenAll(), "map", map => map.Id, map => MapFacts.Of(map, around)),
        ObjectKinds.Links => Look(BpfLink.OpenAll(), "link", link => link.Id, link => LinkFacts.Of(link, around)),
        ObjectKinds.Btf => Look(BpfBtf.OpenAll(), "btf", types => types.Id, types => BtfFacts.Of(types, around)),
        ObjectKinds.Network => NetworkFacts.All(),
        _ => Leftover.FindAll(around).Select(leftover => leftover.ToFacts(around)),
    };

    /// <summary>What is told about one; where that fails, that it is there.</summary>
    private static Facts Look<T>(T one, string kind, uint id, Func<T, Facts> look)
    {
        try
        {
            return look(one);
        }
        catch (BpfException e)
        {
            Console.Error.WriteLine($"ebpfnet: {Facts.Printable(e.Message)}");
            return new Facts().Add("kind", kind).Add("id", id).Add("error", e.Message);
        }
    }

    private static IEnumerable<Facts> Look<T>(IEnumerable<T> all, string kind, Func<T, uint> idOf, Func<T, Facts> look)
        where T : IDisposable
    {
        foreach (T one in all)
        {
            using (one)
            {
                yield return Look(one, kind, idOf(one), look);
            }
        }
    }
}

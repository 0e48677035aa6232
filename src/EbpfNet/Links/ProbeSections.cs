namespace EbpfNet;

/// <summary>What the names of sections of probes say after their slash.</summary>
internal static class ProbeSections
{
    /// <summary><c>tp/CATEGORY/NAME</c>.</summary>
    public static BpfLink AttachTracepoint(BpfProgram program, string target) =>
        target.Split('/') is [{ Length: > 0 } category, { Length: > 0 } name] ? program.AttachTracepoint(category, name) : throw Unclear(program, target, "category/name");

    /// <summary><c>kprobe/FUNCTION</c>, <c>kprobe/FUNCTION+OFFSET</c>, <c>kretprobe/FUNCTION</c>.</summary>
    public static BpfLink AttachKprobe(BpfProgram program, string target, bool isReturn) =>
        KprobeTarget.TryParse(target, out string function, out ulong offset) && !(isReturn && offset != 0)
            ? program.AttachKprobe(function, new KprobeOptions { Offset = offset, Return = isReturn })
            : throw Unclear(program, target, isReturn ? "function" : "function+offset");

    /// <summary><c>uprobe/FILE:FUNCTION</c>, <c>uprobe/FILE:FUNCTION+OFFSET</c>, <c>uprobe/FILE:0xOFFSET</c>, the same for <c>uretprobe</c>.</summary>
    public static BpfLink AttachUprobe(BpfProgram program, string target, bool isReturn) =>
        TryParseUprobe(target, out string file, out string? function, out ulong offset)
            ? program.AttachUprobe(file, new UprobeOptions { Function = function, Offset = offset, Return = isReturn })
            : throw Unclear(program, target, "file:function+offset");

    /// <summary><c>uprobe.multi/FILE:PATTERN</c>.</summary>
    public static BpfLink AttachUprobeMulti(BpfProgram program, string target, bool isReturn) =>
        TrySplit(target, out string file, out string pattern)
            ? program.AttachUprobeMulti(file, pattern, new UprobeMultiOptions { Return = isReturn })
            : throw Unclear(program, target, "file:pattern");

    /// <summary><c>usdt/FILE:PROVIDER:NAME</c>.</summary>
    public static BpfLink AttachUsdt(BpfProgram program, string target) =>
        TrySplit(target, out string rest, out string name) && TrySplit(rest, out string file, out string provider)
            ? program.AttachUsdt(file, provider, name)
            : throw Unclear(program, target, "file:provider:name");

    /// <summary>Takes what is watched by one probe in a file apart.</summary>
    internal static bool TryParseUprobe(string target, out string file, out string? function, out ulong offset)
    {
        (function, offset) = (null, 0);
        if (!TrySplit(target, out file, out string place))
        {
            return false;
        }

        if (KprobeTarget.TryParseNumber(place, out offset))
        {
            return true;
        }

        bool isFunction = KprobeTarget.TryParse(place, out string name, out offset);
        function = name;
        return isFunction;
    }

    /// <summary>Parts at the last colon.</summary>
    private static bool TrySplit(string text, out string head, out string tail)
    {
        int colon = text.LastIndexOf(':');
        (head, tail) = colon > 0 ? (text[..colon], text[(colon + 1)..]) : ("", "");
        return head.Length > 0 && tail.Length > 0;
    }

    private static InvalidOperationException Unclear(BpfProgram program, string target, string form) =>
        new($"'{target}', in section '{program.SectionName}' of {program} or set as its AttachTarget, is not of the form {form}.");
}

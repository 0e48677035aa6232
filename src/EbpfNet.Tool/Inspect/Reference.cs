using System.CommandLine;
using System.Globalization;

namespace EbpfNet.Tool.Inspect;

/// <summary>How objects are named on the command line: by id, or by the path of a pin.</summary>
internal static class Reference
{
    internal static Argument<string> Argument()
    {
        Argument<string> reference = new("ID|PIN") { Description = "The id, as 'ebpfnet list' shows it, or the path of a pin." };
        reference.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.GetValueOrDefault<string>()))
            {
                result.AddError("The id, or the path of a pin, is empty");
            }
        });
        return reference;
    }

    internal static BpfProgram OpenProgram(string reference) => TryId(reference, out uint id) ? BpfProgram.OpenById(id) : BpfProgram.OpenPinned(reference);

    internal static BpfMap OpenMap(string reference) => TryId(reference, out uint id) ? BpfMap.OpenById(id, BpfMapAccess.ReadOnly) : BpfMap.OpenPinned(reference, BpfMapAccess.ReadOnly);

    internal static BpfLink OpenLink(string reference) => TryId(reference, out uint id) ? BpfLink.OpenById(id) : BpfLink.OpenPinned(reference);

    internal static BpfBtf OpenBtf(string reference) => TryId(reference, out uint id) ? BpfBtf.OpenById(id) : throw new UsageException($"BTF is named by its id, and '{reference}' is none");

    private static bool TryId(string reference, out uint id) => uint.TryParse(reference, NumberStyles.None, CultureInfo.InvariantCulture, out id);
}

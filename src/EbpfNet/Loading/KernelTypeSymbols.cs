using System.Text;
using EbpfNet.Btf;
using EbpfNet.Objects;

namespace EbpfNet.Loading;

/// <summary>
/// Finds the kernel's variables and functions of which an object knows the type: in the kernel's BTF, then in that of its modules. They have to be of types that
/// may be taken for the object's, by the rules of CO-RE.
/// </summary>
/// <param name="local">The object's types.</param>
/// <param name="target">The running kernel's; asked for only when something is looked up.</param>
internal sealed class KernelTypeSymbols(BtfSpec local, ICoreTarget target)
{
    private const uint BpfPointerSize = 8;

    private readonly CoreTypeMatcher _matcher = new(new CoreTypes(local, BpfPointerSize));

    /// <summary>Looks an extern up whose type is known.</summary>
    public ResolvedExtern Find(BpfExtern wanted)
    {
        bool isFunction = wanted.Kind == BpfExternKind.KernelFunction;
        byte[] name = Encoding.UTF8.GetBytes(wanted.Name);

        // Several descriptions of one function, for kernels that have it with other parameters, differ in what follows three underscores.
        ReadOnlySpan<byte> wantedName = isFunction ? CoreNames.Essential(name) : name;
        BtfKind kind = isFunction ? BtfKind.Function : BtfKind.Variable;
        BtfTypeId ours = isFunction ? local.Get<BtfFunction>(wanted.Type).Prototype : local.SkipModifiers(local.Get<BtfVariable>(wanted.Type).Type);
        if (FindIn(target.Kernel, wantedName, kind) is { } id)
        {
            return Compare(wanted, ours, target.Kernel, id, module: null);
        }

        foreach (BtfSpec module in target.Modules)
        {
            if (FindIn(module, wantedName, kind) is { } inModule)
            {
                return Compare(wanted, ours, module, inModule, module.Section);
            }
        }

        return wanted.IsWeak ? new ResolvedExtern() : new ResolvedExtern { Problem = DescribeMissing(Encoding.UTF8.GetString(wantedName), kind) };
    }

    private static BtfTypeId? FindIn(BtfSpec types, ReadOnlySpan<byte> name, BtfKind kind)
    {
        var ids = new List<BtfTypeId>();
        types.FindOwnIds(name, kind.ToSet(), ids);
        return ids.Count == 0 ? null : ids[0];
    }

    private ResolvedExtern Compare(BpfExtern wanted, BtfTypeId ours, BtfSpec types, BtfTypeId id, string? module)
    {
        bool isFunction = wanted.Kind == BpfExternKind.KernelFunction;
        BtfTypeId theirs = isFunction ? types.Get<BtfFunction>(id).Prototype : types.SkipModifiers(types.Get<BtfVariable>(id).Type);
        if (_matcher.AreCompatible(ours, new CoreTypes(types), theirs))
        {
            return new ResolvedExtern { IsFound = true, Type = id, Module = module };
        }

        string name = isFunction ? types.Get<BtfFunction>(id).Name : wanted.Name;
        string problem = $"the object declares it as '{local.Describe(ours, name)}', but the kernel has '{types.Describe(theirs, name)}'";

        // Of a function, the description that fits is used; the others are as if they were missing.
        return isFunction && wanted.IsWeak ? new ResolvedExtern { Reason = problem } : new ResolvedExtern { Problem = problem };
    }

    private string DescribeMissing(string name, BtfKind kind)
    {
        string? nearest = NearestName.Find(name, NamesOf(target.Kernel, kind));
        string what = kind == BtfKind.Function ? "function" : "variable";
        string guess = nearest is null ? "" : $"; the nearest is '{nearest}'";
        return $"neither the kernel nor a loaded module has a {what} of this name in its types; declare it __weak and test for it with bpf_ksym_exists if the program can do without{guess}";
    }

    private static IEnumerable<string> NamesOf(BtfSpec types, BtfKind kind)
    {
        for (BtfTypeId id = types.FirstId; id.Value < (uint)types.TypeCount; id = new BtfTypeId(id.Value + 1))
        {
            if (types.GetKind(id) == kind)
            {
                yield return Encoding.UTF8.GetString(types.View(id).Name);
            }
        }
    }
}

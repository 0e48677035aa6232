using EbpfNet.Btf;

namespace EbpfNet.Kernel;

/// <summary>Which types the kernel takes of programs, each found out with the smallest BTF that has one.</summary>
internal static unsafe class BtfProbes
{
    /// <summary>Functions and their prototypes (Linux 5.0).</summary>
    public static readonly FeatureProbe Functions = Probe(btf => btf.AddFunction("function", AddPrototype(btf), BtfFunctionLinkage.Static));

    /// <summary>Variables and the sections that they are in (Linux 5.2).</summary>
    public static readonly FeatureProbe DataSections = Probe(btf => AddSection(btf, ".data"));

    /// <summary>Functions that say that they are global (Linux 5.6).</summary>
    public static readonly FeatureProbe GlobalFunctions = Probe(btf => btf.AddFunction("function", AddPrototype(btf), BtfFunctionLinkage.Global));

    /// <summary>Floating-point types (Linux 5.13).</summary>
    public static readonly FeatureProbe Floats = Probe(btf => btf.AddFloat("float", 4));

    /// <summary>Tags on declarations (Linux 5.16).</summary>
    public static readonly FeatureProbe DeclTags = Probe(btf => btf.AddDeclTag("tag", btf.AddStruct("tagged", 4, new BtfMember("member", new BtfTypeId(1), 0))));

    /// <summary>Tags on types (Linux 5.17).</summary>
    public static readonly FeatureProbe TypeTags = Probe(btf => btf.AddPointer(btf.AddTypeTag("tag", new BtfTypeId(1))));

    /// <summary>Enums of 64 bits, and enums that say that they are signed (Linux 6.0).</summary>
    public static readonly FeatureProbe Enum64 = Probe(btf => btf.AddEnum64("wide", 8, true, new BtfEnumerator("VALUE", -1)));

    /// <summary>Sections whose name starts with a question mark (Linux 6.9).</summary>
    public static readonly FeatureProbe OptionalSections = Probe(btf => AddSection(btf, "?.optional"));

    /// <summary>Tags that are C attributes (Linux 6.15).</summary>
    public static readonly FeatureProbe Attributes = Probe(btf => btf.AddPointer(btf.AddTypeTag("attribute", new BtfTypeId(1), isAttribute: true)));

    /// <summary>Sections without variables (Linux 5.12).</summary>
    public static readonly FeatureProbe EmptySections = Probe(btf => btf.AddDataSection(".data", 4));

    private static readonly (BtfFeatures Feature, FeatureProbe Probe)[] All =
    [
        (BtfFeatures.Functions, Functions), (BtfFeatures.DataSections, DataSections), (BtfFeatures.GlobalFunctions, GlobalFunctions), (BtfFeatures.Floats, Floats),
        (BtfFeatures.DeclTags, DeclTags), (BtfFeatures.TypeTags, TypeTags), (BtfFeatures.Enum64, Enum64), (BtfFeatures.OptionalSections, OptionalSections), (BtfFeatures.Attributes, Attributes),
        (BtfFeatures.EmptySections, EmptySections),
    ];

    /// <summary>What the kernel is known to lack already, without trying now.</summary>
    public static BtfFeatures FindKnownMissing() => Find(BtfFeatures.All, probe => probe.IsKnownMissing);

    /// <summary>Which of some features the kernel lacks, tried out now unless it is known.</summary>
    public static BtfFeatures FindMissing(BtfFeatures among) => Find(among, probe => probe.IsMissing);

    private static BtfFeatures Find(BtfFeatures among, Func<FeatureProbe, bool> isMissing)
    {
        BtfFeatures found = BtfFeatures.None;
        foreach ((BtfFeatures feature, FeatureProbe probe) in All)
        {
            found |= (among & feature) != 0 && isMissing(probe) ? feature : BtfFeatures.None;
        }

        return found;
    }

    /// <summary>A refusal counts only when BTF without the feature is taken.</summary>
    private static FeatureProbe Probe(Action<BtfBuilder> add) => new(() =>
    {
        BtfBuilder plain = Start();
        BtfBuilder with = Start();
        add(with);
        return KernelProbes.Compare(() => Load(with), () => Load(plain));
    });

    private static BtfBuilder Start()
    {
        var btf = new BtfBuilder(!BitConverter.IsLittleEndian);
        btf.AddInt("int", 4, BtfIntEncoding.Signed);
        return btf;
    }

    private static BtfTypeId AddPrototype(BtfBuilder btf) => btf.AddFunctionPrototype(default, false, new BtfParameter("argument", new BtfTypeId(1)));

    private static void AddSection(BtfBuilder btf, string name) =>
        btf.AddDataSection(name, 4, new BtfSectionEntry(btf.AddVariable("variable", new BtfTypeId(1), BtfVariableLinkage.Global), 0, 4));

    private static BpfErrno Load(BtfBuilder btf)
    {
        byte[] bytes = btf.ToArray();
        fixed (byte* data = bytes)
        {
            var attribute = new BtfLoadAttribute { Btf = data, BtfSize = (uint)bytes.Length };
            BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.BtfLoad, &attribute, out BpfHandle? handle);
            handle?.Dispose();
            return error;
        }
    }
}

using System.Text;
using EbpfNet.Btf;
using EbpfNet.Buffers;
using EbpfNet.Elf;

namespace EbpfNet.Objects;

/// <summary>Turns an ELF file into a <see cref="BpfObjectSpec"/>: what each section is, and in which order to read them.</summary>
internal sealed class ObjectReader(ElfFile elf, string name)
{
    private readonly ObjectSections _sections = new(elf);

    public BpfObjectSpec Read()
    {
        if (elf.Type != ElfFileType.Relocatable || elf.Machine is not (ElfMachine.Bpf or ElfMachine.None))
        {
            throw new BpfObjectFormatException(
                $"the file is of type {elf.Type} for machine {elf.Machine}; a BPF object is of type {ElfFileType.Relocatable} for machine {ElfMachine.Bpf}", "ELF header", 0x10);
        }

        BpfObjectSpec spec = new(name, elf.IsBigEndian)
        {
            License = ReadLicense(),
            KernelVersion = ReadVersion(),
        };
        ReadBtf(spec);

        // Maps first: functions refer to them. The initial values of maps refer to programs in turn, so they come last.
        DataSectionLayoutReader layouts = new(_sections, spec);
        layouts.Read();
        BtfMapReader maps = new(_sections, spec, layouts);
        maps.Read();
        new LegacyMapReader(_sections, spec).Read();
        new DataSectionReader(_sections, spec, layouts).Read();
        StructOpsReader structOps = new(_sections, spec, layouts);
        structOps.Read();
        ProgramReader programs = new(_sections, spec);
        programs.Read();
        KernelOptionReader.Read(spec);
        maps.ReadSlots(programs);
        structOps.ReadPrograms(programs);
        return spec;
    }

    private string ReadLicense()
    {
        if (_sections.Find("license") is not { } section)
        {
            return "";
        }

        ReadOnlySpan<byte> text = ObjectSections.Contents(section).Span;
        int end = text.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }

    private uint ReadVersion()
    {
        if (_sections.Find("version") is not { } section)
        {
            return 0;
        }

        ReadOnlyMemory<byte> data = ObjectSections.Contents(section);
        return data.Length == 4
            ? new SpanReader(data.Span, elf.IsBigEndian, section.Name).ReadUInt32()
            : throw new BpfObjectFormatException($"the kernel version takes 4 bytes, but the section has {data.Length}", section.Name, 0);
    }

    private void ReadBtf(BpfObjectSpec spec)
    {
        if (_sections.Find(".BTF") is not { } types)
        {
            return;
        }

        spec.Btf = BtfSpec.Parse(ObjectSections.Contents(types));
        if (_sections.Find(".BTF.ext") is { } extension)
        {
            spec.BtfExtension = BtfExtInfo.Parse(ObjectSections.Contents(extension), spec.Btf);
        }
    }
}

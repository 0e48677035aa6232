using System.Collections.Frozen;
using EbpfNet.Elf;

namespace EbpfNet;

/// <summary>Where the registers that USDT probes name are in the kernel's <c>struct pt_regs</c>, in bytes.</summary>
internal static class UsdtRegisters
{
    private static readonly FrozenDictionary<string, int> X64 = Table(
        (0, "r15 r15d r15w r15b"),
        (8, "r14 r14d r14w r14b"),
        (16, "r13 r13d r13w r13b"),
        (24, "r12 r12d r12w r12b"),
        (32, "rbp ebp bp bpl"),
        (40, "rbx ebx bx bl"),
        (48, "r11 r11d r11w r11b"),
        (56, "r10 r10d r10w r10b"),
        (64, "r9 r9d r9w r9b"),
        (72, "r8 r8d r8w r8b"),
        (80, "rax eax ax al"),
        (88, "rcx ecx cx cl"),
        (96, "rdx edx dx dl"),
        (104, "rsi esi si sil"),
        (112, "rdi edi di dil"),
        (128, "rip eip ip"),
        (152, "rsp esp sp spl")).ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, int> Arm64 = Table([.. Enumerable.Range(0, 31).Select(number => (number * 8, $"x{number} w{number}")), (248, "sp wsp"), (256, "pc")]).ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Finds a register by its name, without a percent sign.</summary>
    public static bool TryFind(ElfMachine machine, string name, out int offset)
    {
        offset = 0;
        return machine switch
        {
            ElfMachine.X64 => X64.TryGetValue(name, out offset),
            ElfMachine.Arm64 => Arm64.TryGetValue(name, out offset),
            _ => false,
        };
    }

    private static IEnumerable<KeyValuePair<string, int>> Table(params (int Offset, string Names)[] registers) =>
        registers.SelectMany(register => register.Names.Split(' ').Select(name => KeyValuePair.Create(name, register.Offset)));
}

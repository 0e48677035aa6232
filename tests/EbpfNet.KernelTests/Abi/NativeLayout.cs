using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace EbpfNet.KernelTests.Abi;

/// <summary>A field of a C# struct that stands for one of C's: where it is, and what C calls it.</summary>
/// <param name="Type">The C type: <c>union bpf_attr</c>.</param>
/// <param name="Member">The member's path in it: <c>link_create.prog_fd</c>.</param>
/// <param name="Offset">The offset in C#, in bytes.</param>
/// <param name="Size">The size in C#, in bytes.</param>
internal sealed partial record NativeField(string Type, string Member, int Offset, int Size)
{
    /// <summary>All public fields of a struct. Where a field really lies is found by filling it and looking for the bytes.</summary>
    /// <param name="type">The C type.</param>
    /// <param name="prefix">The member of the C type that the struct stands for, with its point; or nothing.</param>
    /// <param name="renamed">C# field names whose C name is not the same in snake case, or empty where C has nothing to compare with.</param>
    public static unsafe IEnumerable<NativeField> Of<T>(string type, string prefix = "", params (string Field, string Member)[] renamed)
        where T : unmanaged
    {
        var fields = new List<NativeField>();
        foreach (FieldInfo field in typeof(T).GetFields(BindingFlags.Public | BindingFlags.Instance))
        {
            string member = renamed.FirstOrDefault(pair => pair.Field == field.Name).Member ?? ToSnakeCase(field.Name);
            if (member.Length == 0)
            {
                continue;
            }

            object box = default(T);
            field.SetValue(box, Filled(field.FieldType));
            T filled = (T)box;
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref filled));
            int start = bytes.IndexOf((byte)0xff);
            fields.Add(new NativeField(type, prefix + member, start, bytes.LastIndexOf((byte)0xff) + 1 - start));
        }

        return fields;
    }

    private static unsafe object Filled(Type type)
    {
        if (type.IsPointer)
        {
            return Pointer.Box((void*)-1, type);
        }

        Type plain = type.IsEnum ? Enum.GetUnderlyingType(type) : type;
        object value = typeof(NativeField).GetMethod(nameof(AllOnes), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(plain).Invoke(null, null)!;
        return type.IsEnum ? Enum.ToObject(type, value) : value;
    }

    private static T AllOnes<T>()
        where T : unmanaged
    {
        Span<byte> bytes = new byte[Unsafe.SizeOf<T>()];
        bytes.Fill(0xff);
        return MemoryMarshal.Read<T>(bytes);
    }

    private static string ToSnakeCase(string name) => UpperCase().Replace(name, "_$0").ToLowerInvariant();

    [GeneratedRegex("(?<!^)[A-Z]")]
    private static partial Regex UpperCase();
}

using System.Reflection;
using System.Runtime.CompilerServices;

namespace EbpfNet.KernelTests.Abi;

/// <summary>Where the runtime puts the fields of a struct, found out by writing to each: not what marshalling would make of it.</summary>
internal static unsafe class StructLayouts
{
    public static IEnumerable<(string Name, int Offset, int Size)> Read(Type type, bool withPrivate = false)
    {
        foreach (FieldInfo field in type.GetFields(BindingFlags.Instance | BindingFlags.Public | (withPrivate ? BindingFlags.NonPublic : 0)))
        {
            object boxed = RuntimeHelpers.GetUninitializedObject(type);
            field.SetValue(boxed, AllOnes(field.FieldType));
            Span<byte> bytes = BytesOf(boxed, type);
            int first = bytes.IndexOf((byte)0xff);
            yield return (field.Name, first, bytes.LastIndexOf((byte)0xff) - first + 1);
        }
    }

    private static object AllOnes(Type type)
    {
        if (type.IsPointer)
        {
            return Pointer.Box((void*)-1, type);
        }

        object boxed = RuntimeHelpers.GetUninitializedObject(type);
        BytesOf(boxed, type).Fill(0xff);
        return boxed;
    }

    private static Span<byte> BytesOf(object boxed, Type type) =>
        System.Runtime.InteropServices.MemoryMarshal.CreateSpan(ref Unsafe.As<Boxed>(boxed).First, RuntimeHelpers.SizeOf(type.TypeHandle));

    /// <summary>What a box looks like from inside: the value right behind the header.</summary>
    private sealed class Boxed
    {
        public byte First;
    }
}

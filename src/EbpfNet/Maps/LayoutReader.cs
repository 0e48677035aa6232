using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EbpfNet;

/// <summary>
/// Finds out where the fields of a C# type really are. Attributes do not tell that, and the marshalled offsets are others: so each field of an empty
/// value is filled with ones through reflection, and the bytes that changed are the field. It works alike under the JIT and NativeAOT.
/// </summary>
internal static unsafe class LayoutReader
{
    private const BindingFlags InstanceFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    /// <exception cref="BpfLayoutException">The type's layout is not fixed.</exception>
    public static BpfTypeLayout Read<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string target)
        where T : unmanaged => Cache<T>.Layout ??= ReadAnew<T>(target);

    /// <summary>The type as C# writes it, as far as reflection knows.</summary>
    public static string NameOf(Type type)
    {
        string name = type.Name;
        int arity = name.IndexOf('`', StringComparison.Ordinal);
        return arity < 0 ? name : $"{name[..arity]}<{string.Join(", ", type.GenericTypeArguments.Select(NameOf))}>";
    }

    private static BpfTypeLayout ReadAnew<[DynamicallyAccessedMembers(BpfLayout.Members)] T>(string target)
        where T : unmanaged
    {
        if (default(T) is IBpfLayout described)
        {
            BpfTypeLayout layout = described.GetLayout();
            return layout.Size == sizeof(T)
                ? layout
                : throw new BpfLayoutException(NameOf(typeof(T)), target, $"it describes itself as {layout.Size} bytes large, but has {sizeof(T)}; generate it anew");
        }

        RequireFixedLayout(typeof(T), NameOf(typeof(T)), target, field: null);
        return IsScalar(typeof(T))
            ? new BpfTypeLayout(sizeof(T))
            : new BpfTypeLayout(sizeof(T), new Probe<T>(target).ReadFields(typeof(T).GetFields(InstanceFields), sizeof(T)));
    }

    /// <summary>Numbers, enumerations, and what the runtime brings along (Guid, UInt128): their insides are nobody's business.</summary>
    private static bool IsScalar(Type type) =>
        type.IsPrimitive || type.IsEnum || type.IsPointer || type.IsFunctionPointer || type.Assembly == typeof(int).Assembly
        || type.IsDefined(typeof(InlineArrayAttribute), inherit: false);

    private static void RequireFixedLayout(Type type, string typeName, string target, string? field)
    {
        if (type is { IsAutoLayout: true, IsPrimitive: false, IsEnum: false, IsPointer: false, IsFunctionPointer: false })
        {
            string what = field is null ? "the runtime orders its fields as it likes" : $"the runtime orders the fields of its field '{field}' as it likes";
            throw new BpfLayoutException(typeName, target, $"{what} ({NameOf(type)} has LayoutKind.Auto); use a struct with [StructLayout(LayoutKind.Sequential)]", field);
        }
    }

    private static class Cache<[DynamicallyAccessedMembers(BpfLayout.Members)] T>
        where T : unmanaged
    {
        public static BpfTypeLayout? Layout { get; set; }
    }

    private readonly struct Probe<T>(string target)
        where T : unmanaged
    {
        private readonly object _value = default(T);
        private readonly byte[] _ones = MakeOnes();

        public ImmutableArray<BpfFieldLayout> ReadFields(FieldInfo[] fields, int size)
        {
            object value = _value;
            ImmutableArray<BpfFieldLayout> found = Read(fields, value, static _ => { }, "", start: 0);

            // The one field of an inline array stands for all of them; its attribute is not there in every build.
            return found is [{ Offset: 0 } only] && only.Size < size && size % only.Size == 0 && fields[0].DeclaringType is { IsExplicitLayout: false, StructLayoutAttribute.Size: 0 } ? [] : found;
        }

        private ImmutableArray<BpfFieldLayout> Read(FieldInfo[] fields, object owner, Action<object> store, string path, int start)
        {
            ImmutableArray<BpfFieldLayout>.Builder found = ImmutableArray.CreateBuilder<BpfFieldLayout>(fields.Length);
            foreach (FieldInfo field in fields)
            {
                Type type = field.FieldType;
                string name = PlainName(field.Name);
                RequireFixedLayout(type, NameOf(typeof(T)), target, path + name);
                object? before = field.GetValue(owner);
                field.SetValue(owner, Ones(type));
                store(owner);
                (int first, int end) = FindChange();
                BpfTypeLayout? nested = before is IBpfLayout described ? described.GetLayout() : null;
                if (nested is null && RuntimeFeature.IsDynamicCodeSupported && !IsScalar(type) && !IsFixedBuffer(field))
                {
                    nested = ReadNested(field, owner, store, path + name + ".", first, end - first);
                }

                field.SetValue(owner, before);
                store(owner);
                string? given = field.GetCustomAttribute<BpfFieldAttribute>()?.Name;
                found.Add(new BpfFieldLayout(given ?? name, first - start, end - first, nested, given is not null));
            }

            return found.DrainToImmutable();
        }

        // The JIT keeps all fields of a struct, and so does the trimmer for structs that are not of automatic layout.
        [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "Not called with NativeAOT; elsewhere the fields of structs are kept.")]
        private BpfTypeLayout ReadNested(FieldInfo field, object owner, Action<object> store, string path, int start, int size)
        {
            var zeros = new byte[size];
            object empty = RuntimeHelpers.Box(ref zeros[0], field.FieldType.TypeHandle)!;
            return new BpfTypeLayout(size, Read(field.FieldType.GetFields(InstanceFields), empty, Store, path, start));

            void Store(object value)
            {
                field.SetValue(owner, value);
                store(owner);
            }
        }

        private object Ones(Type type) => type.IsPointer
            ? Pointer.Box((void*)-1, type)
            : type.IsFunctionPointer ? (nint)(-1) : RuntimeHelpers.Box(ref _ones[0], type.TypeHandle)!;

        private (int First, int End) FindChange()
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref Unsafe.Unbox<T>(_value)));
            return (bytes.IndexOfAnyExcept((byte)0), bytes.LastIndexOfAnyExcept((byte)0) + 1);
        }

        private static byte[] MakeOnes()
        {
            var ones = new byte[sizeof(T)];
            ones.AsSpan().Fill(0xFF);
            return ones;
        }
    }

    private static bool IsFixedBuffer(FieldInfo field) => field.IsDefined(typeof(FixedBufferAttribute), inherit: false);

    /// <summary>The property's name for the field behind an automatic property.</summary>
    private static string PlainName(string name)
    {
        int end = name.IndexOf('>', StringComparison.Ordinal);
        return name.StartsWith('<') && end > 1 ? name[1..end] : name;
    }
}

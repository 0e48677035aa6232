namespace EbpfNet.Btf;

/// <summary>
/// Compares types as wholes: whether the kernel has one that may be meant (for existence, size and id), and whether it
/// has all that the object's has (for matching).
/// </summary>
internal sealed class CoreTypeMatcher(CoreTypes local)
{
    private const int MaxDepth = 32;

    // Types that hold several of a type, several times over, can be compared on exponentially many paths.
    private const int MaxCompared = 1 << 20;

    private int _compared;

    /// <summary>Whether two types of one name are of one kind, and pointers, arrays and functions of the same kinds further on. The names of members do not matter.</summary>
    public bool AreCompatible(BtfTypeId localId, CoreTypes target, BtfTypeId targetId)
    {
        _compared = 0;
        return SameKind(local.View(localId), target.View(targetId)) && AreCompatible(localId, target, targetId, MaxDepth);
    }

    /// <summary>Whether all members or enumerators of the object's type are in the kernel's, with matching types. Behind pointers only names and kinds count.</summary>
    public bool Match(BtfTypeId localId, CoreTypes target, BtfTypeId targetId)
    {
        _compared = 0;
        return Match(localId, target, targetId, behindPointer: false, MaxDepth);
    }

    private static bool SameKind(BtfTypeView ours, BtfTypeView theirs) => ours.Kind == theirs.Kind || (ours.IsEnumeration && theirs.IsEnumeration);

    private bool AreCompatible(BtfTypeId localId, CoreTypes target, BtfTypeId targetId, int level)
    {
        for (; level > 0; level--)
        {
            Count(localId);
            BtfTypeView ours = local.View(local.Skip(localId));
            BtfTypeView theirs = target.View(target.Skip(targetId));
            if (!SameKind(ours, theirs))
            {
                return false;
            }

            switch (ours.Kind)
            {
                case BtfKind.Void or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Forward:
                    return true;
                case BtfKind.Int:
                    return ours.IntBitOffset == 0 && theirs.IntBitOffset == 0;
                case BtfKind.Pointer:
                    (localId, targetId) = (ours.Target, theirs.Target);
                    break;
                case BtfKind.Array:
                    (localId, targetId) = (ours.ElementType, theirs.ElementType);
                    break;
                case BtfKind.FunctionPrototype:
                    if (ours.Length != theirs.Length)
                    {
                        return false;
                    }

                    for (int i = 0; i < ours.Length; i++)
                    {
                        if (!AreCompatible(ours.ParameterType(i), target, theirs.ParameterType(i), level - 1))
                        {
                            return false;
                        }
                    }

                    (localId, targetId) = (ours.Target, theirs.Target);
                    break;
                default:
                    return false;
            }
        }

        throw local.Spec.TooDeep(localId);
    }

    private bool Match(BtfTypeId localId, CoreTypes target, BtfTypeId targetId, bool behindPointer, int level)
    {
        for (int depth = level; depth > 0; depth--)
        {
            Count(localId);
            BtfTypeView ours = local.View(local.Skip(localId));
            BtfTypeView theirs = target.View(target.Skip(targetId));
            if (!NamesMatch(ours.Name, theirs.Name))
            {
                return false;
            }

            switch (ours.Kind)
            {
                case BtfKind.Void:
                    return theirs.Kind == BtfKind.Void;
                case BtfKind.Forward:
                    return theirs.Kind == BtfKind.Forward ? ours.Flag == theirs.Flag : behindPointer && theirs.Kind == (ours.Flag ? BtfKind.Union : BtfKind.Struct);
                case BtfKind.Enum or BtfKind.Enum64:
                    return theirs.IsEnumeration && EnumerationsMatch(ours, theirs);
                case BtfKind.Struct or BtfKind.Union when behindPointer:
                    return ours.Kind == theirs.Kind || (theirs.Kind == BtfKind.Forward && theirs.Flag == (ours.Kind == BtfKind.Union));
                case BtfKind.Struct or BtfKind.Union:
                    return ours.Kind == theirs.Kind && CompositesMatch(ours, target, theirs, depth);
                case BtfKind.Int:
                    return ours.Kind == theirs.Kind && ours.Size == theirs.Size
                        && (ours.IntEncoding & BtfIntEncoding.Signed) == (theirs.IntEncoding & BtfIntEncoding.Signed);
                case BtfKind.Pointer when theirs.Kind == BtfKind.Pointer:
                    behindPointer = true;
                    (localId, targetId) = (ours.Target, theirs.Target);
                    break;
                case BtfKind.Array when theirs.Kind == BtfKind.Array && ours.ArrayLength == theirs.ArrayLength:
                    (localId, targetId) = (ours.ElementType, theirs.ElementType);
                    break;
                case BtfKind.FunctionPrototype when theirs.Kind == BtfKind.FunctionPrototype && ours.Length == theirs.Length:
                    for (int i = 0; i < ours.Length; i++)
                    {
                        if (!Match(ours.ParameterType(i), target, theirs.ParameterType(i), behindPointer, depth - 1))
                        {
                            return false;
                        }
                    }

                    (localId, targetId) = (ours.Target, theirs.Target);
                    break;
                default:
                    return false;
            }
        }

        throw local.Spec.TooDeep(localId);
    }

    private static bool NamesMatch(ReadOnlySpan<byte> ours, ReadOnlySpan<byte> theirs) => theirs.IsEmpty ? ours.IsEmpty : CoreNames.Match(ours, theirs);

    private bool CompositesMatch(BtfTypeView ours, CoreTypes target, BtfTypeView theirs, int level)
    {
        for (int i = 0; i < ours.Length; i++)
        {
            if (!HasMember(ours, i, target, theirs, level))
            {
                return false;
            }
        }

        return ours.Length <= theirs.Length;
    }

    private bool HasMember(BtfTypeView ours, int index, CoreTypes target, BtfTypeView theirs, int level)
    {
        for (int i = 0; i < theirs.Length; i++)
        {
            Count(ours.MemberType(index));
            if (NamesMatch(ours.MemberName(index), theirs.MemberName(i)) && Match(ours.MemberType(index), target, theirs.MemberType(i), behindPointer: false, level - 1))
            {
                return true;
            }
        }

        return false;
    }

    private bool EnumerationsMatch(BtfTypeView ours, BtfTypeView theirs)
    {
        bool fits = ours.Size == theirs.Size && ours.Length <= theirs.Length;
        for (int i = 0; fits && i < ours.Length; i++)
        {
            fits = HasEnumerator(theirs, ours.EnumeratorName(i));
        }

        return fits;
    }

    private bool HasEnumerator(BtfTypeView type, ReadOnlySpan<byte> name)
    {
        for (int i = 0; i < type.Length; i++)
        {
            Count(default);
            if (NamesMatch(name, type.EnumeratorName(i)))
            {
                return true;
            }
        }

        return false;
    }

    private void Count(BtfTypeId id)
    {
        if (++_compared > MaxCompared)
        {
            throw local.Spec.TypeError(id, $"comparing type {id} with the kernel's takes more than {MaxCompared} steps");
        }
    }
}

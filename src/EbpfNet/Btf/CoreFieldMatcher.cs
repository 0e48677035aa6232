namespace EbpfNet.Btf;

/// <summary>Follows an access of the object's along a candidate's types: members by name, past anonymous structs and unions, elements by index.</summary>
internal sealed class CoreFieldMatcher(CoreTypes local)
{
    // Anonymous unions of anonymous unions can be visited on exponentially many paths; real types have some thousands of members at most.
    private const int MaxVisited = 1 << 20;

    private int _visited;

    /// <summary>After a failure: the step, counted from 0, that the candidate does not have.</summary>
    public int FailedStep { get; private set; }

    /// <summary>After a failure: whether the candidate has the step, but of another kind of type.</summary>
    public bool IsIncompatible { get; private set; }

    /// <summary>Looks for an access in a candidate.</summary>
    /// <param name="wanted">The access to a field or an enumerator, on the object's side.</param>
    /// <param name="target">The candidate's side.</param>
    /// <param name="id">The candidate.</param>
    /// <param name="found">Receives the access on the candidate's side.</param>
    public bool TryMatch(CorePath wanted, CoreTypes target, BtfTypeId id, CorePath found)
    {
        found.Start(id);
        _visited = 0;
        IsIncompatible = false;
        FailedStep = 0;
        BtfTypeId at = target.Skip(id);
        if (wanted[0].IsNamed)
        {
            return TryMatchEnumerator(wanted[0], target, at, found);
        }

        for (int i = 0; i < wanted.Count; i++)
        {
            FailedStep = i;
            CoreStep step = wanted[i];
            if (!(step.IsNamed ? TryEnterMember(step, target, ref at, found) : TryEnterElement(step, isOutermost: i == 0, target, ref at, found)))
            {
                return false;
            }

            at = target.Skip(at);
        }

        return true;
    }

    /// <summary>Whether fields of these types may stand for one another: all structs and unions, all integers, all pointers, enums of one name.</summary>
    private bool AreCompatible(BtfTypeId localId, CoreTypes target, BtfTypeId targetId)
    {
        for (int depth = 0; depth < BtfSpec.MaxDepth; depth++)
        {
            localId = local.Skip(localId);
            targetId = target.Skip(targetId);
            BtfTypeView ours = local.View(localId);
            BtfTypeView theirs = target.View(targetId);
            if (ours.IsComposite && theirs.IsComposite)
            {
                return true;
            }

            if (ours.Kind != theirs.Kind && !(ours.IsEnumeration && theirs.IsEnumeration))
            {
                return false;
            }

            switch (ours.Kind)
            {
                case BtfKind.Pointer or BtfKind.Float:
                    return true;
                case BtfKind.Enum or BtfKind.Enum64 or BtfKind.Forward:
                    return ours.Name.IsEmpty || theirs.Name.IsEmpty || CoreNames.Match(ours.Name, theirs.Name);
                case BtfKind.Int:
                    return ours.IntBitOffset == 0 && theirs.IntBitOffset == 0;
                case BtfKind.Array:
                    localId = ours.ElementType;
                    targetId = theirs.ElementType;
                    break;
                default:
                    return false;
            }
        }

        throw local.Spec.TooDeep(localId);
    }

    private bool TryMatchEnumerator(CoreStep step, CoreTypes target, BtfTypeId id, CorePath found)
    {
        BtfTypeView type = target.View(id);
        ReadOnlySpan<byte> name = CoreNames.Essential(local.View(step.Type).EnumeratorName(step.Index));
        for (int i = 0; type.IsEnumeration && i < type.Length; i++)
        {
            if (CoreNames.Essential(type.EnumeratorName(i)).SequenceEqual(name))
            {
                found.Add(new CoreStep(id, i, IsNamed: true));
                return true;
            }
        }

        return false;
    }

    private bool TryEnterElement(CoreStep step, bool isOutermost, CoreTypes target, ref BtfTypeId at, CorePath found)
    {
        // The first index counts outermost types, as if they stood in an array; there is no array type for it.
        if (!isOutermost)
        {
            BtfTypeView array = target.View(at);
            if (array.Kind != BtfKind.Array)
            {
                IsIncompatible = true;
                return false;
            }

            if ((uint)step.Index >= array.ArrayLength && !CoreAccess.IsFlexible(target, found.Last, array.ArrayLength))
            {
                return false;
            }

            at = target.Skip(array.ElementType);
        }

        if (found.Depth == CorePath.MaxLength || !target.TrySizeOf(at, out uint size))
        {
            IsIncompatible = true;
            return false;
        }

        found.Depth++;
        found.Add(new CoreStep(at, step.Index, IsNamed: false));
        found.BitOffset += (ulong)size * (uint)step.Index * 8;
        return true;
    }

    private bool TryEnterMember(CoreStep step, CoreTypes target, ref BtfTypeId at, CorePath found)
    {
        BtfTypeView ours = local.View(step.Type);
        return TryEnterMember(ours.MemberName(step.Index), ours.MemberType(step.Index), target, ref at, found) == true;
    }

    /// <summary>Looks for a member among those of a struct or union and of the anonymous ones in it. The recursion is as deep as an access may be long.</summary>
    /// <returns><see langword="null"/> when it is there, but of another kind.</returns>
    private bool? TryEnterMember(ReadOnlySpan<byte> name, BtfTypeId localType, CoreTypes target, ref BtfTypeId at, CorePath found)
    {
        BtfTypeView type = target.View(at);
        if (!type.IsComposite)
        {
            IsIncompatible = true;
            return false;
        }

        if (found.Depth == CorePath.MaxLength)
        {
            throw target.Spec.TypeError(found.Root, $"type {found.Root} has structs or unions nested more than {CorePath.MaxLength} levels deep");
        }

        found.Depth++;
        for (int i = 0; i < type.Length; i++)
        {
            if (type.IsMemberNamed(i, name))
            {
                if (!AreCompatible(localType, target, type.MemberType(i)))
                {
                    IsIncompatible = true;
                    return null;
                }

                found.Add(new CoreStep(at, i, IsNamed: true));
                found.BitOffset += type.MemberBitOffset(i);
                at = type.MemberType(i);
                return true;
            }

            if (++_visited > MaxVisited)
            {
                throw target.Spec.TypeError(found.Root, $"type {found.Root} has more than {MaxVisited} members, anonymous ones included");
            }

            if (type.IsMemberAnonymous(i))
            {
                BtfTypeId inner = target.Skip(type.MemberType(i));
                if (target.View(inner).IsComposite && TryEnterMember(name, localType, target, ref inner, found) is not false and var entered)
                {
                    found.BitOffset += type.MemberBitOffset(i);
                    at = inner;
                    return entered;
                }
            }
        }

        found.Depth--;
        return false;
    }
}

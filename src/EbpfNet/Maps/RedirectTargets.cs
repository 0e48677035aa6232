using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>The elements of maps that say where XDP programs redirect packets to: interfaces and CPUs, with a program of their own (values of 8 bytes) or without.</summary>
internal static unsafe class RedirectTargets
{
    private const int None = -1;

    /// <summary>Whether elements have room for a program.</summary>
    public static bool HavePrograms(BpfMap map) => map.ValueSize >= sizeof(RedirectTarget);

    /// <summary>Creates a map whose elements have room for a program; on kernels that do not have that (before Linux 5.8), one whose elements have none.</summary>
    public static BpfMap Create(BpfMapType type, string name, int maxEntries, BpfMapFlags flags)
    {
        try
        {
            return MapCreation.Create(type, name, sizeof(int), sizeof(RedirectTarget), maxEntries, flags);
        }
        catch (BpfSyscallException e) when (e.Error == BpfErrno.EINVAL)
        {
            return MapCreation.Create(type, name, sizeof(int), sizeof(uint), maxEntries, flags);
        }
    }

    /// <summary>Writes an element.</summary>
    /// <param name="map">The map.</param>
    /// <param name="key">The key.</param>
    /// <param name="number">The interface's index, or the queue's length.</param>
    /// <param name="program">The element's program, or <see langword="null"/>.</param>
    /// <param name="hook">What the program has to be loaded for.</param>
    /// <param name="flags">How.</param>
    /// <returns>The kernel's answer.</returns>
    /// <exception cref="ArgumentException">The program is not one for such maps.</exception>
    /// <exception cref="BpfNotSupportedException">The elements have no room for a program.</exception>
    public static int Update(BpfMap map, void* key, uint number, BpfProgram? program, BpfAttachType hook, BpfElementFlags flags)
    {
        var target = new RedirectTarget { Number = number, Program = None };
        if (program is null)
        {
            return MapElements.Update(map.Handle, key, &target, (ulong)flags);
        }

        RequireProgram(map, program, hook);
        using BpfHandle.Lease fd = program.Handle.Acquire();
        if (fd.Fd > 0)
        {
            target.Program = fd.Fd;
            return MapElements.Update(map.Handle, key, &target, (ulong)flags);
        }

        // The kernel takes 0 for none. A second descriptor is another one.
        using BpfHandle other = program.Handle.Duplicate(program.ToString());
        using BpfHandle.Lease otherFd = other.Acquire();
        target.Program = otherFd.Fd;
        return MapElements.Update(map.Handle, key, &target, (ulong)flags);
    }

    /// <summary>Reads an element; the program is its id.</summary>
    public static bool TryGet(BpfMap map, void* key, out RedirectTarget target)
    {
        RedirectTarget found = default;
        int result = MapElements.Lookup(map.Handle, key, &found);
        if (result < 0 && result != MapElements.NotFound)
        {
            MapErrors.ThrowLookup(map, result);
        }

        target = found;
        return result >= 0;
    }

    /// <summary>The element that a walk has reached.</summary>
    public static RedirectTarget Read(MapCursor element)
    {
        RedirectTarget target = default;
        element.Value.CopyTo(new Span<byte>(&target, sizeof(RedirectTarget)));
        return target;
    }

    /// <summary>Removes an element of an array: the kernel does not tell whether it was empty.</summary>
    public static bool Remove(BpfMap map, void* index)
    {
        bool isThere = TryGet(map, index, out _);
        int result = isThere ? MapElements.Delete(map.Handle, index) : 0;
        if (result < 0)
        {
            MapErrors.ThrowDelete(map, result);
        }

        return isThere;
    }

    private static void RequireProgram(BpfMap map, BpfProgram program, BpfAttachType hook)
    {
        // What a program that was opened by pin or id is for is not known here; the kernel looks.
        bool isOther = program.ExpectedAttachType is not 0 && program.ExpectedAttachType != hook;
        if (program.Type != BpfProgramType.Xdp || isOther)
        {
            string section = hook == BpfAttachType.XdpDevMap ? "xdp/devmap" : "xdp/cpumap";
            throw new ArgumentException($"{program} cannot be put into {map}: it has to be an XDP program of section '{section}'.", hook == BpfAttachType.XdpDevMap ? "egressProgram" : nameof(program));
        }

        if (!HavePrograms(map))
        {
            string type = hook == BpfAttachType.XdpDevMap ? "struct bpf_devmap_val" : "struct bpf_cpumap_val";
            throw new BpfNotSupportedException(
                $"putting {program} into {map}",
                $"its values have {map.ValueSize} bytes, without room for a program: declare them as {type} in the program",
                hook == BpfAttachType.XdpDevMap ? new Version(5, 8) : new Version(5, 9));
        }
    }
}

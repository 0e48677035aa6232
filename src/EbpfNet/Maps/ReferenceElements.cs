using System.Net.Sockets;
using System.Runtime.InteropServices;
using EbpfNet.Abi;
using EbpfNet.Kernel;

namespace EbpfNet;

/// <summary>
/// Elements that refer to something of the kernel's: they are set by the number of a descriptor, and what is behind it is kept. Sockets are read back as their
/// cookies, where values have 8 bytes.
/// </summary>
internal static unsafe class ReferenceElements
{
    private const int CookieSize = sizeof(ulong);

    /// <summary>Puts what a descriptor stands for in.</summary>
    /// <returns>The kernel's answer.</returns>
    /// <exception cref="ArgumentException">The handle is none.</exception>
    /// <exception cref="ObjectDisposedException">The handle or the map is closed.</exception>
    public static int Update(BpfMap map, void* key, SafeHandle reference, BpfElementFlags flags)
    {
        ArgumentNullException.ThrowIfNull(reference);
        bool isHeld = false;
        try
        {
            reference.DangerousAddRef(ref isHeld);
            if (reference.IsInvalid)
            {
                throw new ArgumentException("The handle is invalid: nothing was ever opened in it.");
            }

            ulong value = (uint)(int)reference.DangerousGetHandle(); // Values have 4 bytes or 8; both processors are little endian.
            return MapElements.Update(map.Handle, key, &value, (ulong)flags);
        }
        finally
        {
            if (isHeld)
            {
                reference.DangerousRelease();
            }
        }
    }

    public static void Set(BpfMap map, void* key, SafeHandle reference, string what)
    {
        int result = Update(map, key, reference, BpfElementFlags.Any);
        if (result < 0)
        {
            throw MapErrors.Create(map, BpfCommand.MapUpdateElem, result, $"put {what} into");
        }
    }

    /// <returns>Whether it was added: nothing was there.</returns>
    public static bool TryAdd(BpfMap map, void* key, SafeHandle reference, string what) =>
        TryUpdate(map, key, reference, what, BpfElementFlags.NoExist, MapElements.Exists);

    /// <returns>Whether it has replaced what was there.</returns>
    public static bool TryReplace(BpfMap map, void* key, SafeHandle reference, string what) =>
        TryUpdate(map, key, reference, what, BpfElementFlags.Exist, MapElements.NotFound);

    public static void Set(BpfMap map, void* key, Socket socket) => Set(map, key, HandleOf(socket), "a socket");

    public static bool TryAdd(BpfMap map, void* key, Socket socket) => TryAdd(map, key, HandleOf(socket), "a socket");

    public static bool TryReplace(BpfMap map, void* key, Socket socket) => TryReplace(map, key, HandleOf(socket), "a socket");

    /// <summary>Reads a socket's cookie.</summary>
    public static bool TryGetCookie(BpfMap map, void* key, out ulong cookie)
    {
        RequireCookies(map);
        ulong found = 0;
        int result = MapElements.Lookup(map.Handle, key, &found);
        if (result < 0 && result != MapElements.NotFound)
        {
            MapErrors.ThrowLookup(map, result);
        }

        cookie = found;
        return result >= 0;
    }

    /// <returns>Whether something was there.</returns>
    public static bool Remove(BpfMap map, void* key)
    {
        int result = MapElements.Delete(map.Handle, key);

        // A socket map says EINVAL of an empty element; indexes are looked at before.
        if (result < 0 && result != MapElements.NotFound && !(result == -(int)BpfErrno.EINVAL && map.Type == BpfMapType.SockMap))
        {
            MapErrors.ThrowDelete(map, result);
        }

        return result >= 0;
    }

    /// <summary>Removes everything from a map whose keys are indexes.</summary>
    public static void Clear(BpfMap map)
    {
        for (uint index = 0; index < map.MaxEntries; index++)
        {
            Remove(map, &index);
        }
    }

    /// <summary>Refuses a map from which nothing can be read back.</summary>
    public static void RequireCookies(BpfMap map)
    {
        if (map.ValueSize != CookieSize)
        {
            throw new BpfNotSupportedException(
                $"reading {map}", $"its values have {map.ValueSize} bytes, too few for the cookie of a socket: declare them as __u64 in the program", new Version(5, 7));
        }
    }

    /// <summary>Creates a map of sockets that can be read; on kernels that do not have that, one that cannot.</summary>
    public static BpfMap CreateForSockets(BpfMapType type, string name, int keySize, int maxEntries, BpfMapFlags flags)
    {
        try
        {
            return MapCreation.Create(type, name, keySize, CookieSize, maxEntries, flags);
        }
        catch (BpfSyscallException e) when (e.Error == BpfErrno.EINVAL)
        {
            return MapCreation.Create(type, name, keySize, sizeof(uint), maxEntries, flags);
        }
    }

    private static bool TryUpdate(BpfMap map, void* key, SafeHandle reference, string what, BpfElementFlags flags, int refusal)
    {
        int result = Update(map, key, reference, flags);
        if (result < 0 && result != refusal)
        {
            throw MapErrors.Create(map, BpfCommand.MapUpdateElem, result, $"put {what} into");
        }

        return result >= 0;
    }

    private static SafeSocketHandle HandleOf(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return socket.SafeHandle;
    }
}

namespace EbpfNet;

/// <summary>The kernel's error codes by name (<c>asm-generic/errno.h</c>), those that BPF work meets.</summary>
/// <remarks>The numbers are those of x86-64 and arm64, which share the generic table. A code that has no name here keeps its number.</remarks>
public enum BpfErrno
{
    /// <summary>No error.</summary>
    None = 0,

    /// <summary><c>EPERM</c>: operation not permitted.</summary>
    EPERM = 1,

    /// <summary><c>ENOENT</c>: no such entry.</summary>
    ENOENT = 2,

    /// <summary><c>ESRCH</c>: no such process, or no such kernel function or type.</summary>
    ESRCH = 3,

    /// <summary><c>EINTR</c>: interrupted by a signal.</summary>
    EINTR = 4,

    /// <summary><c>EIO</c>: input or output error.</summary>
    EIO = 5,

    /// <summary><c>ENXIO</c>: no such device or address.</summary>
    ENXIO = 6,

    /// <summary><c>E2BIG</c>: too many elements, or too many instructions.</summary>
    E2BIG = 7,

    /// <summary><c>EBADF</c>: bad file descriptor.</summary>
    EBADF = 9,

    /// <summary><c>EAGAIN</c>: try again.</summary>
    EAGAIN = 11,

    /// <summary><c>ENOMEM</c>: out of memory.</summary>
    ENOMEM = 12,

    /// <summary><c>EACCES</c>: permission denied; from the verifier, a program that was found unsafe.</summary>
    EACCES = 13,

    /// <summary><c>EFAULT</c>: bad address.</summary>
    EFAULT = 14,

    /// <summary><c>EBUSY</c>: device or resource busy.</summary>
    EBUSY = 16,

    /// <summary><c>EEXIST</c>: exists already.</summary>
    EEXIST = 17,

    /// <summary><c>EXDEV</c>: cross-device link.</summary>
    EXDEV = 18,

    /// <summary><c>ENODEV</c>: no such device.</summary>
    ENODEV = 19,

    /// <summary><c>ENOTDIR</c>: not a directory.</summary>
    ENOTDIR = 20,

    /// <summary><c>EISDIR</c>: is a directory.</summary>
    EISDIR = 21,

    /// <summary><c>EINVAL</c>: invalid argument.</summary>
    EINVAL = 22,

    /// <summary><c>ENFILE</c>: the whole machine has too many open files.</summary>
    ENFILE = 23,

    /// <summary><c>EMFILE</c>: this process has too many open files.</summary>
    EMFILE = 24,

    /// <summary><c>ENOSPC</c>: no space left; from the verifier, a log buffer that was too small.</summary>
    ENOSPC = 28,

    /// <summary><c>EROFS</c>: read-only file system.</summary>
    EROFS = 30,

    /// <summary><c>ERANGE</c>: result out of range.</summary>
    ERANGE = 34,

    /// <summary><c>EDEADLK</c>: waiting for a lock would never end.</summary>
    EDEADLK = 35,

    /// <summary><c>ENAMETOOLONG</c>: name too long.</summary>
    ENAMETOOLONG = 36,

    /// <summary><c>ENOSYS</c>: no such system call.</summary>
    ENOSYS = 38,

    /// <summary><c>ENOTEMPTY</c>: the folder is not empty.</summary>
    ENOTEMPTY = 39,

    /// <summary><c>ELOOP</c>: too many levels; from the verifier, a loop or a chain of programs that is too deep.</summary>
    ELOOP = 40,

    /// <summary><c>ENOLINK</c>: the link was severed: what it was attached to is gone.</summary>
    ENOLINK = 67,

    /// <summary><c>EBADMSG</c>: bad message: what was checked is not what it claims to be.</summary>
    EBADMSG = 74,

    /// <summary><c>EOVERFLOW</c>: a number is too large for what it is for.</summary>
    EOVERFLOW = 75,

    /// <summary><c>ENOTSOCK</c>: the descriptor is no socket.</summary>
    ENOTSOCK = 88,

    /// <summary><c>EPROTONOSUPPORT</c>: protocol not supported.</summary>
    EPROTONOSUPPORT = 93,

    /// <summary><c>ENOPROTOOPT</c>: no such option of a socket.</summary>
    ENOPROTOOPT = 92,

    /// <summary><c>EOPNOTSUPP</c>: operation not supported.</summary>
    EOPNOTSUPP = 95,

    /// <summary><c>EAFNOSUPPORT</c>: address family not supported.</summary>
    EAFNOSUPPORT = 97,

    /// <summary><c>EADDRINUSE</c>: address in use.</summary>
    EADDRINUSE = 98,

    /// <summary><c>EADDRNOTAVAIL</c>: address not available.</summary>
    EADDRNOTAVAIL = 99,

    /// <summary><c>ENETDOWN</c>: network is down.</summary>
    ENETDOWN = 100,

    /// <summary><c>ENETUNREACH</c>: network is unreachable.</summary>
    ENETUNREACH = 101,

    /// <summary><c>ETIMEDOUT</c>: timed out.</summary>
    ETIMEDOUT = 110,

    /// <summary><c>EHOSTUNREACH</c>: no route to host.</summary>
    EHOSTUNREACH = 113,

    /// <summary><c>EALREADY</c>: already in progress.</summary>
    EALREADY = 114,

    /// <summary><c>EINPROGRESS</c>: begun, and not done yet.</summary>
    EINPROGRESS = 115,

    /// <summary><c>ESTALE</c>: stale file handle.</summary>
    ESTALE = 116,

    /// <summary><c>ENOTSUPP</c>: the kernel's internal "not supported" (524), which BPF calls let through to user space.</summary>
    ENOTSUPP = 524,
}

namespace EbpfNet.Instructions;

/// <summary>What an atomic instruction does: its immediate.</summary>
public enum BpfAtomicOperation
{
    /// <summary>Add the source register to memory (<c>BPF_ADD</c>).</summary>
    Add = 0x00,

    /// <summary>Add, and leave the old value in the source register (<c>BPF_ADD | BPF_FETCH</c>, since Linux 5.12).</summary>
    FetchAdd = 0x01,

    /// <summary>Bitwise or (<c>BPF_OR</c>, since Linux 5.12).</summary>
    Or = 0x40,

    /// <summary>Bitwise or, and leave the old value in the source register (<c>BPF_OR | BPF_FETCH</c>, since Linux 5.12).</summary>
    FetchOr = 0x41,

    /// <summary>Bitwise and (<c>BPF_AND</c>, since Linux 5.12).</summary>
    And = 0x50,

    /// <summary>Bitwise and, and leave the old value in the source register (<c>BPF_AND | BPF_FETCH</c>, since Linux 5.12).</summary>
    FetchAnd = 0x51,

    /// <summary>Bitwise exclusive or (<c>BPF_XOR</c>, since Linux 5.12).</summary>
    Xor = 0xa0,

    /// <summary>Bitwise exclusive or, and leave the old value in the source register (<c>BPF_XOR | BPF_FETCH</c>, since Linux 5.12).</summary>
    FetchXor = 0xa1,

    /// <summary>Swap memory and the source register (<c>BPF_XCHG</c>, since Linux 5.12).</summary>
    Exchange = 0xe1,

    /// <summary>Store the source register if memory equals R0; R0 gets the old value either way (<c>BPF_CMPXCHG</c>, since Linux 5.12).</summary>
    CompareExchange = 0xf1,

    /// <summary>Load with acquire semantics: destination register from memory at the source register (<c>BPF_LOAD_ACQ</c>, any size, since Linux 6.15).</summary>
    LoadAcquire = 0x100,

    /// <summary>Store with release semantics: source register to memory at the destination register (<c>BPF_STORE_REL</c>, any size, since Linux 6.15).</summary>
    StoreRelease = 0x110,
}

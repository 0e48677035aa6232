namespace EbpfNet.Instructions;

/// <summary>
/// Atomic operations for <see cref="BpfAssembler"/>. Those that read and write at once exist for 4 and 8 bytes only: another size, an offset of more than 16 bits and registers
/// above R10 are an <see cref="ArgumentOutOfRangeException"/>.
/// </summary>
public static class BpfAtomicInstructions
{
    /// <summary>Any atomic operation; memory is at <paramref name="address"/> plus <paramref name="offset"/> bytes.</summary>
    /// <param name="assembler">The assembler.</param>
    /// <param name="operation">What is done.</param>
    /// <param name="size">How much memory is touched.</param>
    /// <param name="address">The register with the address.</param>
    /// <param name="offset">Bytes added to it.</param>
    /// <param name="value">The other register: the operand, or what receives a <see cref="BpfAtomicOperation.LoadAcquire"/>.</param>
    public static BpfAssembler Atomic(this BpfAssembler assembler, BpfAtomicOperation operation, BpfSize size, BpfRegister address, int offset, BpfRegister value)
    {
        ArgumentNullException.ThrowIfNull(assembler);
        if (InstructionText.AtomicName(operation) is null)
        {
            throw new ArgumentOutOfRangeException(nameof(operation), operation, "There is no such atomic operation.");
        }

        if (!EncodingRules.AllowsSize(operation, size))
        {
            throw new ArgumentOutOfRangeException(nameof(size), size, "This atomic operation needs 4 or 8 bytes.");
        }

        // A load keeps the address in the source register, all others in the destination register.
        bool loads = operation == BpfAtomicOperation.LoadAcquire;
        return assembler.Add(
            BpfOpcode.Memory(BpfInstructionClass.Stx, BpfMode.Atomic, size), loads ? value : address, loads ? address : value, offset, (int)operation);
    }

    /// <summary>Atomic add. <c>lock *(u64 *)(rA + offset) += rV</c>.</summary>
    public static BpfAssembler AtomicAdd(this BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfRegister value) =>
        Atomic(assembler, BpfAtomicOperation.Add, size, address, offset, value);

    /// <summary>Atomic add that leaves the old value in the register. <c>rV = atomic_fetch_add((u64 *)(rA + offset), rV)</c>. Since Linux 5.12.</summary>
    public static BpfAssembler AtomicFetchAdd(this BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfRegister value) =>
        Atomic(assembler, BpfAtomicOperation.FetchAdd, size, address, offset, value);

    /// <summary>Atomic or. <c>lock *(u64 *)(rA + offset) |= rV</c>. Since Linux 5.12.</summary>
    public static BpfAssembler AtomicOr(this BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfRegister value) =>
        Atomic(assembler, BpfAtomicOperation.Or, size, address, offset, value);

    /// <summary>Atomic or that leaves the old value in the register. <c>rV = atomic_fetch_or((u64 *)(rA + offset), rV)</c>. Since Linux 5.12.</summary>
    public static BpfAssembler AtomicFetchOr(this BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfRegister value) =>
        Atomic(assembler, BpfAtomicOperation.FetchOr, size, address, offset, value);

    /// <summary>Atomic and. <c>lock *(u64 *)(rA + offset) &amp;= rV</c>. Since Linux 5.12.</summary>
    public static BpfAssembler AtomicAnd(this BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfRegister value) =>
        Atomic(assembler, BpfAtomicOperation.And, size, address, offset, value);

    /// <summary>Atomic and that leaves the old value in the register. <c>rV = atomic_fetch_and((u64 *)(rA + offset), rV)</c>. Since Linux 5.12.</summary>
    public static BpfAssembler AtomicFetchAnd(this BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfRegister value) =>
        Atomic(assembler, BpfAtomicOperation.FetchAnd, size, address, offset, value);

    /// <summary>Atomic xor. <c>lock *(u64 *)(rA + offset) ^= rV</c>. Since Linux 5.12.</summary>
    public static BpfAssembler AtomicXor(this BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfRegister value) =>
        Atomic(assembler, BpfAtomicOperation.Xor, size, address, offset, value);

    /// <summary>Atomic xor that leaves the old value in the register. <c>rV = atomic_fetch_xor((u64 *)(rA + offset), rV)</c>. Since Linux 5.12.</summary>
    public static BpfAssembler AtomicFetchXor(this BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfRegister value) =>
        Atomic(assembler, BpfAtomicOperation.FetchXor, size, address, offset, value);

    /// <summary>Swaps memory and register. <c>rV = atomic_xchg((u64 *)(rA + offset), rV)</c>. Since Linux 5.12.</summary>
    public static BpfAssembler AtomicExchange(this BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfRegister value) =>
        Atomic(assembler, BpfAtomicOperation.Exchange, size, address, offset, value);

    /// <summary>Stores the register if memory equals R0, and leaves the old value in R0. <c>r0 = atomic_cmpxchg((u64 *)(rA + offset), r0, rV)</c>. Since Linux 5.12.</summary>
    public static BpfAssembler AtomicCompareExchange(this BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfRegister value) =>
        Atomic(assembler, BpfAtomicOperation.CompareExchange, size, address, offset, value);

    /// <summary>Loads with acquire semantics. <c>rD = load_acquire((u64 *)(rA + offset))</c>. Since Linux 6.15.</summary>
    public static BpfAssembler LoadAcquire(this BpfAssembler assembler, BpfSize size, BpfRegister destination, BpfRegister address, int offset = 0) =>
        Atomic(assembler, BpfAtomicOperation.LoadAcquire, size, address, offset, destination);

    /// <summary>Stores with release semantics. <c>store_release((u64 *)(rA + offset), rV)</c>. Since Linux 6.15.</summary>
    public static BpfAssembler StoreRelease(this BpfAssembler assembler, BpfSize size, BpfRegister address, int offset, BpfRegister value) =>
        Atomic(assembler, BpfAtomicOperation.StoreRelease, size, address, offset, value);
}

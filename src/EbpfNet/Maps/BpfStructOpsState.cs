namespace EbpfNet;

/// <summary>What the kernel does with a map of functions (<c>enum bpf_struct_ops_state</c>).</summary>
public enum BpfStructOpsState
{
    /// <summary>Nothing: it has not been filled (<c>BPF_STRUCT_OPS_STATE_INIT</c>).</summary>
    Empty = 0,

    /// <summary>It is registered, and stays so until somebody takes it out (<c>BPF_STRUCT_OPS_STATE_INUSE</c>).</summary>
    Registered = 1,

    /// <summary>It was taken out, and is still used where it was before (<c>BPF_STRUCT_OPS_STATE_TOBEFREE</c>).</summary>
    Leaving = 2,

    /// <summary>It is filled, for links to register (<c>BPF_STRUCT_OPS_STATE_READY</c>).</summary>
    Ready = 3,
}

namespace EbpfNet.Abi;

/// <summary>The kinds of BPF map (<c>enum bpf_map_type</c>).</summary>
/// <remarks>Not every kernel knows every kind: each member names the first that does.</remarks>
public enum BpfMapType : uint
{
    /// <summary>No kind; the kernel refuses to create a map of it. <c>BPF_MAP_TYPE_UNSPEC</c>.</summary>
    Unspecified = 0,

    /// <summary>A hash table. <c>BPF_MAP_TYPE_HASH</c>, Linux 3.19.</summary>
    Hash = 1,

    /// <summary>An array indexed by a 32-bit number; every element exists from the start. <c>BPF_MAP_TYPE_ARRAY</c>, Linux 3.19.</summary>
    Array = 2,

    /// <summary>An array of programs, the targets of tail calls. <c>BPF_MAP_TYPE_PROG_ARRAY</c>, Linux 4.2.</summary>
    ProgArray = 3,

    /// <summary>An array of perf events, one per CPU: the way out for events before the ring buffer. <c>BPF_MAP_TYPE_PERF_EVENT_ARRAY</c>, Linux 4.3.</summary>
    PerfEventArray = 4,

    /// <summary>A hash table that keeps one value per CPU under each key. <c>BPF_MAP_TYPE_PERCPU_HASH</c>, Linux 4.6.</summary>
    PerCpuHash = 5,

    /// <summary>An array that keeps one value per CPU in each element. <c>BPF_MAP_TYPE_PERCPU_ARRAY</c>, Linux 4.6.</summary>
    PerCpuArray = 6,

    /// <summary>Call stacks by their id. <c>BPF_MAP_TYPE_STACK_TRACE</c>, Linux 4.6.</summary>
    StackTrace = 7,

    /// <summary>An array of control groups, for membership checks. <c>BPF_MAP_TYPE_CGROUP_ARRAY</c>, Linux 4.8.</summary>
    CgroupArray = 8,

    /// <summary>A hash table that drops its least recently used elements when it is full. <c>BPF_MAP_TYPE_LRU_HASH</c>, Linux 4.10.</summary>
    LruHash = 9,

    /// <summary>An LRU hash table that keeps one value per CPU under each key. <c>BPF_MAP_TYPE_LRU_PERCPU_HASH</c>, Linux 4.10.</summary>
    LruPerCpuHash = 10,

    /// <summary>A trie of prefixes; a lookup finds the longest one that matches, as a routing table does. <c>BPF_MAP_TYPE_LPM_TRIE</c>, Linux 4.11.</summary>
    LpmTrie = 11,

    /// <summary>An array whose elements are maps. <c>BPF_MAP_TYPE_ARRAY_OF_MAPS</c>, Linux 4.12.</summary>
    ArrayOfMaps = 12,

    /// <summary>A hash table whose values are maps. <c>BPF_MAP_TYPE_HASH_OF_MAPS</c>, Linux 4.12.</summary>
    HashOfMaps = 13,

    /// <summary>An array of network devices that XDP redirects to. <c>BPF_MAP_TYPE_DEVMAP</c>, Linux 4.14.</summary>
    DevMap = 14,

    /// <summary>An array of sockets that verdict programs redirect between. <c>BPF_MAP_TYPE_SOCKMAP</c>, Linux 4.14.</summary>
    SockMap = 15,

    /// <summary>An array of CPUs that XDP hands packets to. <c>BPF_MAP_TYPE_CPUMAP</c>, Linux 4.15.</summary>
    CpuMap = 16,

    /// <summary>An array of AF_XDP sockets that XDP redirects to. <c>BPF_MAP_TYPE_XSKMAP</c>, Linux 4.18.</summary>
    XskMap = 17,

    /// <summary>A hash table of sockets that verdict programs redirect between. <c>BPF_MAP_TYPE_SOCKHASH</c>, Linux 4.18.</summary>
    SockHash = 18,

    /// <summary>Storage of a program attached to a control group; superseded by <see cref="CgrpStorage"/>. <c>BPF_MAP_TYPE_CGROUP_STORAGE</c> (since Linux 6.2 also <c>BPF_MAP_TYPE_CGROUP_STORAGE_DEPRECATED</c>), Linux 4.19.</summary>
    CgroupStorage = 19,

    /// <summary>An array of sockets that share a port through <c>SO_REUSEPORT</c>. <c>BPF_MAP_TYPE_REUSEPORT_SOCKARRAY</c>, Linux 4.19.</summary>
    ReusePortSockArray = 20,

    /// <summary>Storage of a program attached to a control group, per CPU; superseded by <see cref="CgrpStorage"/>. <c>BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE</c> (since Linux 6.2 also with <c>_DEPRECATED</c>), Linux 4.20.</summary>
    PerCpuCgroupStorage = 21,

    /// <summary>A first-in, first-out queue without keys. <c>BPF_MAP_TYPE_QUEUE</c>, Linux 4.20.</summary>
    Queue = 22,

    /// <summary>A last-in, first-out stack without keys. <c>BPF_MAP_TYPE_STACK</c>, Linux 4.20.</summary>
    Stack = 23,

    /// <summary>Storage that lives and dies with a socket. <c>BPF_MAP_TYPE_SK_STORAGE</c>, Linux 5.2.</summary>
    SkStorage = 24,

    /// <summary>A hash table of network devices that XDP redirects to. <c>BPF_MAP_TYPE_DEVMAP_HASH</c>, Linux 5.4.</summary>
    DevMapHash = 25,

    /// <summary>A kernel structure of functions that BPF programs implement. <c>BPF_MAP_TYPE_STRUCT_OPS</c>, Linux 5.6.</summary>
    StructOps = 26,

    /// <summary>A ring buffer of events that all CPUs write and user space reads. <c>BPF_MAP_TYPE_RINGBUF</c>, Linux 5.8.</summary>
    RingBuf = 27,

    /// <summary>Storage that lives and dies with an inode. <c>BPF_MAP_TYPE_INODE_STORAGE</c>, Linux 5.10.</summary>
    InodeStorage = 28,

    /// <summary>Storage that lives and dies with a task. <c>BPF_MAP_TYPE_TASK_STORAGE</c>, Linux 5.11.</summary>
    TaskStorage = 29,

    /// <summary>A Bloom filter: says that a value was surely not added, or perhaps was. <c>BPF_MAP_TYPE_BLOOM_FILTER</c>, Linux 5.16.</summary>
    BloomFilter = 30,

    /// <summary>A ring buffer that user space writes and programs read. <c>BPF_MAP_TYPE_USER_RINGBUF</c>, Linux 6.1.</summary>
    UserRingBuf = 31,

    /// <summary>Storage that lives and dies with a control group. <c>BPF_MAP_TYPE_CGRP_STORAGE</c>, Linux 6.2.</summary>
    CgrpStorage = 32,

    /// <summary>Memory that programs and user space share, at the same addresses. <c>BPF_MAP_TYPE_ARENA</c>, Linux 6.9.</summary>
    Arena = 33,

    /// <summary>An array of instruction offsets within a program, for indirect jumps. <c>BPF_MAP_TYPE_INSN_ARRAY</c>, Linux 6.19.</summary>
    InsnArray = 34,

    /// <summary>A hash table that grows with its contents. <c>BPF_MAP_TYPE_RHASH</c>, Linux 7.2.</summary>
    RHash = 35,
}

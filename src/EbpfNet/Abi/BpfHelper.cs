namespace EbpfNet.Abi;

/// <summary>The kernel functions that programs may call by number (<c>enum bpf_func_id</c>), each with its C name and first kernel.</summary>
/// <remarks>The list is closed: since Linux 6.2 the kernel adds functions as kfuncs, which programs call by name.</remarks>
public enum BpfHelper : uint
{
    /// <summary>No helper: <c>BPF_FUNC_unspec</c>.</summary>
    Unspecified = 0,
    /// <summary>Finds a map's value by key: <c>bpf_map_lookup_elem</c>, Linux 3.19.</summary>
    MapLookupElem = 1,
    /// <summary>Adds or replaces a map's value under a key: <c>bpf_map_update_elem</c>, Linux 3.19.</summary>
    MapUpdateElem = 2,
    /// <summary>Removes a key from a map: <c>bpf_map_delete_elem</c>, Linux 3.19.</summary>
    MapDeleteElem = 3,
    /// <summary>Reads kernel or user memory that may not be there; the split forms are better: <c>bpf_probe_read</c>, Linux 4.1.</summary>
    ProbeRead = 4,
    /// <summary>Nanoseconds since boot, without the time spent suspended: <c>bpf_ktime_get_ns</c>, Linux 4.1.</summary>
    KtimeGetNs = 5,
    /// <summary>Prints a debug line to the trace pipe: <c>bpf_trace_printk</c>, Linux 4.1.</summary>
    TracePrintk = 6,
    /// <summary>A pseudo-random 32-bit number: <c>bpf_get_prandom_u32</c>, Linux 4.1.</summary>
    GetPrandomU32 = 7,
    /// <summary>The number of the CPU that runs the program: <c>bpf_get_smp_processor_id</c>, Linux 4.1.</summary>
    GetSmpProcessorId = 8,
    /// <summary>Writes bytes into a packet: <c>bpf_skb_store_bytes</c>, Linux 4.1.</summary>
    SkbStoreBytes = 9,
    /// <summary>Corrects a packet's IP checksum for a changed field: <c>bpf_l3_csum_replace</c>, Linux 4.1.</summary>
    L3CsumReplace = 10,
    /// <summary>Corrects a packet's TCP, UDP or ICMP checksum for a changed field: <c>bpf_l4_csum_replace</c>, Linux 4.1.</summary>
    L4CsumReplace = 11,
    /// <summary>Jumps to a program of a program array and does not come back: <c>bpf_tail_call</c>, Linux 4.2.</summary>
    TailCall = 12,
    /// <summary>Sends a copy of a packet to another device: <c>bpf_clone_redirect</c>, Linux 4.2.</summary>
    CloneRedirect = 13,
    /// <summary>The current task's process and thread ids: <c>bpf_get_current_pid_tgid</c>, Linux 4.2.</summary>
    GetCurrentPidTgid = 14,
    /// <summary>The current task's user and group ids: <c>bpf_get_current_uid_gid</c>, Linux 4.2.</summary>
    GetCurrentUidGid = 15,
    /// <summary>The current task's command name: <c>bpf_get_current_comm</c>, Linux 4.2.</summary>
    GetCurrentComm = 16,
    /// <summary>The net_cls class of the current task: <c>bpf_get_cgroup_classid</c>, Linux 4.3.</summary>
    GetCgroupClassId = 17,
    /// <summary>Adds a VLAN tag to a packet: <c>bpf_skb_vlan_push</c>, Linux 4.3.</summary>
    SkbVlanPush = 18,
    /// <summary>Takes a VLAN tag off a packet: <c>bpf_skb_vlan_pop</c>, Linux 4.3.</summary>
    SkbVlanPop = 19,
    /// <summary>Reads the tunnel metadata a packet came with: <c>bpf_skb_get_tunnel_key</c>, Linux 4.3.</summary>
    SkbGetTunnelKey = 20,
    /// <summary>Sets the tunnel metadata a packet leaves with: <c>bpf_skb_set_tunnel_key</c>, Linux 4.3.</summary>
    SkbSetTunnelKey = 21,
    /// <summary>Reads a counter of a perf event array: <c>bpf_perf_event_read</c>, Linux 4.3.</summary>
    PerfEventRead = 22,
    /// <summary>Sends a packet to another device: <c>bpf_redirect</c>, Linux 4.4.</summary>
    Redirect = 23,
    /// <summary>The routing realm of a packet's destination: <c>bpf_get_route_realm</c>, Linux 4.4.</summary>
    GetRouteRealm = 24,
    /// <summary>Writes an event to a perf event array: <c>bpf_perf_event_output</c>, Linux 4.4.</summary>
    PerfEventOutput = 25,
    /// <summary>Copies bytes out of a packet: <c>bpf_skb_load_bytes</c>, Linux 4.5.</summary>
    SkbLoadBytes = 26,
    /// <summary>Records the call stack in a stack trace map and gives its id: <c>bpf_get_stackid</c>, Linux 4.6.</summary>
    GetStackId = 27,
    /// <summary>The checksum difference that a changed buffer makes: <c>bpf_csum_diff</c>, Linux 4.6.</summary>
    CsumDiff = 28,
    /// <summary>Reads a packet's tunnel options: <c>bpf_skb_get_tunnel_opt</c>, Linux 4.6.</summary>
    SkbGetTunnelOpt = 29,
    /// <summary>Sets a packet's tunnel options: <c>bpf_skb_set_tunnel_opt</c>, Linux 4.6.</summary>
    SkbSetTunnelOpt = 30,
    /// <summary>Turns an IPv4 packet into an IPv6 one, or back: <c>bpf_skb_change_proto</c>, Linux 4.8.</summary>
    SkbChangeProto = 31,
    /// <summary>Changes how a packet was addressed: to this host, others, all: <c>bpf_skb_change_type</c>, Linux 4.8.</summary>
    SkbChangeType = 32,
    /// <summary>Says whether a packet's socket belongs to a control group: <c>bpf_skb_under_cgroup</c>, Linux 4.8.</summary>
    SkbUnderCgroup = 33,
    /// <summary>A packet's flow hash, computed if it has none: <c>bpf_get_hash_recalc</c>, Linux 4.8.</summary>
    GetHashRecalc = 34,
    /// <summary>The address of the current task structure: <c>bpf_get_current_task</c>, Linux 4.8.</summary>
    GetCurrentTask = 35,
    /// <summary>Writes the current task's user memory; for experiments only: <c>bpf_probe_write_user</c>, Linux 4.8.</summary>
    ProbeWriteUser = 36,
    /// <summary>Says whether the current task belongs to a control group: <c>bpf_current_task_under_cgroup</c>, Linux 4.9.</summary>
    CurrentTaskUnderCgroup = 37,
    /// <summary>Grows or shrinks a packet at its end: <c>bpf_skb_change_tail</c>, Linux 4.9.</summary>
    SkbChangeTail = 38,
    /// <summary>Makes a packet's first bytes directly readable: <c>bpf_skb_pull_data</c>, Linux 4.9.</summary>
    SkbPullData = 39,
    /// <summary>Adds to a packet's stored checksum: <c>bpf_csum_update</c>, Linux 4.9.</summary>
    CsumUpdate = 40,
    /// <summary>Marks a packet's flow hash as out of date: <c>bpf_set_hash_invalid</c>, Linux 4.9.</summary>
    SetHashInvalid = 41,
    /// <summary>The NUMA node of the CPU that runs the program: <c>bpf_get_numa_node_id</c>, Linux 4.10.</summary>
    GetNumaNodeId = 42,
    /// <summary>Makes room in front of a packet: <c>bpf_skb_change_head</c>, Linux 4.10.</summary>
    SkbChangeHead = 43,
    /// <summary>Moves the start of an XDP packet: <c>bpf_xdp_adjust_head</c>, Linux 4.10.</summary>
    XdpAdjustHead = 44,
    /// <summary>Reads a string from kernel or user memory that may not be there; the split forms are better: <c>bpf_probe_read_str</c>, Linux 4.11.</summary>
    ProbeReadStr = 45,
    /// <summary>A number that identifies a socket: <c>bpf_get_socket_cookie</c>, Linux 4.12.</summary>
    GetSocketCookie = 46,
    /// <summary>The user that owns a packet's socket: <c>bpf_get_socket_uid</c>, Linux 4.12.</summary>
    GetSocketUid = 47,
    /// <summary>Sets a packet's flow hash: <c>bpf_set_hash</c>, Linux 4.13.</summary>
    SetHash = 48,
    /// <summary>Sets an option of a socket: <c>bpf_setsockopt</c>, Linux 4.13.</summary>
    SetSockOpt = 49,
    /// <summary>Makes or takes room between a packet's headers: <c>bpf_skb_adjust_room</c>, Linux 4.13.</summary>
    SkbAdjustRoom = 50,
    /// <summary>Sends a packet to the target in a map's element: <c>bpf_redirect_map</c>, Linux 4.14.</summary>
    RedirectMap = 51,
    /// <summary>Moves received data to a socket of a socket array: <c>bpf_sk_redirect_map</c>, Linux 4.14.</summary>
    SkRedirectMap = 52,
    /// <summary>Adds a socket to a socket array: <c>bpf_sock_map_update</c>, Linux 4.14.</summary>
    SockMapUpdate = 53,
    /// <summary>Moves the start of the metadata in front of an XDP packet: <c>bpf_xdp_adjust_meta</c>, Linux 4.15.</summary>
    XdpAdjustMeta = 54,
    /// <summary>Reads a counter of a perf event array with its enabled and running times: <c>bpf_perf_event_read_value</c>, Linux 4.15.</summary>
    PerfEventReadValue = 55,
    /// <summary>Reads the counter of the perf event that runs the program: <c>bpf_perf_prog_read_value</c>, Linux 4.15.</summary>
    PerfProgReadValue = 56,
    /// <summary>Reads an option of a socket: <c>bpf_getsockopt</c>, Linux 4.15.</summary>
    GetSockOpt = 57,
    /// <summary>Makes the probed function return a chosen value: <c>bpf_override_return</c>, Linux 4.16.</summary>
    OverrideReturn = 58,
    /// <summary>Chooses the TCP events that a connection reports: <c>bpf_sock_ops_cb_flags_set</c>, Linux 4.16.</summary>
    SockOpsCbFlagsSet = 59,
    /// <summary>Sends a message through a socket of a socket array: <c>bpf_msg_redirect_map</c>, Linux 4.17.</summary>
    MsgRedirectMap = 60,
    /// <summary>Applies the verdict to so many bytes of a message: <c>bpf_msg_apply_bytes</c>, Linux 4.17.</summary>
    MsgApplyBytes = 61,
    /// <summary>Holds the verdict back until so many bytes of a message are there: <c>bpf_msg_cork_bytes</c>, Linux 4.17.</summary>
    MsgCorkBytes = 62,
    /// <summary>Makes a range of a message directly readable: <c>bpf_msg_pull_data</c>, Linux 4.17.</summary>
    MsgPullData = 63,
    /// <summary>Binds a connecting socket to a local address: <c>bpf_bind</c>, Linux 4.17.</summary>
    Bind = 64,
    /// <summary>Moves the end of an XDP packet: <c>bpf_xdp_adjust_tail</c>, Linux 4.18.</summary>
    XdpAdjustTail = 65,
    /// <summary>Reads the IPsec state of a packet: <c>bpf_skb_get_xfrm_state</c>, Linux 4.18.</summary>
    SkbGetXfrmState = 66,
    /// <summary>Copies the call stack into a buffer: <c>bpf_get_stack</c>, Linux 4.18.</summary>
    GetStack = 67,
    /// <summary>Copies bytes out of a packet, from its link or network header on: <c>bpf_skb_load_bytes_relative</c>, Linux 4.18.</summary>
    SkbLoadBytesRelative = 68,
    /// <summary>Looks up a route and its neighbour: <c>bpf_fib_lookup</c>, Linux 4.18.</summary>
    FibLookup = 69,
    /// <summary>Adds a socket to a socket hash: <c>bpf_sock_hash_update</c>, Linux 4.18.</summary>
    SockHashUpdate = 70,
    /// <summary>Sends a message through a socket of a socket hash: <c>bpf_msg_redirect_hash</c>, Linux 4.18.</summary>
    MsgRedirectHash = 71,
    /// <summary>Moves received data to a socket of a socket hash: <c>bpf_sk_redirect_hash</c>, Linux 4.18.</summary>
    SkRedirectHash = 72,
    /// <summary>Wraps a packet in another header: <c>bpf_lwt_push_encap</c>, Linux 4.18.</summary>
    LwtPushEncap = 73,
    /// <summary>Writes bytes of a segment routing header: <c>bpf_lwt_seg6_store_bytes</c>, Linux 4.18.</summary>
    LwtSeg6StoreBytes = 74,
    /// <summary>Grows or shrinks a segment routing header's options: <c>bpf_lwt_seg6_adjust_srh</c>, Linux 4.18.</summary>
    LwtSeg6AdjustSrh = 75,
    /// <summary>Applies a segment routing action to a packet: <c>bpf_lwt_seg6_action</c>, Linux 4.18.</summary>
    LwtSeg6Action = 76,
    /// <summary>Reports that a remote control's key is held: <c>bpf_rc_repeat</c>, Linux 4.18.</summary>
    RcRepeat = 77,
    /// <summary>Reports that a remote control's key is pressed: <c>bpf_rc_keydown</c>, Linux 4.18.</summary>
    RcKeydown = 78,
    /// <summary>The control group of a packet's socket: <c>bpf_skb_cgroup_id</c>, Linux 4.18.</summary>
    SkbCgroupId = 79,
    /// <summary>The control group of the current task: <c>bpf_get_current_cgroup_id</c>, Linux 4.18.</summary>
    GetCurrentCgroupId = 80,
    /// <summary>The storage of a program attached to a control group: <c>bpf_get_local_storage</c>, Linux 4.19.</summary>
    GetLocalStorage = 81,
    /// <summary>Chooses the socket of a reuseport array that gets the packet: <c>bpf_sk_select_reuseport</c>, Linux 4.19.</summary>
    SkSelectReusePort = 82,
    /// <summary>An ancestor of the control group of a packet's socket: <c>bpf_skb_ancestor_cgroup_id</c>, Linux 4.19.</summary>
    SkbAncestorCgroupId = 83,
    /// <summary>Finds a TCP socket by its addresses and takes a reference: <c>bpf_sk_lookup_tcp</c>, Linux 4.20.</summary>
    SkLookupTcp = 84,
    /// <summary>Finds a UDP socket by its addresses and takes a reference: <c>bpf_sk_lookup_udp</c>, Linux 4.20.</summary>
    SkLookupUdp = 85,
    /// <summary>Gives back a reference to a socket: <c>bpf_sk_release</c>, Linux 4.20.</summary>
    SkRelease = 86,
    /// <summary>Adds a value to a queue, stack or Bloom filter: <c>bpf_map_push_elem</c>, Linux 4.20.</summary>
    MapPushElem = 87,
    /// <summary>Takes the next value off a queue or stack: <c>bpf_map_pop_elem</c>, Linux 4.20.</summary>
    MapPopElem = 88,
    /// <summary>Reads the next value of a queue or stack, or asks a Bloom filter: <c>bpf_map_peek_elem</c>, Linux 4.20.</summary>
    MapPeekElem = 89,
    /// <summary>Makes room within a message: <c>bpf_msg_push_data</c>, Linux 4.20.</summary>
    MsgPushData = 90,
    /// <summary>Takes bytes out of a message: <c>bpf_msg_pop_data</c>, Linux 5.0.</summary>
    MsgPopData = 91,
    /// <summary>Reports that a remote control's pointer moved: <c>bpf_rc_pointer_rel</c>, Linux 5.0.</summary>
    RcPointerRel = 92,
    /// <summary>Takes the spin lock of a map value: <c>bpf_spin_lock</c>, Linux 5.1.</summary>
    SpinLock = 93,
    /// <summary>Releases the spin lock of a map value: <c>bpf_spin_unlock</c>, Linux 5.1.</summary>
    SpinUnlock = 94,
    /// <summary>The full socket behind a socket pointer: <c>bpf_sk_fullsock</c>, Linux 5.1.</summary>
    SkFullSock = 95,
    /// <summary>The TCP socket behind a socket pointer: <c>bpf_tcp_sock</c>, Linux 5.1.</summary>
    TcpSock = 96,
    /// <summary>Marks a packet as having met congestion: <c>bpf_skb_ecn_set_ce</c>, Linux 5.1.</summary>
    SkbEcnSetCe = 97,
    /// <summary>The listening socket behind a socket pointer: <c>bpf_get_listener_sock</c>, Linux 5.1.</summary>
    GetListenerSock = 98,
    /// <summary>Finds a TCP socket by its addresses, half-open and closing ones included: <c>bpf_skc_lookup_tcp</c>, Linux 5.2.</summary>
    SkcLookupTcp = 99,
    /// <summary>Checks the SYN cookie that an acknowledgement carries: <c>bpf_tcp_check_syncookie</c>, Linux 5.2.</summary>
    TcpCheckSyncookie = 100,
    /// <summary>The name of the sysctl that is being accessed: <c>bpf_sysctl_get_name</c>, Linux 5.2.</summary>
    SysctlGetName = 101,
    /// <summary>The present value of the sysctl that is being accessed: <c>bpf_sysctl_get_current_value</c>, Linux 5.2.</summary>
    SysctlGetCurrentValue = 102,
    /// <summary>The value that is being written to a sysctl: <c>bpf_sysctl_get_new_value</c>, Linux 5.2.</summary>
    SysctlGetNewValue = 103,
    /// <summary>Replaces the value that is being written to a sysctl: <c>bpf_sysctl_set_new_value</c>, Linux 5.2.</summary>
    SysctlSetNewValue = 104,
    /// <summary>Reads a signed number from text: <c>bpf_strtol</c>, Linux 5.2.</summary>
    Strtol = 105,
    /// <summary>Reads an unsigned number from text: <c>bpf_strtoul</c>, Linux 5.2.</summary>
    Strtoul = 106,
    /// <summary>Finds or makes a socket's storage: <c>bpf_sk_storage_get</c>, Linux 5.2.</summary>
    SkStorageGet = 107,
    /// <summary>Removes a socket's storage: <c>bpf_sk_storage_delete</c>, Linux 5.2.</summary>
    SkStorageDelete = 108,
    /// <summary>Sends a signal to the current process: <c>bpf_send_signal</c>, Linux 5.3.</summary>
    SendSignal = 109,
    /// <summary>Makes a SYN cookie for a packet: <c>bpf_tcp_gen_syncookie</c>, Linux 5.4.</summary>
    TcpGenSyncookie = 110,
    /// <summary>Writes an event with a packet's bytes to a perf event array, from tracing: <c>bpf_skb_output</c>, Linux 5.5.</summary>
    SkbOutput = 111,
    /// <summary>Reads user memory that may not be there: <c>bpf_probe_read_user</c>, Linux 5.5.</summary>
    ProbeReadUser = 112,
    /// <summary>Reads kernel memory that may not be there: <c>bpf_probe_read_kernel</c>, Linux 5.5.</summary>
    ProbeReadKernel = 113,
    /// <summary>Reads a string from user memory that may not be there: <c>bpf_probe_read_user_str</c>, Linux 5.5.</summary>
    ProbeReadUserStr = 114,
    /// <summary>Reads a string from kernel memory that may not be there: <c>bpf_probe_read_kernel_str</c>, Linux 5.5.</summary>
    ProbeReadKernelStr = 115,
    /// <summary>Sends a TCP acknowledgement, from congestion control: <c>bpf_tcp_send_ack</c>, Linux 5.6.</summary>
    TcpSendAck = 116,
    /// <summary>Sends a signal to the current thread: <c>bpf_send_signal_thread</c>, Linux 5.6.</summary>
    SendSignalThread = 117,
    /// <summary>The kernel's tick counter: <c>bpf_jiffies64</c>, Linux 5.6.</summary>
    Jiffies64 = 118,
    /// <summary>Reads the branch records of a perf event: <c>bpf_read_branch_records</c>, Linux 5.7.</summary>
    ReadBranchRecords = 119,
    /// <summary>The current task's ids as a given pid namespace sees them: <c>bpf_get_ns_current_pid_tgid</c>, Linux 5.7.</summary>
    GetNsCurrentPidTgid = 120,
    /// <summary>Writes an event with an XDP packet's bytes to a perf event array, from tracing: <c>bpf_xdp_output</c>, Linux 5.7.</summary>
    XdpOutput = 121,
    /// <summary>A number that identifies a network namespace: <c>bpf_get_netns_cookie</c>, Linux 5.7.</summary>
    GetNetNsCookie = 122,
    /// <summary>An ancestor of the current task's control group: <c>bpf_get_current_ancestor_cgroup_id</c>, Linux 5.7.</summary>
    GetCurrentAncestorCgroupId = 123,
    /// <summary>Gives a packet or connection to a socket: <c>bpf_sk_assign</c>, Linux 5.7.</summary>
    SkAssign = 124,
    /// <summary>Nanoseconds since boot, with the time spent suspended: <c>bpf_ktime_get_boot_ns</c>, Linux 5.8.</summary>
    KtimeGetBootNs = 125,
    /// <summary>Prints formatted text from an iterator: <c>bpf_seq_printf</c>, Linux 5.8.</summary>
    SeqPrintf = 126,
    /// <summary>Writes bytes from an iterator: <c>bpf_seq_write</c>, Linux 5.8.</summary>
    SeqWrite = 127,
    /// <summary>The control group of a socket: <c>bpf_sk_cgroup_id</c>, Linux 5.8.</summary>
    SkCgroupId = 128,
    /// <summary>An ancestor of a socket's control group: <c>bpf_sk_ancestor_cgroup_id</c>, Linux 5.8.</summary>
    SkAncestorCgroupId = 129,
    /// <summary>Copies a record into a ring buffer: <c>bpf_ringbuf_output</c>, Linux 5.8.</summary>
    RingBufOutput = 130,
    /// <summary>Reserves a record of a ring buffer: <c>bpf_ringbuf_reserve</c>, Linux 5.8.</summary>
    RingBufReserve = 131,
    /// <summary>Publishes a reserved record of a ring buffer: <c>bpf_ringbuf_submit</c>, Linux 5.8.</summary>
    RingBufSubmit = 132,
    /// <summary>Drops a reserved record of a ring buffer: <c>bpf_ringbuf_discard</c>, Linux 5.8.</summary>
    RingBufDiscard = 133,
    /// <summary>Reads a ring buffer's size, fill or positions: <c>bpf_ringbuf_query</c>, Linux 5.8.</summary>
    RingBufQuery = 134,
    /// <summary>Reads or changes how many of a packet's checksums were verified: <c>bpf_csum_level</c>, Linux 5.8.</summary>
    CsumLevel = 135,
    /// <summary>A socket pointer as a TCP over IPv6 socket: <c>bpf_skc_to_tcp6_sock</c>, Linux 5.9.</summary>
    SkcToTcp6Sock = 136,
    /// <summary>A socket pointer as a TCP socket: <c>bpf_skc_to_tcp_sock</c>, Linux 5.9.</summary>
    SkcToTcpSock = 137,
    /// <summary>A socket pointer as a TCP socket in time-wait: <c>bpf_skc_to_tcp_timewait_sock</c>, Linux 5.9.</summary>
    SkcToTcpTimewaitSock = 138,
    /// <summary>A socket pointer as a TCP connection request: <c>bpf_skc_to_tcp_request_sock</c>, Linux 5.9.</summary>
    SkcToTcpRequestSock = 139,
    /// <summary>A socket pointer as a UDP over IPv6 socket: <c>bpf_skc_to_udp6_sock</c>, Linux 5.9.</summary>
    SkcToUdp6Sock = 140,
    /// <summary>Copies a task's call stack into a buffer: <c>bpf_get_task_stack</c>, Linux 5.9.</summary>
    GetTaskStack = 141,
    /// <summary>Reads a TCP header option: <c>bpf_load_hdr_opt</c>, Linux 5.10.</summary>
    LoadHdrOpt = 142,
    /// <summary>Writes a TCP header option: <c>bpf_store_hdr_opt</c>, Linux 5.10.</summary>
    StoreHdrOpt = 143,
    /// <summary>Reserves room for TCP header options: <c>bpf_reserve_hdr_opt</c>, Linux 5.10.</summary>
    ReserveHdrOpt = 144,
    /// <summary>Finds or makes an inode's storage: <c>bpf_inode_storage_get</c>, Linux 5.10.</summary>
    InodeStorageGet = 145,
    /// <summary>Removes an inode's storage: <c>bpf_inode_storage_delete</c>, Linux 5.10.</summary>
    InodeStorageDelete = 146,
    /// <summary>The path of an open file or the like: <c>bpf_d_path</c>, Linux 5.10.</summary>
    DPath = 147,
    /// <summary>Copies user memory and may sleep for it: <c>bpf_copy_from_user</c>, Linux 5.10.</summary>
    CopyFromUser = 148,
    /// <summary>Formats a typed kernel object into a buffer: <c>bpf_snprintf_btf</c>, Linux 5.10.</summary>
    SnprintfBtf = 149,
    /// <summary>Prints a typed kernel object from an iterator: <c>bpf_seq_printf_btf</c>, Linux 5.10.</summary>
    SeqPrintfBtf = 150,
    /// <summary>The net_cls class of a packet's socket: <c>bpf_skb_cgroup_classid</c>, Linux 5.10.</summary>
    SkbCgroupClassId = 151,
    /// <summary>Sends a packet to another device and resolves the neighbour's address: <c>bpf_redirect_neigh</c>, Linux 5.10.</summary>
    RedirectNeigh = 152,
    /// <summary>A kernel variable's copy on a given CPU: <c>bpf_per_cpu_ptr</c>, Linux 5.10.</summary>
    PerCpuPtr = 153,
    /// <summary>A kernel variable's copy on this CPU: <c>bpf_this_cpu_ptr</c>, Linux 5.10.</summary>
    ThisCpuPtr = 154,
    /// <summary>Sends a packet to a device's peer in another network namespace: <c>bpf_redirect_peer</c>, Linux 5.10.</summary>
    RedirectPeer = 155,
    /// <summary>Finds or makes a task's storage: <c>bpf_task_storage_get</c>, Linux 5.11.</summary>
    TaskStorageGet = 156,
    /// <summary>Removes a task's storage: <c>bpf_task_storage_delete</c>, Linux 5.11.</summary>
    TaskStorageDelete = 157,
    /// <summary>The current task as a typed pointer: <c>bpf_get_current_task_btf</c>, Linux 5.11.</summary>
    GetCurrentTaskBtf = 158,
    /// <summary>Sets options of the program that is being executed: <c>bpf_bprm_opts_set</c>, Linux 5.11.</summary>
    BprmOptsSet = 159,
    /// <summary>Nanoseconds since boot, as of the last tick: <c>bpf_ktime_get_coarse_ns</c>, Linux 5.11.</summary>
    KtimeGetCoarseNs = 160,
    /// <summary>The measured hash of an inode: <c>bpf_ima_inode_hash</c>, Linux 5.11.</summary>
    ImaInodeHash = 161,
    /// <summary>The socket behind an open file: <c>bpf_sock_from_file</c>, Linux 5.11.</summary>
    SockFromFile = 162,
    /// <summary>Checks a packet's size against a device's MTU: <c>bpf_check_mtu</c>, Linux 5.12.</summary>
    CheckMtu = 163,
    /// <summary>Calls a function for each element of a map: <c>bpf_for_each_map_elem</c>, Linux 5.13.</summary>
    ForEachMapElem = 164,
    /// <summary>Formats text into a buffer: <c>bpf_snprintf</c>, Linux 5.13.</summary>
    Snprintf = 165,
    /// <summary>Makes a bpf() call from a syscall program: <c>bpf_sys_bpf</c>, Linux 5.14.</summary>
    SysBpf = 166,
    /// <summary>Finds a type of the kernel by name: <c>bpf_btf_find_by_name_kind</c>, Linux 5.14.</summary>
    BtfFindByNameKind = 167,
    /// <summary>Closes a file descriptor from a syscall program: <c>bpf_sys_close</c>, Linux 5.14.</summary>
    SysClose = 168,
    /// <summary>Prepares the timer of a map value: <c>bpf_timer_init</c>, Linux 5.15.</summary>
    TimerInit = 169,
    /// <summary>Sets the function that a timer calls: <c>bpf_timer_set_callback</c>, Linux 5.15.</summary>
    TimerSetCallback = 170,
    /// <summary>Starts a timer: <c>bpf_timer_start</c>, Linux 5.15.</summary>
    TimerStart = 171,
    /// <summary>Stops a timer: <c>bpf_timer_cancel</c>, Linux 5.15.</summary>
    TimerCancel = 172,
    /// <summary>The address of the traced function: <c>bpf_get_func_ip</c>, Linux 5.15.</summary>
    GetFuncIp = 173,
    /// <summary>The number given when the program was attached: <c>bpf_get_attach_cookie</c>, Linux 5.15.</summary>
    GetAttachCookie = 174,
    /// <summary>The user-space registers of a task: <c>bpf_task_pt_regs</c>, Linux 5.15.</summary>
    TaskPtRegs = 175,
    /// <summary>Copies the CPU's latest branch records: <c>bpf_get_branch_snapshot</c>, Linux 5.16.</summary>
    GetBranchSnapshot = 176,
    /// <summary>Prints a debug line with any number of arguments to the trace pipe: <c>bpf_trace_vprintk</c>, Linux 5.16.</summary>
    TraceVprintk = 177,
    /// <summary>A socket pointer as a Unix socket: <c>bpf_skc_to_unix_sock</c>, Linux 5.16.</summary>
    SkcToUnixSock = 178,
    /// <summary>The address of a kernel symbol: <c>bpf_kallsyms_lookup_name</c>, Linux 5.16.</summary>
    KallsymsLookupName = 179,
    /// <summary>Calls a function with the memory area that holds an address: <c>bpf_find_vma</c>, Linux 5.17.</summary>
    FindVma = 180,
    /// <summary>Calls a function a number of times: <c>bpf_loop</c>, Linux 5.17.</summary>
    Loop = 181,
    /// <summary>Compares text with a constant: <c>bpf_strncmp</c>, Linux 5.17.</summary>
    StrNCmp = 182,
    /// <summary>An argument of the traced function: <c>bpf_get_func_arg</c>, Linux 5.17.</summary>
    GetFuncArg = 183,
    /// <summary>The return value of the traced function: <c>bpf_get_func_ret</c>, Linux 5.17.</summary>
    GetFuncRet = 184,
    /// <summary>The number of the traced function's arguments: <c>bpf_get_func_arg_cnt</c>, Linux 5.17.</summary>
    GetFuncArgCnt = 185,
    /// <summary>The return value that a system call is to have: <c>bpf_get_retval</c>, Linux 5.18.</summary>
    GetRetVal = 186,
    /// <summary>Sets the return value that a system call is to have: <c>bpf_set_retval</c>, Linux 5.18.</summary>
    SetRetVal = 187,
    /// <summary>The length of an XDP packet with all its fragments: <c>bpf_xdp_get_buff_len</c>, Linux 5.18.</summary>
    XdpGetBuffLen = 188,
    /// <summary>Copies bytes out of an XDP packet: <c>bpf_xdp_load_bytes</c>, Linux 5.18.</summary>
    XdpLoadBytes = 189,
    /// <summary>Writes bytes into an XDP packet: <c>bpf_xdp_store_bytes</c>, Linux 5.18.</summary>
    XdpStoreBytes = 190,
    /// <summary>Copies another task's user memory and may sleep for it: <c>bpf_copy_from_user_task</c>, Linux 5.18.</summary>
    CopyFromUserTask = 191,
    /// <summary>Sets a packet's time stamp: <c>bpf_skb_set_tstamp</c>, Linux 5.18.</summary>
    SkbSetTstamp = 192,
    /// <summary>The hash of a file, measured if need be: <c>bpf_ima_file_hash</c>, Linux 5.18.</summary>
    ImaFileHash = 193,
    /// <summary>Swaps the kernel pointer that a map value keeps: <c>bpf_kptr_xchg</c>, Linux 5.19.</summary>
    KptrXchg = 194,
    /// <summary>Finds a per-CPU map's value of a given CPU: <c>bpf_map_lookup_percpu_elem</c>, Linux 5.19.</summary>
    MapLookupPerCpuElem = 195,
    /// <summary>A socket pointer as a multipath TCP socket: <c>bpf_skc_to_mptcp_sock</c>, Linux 5.19.</summary>
    SkcToMptcpSock = 196,
    /// <summary>A dynamic pointer to a map value's memory: <c>bpf_dynptr_from_mem</c>, Linux 5.19.</summary>
    DynptrFromMem = 197,
    /// <summary>Reserves a record of variable size in a ring buffer: <c>bpf_ringbuf_reserve_dynptr</c>, Linux 5.19.</summary>
    RingBufReserveDynptr = 198,
    /// <summary>Publishes a reserved record of variable size: <c>bpf_ringbuf_submit_dynptr</c>, Linux 5.19.</summary>
    RingBufSubmitDynptr = 199,
    /// <summary>Drops a reserved record of variable size: <c>bpf_ringbuf_discard_dynptr</c>, Linux 5.19.</summary>
    RingBufDiscardDynptr = 200,
    /// <summary>Copies bytes out of what a dynamic pointer points to: <c>bpf_dynptr_read</c>, Linux 5.19.</summary>
    DynptrRead = 201,
    /// <summary>Writes bytes into what a dynamic pointer points to: <c>bpf_dynptr_write</c>, Linux 5.19.</summary>
    DynptrWrite = 202,
    /// <summary>A direct pointer into what a dynamic pointer points to: <c>bpf_dynptr_data</c>, Linux 5.19.</summary>
    DynptrData = 203,
    /// <summary>Makes a SYN cookie from IPv4 headers: <c>bpf_tcp_raw_gen_syncookie_ipv4</c>, Linux 6.0.</summary>
    TcpRawGenSyncookieIpv4 = 204,
    /// <summary>Makes a SYN cookie from IPv6 headers: <c>bpf_tcp_raw_gen_syncookie_ipv6</c>, Linux 6.0.</summary>
    TcpRawGenSyncookieIpv6 = 205,
    /// <summary>Checks a SYN cookie against IPv4 headers: <c>bpf_tcp_raw_check_syncookie_ipv4</c>, Linux 6.0.</summary>
    TcpRawCheckSyncookieIpv4 = 206,
    /// <summary>Checks a SYN cookie against IPv6 headers: <c>bpf_tcp_raw_check_syncookie_ipv6</c>, Linux 6.0.</summary>
    TcpRawCheckSyncookieIpv6 = 207,
    /// <summary>Nanoseconds of international atomic time: <c>bpf_ktime_get_tai_ns</c>, Linux 6.1.</summary>
    KtimeGetTaiNs = 208,
    /// <summary>Calls a function for each record that user space put in a ring buffer: <c>bpf_user_ringbuf_drain</c>, Linux 6.1.</summary>
    UserRingBufDrain = 209,
    /// <summary>Finds or makes a control group's storage: <c>bpf_cgrp_storage_get</c>, Linux 6.2.</summary>
    CgrpStorageGet = 210,
    /// <summary>Removes a control group's storage: <c>bpf_cgrp_storage_delete</c>, Linux 6.2.</summary>
    CgrpStorageDelete = 211,
}

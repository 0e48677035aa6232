using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using DemoNetwork;
using EbpfNet.Abi;
using EbpfNet.Btf;
using EbpfNet.Kernel;
using Microsoft.Win32.SafeHandles;

namespace EbpfNet.KernelTests.Maps;

/// <summary>
/// Local storages, with programs on the other side. Those of inodes are tested from user space alone: only LSM programs have access to them, and not every
/// kernel loads those.
/// </summary>
public sealed class StorageTests : KernelTest
{
    [SkippableFact]
    public void A_program_and_user_space_share_what_is_kept_with_a_thread()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("storages", "visit_task", "forget_task"));
        BpfTaskStorage<Visits> visits = loaded.GetTaskStorage<Visits>("tasks");
        OnThread(() =>
        {
            using BpfTask self = BpfTask.OpenCurrentThread();
            Assert.False(visits.TryGetValue(self, out _));
            Run(loaded, "visit_task", times: 3);

            Assert.True(visits.TryGetValue(self, out Visits mine));
            Assert.Equal(new Visits(3, (uint)self.Id, 0), mine);
            visits.Set(self, new Visits(40, 0, 7));
            Run(loaded, "visit_task", times: 2);
            Assert.True(visits.TryGetValue(self, out mine));
            Assert.Equal(new Visits(42, (uint)self.Id, 7), mine);

            OnThread(() =>
            {
                using BpfTask other = BpfTask.OpenCurrentThread();
                Assert.False(visits.TryGetValue(other, out _));
                Run(loaded, "visit_task", times: 1);
                Assert.True(visits.TryGetValue(other, out Visits others));
                Assert.Equal(1ul, others.Count);
                Assert.True(visits.TryGetValue(self, out _));
            });

            Run(loaded, "forget_task", times: 1);
            Assert.False(visits.TryGetValue(self, out _));
        });
    }

    [SkippableFact]
    public void A_process_is_named_by_number_by_object_and_by_descriptor()
    {
        using BpfTaskStorage<Visits> visits = BpfTaskStorage<Visits>.Create("visits");
        using Process sleep = Process.Start("sleep", "1000");
        try
        {
            using BpfTask task = BpfTask.OpenProcess(sleep);
            CheckOperations<int, Visits>(visits.TryAdd, visits.TryUpdate, visits.Set, visits.TryGetValue, visits.Remove, sleep.Id);
            CheckOperations<Process, Visits>(visits.TryAdd, visits.TryUpdate, visits.Set, visits.TryGetValue, visits.Remove, sleep);
            CheckOperations<BpfTask, Visits>(visits.TryAdd, visits.TryUpdate, visits.Set, visits.TryGetValue, visits.Remove, task);
            visits.Set(task, new Visits(1, 2, 3));
            Assert.True(visits.TryGetValue(sleep.Id, out Visits same));
            Assert.Equal(new Visits(1, 2, 3), same);
            Assert.False(visits.TryGetValue(Environment.ProcessId, out _));

            sleep.Kill();
            sleep.WaitForExit();
            Assert.False(visits.TryGetValue(task, out _));
            Assert.False(visits.Remove(task));
            Assert.Contains("has ended", Assert.Throws<BpfSyscallException>(() => visits.Set(task, default)).Message, StringComparison.Ordinal);
            Assert.Contains("open process", Assert.Throws<BpfSyscallException>(() => visits.TryGetValue(sleep.Id, out _)).Message, StringComparison.Ordinal);
        }
        finally
        {
            sleep.Kill();
        }
    }

    [SkippableFact]
    public void A_thread_is_no_process()
    {
        OnThread(() =>
        {
            using BpfTask thread = BpfTask.OpenCurrentThread();
            BpfSyscallException refused = Assert.Throws<BpfSyscallException>(() => BpfTask.OpenProcess(thread.Id));
            Assert.Contains("the number of a thread", refused.Message, StringComparison.Ordinal);
        });
    }

    [SkippableFact]
    public void A_program_and_user_space_share_what_is_kept_with_a_socket()
    {
        using BpfObject loaded = BpfObject.Load(TestObjects.ReadOnly("storages", "count_packets"));
        BpfSocketStorage<Traffic> traffic = loaded.GetSocketStorage<Traffic>("sockets");
        Assert.True(traffic.Map.HasSpinLock);
        using NetworkHost host = NetworkHost.Create("talker");
        using BpfHandle link = host.Run(() => AttachToLoopback(loaded.Programs["count_packets"]));
        using Socket counted = host.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        using Socket other = host.CreateSocket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        counted.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Assert.False(traffic.TryGetValue(counted, out _));

        Send(counted, 3);
        Assert.True(traffic.TryGetValue(counted, out Traffic found));
        Assert.Equal((3ul, 0u), (found.Packets, found.Note));
        Assert.True(found.Bytes > 3 * 100);
        Assert.False(traffic.TryGetValue(other, out _));

        traffic.Set(counted, new Traffic { Packets = 1000, Note = 5 });
        Send(counted, 2);
        Assert.True(traffic.TryGetValue(counted, out found));
        Assert.Equal((1002ul, 5u), (found.Packets, found.Note));
        Assert.True(traffic.Remove(counted));
        Assert.False(traffic.Remove(counted));
    }

    [SkippableFact]
    public void A_closed_socket_is_refused_and_its_value_gone()
    {
        using BpfSocketStorage<Sixteen> storage = BpfSocketStorage<Sixteen>.Create("sockets", BpfMapFlags.Clone);
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        CheckOperations<Socket, Sixteen>(storage.TryAdd, storage.TryUpdate, storage.Set, storage.TryGetValue, storage.Remove, socket);
        storage.Set(socket, default);
        socket.Dispose();
        Assert.Throws<ObjectDisposedException>(() => storage.TryGetValue(socket, out _));
    }

    [SkippableFact]
    public void What_is_kept_with_a_file_goes_by_inode_not_by_name()
    {
        Skip.IfNot(HasInodeStorage(), "this kernel has no inode storage (CONFIG_BPF_LSM)");
        using BpfInodeStorage<Twelve> storage = BpfInodeStorage<Twelve>.Create("inodes");
        string path = Path.GetTempFileName();
        string second = path + ".link";
        try
        {
            File.CreateSymbolicLink(second, path);
            using SafeFileHandle file = File.OpenHandle(path);
            CheckOperations<SafeFileHandle, Twelve>(storage.TryAdd, storage.TryUpdate, storage.Set, storage.TryGetValue, storage.Remove, file);
            CheckOperations<string, Twelve>(storage.TryAdd, storage.TryUpdate, storage.Set, storage.TryGetValue, storage.Remove, second);
            CheckOperations<string, Twelve>(storage.TryAdd, storage.TryUpdate, storage.Set, storage.TryGetValue, storage.Remove, Path.GetTempPath());
            storage.Set(second, new Twelve(1, 2, 3));
            Assert.True(storage.TryGetValue(file, out Twelve found));
            Assert.Equal(new Twelve(1, 2, 3), found);
            Assert.False(storage.TryGetValue(Path.GetTempPath(), out _));
            Assert.Equal(BpfErrno.ENOENT, Assert.Throws<BpfSyscallException>(() => storage.Set(path + ".none", default)).Error);
        }
        finally
        {
            File.Delete(second);
            File.Delete(path);
        }
    }

    [SkippableFact]
    public void A_program_and_user_space_share_what_is_kept_with_a_control_group()
    {
        string own = Cgroups.Own();
        KernelTypes types = KernelTypes.OfRunning();
        BpfObjectSpec spec = TestObjects.ReadOnly("storages", "visit_cgroup");
        spec.Variables["task_cgroups"].SetValue(types.OffsetOf("task_struct", "cgroups"));
        spec.Variables["default_cgroup"].SetValue(types.OffsetOf("css_set", "dfl_cgrp"));
        using BpfObject loaded = BpfObject.Load(spec);
        BpfCgroupStorage<Visits> visits = loaded.GetCgroupStorage<Visits>("cgroups");
        using BpfCgroup cgroup = BpfCgroup.Open(own);
        CheckOperations<BpfCgroup, Visits>(visits.TryAdd, visits.TryUpdate, visits.Set, visits.TryGetValue, visits.Remove, cgroup);
        CheckOperations<string, Visits>(visits.TryAdd, visits.TryUpdate, visits.Set, visits.TryGetValue, visits.Remove, own);

        Run(loaded, "visit_cgroup", times: 3);
        Assert.True(visits.TryGetValue(cgroup, out Visits found));
        Assert.Equal(3ul, found.Count);
        visits.Set(cgroup, new Visits(10, 0, 9));
        Run(loaded, "visit_cgroup", times: 1);
        Assert.True(visits.TryGetValue(own, out found));
        Assert.Equal((11ul, 9u), (found.Count, found.Note));
    }

    [SkippableFact]
    public void A_folder_that_is_no_control_group_is_refused()
    {
        using BpfCgroupStorage<ulong> storage = BpfCgroupStorage<ulong>.Create("cgroups");
        Assert.Contains("not one of a control group", Assert.Throws<BpfSyscallException>(() => storage.Set("/tmp", 1)).Message, StringComparison.Ordinal);
        Assert.Contains("not one of a control group", Assert.Throws<BpfSyscallException>(() => storage.TryGetValue("/tmp", out _)).Message, StringComparison.Ordinal);
        Assert.Throws<BpfSyscallException>(() => storage.Set("/tmp/no such folder", 1));
    }

    [SkippableFact]
    public void Values_of_any_shape_are_created_with_types_that_the_kernel_takes()
    {
        using (var one = BpfTaskStorage<One>.Create("one"))
        using (var twelve = BpfTaskStorage<Twelve>.Create("twelve"))
        using (var nested = BpfTaskStorage<Nested>.Create("nested"))
        using (var guid = BpfTaskStorage<Guid>.Create("guid"))
        {
            Guid id = Guid.NewGuid();
            guid.Set(Environment.ProcessId, id);
            Assert.True(guid.TryGetValue(Environment.ProcessId, out Guid found));
            Assert.Equal(id, found);
            var value = new Nested { Größe = 1, Inner = new Twelve(2, 3, 4), Tail = 5 };
            nested.Set(Environment.ProcessId, value);
            using BpfMap again = BpfMap.OpenById(nested.Map.Id);
            Assert.True(new BpfTaskStorage<Nested>(again).TryGetValue(Environment.ProcessId, out Nested same));
            Assert.Equal(value, same);
            Assert.Throws<BpfLayoutException>(() => new BpfTaskStorage<Twelve>(again));
            Assert.Contains("BpfTaskStorage<T>", Assert.Throws<ArgumentException>(() => new BpfSocketStorage<Nested>(again)).Message, StringComparison.Ordinal);
        }
    }

    [SkippableFact]
    public void Too_large_a_value_is_refused_with_the_reason() =>
        Assert.Contains("larger than the kernel keeps", Assert.Throws<BpfSyscallException>(() => BpfTaskStorage<Huge>.Create("huge")).Message, StringComparison.Ordinal);

    [SkippableFact]
    public void No_operation_on_a_storage_allocates()
    {
        using var tasks = BpfTaskStorage<Twelve>.Create("tasks");
        using var sockets = BpfSocketStorage<Twelve>.Create("sockets");
        using BpfTask self = BpfTask.OpenCurrentThread();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        long before = 0;
        for (int round = 0; round < 1100; round++)
        {
            before = round == 100 ? GC.GetAllocatedBytesForCurrentThread() : before;
            tasks.Set(self, new Twelve(1, 2, 3));
            tasks.TryGetValue(self, out _);
            tasks.TryAdd(self, default);
            tasks.TryUpdate(self, default);
            tasks.Remove(self);
            tasks.TryGetValue(self, out _);
            sockets.Set(socket, new Twelve(1, 2, 3));
            sockets.TryGetValue(socket, out _);
            sockets.Remove(socket);
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private delegate bool Add<TKey, T>(TKey key, in T value);

    private delegate void Write<TKey, T>(TKey key, in T value);

    private delegate bool Get<TKey, T>(TKey key, out T value);

    private static void CheckOperations<TKey, T>(Add<TKey, T> tryAdd, Add<TKey, T> tryUpdate, Write<TKey, T> set, Get<TKey, T> tryGet, Func<TKey, bool> remove, TKey key)
        where T : unmanaged
    {
        T[] values = new T[3];
        Random.Shared.NextBytes(MemoryMarshal.AsBytes(values.AsSpan()));
        Assert.False(tryGet(key, out T found));
        Assert.Equal(default, found);
        Assert.False(tryUpdate(key, values[0]));
        Assert.True(tryAdd(key, values[0]));
        Assert.False(tryAdd(key, values[1]));
        Assert.True(tryGet(key, out found));
        Assert.Equal(values[0], found);
        Assert.True(tryUpdate(key, values[1]));
        Assert.True(tryGet(key, out found));
        Assert.Equal(values[1], found);
        set(key, values[2]);
        Assert.True(tryGet(key, out found));
        Assert.Equal(values[2], found);
        Assert.True(remove(key));
        Assert.False(remove(key));
        set(key, values[0]);
        Assert.True(remove(key));
    }

    private static void Run(BpfObject loaded, string program, int times)
    {
        for (int i = 0; i < times; i++)
        {
            Assert.Equal(0u, loaded.Programs[program].TestRun(new BpfTestRun()).ReturnValue);
        }
    }

    private static void Send(Socket from, int packets)
    {
        for (int i = 0; i < packets; i++)
        {
            from.SendTo(new byte[100], from.LocalEndPoint!);
            Assert.Equal(100, from.Receive(new byte[200]));
        }
    }

    /// <summary>A tcx link to the loopback device of the calling thread's network (Linux 6.6).</summary>
    private static unsafe BpfHandle AttachToLoopback(BpfProgram program)
    {
        using BpfHandle.Lease fd = program.Handle.Acquire();
        var attribute = new LinkCreateAttribute { ProgFd = fd.Fd, TargetFd = 1, AttachType = BpfAttachType.TcxEgress };
        BpfErrno error = BpfSyscall.InvokeForHandle(BpfCommand.LinkCreate, &attribute, out BpfHandle? link);
        Skip.If(error == BpfErrno.EINVAL, "this kernel has no tcx links");
        Assert.Equal(BpfErrno.None, error);
        return link!;
    }

    private static void OnThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
        }
    }

    private static bool HasInodeStorage()
    {
        try
        {
            BpfInodeStorage<ulong>.Create("try").Dispose();
            return true;
        }
        catch (BpfNotSupportedException)
        {
            return false;
        }
    }

    /// <summary>The running kernel's types.</summary>
    private sealed class KernelTypes(BtfSpec btf)
    {
        public static KernelTypes OfRunning()
        {
            const string Path = "/sys/kernel/btf/vmlinux";
            Skip.IfNot(File.Exists(Path), "this kernel has no BTF");
            return new KernelTypes(BtfSpec.Parse(File.ReadAllBytes(Path)));
        }

        public ulong OffsetOf(string type, string field)
        {
            Assert.True(btf.TryFindField(btf.FindAll(type).OfType<BtfStruct>().Single().Id, field, out BtfField found));
            return found.ByteOffset;
        }
    }

    /// <summary><c>struct visits</c>.</summary>
    private readonly record struct Visits(ulong Count, uint LastPid, uint Note);

    /// <summary><c>struct traffic</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Traffic
    {
        public BpfSpinLock Lock;
        public uint Note;
        public ulong Packets;
        public ulong Bytes;
    }

    [StructLayout(LayoutKind.Sequential)]
    private record struct Nested
    {
        public byte Größe;
        public Twelve Inner;
        public ulong Tail;
    }

    [StructLayout(LayoutKind.Sequential, Size = 100_000)]
    private struct Huge
    {
        public byte First;
    }
}

using EbpfNet.Kernel;

namespace EbpfNet.KernelTests.Maps;

public sealed class HandleTests : KernelTest
{
    [SkippableFact]
    public void A_descriptor_stays_open_while_any_thread_holds_it_and_is_closed_by_the_last_one()
    {
        const int Threads = 6;
        for (int round = 0; round < 200; round++)
        {
            using BpfHashMap<int, int> map = BpfHashMap<int, int>.Create("held", 4);
            using BpfHandle handle = map.Map.Handle.Duplicate("a map");
            long uses = 0;
            var failures = new System.Collections.Concurrent.ConcurrentQueue<Exception>();
            Thread[] threads = [.. Enumerable.Range(0, Threads).Select(_ => new Thread(Use))];
            foreach (Thread thread in threads)
            {
                thread.Start();
            }

            SpinWait.SpinUntil(() => Interlocked.Read(ref uses) > Threads);
            handle.Dispose();
            Assert.True(handle.IsClosed);
            foreach (Thread thread in threads)
            {
                thread.Join();
            }

            Assert.Empty(failures);
            Assert.Throws<ObjectDisposedException>(() => handle.Acquire().Dispose());

            void Use()
            {
                try
                {
                    int key = 1;
                    int value = 0;
                    while (true)
                    {
                        using BpfHandle.Lease fd = handle.Acquire();
                        unsafe
                        {
                            // A closed descriptor would be EBADF.
                            int result = MapElements.Lookup(map.Map.Handle, &key, &value);
                            if (result != MapElements.NotFound || (round % 20 == 0 && new FileInfo($"/proc/self/fd/{fd.Fd}").LinkTarget != "anon_inode:bpf-map"))
                            {
                                throw new InvalidOperationException($"{result}");
                            }
                        }

                        Interlocked.Increment(ref uses);
                    }
                }
                catch (ObjectDisposedException)
                {
                    // As it has to end.
                }
                catch (Exception e)
                {
                    failures.Enqueue(e);
                }
            }
        }
    }
}

// The tests count what they leave in the kernel: one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

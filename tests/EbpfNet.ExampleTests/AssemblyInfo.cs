using System.Runtime.Versioning;

// The tests count what is left on the machine: one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

[assembly: SupportedOSPlatform("linux")]

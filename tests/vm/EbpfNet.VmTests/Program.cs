// Runs the kernel tests in this process, and prints what failed or was skipped, and why.
//   EbpfNet.VmTests [--marked] [--names FILE] [--passed FILE] [TEXT]...
// TEXT: a part of the names of the tests to run; --names: a file with their whole names, one in a line; --marked: only those marked for other kernels;
// --passed: where to write the names of those that pass.
using EbpfNet.VmTests;

string? passed = null;
HashSet<string>? names = null;
bool marked = false;
var filter = new List<string>();
for (int i = 0; i < args.Length; i++)
{
    switch (args[i])
    {
        case "--marked":
            marked = true;
            break;
        case "--names" when i + 1 < args.Length:
            names = [.. File.ReadLines(args[++i])];
            break;
        case "--passed" when i + 1 < args.Length:
            passed = args[++i];
            break;
        default:
            filter.Add(args[i]);
            break;
    }
}

using var run = new TestRun([.. filter], names, marked, passed);
return run.Execute() ? 0 : 1;

using System.Globalization;
using Xunit.Abstractions;
using Xunit.Sdk;

namespace EbpfNet.VmTests;

/// <summary>Counts the results and prints those that matter, as they come: an emulated machine may be stopped at its time limit.</summary>
/// <param name="names">The file for the names of the tests that pass; may be <see langword="null"/>.</param>
internal sealed class ResultSink(string? names) : IMessageSink, IDisposable
{
    private const decimal Slow = 20; // seconds

    private readonly ManualResetEventSlim _done = new();

    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public int Skipped { get; private set; }

    public void Wait() => _done.Wait();

    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestPassed passed:
                Passed++;
                if (names is not null)
                {
                    File.AppendAllText(names, passed.Test.DisplayName + "\n");
                }

                if (passed.ExecutionTime > Slow)
                {
                    Print(string.Create(CultureInfo.InvariantCulture, $"SLOW {passed.Test.DisplayName}: {passed.ExecutionTime:0} s"));
                }

                break;
            case ITestSkipped skipped:
                Skipped++;
                Print($"SKIP {skipped.Test.DisplayName}: {skipped.Reason}");
                break;
            case ITestFailed failed:
                Failed++;
                Print($"FAIL {failed.Test.DisplayName}");
                Print(Describe(failed));
                break;
            case IErrorMessage error: // outside of any test: a fixture, a clean-up
                Failed++;
                Print($"FAIL {error.GetType().Name}");
                Print(Describe(error));
                break;
            case ITestAssemblyFinished:
                _done.Set();
                break;
        }

        return true;
    }

    public void Dispose() => _done.Dispose();

    private static string Describe(IFailureInformation failure) => $"{ExceptionUtility.CombineMessages(failure)}\n{ExceptionUtility.CombineStackTraces(failure)}";

    private static void Print(string text) => Console.WriteLine(text);
}

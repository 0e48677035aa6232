using Xunit.Abstractions;
using Xunit.Sdk;

namespace EbpfNet.VmTests;

/// <summary>Collects the tests that xunit finds.</summary>
internal sealed class DiscoverySink : IMessageSink, IDisposable
{
    private readonly List<IXunitTestCase> _tests = [];
    private readonly ManualResetEventSlim _done = new();

    public IReadOnlyList<IXunitTestCase> Wait()
    {
        _done.Wait();
        return _tests;
    }

    public bool OnMessage(IMessageSinkMessage message)
    {
        switch (message)
        {
            case ITestCaseDiscoveryMessage { TestCase: IXunitTestCase test }:
                _tests.Add(test);
                break;
            case IDiscoveryCompleteMessage:
                _done.Set();
                break;
        }

        return true;
    }

    public void Dispose() => _done.Dispose();
}

using EbpfNet.Btf;
using EbpfNet.Loading;
using EbpfNet.Tests.Objects;

namespace EbpfNet.Tests.Loading;

/// <summary>Kernel variables and functions, looked up in types made up here.</summary>
public class KernelTypeSymbolsTests
{
    private readonly BpfObjectSpec _spec = TestObjects.Read("kernel_symbols");

    [Fact]
    public void A_function_is_found_and_flavours_of_it_as_far_as_they_fit()
    {
        var kernel = new Target();
        BtfTypeId function = kernel.AddFunction("bpf_cast_to_kern_ctx", parameters: 1);

        Assert.Equal(new ResolvedExtern { IsFound = true, Type = function }, Find(kernel, "bpf_cast_to_kern_ctx"));
        Assert.Equal(new ResolvedExtern { IsFound = true, Type = function }, Find(kernel, "bpf_cast_to_kern_ctx___again"));
        ResolvedExtern wrong = Find(kernel, "bpf_cast_to_kern_ctx___wrong");
        Assert.Equal((false, null), (wrong.IsFound, wrong.Problem));
        Assert.Contains("void *bpf_cast_to_kern_ctx(void *, int)", wrong.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_function_with_another_prototype_is_refused_and_both_are_shown()
    {
        var kernel = new Target();
        kernel.AddFunction("bpf_cast_to_kern_ctx", parameters: 2);

        string? problem = Find(kernel, "bpf_cast_to_kern_ctx").Problem;

        Assert.Contains("'void *bpf_cast_to_kern_ctx(void *)'", problem, StringComparison.Ordinal);
        Assert.Contains("'void *bpf_cast_to_kern_ctx(void *arg, int arg)'", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_function_is_a_problem_with_the_nearest_name_unless_it_is_weak()
    {
        var kernel = new Target();
        kernel.AddFunction("bpf_cast_to_kernel_ctx", parameters: 1);

        Assert.Contains("'bpf_cast_to_kernel_ctx'", Find(kernel, "bpf_cast_to_kern_ctx").Problem, StringComparison.Ordinal);
        Assert.Equal(new ResolvedExtern(), Find(kernel, "ebpfnet_no_such_weak_function"));
    }

    [Fact]
    public void Modules_are_asked_only_for_what_the_kernel_itself_does_not_have()
    {
        var kernel = new Target();
        kernel.AddFunction("other", parameters: 1);
        BtfTypeId inModule = kernel.AddToModule("conntrack", "bpf_cast_to_kern_ctx");

        Assert.Equal(new ResolvedExtern { IsFound = true, Type = inModule, Module = "conntrack" }, Find(kernel, "bpf_cast_to_kern_ctx"));

        kernel = new Target();
        BtfTypeId own = kernel.AddFunction("bpf_cast_to_kern_ctx", parameters: 1);
        kernel.AddToModule("conntrack", "bpf_cast_to_kern_ctx");

        Assert.Equal(new ResolvedExtern { IsFound = true, Type = own }, Find(kernel, "bpf_cast_to_kern_ctx"));
    }

    [Theory]
    [InlineData("struct", true)]
    [InlineData("const volatile struct", true)]
    [InlineData("union", false)]
    [InlineData("int", false)]
    public void A_variable_is_taken_when_it_is_of_the_same_kind(string type, bool fits)
    {
        var kernel = new Target();
        BtfTypeId id = kernel.AddVariable("runqueues", type);

        ResolvedExtern found = Find(kernel, "runqueues");

        Assert.Equal(fits ? new ResolvedExtern { IsFound = true, Type = id } : found, found);
        Assert.Equal(fits, found.Problem is null);
    }

    [Fact]
    public void A_function_of_a_variables_name_is_not_the_variable()
    {
        var kernel = new Target();
        kernel.AddFunction("runqueues", parameters: 1);

        Assert.Contains("variable", Find(kernel, "runqueues").Problem, StringComparison.Ordinal);
        Assert.Equal(new ResolvedExtern(), Find(kernel, "ebpfnet_no_such_weak_variable"));
    }

    private ResolvedExtern Find(Target kernel, string name) => new KernelTypeSymbols(_spec.Btf!, kernel).Find(_spec.Externs.Single(one => one.Name == name));

    private sealed class Target : ICoreTarget
    {
        private readonly BtfBuilder _builder = new(!BitConverter.IsLittleEndian);
        private readonly List<(string Module, string Function)> _modules = [];
        private BtfSpec? _kernel;

        public BtfSpec Kernel => _kernel ??= _builder.ToSpec();

        public IReadOnlyList<BtfSpec> Modules => [.. _modules.Select(one =>
        {
            var builder = new BtfBuilder(!BitConverter.IsLittleEndian, Kernel);
            AddFunction(builder, one.Function, 1);
            return BtfSpec.Parse(builder.ToArray(), Kernel, one.Module);
        })];

        public BtfTypeId AddFunction(string name, int parameters) => AddFunction(_builder, name, parameters);

        public BtfTypeId AddToModule(string module, string name)
        {
            _modules.Add((module, name));
            return new BtfTypeId(_builder.NextId.Value + 3); // Two of the parameters' types and the prototype come before it.
        }

        public BtfTypeId AddVariable(string name, string type)
        {
            BtfTypeId id = type switch
            {
                "union" => _builder.AddUnion("rq", 4),
                "int" => _builder.AddInt("int", 4, BtfIntEncoding.Signed),
                "struct" => _builder.AddStruct("other_name", 8),
                _ => _builder.AddConst(_builder.AddVolatile(_builder.AddStruct("rq", 8))),
            };
            return _builder.AddVariable(name, id, BtfVariableLinkage.Global);
        }

        private static BtfTypeId AddFunction(BtfBuilder builder, string name, int parameters)
        {
            BtfTypeId pointer = builder.AddPointer(default);
            BtfTypeId number = builder.AddInt("int", 4, BtfIntEncoding.Signed);
            BtfTypeId prototype = builder.AddFunctionPrototype(pointer, false, [.. Enumerable.Range(0, parameters).Select(i => new BtfParameter("arg", i == 0 ? pointer : number))]);
            return builder.AddFunction(name, prototype, BtfFunctionLinkage.Static);
        }
    }
}

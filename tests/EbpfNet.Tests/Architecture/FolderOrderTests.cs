namespace EbpfNet.Tests.Architecture;

public sealed class FolderOrderTests
{
    [Fact]
    public void Each_folder_of_the_library_uses_only_those_before_it()
    {
        string library = Path.Combine(RepositoryFiles.Root, "src", "EbpfNet");
        (string, string)[] sources = [.. RepositoryFiles.CSharp("src/EbpfNet").Select(file => (Path.GetRelativePath(library, file), File.ReadAllText(file)))];

        Assert.NotEmpty(sources);
        Assert.Empty(FolderOrder.FindViolations(sources));
    }

    [Fact]
    public void A_use_of_a_later_folder_is_found_whatever_namespace_it_declares()
    {
        IReadOnlyList<string> violations = FolderOrder.FindViolations(
        [
            ("Abi/Low.cs", "namespace EbpfNet; class Low { object F() => new High(); }"),
            ("Kernel/High.cs", "namespace EbpfNet; class High { Low? F() => null; }"),
        ]);

        string only = Assert.Single(violations);
        Assert.Equal("Abi/Low.cs (line 1) uses 'High' of Kernel/High.cs, but Abi comes before Kernel.", only);
    }

    [Theory]
    [InlineData("static class Low { static void F(object o) => o.Extended(); }")] // an extension method
    [InlineData("class Low { object F() { High h = Make(); return h; } static High Make() => throw new(); }")]
    [InlineData("class Low { System.Collections.Generic.List<High> _all = new(); }")] // a type argument
    [InlineData("class Low : High { }")]
    [InlineData("class Low { string F(object o) => o is High ? nameof(High) : \"\"; }")]
    [InlineData("class Low { int F() => High.Field; }")]
    [InlineData("[Mark] class Low { }")]
    public void A_use_of_a_later_folder_is_found_in_any_form(string text)
    {
        const string Later = """
            namespace EbpfNet;
            class High { public static int Field; }
            static class Extensions { public static void Extended(this object o) { } }
            class MarkAttribute : System.Attribute { }
            """;

        Assert.NotEmpty(FolderOrder.FindViolations([("Handles/Low.cs", "namespace EbpfNet; " + text), ("Links/High.cs", Later)]));
        Assert.Empty(FolderOrder.FindViolations([("Links/Low.cs", "namespace EbpfNet; " + text), ("Handles/High.cs", Later)]));
    }

    [Fact]
    public void The_root_comes_after_all_folders_but_hosting()
    {
        (string, string) facade = ("BpfObject.cs", "namespace EbpfNet; class BpfObject { }");

        Assert.NotEmpty(FolderOrder.FindViolations([facade, ("Features/F.cs", "namespace EbpfNet; class F : BpfObject { }")]));
        Assert.Empty(FolderOrder.FindViolations([facade, ("Hosting/H.cs", "namespace EbpfNet; class H : BpfObject { }")]));
    }

    [Fact]
    public void An_unknown_folder_is_refused() =>
        Assert.Contains("'Helpers'", Assert.Single(FolderOrder.FindViolations([("Helpers/Misc.cs", "class Misc { }")])), StringComparison.Ordinal);

    [Fact]
    public void A_name_that_cannot_be_bound_is_not_taken_for_innocent() =>
        Assert.Contains(
            "'High' could not be bound",
            Assert.Single(FolderOrder.FindViolations([("Abi/Low.cs", "class Low { object F() => Missing().High; }"), ("Links/High.cs", "class High { }")])),
            StringComparison.Ordinal);
}

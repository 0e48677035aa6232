namespace EbpfNet.Tests.Architecture;

public sealed class SourceRulesTests
{
    [Fact]
    public void Native_functions_are_declared_only_in_the_kernel_folder()
    {
        string[] declaring = [.. RepositoryFiles.CSharp("src").Where(file => SourceRules.FindNativeDeclarations(File.ReadAllText(file)).Count > 0).Select(file => Path.GetRelativePath(RepositoryFiles.Root, file))];

        Assert.Contains("src/EbpfNet/Kernel/LibC.cs", declaring);
        Assert.All(declaring, file => Assert.StartsWith("src/EbpfNet/Kernel/", file, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("partial class A { [LibraryImport(\"libc\")] static partial int close(int fd); }", true)]
    [InlineData("class A { [System.Runtime.InteropServices.DllImport(\"libc\")] static extern int close(int fd); }", true)]
    [InlineData("unsafe class A { delegate* unmanaged<int, int> _close; }", true)]
    [InlineData("class A { /* [DllImport] */ string _text = \"[LibraryImport]\"; }", false)]
    [InlineData("unsafe class A { delegate*<int, int> _managed; }", false)]
    public void Native_declarations_are_told_from_talk_of_them(string text, bool declares) =>
        Assert.Equal(declares, SourceRules.FindNativeDeclarations(text).Count > 0);

    [Fact]
    public void Kernel_tests_make_nothing_before_they_know_that_they_may_run() =>
        Assert.All(RepositoryFiles.CSharp("tests"), file => Assert.Empty(SourceRules.FindEarlyFields(File.ReadAllText(file))));

    [Theory]
    [InlineData("class A : KernelTest { readonly Program _drop = Load(); const int B = 1; static readonly int C = 2; int _d; }", "_drop")]
    [InlineData("class A : KernelTest { readonly Program _drop; A() => _drop = Load(); }", null)]
    [InlineData("class A { readonly Program _drop = Load(); } class B : KernelTest;", null)]
    public void Fields_of_kernel_tests_that_are_made_too_early_are_found(string text, string? field) =>
        Assert.Equal(field is null ? [] : [field], SourceRules.FindEarlyFields(text));

    [Fact]
    public void No_hand_written_file_grows_too_long()
    {
        string[] files = [.. new[] { "src", "tests", "examples", "benchmarks" }.SelectMany(RepositoryFiles.CSharp)];

        Assert.NotEmpty(files);
        Assert.Empty(files.Where(file => SourceRules.IsTooLong(File.ReadAllText(file))).Select(file => Path.GetRelativePath(RepositoryFiles.Root, file)));
    }

    [Fact]
    public void A_file_is_too_long_after_450_lines()
    {
        Assert.False(SourceRules.IsTooLong(string.Concat(Enumerable.Repeat("x\n", 450))));
        Assert.True(SourceRules.IsTooLong(string.Concat(Enumerable.Repeat("x\n", 451))));
    }
}

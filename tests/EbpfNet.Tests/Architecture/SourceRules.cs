using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EbpfNet.Tests.Architecture;

/// <summary>Rules that a single source file keeps or breaks.</summary>
internal static class SourceRules
{
    public const int MaximumLines = 450;

    /// <summary>The native functions that a source declares, in whatever way.</summary>
    public static IReadOnlyList<string> FindNativeDeclarations(string text)
    {
        if (!text.Contains("Import", StringComparison.Ordinal) && !text.Contains("extern", StringComparison.Ordinal) && !text.Contains("unmanaged", StringComparison.Ordinal))
        {
            return []; // Parsing is slow, and most sources have none of the words.
        }

        SyntaxNode root = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview)).GetRoot();
        IEnumerable<string> imports = root.DescendantNodes().OfType<AttributeSyntax>()
            .Select(attribute => attribute.Name.ToString().Split('.')[^1])
            .Where(name => name is "DllImport" or "DllImportAttribute" or "LibraryImport" or "LibraryImportAttribute");
        IEnumerable<string> externs = root.DescendantTokens().Where(token => token.IsKind(SyntaxKind.ExternKeyword) && token.Parent is MethodDeclarationSyntax).Select(_ => "extern");
        IEnumerable<string> pointers = root.DescendantNodes().OfType<FunctionPointerCallingConventionSyntax>()
            .Where(convention => convention.ManagedOrUnmanagedKeyword.IsKind(SyntaxKind.UnmanagedKeyword))
            .Select(_ => "delegate* unmanaged");
        return [.. imports, .. externs, .. pointers];
    }

    /// <summary>The instance fields of tests against the kernel that have a value before their base has found out whether they may run.</summary>
    public static IReadOnlyList<string> FindEarlyFields(string text) => !text.Contains(": KernelTest", StringComparison.Ordinal) ? [] :
    [
        .. CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview)).GetRoot().DescendantNodes().OfType<ClassDeclarationSyntax>()
            .Where(type => type.BaseList?.Types.Any(@base => @base.Type.ToString() == "KernelTest") ?? false)
            .SelectMany(type => type.Members.OfType<FieldDeclarationSyntax>())
            .Where(field => !field.Modifiers.Any(SyntaxKind.StaticKeyword) && !field.Modifiers.Any(SyntaxKind.ConstKeyword))
            .SelectMany(field => field.Declaration.Variables)
            .Where(variable => variable.Initializer is not null)
            .Select(variable => variable.Identifier.Text),
    ];

    public static bool IsTooLong(string text) => text.AsSpan().Count('\n') > MaximumLines;
}

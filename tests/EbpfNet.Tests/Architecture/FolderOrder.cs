using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace EbpfNet.Tests.Architecture;

/// <summary>
/// Finds what breaks the order of the library's folders: each may use only those before it. Namespaces do not say where a type lives,
/// so every name in the sources is bound, and the folder of its declaration looked up.
/// </summary>
internal static class FolderOrder
{
    /// <summary>The name of the folder that all others are in.</summary>
    public const string RootFolder = "(root)";

    public static readonly string[] Folders =
    [
        "Errors", "Abi", "Buffers", "Elf", "Instructions", "Btf", "Objects", "Kernel", "Handles", "Maps", "RingBuffers", "Loading", "Links", "Features",
        RootFolder, "Hosting",
    ];

    /// <summary>What every project of this repository imports implicitly.</summary>
    private const string ImplicitUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    /// <summary>Errors that a name can hide behind: with one of them, "nothing found" would prove nothing.</summary>
    private static readonly string[] UnboundNames = ["CS0103", "CS0117", "CS0234", "CS0246", "CS1061"];

    private static readonly CSharpParseOptions Options = new(LanguageVersion.Preview, DocumentationMode.None, preprocessorSymbols: ["NET", "NET9_0_OR_GREATER", "NET10_0", "NET10_0_OR_GREATER"]);

    private static readonly MetadataReference[] References = FindReferences();

    /// <param name="sources">Path within the library's folder, and text.</param>
    /// <returns>One sentence for each wrong use.</returns>
    public static IReadOnlyList<string> FindViolations(IEnumerable<(string Path, string Text)> sources)
    {
        SyntaxTree[] trees = [.. sources.Select(source => CSharpSyntaxTree.ParseText(source.Text, Options, source.Path))];
        CSharpCompilation compilation = CSharpCompilation.Create(
            "EbpfNet",
            [.. trees, CSharpSyntaxTree.ParseText(ImplicitUsings, Options)],
            References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

        var violations = new SortedSet<string>(StringComparer.Ordinal);
        foreach (SyntaxTree tree in trees)
        {
            if (Rank(tree.FilePath) < 0)
            {
                violations.Add($"{tree.FilePath}: '{FolderOf(tree.FilePath)}' is not a folder of the library's order.");
                continue;
            }

            AddViolations(compilation.GetSemanticModel(tree), violations);
        }

        return [.. violations];
    }

    private static void AddViolations(SemanticModel model, SortedSet<string> violations)
    {
        string user = model.SyntaxTree.FilePath;
        foreach (Diagnostic problem in model.GetDiagnostics().Where(d => UnboundNames.Contains(d.Id)))
        {
            violations.Add($"{user}: a name could not be found, so this check is blind: {problem.GetMessage(null)}");
        }

        // Besides names: 'new()' uses a type without naming it.
        foreach (SyntaxNode node in model.SyntaxTree.GetRoot().DescendantNodes().Where(n => n is SimpleNameSyntax or ImplicitObjectCreationExpressionSyntax))
        {
            ISymbol? symbol = model.GetSymbolInfo(node).Symbol;
            if (symbol is null or INamespaceSymbol)
            {
                continue;
            }

            // A constructor that nobody wrote is declared with its type.
            symbol = symbol.IsImplicitlyDeclared ? symbol.ContainingType ?? symbol : symbol;
            foreach (SyntaxReference declaration in symbol.OriginalDefinition.DeclaringSyntaxReferences)
            {
                string used = declaration.SyntaxTree.FilePath;
                if (Rank(used) > Rank(user))
                {
                    violations.Add($"{user} (line {node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}) uses '{symbol.Name}' of {used}, but {FolderOf(user)} comes before {FolderOf(used)}.");
                }
            }
        }
    }

    private static string FolderOf(string path) => path.IndexOf('/', StringComparison.Ordinal) is int end and >= 0 ? path[..end] : RootFolder;

    private static int Rank(string path) => Array.IndexOf(Folders, FolderOf(path));

    private static MetadataReference[] FindReferences() =>
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!)
            .Split(Path.PathSeparator)
            .Where(file => !Path.GetFileName(file).StartsWith("EbpfNet", StringComparison.Ordinal)) // The sources stand for these.
            .Select(file => MetadataReference.CreateFromFile(file)),
    ];
}

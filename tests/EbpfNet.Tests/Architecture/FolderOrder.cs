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
        "Errors", "Abi", "Buffers", "Elf", "Instructions", "Btf", "Objects", "Kernel", "Symbols", "Handles", "Maps", "RingBuffers", "Loading", "Links", "Features",
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
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Annotations));

        Dictionary<string, int> latest = FindLatestDeclarations(trees);
        var violations = new SortedSet<string>(StringComparer.Ordinal);
        foreach (SyntaxTree tree in trees)
        {
            if (Rank(tree.FilePath) < 0)
            {
                violations.Add($"{tree.FilePath}: '{FolderOf(tree.FilePath)}' is not a folder of the library's order.");
                continue;
            }

            AddViolations(compilation.GetSemanticModel(tree), latest, violations);
        }

        return [.. violations];
    }

    /// <summary>For each name, the rank of the last folder that declares something of that name. Binding is slow; most names need none.</summary>
    private static Dictionary<string, int> FindLatestDeclarations(SyntaxTree[] trees)
    {
        var latest = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (SyntaxTree tree in trees)
        {
            int rank = Rank(tree.FilePath);
            foreach (SyntaxToken token in tree.GetRoot().DescendantTokens().Where(token => token.IsKind(SyntaxKind.IdentifierToken) && token.Parent is not SimpleNameSyntax))
            {
                Add(token.ValueText);
                if (token.ValueText.EndsWith("Attribute", StringComparison.Ordinal))
                {
                    Add(token.ValueText[..^"Attribute".Length]);
                }
            }

            void Add(string name) => latest[name] = Math.Max(rank, latest.GetValueOrDefault(name, -1));
        }

        return latest;
    }

    private static void AddViolations(SemanticModel model, Dictionary<string, int> latest, SortedSet<string> violations)
    {
        string user = model.SyntaxTree.FilePath;
        foreach (SimpleNameSyntax name in model.SyntaxTree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>()
            .Where(name => latest.GetValueOrDefault(name.Identifier.ValueText, -1) > Rank(user)))
        {
            SymbolInfo info = model.GetSymbolInfo(name);
            ISymbol[] symbols = info.Symbol is null ? [.. info.CandidateSymbols] : [info.Symbol];
            string where = $"{user} (line {name.GetLocation().GetLineSpan().StartLinePosition.Line + 1})";
            if (symbols.Length == 0)
            {
                violations.Add($"{where}: '{name}' could not be bound, so this check is blind.");
            }

            foreach (string used in symbols.SelectMany(DeclaringFiles).Where(file => Rank(file) > Rank(user)))
            {
                violations.Add($"{where} uses '{name.Identifier.ValueText}' of {used}, but {FolderOf(user)} comes before {FolderOf(used)}.");
            }
        }
    }

    private static IEnumerable<string> DeclaringFiles(ISymbol symbol)
    {
        // A constructor that nobody wrote is declared with its type.
        ISymbol declared = symbol.IsImplicitlyDeclared ? symbol.ContainingType ?? symbol : symbol;
        return declared is INamespaceSymbol ? [] : declared.OriginalDefinition.DeclaringSyntaxReferences.Select(declaration => declaration.SyntaxTree.FilePath);
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

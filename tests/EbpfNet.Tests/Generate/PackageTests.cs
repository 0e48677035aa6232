using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace EbpfNet.Tests.Generate;

/// <summary>What who adds package EbpfNet to a project gets: bindings that are made when it is built, and only when something changed.</summary>
/// <remarks>The project says no namespace, and its name is none.</remarks>
public sealed class PackageTests : IClassFixture<PackageFeed>, IDisposable
{
    private const string Source = "#include \"tiny.h\"\nconst volatile int limit = 7;\nstruct tiny state = { 3 };\n__attribute__((section(\"xdp\"), used)) int pass(void *ctx) { return limit + state.a; }\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("ebpfnet-project-").FullName;

    public PackageTests(PackageFeed feed)
    {
        Write("my-app.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <GenerateDocumentationFile>true</GenerateDocumentationFile>
                <RestorePackagesPath>packages</RestorePackagesPath>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="EbpfNet" Version="0.1.0" />
                ITEMS
              </ItemGroup>
            </Project>
            """);
        Write("nuget.config", $"""<configuration><packageSources><clear /><add key="feed" value="{feed.Path}" /></packageSources><fallbackPackageFolders><clear /></fallbackPackageFolders></configuration>""");
    }

    [Fact]
    public async Task An_object_is_bound_once_and_again_when_it_changes()
    {
        Use("""<BpfObject Include="maps_basic.bpf.o" />""");
        File.Copy(System.IO.Path.Combine(Repository.Root, "tests/bpf/maps_basic.bpf.o"), In("maps_basic.bpf.o"));
        Write("Program.cs", """
            using my_app;

            MapsBasic.Spec spec = MapsBasic.ReadSpec();
            spec.HashMap.MaxEntries = 5;
            Console.WriteLine($"{spec.TouchMaps.SectionName} {spec.Object.Maps["hash_map"].MaxEntries}");
            """);

        await BuildAsync();
        DateTime first = Stamp("maps_basic");
        (int exitCode, string output) = await CommandRun.RunAsync("dotnet", In("bin/Debug/net10.0/my-app.dll"));
        Assert.True(exitCode == 0 && output == "xdp 5\n", output);

        await BuildAsync();
        Assert.Equal(first, Stamp("maps_basic"));

        // What is gone is made again.
        string code = In("obj/Debug/net10.0/ebpfnet/maps_basic.bpf.g.cs");
        File.Delete(code);
        await BuildAsync();
        Assert.True(File.Exists(code));

        File.SetLastWriteTimeUtc(In("maps_basic.bpf.o"), DateTime.UtcNow);
        await BuildAsync();
        DateTime second = Stamp("maps_basic");
        Assert.True(second > first);

        Use("""<BpfObject Include="maps_basic.bpf.o" Class="Basic" Namespace="Other" Embed="false" />""");
        Write("Program.cs", "Console.WriteLine(Other.Basic.ReadSpec(\"maps_basic.bpf.o\").HashMap.MaxEntries);");
        await BuildAsync();
        Assert.True(Stamp("maps_basic") > second);

        Assert.Equal(0, (await DotNetAsync("clean")).ExitCode);
        Assert.False(Directory.Exists(In("obj/Debug/net10.0/ebpfnet")));
    }

    [Fact]
    public async Task What_is_no_object_is_an_error_at_its_file()
    {
        Use("""<BpfObject Include="broken.bpf.o" />""");
        Write("broken.bpf.o", "this is no object");
        Write("Program.cs", "return 0;");

        (int exitCode, string output) = await DotNetAsync("build");

        Assert.NotEqual(0, exitCode);
        Assert.Contains("broken.bpf.o : error EBPF0001:", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    [SupportedOSPlatform("linux")]
    public async Task A_source_is_compiled_and_its_errors_are_the_builds()
    {
        Skip.IfNot(RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && (File.Exists("/usr/bin/clang-19") || File.Exists("/usr/bin/clang")), "there is no clang here");
        Use("""<BpfObject Include="tiny.bpf.c" IncludeFolders="headers" />""");
        Directory.CreateDirectory(In("headers"));
        Write("headers/tiny.h", "struct tiny { int a; };\n");
        Write("tiny.bpf.c", Source);
        Write("Program.cs", "Console.WriteLine(my_app.Tiny.ReadSpec().Limit + my_app.Tiny.ReadSpec().State.A);");

        string clang = Clang("1");
        await BuildAsync(clang);
        DateTime first = Stamp("tiny");
        Assert.Single(Calls);
        await BuildAsync(clang);
        Assert.Equal(first, Stamp("tiny"));
        Assert.Single(Calls);

        // So does the compiler, and what is gone is made again.
        await BuildAsync(Clang("2"));
        DateTime second = Stamp("tiny");
        Assert.True(second > first);
        File.Delete(In("obj/Debug/net10.0/ebpfnet/tiny.bpf.o"));
        await BuildAsync(clang);
        DateTime third = Stamp("tiny");
        Assert.True(third > second);

        // What it includes counts, too.
        Write("headers/tiny.h", "struct tiny { int a; int b; };\n");
        File.SetLastWriteTimeUtc(In("headers/tiny.h"), DateTime.UtcNow.AddSeconds(2));
        await BuildAsync(clang);
        Assert.True(Stamp("tiny") > third);
        Assert.Contains("public int B;", File.ReadAllText(In("obj/Debug/net10.0/ebpfnet/tiny.bpf.g.cs")), StringComparison.Ordinal);

        Write("tiny.bpf.c", Source + "int wrong(void) { return nothing; }\n");
        (int exitCode, string output) = await DotNetAsync("build");
        Assert.NotEqual(0, exitCode);
        Assert.Matches(@"tiny\.bpf\.c\(5,2\d\): error\s*: use of undeclared identifier 'nothing'", output);
    }

    [SkippableFact]
    [SupportedOSPlatform("linux")]
    public async Task A_clang_that_is_installed_before_the_one_found_until_now_compiles_anew_once()
    {
        Skip.IfNot(RuntimeInformation.IsOSPlatform(OSPlatform.Linux) && (File.Exists("/usr/bin/clang-19") || File.Exists("/usr/bin/clang")), "there is no clang here");
        Use("""<BpfObject Include="plain.bpf.c" />""");
        Write("plain.bpf.c", "const volatile int limit = 7;\n__attribute__((section(\"xdp\"), used)) int pass(void *ctx) { return limit; }\n");
        Write("Program.cs", "Console.WriteLine(my_app.Plain.ReadSpec().Limit);");
        string path = $"PATH={_folder}:{Environment.GetEnvironmentVariable("PATH")}";

        await BuildThereAsync();
        DateTime first = Stamp("plain");
        Clang("1", "clang-19");
        await BuildThereAsync();
        DateTime second = Stamp("plain");
        Assert.True(second > first);
        Assert.Single(Calls);

        await BuildThereAsync();
        Assert.Equal(second, Stamp("plain"));
        Assert.Single(Calls);

        async Task BuildThereAsync()
        {
            (int exitCode, string output) = await CommandRun.RunAsync("env", [path, "dotnet", "build", In("my-app.csproj"), "-nologo", "-v:q", "-nodeReuse:false", "-tl:off"]);
            Assert.True(exitCode == 0, output);
        }
    }

    [Fact]
    public async Task Without_clang_the_committed_object_is_taken_and_a_source_that_is_newer_is_told()
    {
        Use("""<BpfObject Include="maps_basic.bpf.c" />""");
        Write("Program.cs", "Console.WriteLine(my_app.MapsBasic.ReadSpec().HashMap.MaxEntries);");
        string source = Repository.Read("tests/bpf/maps_basic.bpf.c");
        Write("maps_basic.bpf.c", source);

        (int exitCode, string output) = await DotNetAsync("build", "-p:EbpfNetClang=none");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("error EBPF0004:", output, StringComparison.Ordinal);

        File.Copy(System.IO.Path.Combine(Repository.Root, "tests/bpf/maps_basic.bpf.o"), In("maps_basic.bpf.o"));
        File.SetLastWriteTimeUtc(In("maps_basic.bpf.o"), DateTime.UtcNow);
        (exitCode, output) = await DotNetAsync("build", "-p:EbpfNetClang=none");
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("EBPF0006", output, StringComparison.Ordinal);

        Write("maps_basic.bpf.c", "\n" + source);
        (_, output) = await DotNetAsync("build", "-p:EbpfNetClang=none");
        Assert.Matches(@"maps_basic\.bpf\.o : warning EBPF0006: .* line \d+ of maps_basic\.bpf\.c was '", output);
        (_, output) = await DotNetAsync("build", "-p:EbpfNetClang=none");
        Assert.Contains("warning EBPF0006:", output, StringComparison.Ordinal);

        Write("maps_basic.bpf.c", source);
        File.SetLastWriteTimeUtc(In("maps_basic.bpf.o"), DateTime.UtcNow);
        (exitCode, output) = await DotNetAsync("build", "-p:EbpfNetClang=none", "-p:RootNamespace=my-app.1");
        Assert.NotEqual(0, exitCode);
        Assert.Contains("error EBPF0003: 'my-app.1' is no name for a namespace", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string In(string name) => System.IO.Path.Combine(_folder, name);

    private void Write(string name, string text) => File.WriteAllText(In(name), text);

    private void Use(string items)
    {
        string project = File.ReadAllText(In("my-app.csproj"));
        int end = project.IndexOf("ITEMS", StringComparison.Ordinal) is >= 0 and var place ? place + 5 : -1;
        Write("my-app.csproj", end >= 0
            ? project.Replace("ITEMS", items, StringComparison.Ordinal)
            : System.Text.RegularExpressions.Regex.Replace(project, "<BpfObject .*/>", items.Replace("$", "$$", StringComparison.Ordinal)));
    }

    private DateTime Stamp(string name) => File.GetLastWriteTimeUtc(In($"obj/Debug/net10.0/ebpfnet/{name}.bpf.stamp"));

    /// <summary>How the clang of this class was called.</summary>
    private string[] Calls => File.ReadAllLines(In("calls"));

    /// <summary>A clang of some version, which notes its calls.</summary>
    [SupportedOSPlatform("linux")]
    private string Clang(string version, string name = "clang.sh")
    {
        Write(name, $"#!/bin/sh\n# {version}\necho \"$@\" >> {In("calls")}\nexec /usr/bin/{(File.Exists("/usr/bin/clang-19") ? "clang-19" : "clang")} \"$@\"\n");
        File.SetUnixFileMode(In(name), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return "-p:EbpfNetClang=" + In(name);
    }

    private async Task BuildAsync(params string[] arguments)
    {
        (int exitCode, string output) = await DotNetAsync("build", arguments);
        Assert.True(exitCode == 0, output);
        Assert.DoesNotContain("warning", output, StringComparison.Ordinal);
    }

    private Task<(int ExitCode, string Output)> DotNetAsync(string command, params string[] arguments) =>
        CommandRun.RunAsync("dotnet", [command, In("my-app.csproj"), "-nologo", "-v:q", "-nodeReuse:false", "-tl:off", .. arguments]);
}

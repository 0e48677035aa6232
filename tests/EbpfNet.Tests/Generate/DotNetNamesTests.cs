using EbpfNet.Btf;
using EbpfNet.Tool.Generate;

namespace EbpfNet.Tests.Generate;

public class DotNetNamesTests
{
    [Theory]
    [InlineData("flow_key", "FlowKey")]
    [InlineData("FLOW_KEY", "FlowKey")]
    [InlineData("flowKey", "FlowKey")]
    [InlineData("__u32_value", "U32Value")]
    [InlineData("is_IPv4", "IsIPv4")]
    [InlineData("class", "Class")]
    [InlineData("x_1_1", "X1_1")]
    [InlineData("x_11", "X11")]
    [InlineData("_9lives", "_9lives")]
    [InlineData("task_struct___old", "TaskStructOld")]
    [InlineData("__", "Unnamed")]
    [InlineData("名前", "_名前")]
    [InlineData("Option<u32>", "OptionU32")]
    public void Names_get_the_casing_of_dotnet(string name, string expected) => Assert.Equal(expected, DotNetNames.Pascal(name));

    [Theory]
    [InlineData("My.App", "My.App")]
    [InlineData("my-app", "my_app")]
    [InlineData("My.1st App", "My._1st_App")]
    [InlineData("my.new", "my._new")]
    [InlineData("a..b", "a._.b")]
    public void A_project_gives_a_namespace(string project, string expected) => Assert.Equal(expected, DotNetNames.Namespace(project));

    [Fact]
    public void Constants_lose_what_all_of_them_start_with()
    {
        BtfEnum counter = new("xdp_drop_counter", 4, false, new BtfEnumerator("XDP_DROP_PASSED", 0), new BtfEnumerator("XDP_DROP_NOT_IP", 1));
        BtfEnum digits = new("level", 4, false, new BtfEnumerator("LEVEL_1", 1), new BtfEnumerator("LEVEL_2", 2));
        BtfEnum shorter = new("state", 4, false, new BtfEnumerator("STATE", 0), new BtfEnumerator("STATE_OPEN", 1));

        Assert.Equal(["Passed", "NotIp"], EnumeratorNames.Of(counter));
        Assert.Equal(["Level1", "Level2"], EnumeratorNames.Of(digits));
        Assert.Equal(["State", "StateOpen"], EnumeratorNames.Of(shorter));
    }

    [Fact]
    public void Who_comes_second_says_what_it_is()
    {
        NameScope names = new("Flows", "Load");

        Assert.Equal(["LoadMap", "Events", "EventsStruct", "EventsStruct2", "ToStringField"], [names.Take("Load", "Map"), names.Take("Events", "Map"), names.Take("Events", "Struct"), names.Take("Events", "Struct"), names.Take("ToString", "Field")]);
    }
}

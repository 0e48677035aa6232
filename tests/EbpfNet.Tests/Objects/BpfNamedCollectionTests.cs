namespace EbpfNet.Tests.Objects;

public class BpfNamedCollectionTests
{
    private static readonly BpfObjectSpec Spec = TestObjects.Read("maps_basic");

    [Fact]
    public void Enumeration_follows_the_object()
    {
        string[] names = ["hash_map", "array_map", "percpu_hash_map", "percpu_array_map", "lru_hash_map", "lru_percpu_map", "lpm_map", "untyped_map", ".rodata"];

        Assert.Equal(names, Spec.Maps.Select(map => map.Name));
        Assert.Equal(names, Spec.Maps.Names);
        Assert.Equal(9, Spec.Maps.Count);
    }

    [Fact]
    public void A_name_leads_to_its_item()
    {
        Assert.Equal("lpm_map", Spec.Maps["lpm_map"].Name);
        Assert.True(Spec.Maps.TryGetValue("lpm_map", out BpfMapSpec? map));
        Assert.Same(Spec.Maps["lpm_map"], map);
        Assert.False(Spec.Maps.TryGetValue("LPM_MAP", out _));
        Assert.True(Spec.Programs.Contains("touch_maps"));
        Assert.False(Spec.Programs.Contains("touch"));
    }

    [Fact]
    public void A_missing_name_is_answered_with_those_that_exist_and_the_nearest()
    {
        string message = Assert.Throws<KeyNotFoundException>(() => Spec.Maps["lru_hashmap"]).Message;

        Assert.StartsWith("The object 'maps_basic' has no map 'lru_hashmap'. Did you mean 'lru_hash_map'? It has: hash_map, array_map,", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_suggested_when_nothing_is_near()
    {
        Assert.DoesNotContain("mean", Assert.Throws<KeyNotFoundException>(() => Spec.Programs["completely_else"]).Message, StringComparison.Ordinal);
        Assert.Equal(
            "The object 'maps_basic' has no variable 'x': it has no variables at all.",
            Assert.Throws<KeyNotFoundException>(() => Spec.Variables["x"]).Message);
    }
}

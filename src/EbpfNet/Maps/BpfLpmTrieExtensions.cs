using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace EbpfNet;

/// <summary>Tries whose keys are IP networks, by .NET's own types.</summary>
public static class BpfLpmTrieExtensions
{
    /// <summary>Members for tries of IPv4 networks.</summary>
    /// <typeparam name="TValue">The type of the values.</typeparam>
    /// <param name="trie">The trie.</param>
    extension<[DynamicallyAccessedMembers(BpfLayout.Members)] TValue>(BpfLpmTrie<Ipv4LpmKey, TValue> trie)
        where TValue : unmanaged
    {
        /// <summary>Reads the value of the longest prefix that covers an address.</summary>
        /// <param name="address">An IPv4 address, or an IPv6 one that stands for it (<c>::ffff:192.0.2.1</c>).</param>
        /// <param name="value">The value; all zero when there is none.</param>
        /// <returns>Whether a prefix in the map covers the address.</returns>
        /// <exception cref="ArgumentException">It is an address of the other family.</exception>
        /// <exception cref="BpfSyscallException">The kernel refused.</exception>
        public bool TryGetValue(IPAddress address, out TValue value) => trie.TryGetValue(new Ipv4LpmKey(address), out value);

        /// <summary>Whether a prefix in the map covers an address.</summary>
        /// <param name="address">An IPv4 address, or an IPv6 one that stands for it (<c>::ffff:192.0.2.1</c>).</param>
        /// <exception cref="ArgumentException">It is an address of the other family.</exception>
        /// <exception cref="BpfSyscallException">The kernel refused.</exception>
        public bool Covers(IPAddress address) => trie.Covers(new Ipv4LpmKey(address));

        /// <summary>Adds a network, or replaces its value (<c>BPF_ANY</c>).</summary>
        /// <param name="network">An IPv4 network, or an IPv6 one that stands for it (<c>::ffff:192.0.2.0/120</c>).</param>
        /// <param name="value">The value.</param>
        /// <exception cref="ArgumentException">It is a network of the other family.</exception>
        /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
        public void Set(IPNetwork network, in TValue value) => trie.Set(new Ipv4LpmKey(network), value);

        /// <summary>Adds a network (<c>BPF_NOEXIST</c>, which kernels before 6.13 take for <c>BPF_ANY</c>).</summary>
        /// <param name="network">An IPv4 network, or an IPv6 one that stands for it (<c>::ffff:192.0.2.0/120</c>).</param>
        /// <param name="value">The value.</param>
        /// <exception cref="ArgumentException">The network is in the map already, or it is one of the other family.</exception>
        /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
        public void Add(IPNetwork network, in TValue value) => trie.Add(new Ipv4LpmKey(network), value);

        /// <summary>Adds a network, unless it is there (<c>BPF_NOEXIST</c>, which kernels before 6.13 take for <c>BPF_ANY</c>).</summary>
        /// <param name="network">An IPv4 network, or an IPv6 one that stands for it (<c>::ffff:192.0.2.0/120</c>).</param>
        /// <param name="value">The value.</param>
        /// <returns>Whether it was added.</returns>
        /// <exception cref="ArgumentException">It is a network of the other family.</exception>
        /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
        public bool TryAdd(IPNetwork network, in TValue value) => trie.TryAdd(new Ipv4LpmKey(network), value);

        /// <summary>Replaces the value of a network, if it is there (<c>BPF_EXIST</c>, which kernels before 6.13 take for <c>BPF_ANY</c>).</summary>
        /// <param name="network">An IPv4 network, or an IPv6 one that stands for it (<c>::ffff:192.0.2.0/120</c>).</param>
        /// <param name="value">The new value.</param>
        /// <returns>Whether it was there.</returns>
        /// <exception cref="ArgumentException">It is a network of the other family.</exception>
        /// <exception cref="BpfSyscallException">The kernel refused.</exception>
        public bool TryUpdate(IPNetwork network, in TValue value) => trie.TryUpdate(new Ipv4LpmKey(network), value);

        /// <summary>Removes a network; others, within it or around it, stay.</summary>
        /// <param name="network">An IPv4 network, or an IPv6 one that stands for it (<c>::ffff:192.0.2.0/120</c>).</param>
        /// <returns>Whether it was there.</returns>
        /// <exception cref="ArgumentException">It is a network of the other family.</exception>
        /// <exception cref="BpfSyscallException">The kernel refused.</exception>
        public bool Remove(IPNetwork network) => trie.Remove(new Ipv4LpmKey(network));
    }

    /// <summary>Members for tries of IPv6 networks.</summary>
    /// <typeparam name="TValue">The type of the values.</typeparam>
    /// <param name="trie">The trie.</param>
    extension<[DynamicallyAccessedMembers(BpfLayout.Members)] TValue>(BpfLpmTrie<Ipv6LpmKey, TValue> trie)
        where TValue : unmanaged
    {
        /// <summary>Reads the value of the longest prefix that covers an address.</summary>
        /// <param name="address">An IPv6 address; of an IPv4 one, <see cref="IPAddress.MapToIPv6"/> makes one.</param>
        /// <param name="value">The value; all zero when there is none.</param>
        /// <returns>Whether a prefix in the map covers the address.</returns>
        /// <exception cref="ArgumentException">It is an address of the other family.</exception>
        /// <exception cref="BpfSyscallException">The kernel refused.</exception>
        public bool TryGetValue(IPAddress address, out TValue value) => trie.TryGetValue(new Ipv6LpmKey(address), out value);

        /// <summary>Whether a prefix in the map covers an address.</summary>
        /// <param name="address">An IPv6 address; of an IPv4 one, <see cref="IPAddress.MapToIPv6"/> makes one.</param>
        /// <exception cref="ArgumentException">It is an address of the other family.</exception>
        /// <exception cref="BpfSyscallException">The kernel refused.</exception>
        public bool Covers(IPAddress address) => trie.Covers(new Ipv6LpmKey(address));

        /// <summary>Adds a network, or replaces its value (<c>BPF_ANY</c>).</summary>
        /// <param name="network">An IPv6 network; of an IPv4 one, <see cref="Ipv4LpmKey.MapToIPv6"/> makes the key that stands for it.</param>
        /// <param name="value">The value.</param>
        /// <exception cref="ArgumentException">It is a network of the other family.</exception>
        /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
        public void Set(IPNetwork network, in TValue value) => trie.Set(new Ipv6LpmKey(network), value);

        /// <summary>Adds a network (<c>BPF_NOEXIST</c>, which kernels before 6.13 take for <c>BPF_ANY</c>).</summary>
        /// <param name="network">An IPv6 network; of an IPv4 one, <see cref="Ipv4LpmKey.MapToIPv6"/> makes the key that stands for it.</param>
        /// <param name="value">The value.</param>
        /// <exception cref="ArgumentException">The network is in the map already, or it is one of the other family.</exception>
        /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
        public void Add(IPNetwork network, in TValue value) => trie.Add(new Ipv6LpmKey(network), value);

        /// <summary>Adds a network, unless it is there (<c>BPF_NOEXIST</c>, which kernels before 6.13 take for <c>BPF_ANY</c>).</summary>
        /// <param name="network">An IPv6 network; of an IPv4 one, <see cref="Ipv4LpmKey.MapToIPv6"/> makes the key that stands for it.</param>
        /// <param name="value">The value.</param>
        /// <returns>Whether it was added.</returns>
        /// <exception cref="ArgumentException">It is a network of the other family.</exception>
        /// <exception cref="BpfSyscallException">The map is full, or the kernel refused.</exception>
        public bool TryAdd(IPNetwork network, in TValue value) => trie.TryAdd(new Ipv6LpmKey(network), value);

        /// <summary>Replaces the value of a network, if it is there (<c>BPF_EXIST</c>, which kernels before 6.13 take for <c>BPF_ANY</c>).</summary>
        /// <param name="network">An IPv6 network; of an IPv4 one, <see cref="Ipv4LpmKey.MapToIPv6"/> makes the key that stands for it.</param>
        /// <param name="value">The new value.</param>
        /// <returns>Whether it was there.</returns>
        /// <exception cref="ArgumentException">It is a network of the other family.</exception>
        /// <exception cref="BpfSyscallException">The kernel refused.</exception>
        public bool TryUpdate(IPNetwork network, in TValue value) => trie.TryUpdate(new Ipv6LpmKey(network), value);

        /// <summary>Removes a network; others, within it or around it, stay.</summary>
        /// <param name="network">An IPv6 network; of an IPv4 one, <see cref="Ipv4LpmKey.MapToIPv6"/> makes the key that stands for it.</param>
        /// <returns>Whether it was there.</returns>
        /// <exception cref="ArgumentException">It is a network of the other family.</exception>
        /// <exception cref="BpfSyscallException">The kernel refused.</exception>
        public bool Remove(IPNetwork network) => trie.Remove(new Ipv6LpmKey(network));
    }
}

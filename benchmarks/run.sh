#!/bin/sh
# Builds the C side and runs the benchmarks. As root: they create maps.
#   benchmarks/run.sh ratios            EbpfNet beside C in alternating rounds: the figures to quote
#   benchmarks/run.sh --filter '*'      BenchmarkDotNet, all of it (any of its options)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/build-native.sh"
exec dotnet run -c Release --project "$here/EbpfNet.Benchmarks" -- "$@"

#!/bin/sh
# Builds the C side and runs the benchmarks. As root: they create maps and load programs.
#   benchmarks/run.sh ratios            EbpfNet beside C in alternating rounds: the figures to quote (README.md has the options)
#   benchmarks/run.sh --filter '*'      BenchmarkDotNet, all of it (any of its options)
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/build-native.sh"
exec dotnet run -c Release --project "$here/EbpfNet.Benchmarks" -- "$@"

#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64, one thread): torch.from_array makes a tensor that lies in the .NET array itself,
# wherever the garbage collector put that. libtorch's small matrix products take another order of sums for another alignment, so
# x.mm(y.t()), which is what a linear layer computes, gives equal numbers in different bits: a run is not repeated to the byte unless
# what comes from arrays is cloned into libtorch's own memory, which is aligned to 64 bytes.
#
# Seen (300 products of equal arrays, how many different results):
#     3x4 by 4x5: from_array 2, cloned 1
#     17x70 by 70x3: from_array 2, cloned 1
#
# Exit code 0: from_array gave several results in one of the shapes, clones one in each. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

cat > probe.csproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <OutputType>Exe</OutputType>
    <ImplicitUsings>enable</ImplicitUsings>
    <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
    <SelfContained>false</SelfContained>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="TorchSharp" Version="0.107.0" />
    <PackageReference Include="TorchSharp-cpu" Version="0.107.0" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.cs <<'PROGRAM'
using System.Security.Cryptography;
using TorchSharp;

torch.set_num_threads(1);
var random = new Random(1);
var kept = new List<object>();
float[] Draw(int count) => Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f).ToArray();

// Equal numbers at another address each time: arrays of odd lengths stay between them.
int Results(float[] a, float[] b, long[] left, long[] right, bool clone)
{
    var seen = new HashSet<string>();
    for (var turn = 0; turn < 300; turn++)
    {
        using var scope = torch.NewDisposeScope();
        kept.Add(new byte[8 * (turn % 13) + 1]);
        var (x, y) = ((float[])a.Clone(), (float[])b.Clone());
        kept.Add(x);
        kept.Add(y);
        var (s, t) = (torch.from_array(x).reshape(left), torch.from_array(y).reshape(right));
        if (clone) (s, t) = (s.clone(), t.clone());
        seen.Add(Convert.ToHexString(SHA256.HashData(s.mm(t.t()).contiguous().bytes)));
    }
    return seen.Count;
}

var (several, one) = (false, true);
foreach (var (m, k, n) in new[] { (3, 4, 5), (17, 70, 3), (1, 70, 3) })
{
    var (a, b) = (Draw(m * k), Draw(n * k));
    var (plain, cloned) = (Results(a, b, [m, k], [n, k], false), Results(a, b, [m, k], [n, k], true));
    Console.WriteLine($"{m}x{k} by {k}x{n}: from_array {plain}, cloned {cloned}");
    several |= plain > 1;
    one &= cloned == 1;
}
return several && one ? 0 : 1;
PROGRAM

dotnet build -c Release -o out -v quiet

# Before GCC 13's C++ library, 0.107.0 does not load: it names a version of symbols that nothing in it uses. In this copy of the file
# the need carries the flag "weak" (one byte of .gnu.version_r).
if ! strings -a "$(ldconfig -p | awk '/libstdc\+\+\.so\.6.*x86-64/ { print $NF; exit }')" | grep -qx GLIBCXX_3.4.32; then
    cp out/libLibTorchSharp.so copy.so
    printf '\002' | dd of=copy.so bs=1 seek=260660 conv=notrunc status=none
    mv -f copy.so out/libLibTorchSharp.so
fi

dotnet out/probe.dll

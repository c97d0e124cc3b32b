#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64), from C#: x.sum(0) and torch.sum(x, 0) do not add up along the first dimension, as
# sum(1) does along the second. To C# a literal 0 is also a value of any enumeration, and of the two overloads sum(ScalarType? type) and
# sum(long dim, bool keepdim, ScalarType? type) the one with nothing left to fill in wins: type 0 is Byte. So each number is cut to a
# byte, and all of them are added into one byte: fractions are lost, and the sum is taken modulo 256. prod(0) is the same. Where
# gradients are recorded it is an error, which speaks of bytes; a measurement without gradients is wrong without a word. A 0 in a
# variable, 0L, dim: 0 and sum(0, false) are the dimension.
#
# Seen:
#     100 200 / 1 2, x.sum(1): Float32 [2] 300 3
#     100 200 / 1 2, x.sum(0): Byte [] 47
#     100 200 / 1 2, x.sum(dim: 0): Float32 [2] 101 202
#     0.75 0.5 / 0.75 0.5, x.sum(0): Byte [] 0
#     0.75 0.5 / 0.75 0.5, x.sum(dim: 0): Float32 [2] 1.5 1
#     of weights, x.sum(0) raises: Autograd not support dtype: Byte
#
# Exit code 0: so it is. 1: it has changed.
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
using System.Globalization;
using TorchSharp;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
var whole = torch.tensor(new float[,] { { 100, 200 }, { 1, 2 } });
var halves = torch.tensor(new float[,] { { 0.75f, 0.5f }, { 0.75f, 0.5f } });
var weights = torch.ones(2, 2, requires_grad: true);
var zero = 0;
var seen = true;

See("100 200 / 1 2, x.sum(1)", whole.sum(1), "Float32 [2] 300 3");
See("100 200 / 1 2, x.sum(0)", whole.sum(0), "Byte [] 47");
See("100 200 / 1 2, torch.sum(x, 0)", torch.sum(whole, 0), "Byte [] 47");
See("100 200 / 1 2, x.sum(dim: 0)", whole.sum(dim: 0), "Float32 [2] 101 202");
See("100 200 / 1 2, x.sum(0L)", whole.sum(0L), "Float32 [2] 101 202");
See("100 200 / 1 2, x.sum(0, false)", whole.sum(0, false), "Float32 [2] 101 202");
See("100 200 / 1 2, x.sum(zero)", whole.sum(zero), "Float32 [2] 101 202");
See("100 200 / 1 2, x.prod(0)", whole.prod(0), "Byte [] 64");
See("0.75 0.5 / 0.75 0.5, x.sum(0)", halves.sum(0), "Byte [] 0");
See("0.75 0.5 / 0.75 0.5, x.sum(dim: 0)", halves.sum(dim: 0), "Float32 [2] 1.5 1");

var raised = "nothing";
try
{
    weights.sum(0);
}
catch (System.Runtime.InteropServices.ExternalException error)
{
    raised = error.Message.Split('\n')[0];
}

Console.WriteLine($"of weights, x.sum(0) raises: {raised}");
return seen && raised.EndsWith("Byte") ? 0 : 1;

void See(string what, torch.Tensor sum, string expected)
{
    var numbers = sum.to(torch.float32).reshape(-1).data<float>().ToArray();
    var text = $"{sum.dtype} [{string.Join(", ", sum.shape)}] {string.Join(" ", numbers)}";
    Console.WriteLine($"{what}: {text}");
    seen &= text == expected;
}
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

#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): two things that raise nothing.
# - torch.tensor of an array or list and a shape takes the first numbers and drops the rest, where the shape has room for fewer: of six
#   with a shape for four, four are left. reshape raises, and so does torch.tensor where the shape has room for more.
# - A number divided by a tensor is the number times the tensor's reciprocal: 49.0 / x of doubles is below 1 where x is 49, and its floor
#   is 0. Of the numbers from 1 to 1000, 82 divided by themselves are not 1, of single precision 135, and 1e-39 is infinite. A tensor
#   divided by a tensor, torch.tensor(49.0) / x, is right.
#
# Seen:
#     torch.tensor of 1 to 6, shape [2, 2]: 1 2 3 4 [2 x 2]
#         rows 2, columns 2: 1 2 3 4 [2 x 2]
#         a list: 1 2 3 4 [2 x 2]
#         bytes, 1 x 2 x 2: 1 2 3 4 [1 x 2 x 2]
#         shape [2, 4]: raises
#         reshape to 2 x 2: raises
#     49.0 / x where x is 49: 0.9999999999999999, floor 0; torch.tensor(49.0) / x: 1, floor 1
#     of 1 to 1000, divided by themselves, not 1: 82 doubles, 135 singles; tensor by tensor: 0, 0
#     1e-39 / x where x is 1e-39 in single precision: Infinity; tensor by tensor: 1
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
using static TorchSharp.torch;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
var right = true;

void Tell(string what, string seen, string wanted)
{
    Console.WriteLine($"{what}: {seen}");
    right &= seen == wanted;
}

string Text(Func<Tensor> make)
{
    try
    {
        var x = make();
        var numbers = x.flatten().to(float64).data<double>().ToArray().Select(number => number.ToString("R"));
        return string.Join(" ", numbers) + $" [{string.Join(" x ", x.shape)}]";
    }
    catch (Exception)
    {
        return "raises";
    }
}

// Six numbers, where there is room for four, and for eight.
float[] six = [1, 2, 3, 4, 5, 6];
Tell("torch.tensor of 1 to 6, shape [2, 2]", Text(() => torch.tensor(six, new long[] { 2, 2 })), "1 2 3 4 [2 x 2]");
Tell("    rows 2, columns 2", Text(() => torch.tensor(six, 2, 2)), "1 2 3 4 [2 x 2]");
Tell("    a list", Text(() => torch.tensor(new List<float>(six), 2, 2)), "1 2 3 4 [2 x 2]");
Tell("    bytes, 1 x 2 x 2", Text(() => torch.tensor(new byte[] { 1, 2, 3, 4, 5, 6 }, 1, 2, 2)), "1 2 3 4 [1 x 2 x 2]");
Tell("    shape [2, 4]", Text(() => torch.tensor(six, new long[] { 2, 4 })), "raises");
Tell("    reshape to 2 x 2", Text(() => torch.tensor(six).reshape(2, 2)), "raises");

// Quotients of numbers that are equal.
string First(Tensor x) => x.ToDouble().ToString("R");
var x49 = torch.tensor(49.0);
var (number, tensor) = (49.0 / x49, torch.tensor(49.0) / x49);
Tell("49.0 / x where x is 49",
    $"{First(number)}, floor {First(number.floor())}; torch.tensor(49.0) / x: {First(tensor)}, floor {First(tensor.floor())}",
    "0.9999999999999999, floor 0; torch.tensor(49.0) / x: 1, floor 1");

int NotOne(ScalarType type, bool byNumber) =>
    Enumerable.Range(1, 1000).Count(n =>
    {
        var x = torch.tensor((double)n, dtype: type);
        return (byNumber ? (double)n / x : x.clone() / x).ToDouble() != 1;
    });

Tell("of 1 to 1000, divided by themselves, not 1",
    $"{NotOne(float64, true)} doubles, {NotOne(float32, true)} singles; tensor by tensor: "
        + $"{NotOne(float64, false)}, {NotOne(float32, false)}",
    "82 doubles, 135 singles; tensor by tensor: 0, 0");

var small = torch.tensor(1e-39f);
Tell("1e-39 / x where x is 1e-39 in single precision",
    $"{First(1e-39 / small)}; tensor by tensor: {First(small.clone() / small)}",
    "Infinity; tensor by tensor: 1");
return right ? 0 : 1;
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

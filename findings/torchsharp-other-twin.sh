#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): calls that give another answer than their twin in the package, or leave a part of what
# they are asked for out, and raise nothing.
# - torch.clamp_max_ and torch.clamp_min_ change nothing in place. x.clamp_max_ and x.clamp_min_ do.
# - torch.take_along_dim without a dimension takes along the first, x.take_along_dim from all numbers, as both should.
# - x.roll of an array of one shift, without dimensions, rolls along the first dimension, not through all numbers. x.roll(1) is right.
# - std and var leave out the type that they are given. sum and mean do not.
# - linalg.matrix_norm takes any name but "fro" for "nuc", "inf" as well. By a number it is right.
# - nn.functional.pad by one number pads the batch and the channels too. ZeroPad2d(1) pads height and width.
# - print, npstr and cstr have a format of their own: set_printoptions reaches str only.
# - hamming_window of doubles has alpha and beta in single precision.
#
# Seen:
#     -5 5 after torch.clamp_max_ by 1: -5 5
#         after torch.clamp_min_: -5 5
#         after x.clamp_max_: -5 1
#     10 30 20 / 60 40 50, at 0 1 1, torch.take_along_dim: 10 40 50
#         x.take_along_dim: 10 30 30
#     0 1 2 / 3 4 5 rolled by 1 in an array: 3 4 5 0 1 2
#         by 1: 5 0 1 2 3 4
#     type of a sum along 0 of float32 as float64: Float64, mean Float64, std Float32, var Float32
#     matrix norm "fro" of 1 2 / 3 4: 5.477, "nuc" 5.831, "inf" 5.831, infinity 7
#     images of 2 x 3 x 4 x 4 padded by 1: 4 x 5 x 6 x 6, by ZeroPad2d 2 x 3 x 6 x 6
#     a third, after set_printoptions of two digits, str: 0.33, npstr: 0.33333, print: 0.33333
#     start of the Hamming window, which is 0.08, as double: 0.08000001311302185
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
using F = TorchSharp.torch.nn.functional;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
var right = true;

string Text(Tensor x) => string.Join(" ", x.flatten().to(float64).data<double>().ToArray().Select(number => number.ToString("G4")));

void Tell(string what, string seen, string wanted)
{
    Console.WriteLine($"{what}: {seen}");
    right &= seen == wanted;
}

// In place.
string After(Action<Tensor> change)
{
    var x = torch.tensor(new[] { -5f, 5f });
    change(x);
    return Text(x);
}

Tell("-5 5 after torch.clamp_max_ by 1", After(x => torch.clamp_max_(x, 1)), "-5 5");
Tell("    after torch.clamp_min_", After(x => torch.clamp_min_(x, 1)), "-5 5");
Tell("    after x.clamp_max_", After(x => x.clamp_max_(1)), "-5 1");

// Without a dimension.
var rows = torch.tensor(new float[,] { { 10, 30, 20 }, { 60, 40, 50 } });
var places = torch.tensor(new long[,] { { 0, 1, 1 } });
Tell("10 30 20 / 60 40 50, at 0 1 1, torch.take_along_dim", Text(torch.take_along_dim(rows, places)), "10 40 50");
Tell("    x.take_along_dim", Text(rows.take_along_dim(places)), "10 30 30");
var six = torch.arange(6).view(2, 3);
Tell("0 1 2 / 3 4 5 rolled by 1 in an array", Text(six.roll(new long[] { 1 })), "3 4 5 0 1 2");
Tell("    by 1", Text(six.roll(1)), "5 0 1 2 3 4");

// The type of the result.
long[] first = [0];
Tell("type of a sum along 0 of float32 as float64",
    $"{rows.sum(first, type: float64).dtype}, mean {rows.mean(first, type: float64).dtype}, "
        + $"std {rows.std(first, type: float64).dtype}, var {rows.var(first, type: float64).dtype}",
    "Float64, mean Float64, std Float32, var Float32");

// The largest sum of a row's absolute values is 7.
var square = torch.tensor(new double[,] { { 1, 2 }, { 3, 4 } });
string Norm(string name) => linalg.matrix_norm(square, name).ToDouble().ToString("G4");
Tell("matrix norm \"fro\" of 1 2 / 3 4",
    $"{Norm("fro")}, \"nuc\" {Norm("nuc")}, \"inf\" {Norm("inf")}, "
        + $"infinity {linalg.matrix_norm(square, double.PositiveInfinity).ToDouble():G4}",
    "5.477, \"nuc\" 5.831, \"inf\" 5.831, infinity 7");

var images = torch.ones(2, 3, 4, 4);
Tell("images of 2 x 3 x 4 x 4 padded by 1",
    $"{string.Join(" x ", F.pad(images, 1).shape)}, by ZeroPad2d {string.Join(" x ", nn.ZeroPad2d(1).call(images).shape)}",
    "4 x 5 x 6 x 6, by ZeroPad2d 2 x 3 x 6 x 6");

// The digits that are set for all.
var third = torch.tensor(1.0 / 3);
torch.set_printoptions(precision: 2);
var console = Console.Out;
var printed = new StringWriter();
Console.SetOut(printed);
third.print();
Console.SetOut(console);
static string Last(string text) => text.Trim().Split(' ').Last();
Tell("a third, after set_printoptions of two digits, str",
    $"{Last(third.str())}, npstr: {Last(third.npstr())}, print: {Last(printed.ToString())}",
    "0.33, npstr: 0.33333, print: 0.33333");

var start = torch.hamming_window(8, dtype: float64)[0].ToDouble();
Tell("start of the Hamming window, which is 0.08, as double", start.ToString("R"), "0.08000001311302185");
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

#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64), from F#: x.max(1) and torch.max(x, 1) are not the largest numbers along dimension 1
# but, number by number, the larger of it and 1; so with min, and with each dimension that is an int. Of max(Tensor) and max(long dim, bool
# keepdim), F# turns the int into a tensor, by TorchSharp's implicit conversion, rather than into a long with keepdim left out. What comes
# is one tensor of x's shape, which goes on compiling where a tensor is wanted: the mean confidence of a classifier,
# probabilities.max(1).mean(), is 1, whatever it has learnt. 1L, max(1, false) and max(dim = 1) are the dimension, so are sum(1) and
# argmax(1). Beside it: x.norm(1), PyTorch's sum of magnitudes, is the root of the sum of squares along dimension 1; x.norm(1.0f) is the
# sum.
#
# Seen (part of it):
#     probabilities: 0.5 0.3 0.2 / 0.6 0.3 0.1
#     probabilities.max(1).mean(): 1
#         by 1L, the values' mean: 0.55
#     1 5 2 / 40 -60 50, x.max(1): 1 5 2 40 1 50
#         x.max(1L): 5 50
#         x.min(0): 0 0 0 0 -60 0
#         x.norm(1): 5.477 87.75
#         x.norm(1.0f): 158
#
# Exit code 0: so it is. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

cat > probe.fsproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <OutputType>Exe</OutputType>
    <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
    <SelfContained>false</SelfContained>
  </PropertyGroup>
  <ItemGroup>
    <Compile Include="Program.fs" />
    <PackageReference Include="TorchSharp" Version="0.107.0" />
    <PackageReference Include="TorchSharp-cpu" Version="0.107.0" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.fs <<'PROGRAM'
open System.Globalization
open TorchSharp

CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture
torch.set_num_threads 1
let mutable right = true

let text (x: torch.Tensor) =
    x.``to``(torch.float64).data<float>().ToArray()
    |> Array.map (fun number -> sprintf "%.4g" number)
    |> String.concat " "

let tell what (x: torch.Tensor) wanted =
    printfn $"{what}: {text x}"
    right <- right && text x = wanted

// How sure a classifier is of the likeliest class: 0.5 of the first example, 0.6 of the second.
let probabilities = torch.tensor (array2D [ [ 0.5f; 0.3f; 0.2f ]; [ 0.6f; 0.3f; 0.1f ] ])
printfn "probabilities: 0.5 0.3 0.2 / 0.6 0.3 0.1"
tell "probabilities.max(1).mean()" (probabilities.max(1).mean ()) "1"
let struct (values, _) = probabilities.max 1L
tell "    by 1L, the values' mean" (values.mean ()) "0.55"

let x = torch.tensor (array2D [ [ 1f; 5f; 2f ]; [ 40f; -60f; 50f ] ])
let dimension = 1
tell "1 5 2 / 40 -60 50, x.max(1)" (x.max 1) "1 5 2 40 1 50"
tell "    x.max(dimension), an int" (x.max dimension) "1 5 2 40 1 50"
tell "    torch.max(x, 1)" (torch.max (x, 1)) "1 5 2 40 1 50"
tell "    x.min(0)" (x.min 0) "0 0 0 0 -60 0"
tell "    torch.min(x, 0)" (torch.min (x, 0)) "0 0 0 0 -60 0"
let struct (long, _), struct (whole, _), struct (named, _) = x.max 1L, x.max (1, false), x.max (dim = 1)
tell "    x.max(1L)" long "5 50"
tell "    x.max(1, false)" whole "5 50"
tell "    x.max(dim = 1)" named "5 50"
tell "    x.argmax(1)" (x.argmax 1) "1 2"
tell "    x.sum(1)" (x.sum 1) "8 30"
tell "    x.norm(1)" (x.norm 1) "5.477 87.75"
tell "    x.norm(1.0f)" (x.norm 1.0f) "158"
exit (if right then 0 else 1)
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

#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): calls that leave out a part of what they are asked for, and raise nothing.
# - quantile, nanquantile and aminmax take dim -1, the last dimension, for none: one number for all rows. quantile along 1 is right.
# - torch.div and torch.divide leave out rounding_mode, torch.div_ too where it divides by a tensor. x.div does not.
# - torch.erfinv is erf. x.erfinv is right.
# - torch.normal(mean, std) draws as many numbers as mean has, not as the result has. Where mean is 0.0, which becomes a tensor of one
#   number by itself, or is broadcast otherwise, one draw serves for all: noise of 1000 numbers that are equal. With a mean of the result's
#   shape it is right, and with a std that is broadcast.
# - SGD with maximize turns weight_decay round too: weights grow by it. SGD without, and ASGD with maximize, let them decay.
# - elu_, and so nn.ELU with inplace, and torch.lgamma_ change nothing in place. celu_ and x.lgamma_ do.
# - torch.cat of one tensor is no copy: what is changed in it is changed in the tensor. Of two it is a copy.
#
# Seen (part of it):
#     medians of the rows 1 2 3 and 40 50 60, quantile, dim -1: 21.5
#         quantile, dim 1: 2 50
#     7 and -7 by 2, torch.div, floor: 3.5 -3.5
#         x.div, floor: 3 -4
#     torch.erfinv of 0.5, which is 0.4769: 0.5205
#     torch.normal, mean 0, standard deviations of 1000 ones: standard deviation 0.0000
#         means of 1000 zeros: 1.0503
#     a weight of 1 after ten steps of decay, SGD: 0.5987
#         SGD, maximize: 1.629
#     -1 2 after elu_: -1 2
#     -1 2 after zero_ of torch.cat [| x |]: 0 0
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
open TorchSharp.Modules

CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture
torch.set_num_threads 1
torch.manual_seed 1L |> ignore
let mutable right = true

let text (x: torch.Tensor) =
    x.detach().``to``(torch.float64).data<float>().ToArray()
    |> Array.map (fun number -> sprintf "%.4g" (number + 0.0))
    |> String.concat " "

let tell what (x: torch.Tensor) wanted =
    printfn $"{what}: {text x}"
    right <- right && text x = wanted

// Two rows, whose medians are 2 and 50.
let rows = torch.tensor (array2D [ [ 1f; 2f; 3f ]; [ 40f; 50f; 60f ] ])
let half = torch.tensor 0.5f
tell "medians of the rows 1 2 3 and 40 50 60, quantile, dim -1" (rows.quantile (half, -1L)) "21.5"
tell "    torch.quantile, dim -1, keepdim" (torch.quantile (rows, half, -1L, true)) "21.5"
tell "    nanquantile, dim -1" (rows.nanquantile (half, -1L)) "21.5"
tell "    quantile, dim 1" (rows.quantile (half, 1L)) "2 50"
let struct (least, most) = rows.aminmax -1L
tell "least of each row, aminmax, dim -1" least "1"
tell "    largest" most "60"
tell "    amin, dim -1" (rows.amin [| -1L |]) "1 40"

// A division whose result is to be rounded down.
let sevens = torch.tensor [| 7f; -7f |]
let floor = torch.RoundingMode.floor
tell "7 and -7 by 2, torch.div, floor" (torch.div (sevens, torch.tensor 2f, floor)) "3.5 -3.5"
tell "    by a number" (torch.div (sevens, (2.0).ToScalar(), floor)) "3.5 -3.5"
tell "    torch.divide, trunc" (torch.divide (sevens, torch.tensor 2f, torch.RoundingMode.trunc)) "3.5 -3.5"
tell "    torch.div_, floor" (torch.div_ (sevens.clone (), torch.tensor 2f, floor)) "3.5 -3.5"
tell "    x.div, floor" (sevens.div (torch.tensor 2f, floor)) "3 -4"

tell "torch.erfinv of 0.5, which is 0.4769" (torch.erfinv half) "0.5205"
tell "    torch.erf" (torch.erf half) "0.5205"
tell "    x.erfinv" (half.erfinv ()) "0.4769"

// Draws that should be independent. A number becomes a tensor by itself.
let spread (x: torch.Tensor) = x.std().ToDouble()
let draws = torch.normal (torch.tensor 0.0f, torch.ones 1000L)
let filled = torch.normal (torch.zeros 1000L, torch.ones 1000L)
printfn $"torch.normal, mean 0, standard deviations of 1000 ones: standard deviation {spread draws:F4}"
printfn $"    means of 1000 zeros: {spread filled:F4}"
let perRow = torch.normal (torch.zeros (3L, 1L), torch.ones (1L, 1000L))
printfn $"    means 3 x 1, standard deviations 1 x 1000: within a row {perRow.std(1L).max().ToDouble():F4}"
let scaled = torch.normal (torch.zeros 1000L, torch.tensor 2.0f)
printfn $"    means of 1000 zeros, standard deviation 2: {spread scaled:F4}"
let few = torch.normal (0.0, torch.ones 4L)
printfn $"    torch.normal(0.0, ones): four equal numbers {(few.max () - few.min ()).ToDouble() < 1e-6}"
right <- right && spread draws < 1e-6 && abs (spread filled - 1.0) < 0.1 && perRow.std(1L).max().ToDouble() < 1e-6
right <- right && abs (spread scaled - 2.0) < 0.2 && (few.max () - few.min ()).ToDouble() < 1e-6

// A decay of 0.5 at a rate of 0.1, no gradient: each step takes a twentieth off.
let decayed make =
    let parameter = new Parameter(torch.ones 1L)
    let optimiser: torch.optim.Optimizer = make [ parameter ]
    parameter.grad <- torch.zeros 1L

    for _ in 1..10 do
        optimiser.step () |> ignore

    parameter

let sgd maximize (p: Parameter list) = torch.optim.SGD(p, 0.1, weight_decay = 0.5, maximize = maximize) :> torch.optim.Optimizer
let asgd (p: Parameter list) = torch.optim.ASGD(p, 0.1, lambd = 0.0, weight_decay = 0.5, maximize = true) :> torch.optim.Optimizer
tell "a weight of 1 after ten steps of decay, SGD" (decayed (sgd false)) "0.5987"
tell "    SGD, maximize" (decayed (sgd true)) "1.629"
tell "    ASGD, maximize" (decayed asgd) "0.5987"

// In place.
let after (change: torch.Tensor -> torch.Tensor) (numbers: float32 array) =
    let x = torch.tensor numbers
    change x |> ignore
    x

tell "-1 2 after elu_" (after (fun x -> x.elu_ ()) [| -1f; 2f |]) "-1 2"
tell "    after nn.ELU with inplace" (after (fun x -> torch.nn.ELU(inplace = true).call x) [| -1f; 2f |]) "-1 2"
tell "    after celu_" (after (fun x -> x.celu_ ()) [| -1f; 2f |]) "-0.6321 2"
tell "5 after torch.lgamma_" (after torch.lgamma_ [| 5f |]) "5"
tell "    after x.lgamma_" (after (fun x -> x.lgamma_ ()) [| 5f |]) "3.178"
tell "-1 2 after zero_ of torch.cat [| x |]" (after (fun x -> torch.cat([| x |]).zero_ ()) [| -1f; 2f |]) "0 0"
tell "    of torch.cat [| x; x |]" (after (fun x -> torch.cat([| x; x |]).zero_ ()) [| -1f; 2f |]) "-1 2"
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

#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): what asks for a gradient, or is a parameter, and never gets one. Nothing raises.
# - A Parameter made of what was computed from another parameter (of weight.clone(), of weight * 0.5) stays a result of it: it has no
#   gradient, the other one gets it. It is in named_parameters() and state_dict(), and no step moves it. PyTorch cuts it off. Made of
#   weight.detach().clone() it is right.
# - torch.tensor, from_array and frombuffer of doubles with dtype float32 and requires_grad give a converted copy of what has the gradient:
#   the copy's is null. So does torch.tensor of one double. Without dtype, and of float32 numbers, it is right.
# - requires_grad is left out by torch.tensor of a complex pair and by randperm.
# - An optimiser keeps the sequence that it is given, not its elements. Of parameters() filtered by requires_grad a weight that is frozen
#   later is one that zero_grad passes over: thawed, it starts from the gradient of before. Of a list it is right.
# libtorch writes a warning to stderr where the gradient of such a tensor is looked at (that it "is not a leaf"), SGD's step among these.
#
# Seen:
#     a layer that starts from another's weight, 20 steps: its loss 4.5 to 4.5, its gradient null, the other's -60
#         detached: its loss 4.5 to 0.0665, its gradient -0.4053, the other's null
#         from half of the weight: its loss 6.12 to 6.12, its gradient null, the other's -35
#     gradient of the sum of squares of 1 and 2, tensor of doubles, float32: null
#         from_array: null
#         frombuffer: null
#         tensor of one double, 3: null
#         tensor of doubles: 2 4
#         tensor of floats: 2 4
#     requires_grad of a complex pair: false, of a permutation: false, of normal draws: true
#     frozen for a while, parameters filtered: optimiser has 2 of them, then 1; gradient 2
#         as a list: optimiser has 2 of them, then 2; gradient 1
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
let mutable right = true

let text (x: torch.Tensor) =
    if isNull (box x) then
        "null"
    else
        x.detach().flatten().``to``(torch.float64).data<float>().ToArray()
        |> Array.map (fun number -> sprintf "%.4g" number)
        |> String.concat " "

let tell what seen wanted =
    printfn $"{what}: {seen}"
    right <- right && seen = wanted

// A layer with the weight 1, and one that starts from it and is to learn to multiply by 4.
let copied (make: torch.Tensor -> torch.Tensor) =
    let first = torch.nn.Linear(1L, 1L, hasBias = false)
    first.weight <- new Parameter(torch.ones (1L, 1L))
    let second = torch.nn.Linear(1L, 1L, hasBias = false)
    second.weight <- new Parameter(make first.weight)
    let optimiser = torch.optim.SGD(second.parameters (), 0.1)
    let loss () = (second.call (torch.ones (1L, 1L)) - 4.0f.ToScalar()).square().mean() * 0.5f.ToScalar()
    let before = loss().ToDouble()

    for _ in 1..20 do
        optimiser.zero_grad ()
        loss().backward()
        optimiser.step () |> ignore

    let listed = second.named_parameters () |> Seq.map (fun struct (name, _) -> name) |> String.concat " "
    right <- right && listed = "weight" && second.state_dict().ContainsKey "weight"
    $"its loss %.3g{before} to %.3g{loss().ToDouble()}, its gradient {text second.weight.grad}, the other's {text first.weight.grad}"

tell "a layer that starts from another's weight, 20 steps" (copied (fun weight -> weight.clone ()))
    "its loss 4.5 to 4.5, its gradient null, the other's -60"

tell "    detached" (copied (fun weight -> weight.detach().clone()))
    "its loss 4.5 to 0.0665, its gradient -0.4053, the other's null"

tell "    from half of the weight" (copied (fun weight -> weight * 0.5f.ToScalar()))
    "its loss 6.12 to 6.12, its gradient null, the other's -35"

// The gradient of a sum of squares is twice the numbers.
let slope (x: torch.Tensor) =
    x.square().sum().backward()
    text x.grad

let doubles = [| 1.0; 2.0 |]
tell "gradient of the sum of squares of 1 and 2, tensor of doubles, float32"
    (slope (torch.tensor (doubles, dtype = torch.float32, requires_grad = true))) "null"
tell "    from_array" (slope (torch.from_array (doubles, torch.float32, requires_grad = true))) "null"
tell "    frombuffer" (slope (torch.frombuffer (doubles, torch.float32, requires_grad = true))) "null"
tell "    tensor of one double, 3" (slope (torch.tensor (3.0, dtype = torch.float32, requires_grad = true))) "null"
tell "    tensor of doubles" (slope (torch.tensor (doubles, requires_grad = true))) "2 4"
tell "    tensor of floats" (slope (torch.tensor ([| 1.0f; 2.0f |], requires_grad = true))) "2 4"

let pair = torch.tensor (struct (1.0f, 2.0f), requires_grad = true)
let order = torch.randperm (3L, dtype = torch.float32, requires_grad = true)
let draws = torch.randn (3L, requires_grad = true)
let wanted (x: torch.Tensor) = if x.requires_grad then "true" else "false"
tell "requires_grad of a complex pair" $"{wanted pair}, of a permutation: {wanted order}, of normal draws: {wanted draws}"
    "false, of a permutation: false, of normal draws: true"

// A step with all weights, one with the weight frozen, one with it thawed. The gradient is 1 each time.
let frozen (hold: Parameter seq -> Parameter seq) =
    let layer = torch.nn.Linear(1L, 1L)
    let optimiser = torch.optim.SGD(hold (layer.parameters () |> Seq.filter (fun p -> p.requires_grad)), 0.1)

    let step () =
        optimiser.zero_grad ()
        layer.call(torch.ones (1L, 1L)).sum().backward()
        optimiser.step () |> ignore
        optimiser.parameters () |> Seq.length

    let all = step ()
    layer.weight.requires_grad <- false
    let fewer = step ()
    optimiser.zero_grad ()
    layer.weight.requires_grad <- true
    layer.call(torch.ones (1L, 1L)).sum().backward()
    $"optimiser has {all} of them, then {fewer}; gradient {text layer.weight.grad}"

tell "frozen for a while, parameters filtered" (frozen id) "optimiser has 2 of them, then 1; gradient 2"
tell "    as a list" (frozen (fun ps -> List.ofSeq ps :> Parameter seq)) "optimiser has 2 of them, then 2; gradient 1"
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

if ! dotnet out/probe.dll 2> warnings; then
    grep -v "not a leaf Tensor" warnings >&2
    exit 1
fi
grep -q "not a leaf Tensor" warnings

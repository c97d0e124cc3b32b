#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): calls that give another answer than their twin in the package, or than their name
# says, and raise nothing.
# - nn.functional.hinge_embedding_loss has a margin of 0 where none is given, nn.HingeEmbeddingLoss() one of 1, as both have in PyTorch.
#   With 0 two that are unlike, and only 0.2 apart, cost nothing and have no gradient: nothing moves them further apart.
# - RNN made with bias: false: get_bias_ih and get_bias_hh are not null but weights of the next layer, get_weight_ih(1) is that of layer 2.
#   Made with bidirectional: get_weight_ih(1) is that of layer 0, backwards. named_parameters is right.
# - nn.functional.upsample_bilinear does not align the corners; PyTorch's does. With align_corners it is right.
#
# Seen:
#     two unlike, at a distance of 0.2, which should cost 0.8: functional 0.0000, gradient 0; HingeEmbeddingLoss() 0.8000, gradient -1
#     RNN of four layers without bias: get_bias_ih(0) is weight_ih_l1, get_bias_hh(0) weight_hh_l1, get_weight_ih(1) weight_ih_l2
#     RNN in both directions: get_weight_ih(1) is weight_ih_l0_reverse
#     0 1 2 to five numbers: upsample_bilinear 0 0.4 1 1.6 2, with align_corners 0 0.5 1 1.5 2
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
using TorchSharp.Modules;
using static TorchSharp.torch;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
torch.manual_seed(1);
var right = true;

string Text(Tensor x) => string.Join(" ", x.detach().to(float64).data<double>().ToArray().Select(number => number.ToString("G4")));

// What is unlike (target -1) should cost what its distance lacks to the margin of 1.
(double Value, double Slope) Cost(Func<Tensor, Tensor, Tensor> loss)
{
    var distance = torch.full(1, 0.2, dtype: float64).requires_grad_();
    var value = loss(distance, torch.full(1, -1.0, dtype: float64));
    value.backward();
    return (value.ToDouble(), distance.grad!.ToDouble());
}

var byFunction = Cost((distance, target) => nn.functional.hinge_embedding_loss(distance, target));
var byModule = Cost((distance, target) => nn.HingeEmbeddingLoss().call(distance, target));
Console.WriteLine("two unlike, at a distance of 0.2, which should cost 0.8: "
    + $"functional {byFunction.Value:F4}, gradient {byFunction.Slope:F0}; "
    + $"HingeEmbeddingLoss() {byModule.Value:F4}, gradient {byModule.Slope:F0}");
right &= byFunction is (0, 0) && Math.Abs(byModule.Value - 0.8) < 1e-9 && byModule.Slope == -1;

// Which of a module's parameters holds these numbers.
string Named(nn.Module module, Tensor numbers) => numbers is null ? "null" : module.named_parameters()
    .Single(pair => pair.parameter.shape.SequenceEqual(numbers.shape) && Text(pair.parameter.flatten()) == Text(numbers.flatten())).name;

var deep = nn.RNN(3, 3, 4, bias: false);
var found = (Named(deep, deep.get_bias_ih(0)), Named(deep, deep.get_bias_hh(0)), Named(deep, deep.get_weight_ih(1)));
Console.WriteLine("RNN of four layers without bias: "
    + $"get_bias_ih(0) is {found.Item1}, get_bias_hh(0) {found.Item2}, get_weight_ih(1) {found.Item3}");
right &= found is ("weight_ih_l1", "weight_hh_l1", "weight_ih_l2");
var both = nn.RNN(3, 3, 2, bidirectional: true);
var backwards = Named(both, both.get_weight_ih(1));
Console.WriteLine($"RNN in both directions: get_weight_ih(1) is {backwards}");
right &= backwards == "weight_ih_l0_reverse";

var row = torch.arange(3, dtype: float64).view(1, 1, 1, 3);
var free = Text(nn.functional.upsample_bilinear(row, [1, 5]).flatten());
var aligned = Text(nn.functional.upsample_bilinear(row, [1, 5], align_corners: true).flatten());
Console.WriteLine($"0 1 2 to five numbers: upsample_bilinear {free}, with align_corners {aligned}");
right &= free == "0 0.4 1 1.6 2" && aligned == "0 0.5 1 1.5 2";
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

#!/usr/bin/env bash
# TorchVision 0.107.0 (of TorchSharp, on libtorch 2.10.0, linux-x64): models and operations that are not what their names say, and raise
# nothing.
# - FrozenBatchNorm2d, which should not change, changes with each call, in evaluation too: the mean is subtracted once more each time. The
#   same input gives 3, 1, -1, -3. state_dict has the bias as it was.
# - resnext101_32x8d and resnext101_64x4d have 6 blocks in their third stage, as ResNet-50, not 23, and 48 and 45 million parameters, where
#   torchvision's have 89 and 83. resnet101 has 23.
# - ops.sigmoid_focal_loss, if alpha and gamma are of type float, reduces the cross-entropy before it weighs it: its mean and sum are not
#   the mean and sum of its numbers. With doubles they are.
#
# Seen (part of it):
#     resnext101_32x8d: 6 blocks in the third stage, 48021800 parameters
#     resnet101: 23 blocks in the third stage, 44549160 parameters
#     FrozenBatchNorm2d of 5, mean 2, variance 1, four times: 3 1 -1 -3; its bias -8, in state_dict 0
#     sigmoid_focal_loss, mean of its numbers 0.1362, with floats, mean 0.0549, with doubles, mean 0.1362
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
    <PackageReference Include="TorchVision" Version="0.107.0" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.cs <<'PROGRAM'
using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torchvision;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
var right = true;

// Models, whose third stage should have 23 blocks each.
foreach (var (name, make, blocks, parameters) in new (string, Func<torch.nn.Module>, int, long)[]
{
    ("resnext101_32x8d", () => models.resnext101_32x8d(), 6, 48021800),
    ("resnext101_64x4d", () => models.resnext101_64x4d(), 6, 45192488),
    ("resnet101", () => models.resnet101(), 23, 0),
})
{
    using var model = make();
    var stage = model.named_parameters().Count(parameter =>
        parameter.name.StartsWith("layer3.") && parameter.name.EndsWith(".conv1.weight"));
    var size = model.parameters().Sum(parameter => parameter.numel());
    Console.WriteLine($"{name}: {stage} blocks in the third stage, {size} parameters");
    right &= stage == blocks && (parameters == 0 || size == parameters);
}

// (5 - 2) / 1 is 3, each time.
var frozen = ops.FrozenBatchNorm2d(1);
frozen.running_mean.fill_(2);
frozen.eval();
var calls = string.Join(" ", Enumerable.Range(0, 4).Select(_ => Text(frozen.call(torch.full(new long[] { 1, 1, 1, 1 }, 5f)))));
Console.WriteLine($"FrozenBatchNorm2d of 5, mean 2, variance 1, four times: {calls}; "
    + $"its bias {Text(frozen.bias)}, in state_dict {Text(frozen.state_dict()["bias"])}");
right &= calls == "3 1 -1 -3" && Text(frozen.bias) == "-8" && Text(frozen.state_dict()["bias"]) == "0";

// The loss of four numbers, and the same reduced by the operation itself.
var (scores, truth) = (torch.tensor(new[] { -2f, 0.5f, 3f, 1f }), torch.tensor(new[] { 0f, 1f, 1f, 0f }));
foreach (var (name, reduction, whole) in new (string, torch.nn.Reduction, Func<Tensor, Tensor>)[]
{
    ("mean", torch.nn.Reduction.Mean, loss => loss.mean()),
    ("sum", torch.nn.Reduction.Sum, loss => loss.sum()),
})
{
    var wanted = whole(ops.sigmoid_focal_loss(scores, truth, 0.25f, 2f)).item<float>();
    var floats = ops.sigmoid_focal_loss(scores, truth, 0.25f, 2f, reduction).item<float>();
    var doubles = ops.sigmoid_focal_loss(scores, truth, 0.25, 2.0, reduction).item<float>();
    Console.WriteLine($"sigmoid_focal_loss, {name} of its numbers {wanted:F4}, with floats, {name} {floats:F4}, "
        + $"with doubles, {name} {doubles:F4}");
    right &= Math.Abs(doubles - wanted) < 1e-5 && Math.Abs(floats / wanted - 1) > 0.3;
}

return right ? 0 : 1;

string Text(Tensor tensor) => string.Join(" ", tensor.to(float64).contiguous().reshape(-1).data<double>().ToArray()
    .Select(number => (Math.Round(number, 2) + 0.0).ToString()));
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

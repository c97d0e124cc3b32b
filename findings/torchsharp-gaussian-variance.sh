#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): GaussianNLLLoss and functional.gaussian_nll_loss pass no gradient to the variance.
# The loss is there to learn a mean and a variance together. Its value is right, and the mean learns; the variance is cut off from the
# graph where it is kept above eps, so its parameters' gradients stay null, without a word, and what is reported as the spread of the data
# is what the weights began with. In PyTorch the variance learns; so does it here by the formula, and by Normal(...).log_prob of the same
# package. Where nothing else in the loss needs a gradient, backward raises.
#
# Seen:
#     one number, mean 1, variance 0.5, target 0: gradient of the mean 2, of the variance: the formula -1, the package none
#     500 steps of Adam on 1000 draws of mean 2 and standard deviation 3:
#         the package:         mean 2.01, standard deviation 1.00, reported loss 4.64
#         the formula:         mean 2.01, standard deviation 3.05, reported loss 1.61
#         Normal(..).log_prob: mean 2.01, standard deviation 3.05, reported loss 1.61
#     with only the variance to learn: backward raises
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
var loss = nn.GaussianNLLLoss();

Tensor ByModule(Tensor mean, Tensor variance, Tensor target) => loss.call(mean, target, variance);
Tensor ByFunction(Tensor mean, Tensor variance, Tensor target) => nn.functional.gaussian_nll_loss(mean, target, variance);
Tensor ByFormula(Tensor mean, Tensor variance, Tensor target) => ((variance.log() + (target - mean).square() / variance) / 2).mean();
Tensor ByDistribution(Tensor mean, Tensor variance, Tensor target) =>
    -distributions.Normal(mean, variance.sqrt()).log_prob(target).mean() - Math.Log(2 * Math.PI) / 2;

// The gradients of one number, and the value of the loss.
(double Value, double? Mean, double? Variance) Gradients(Func<Tensor, Tensor, Tensor, Tensor> way)
{
    var mean = torch.full(1, 1, 1.0, dtype: float64).requires_grad_();
    var variance = torch.full(1, 1, 0.5, dtype: float64).requires_grad_();
    var value = way(mean, variance, torch.zeros(1, 1, dtype: float64));
    value.backward();
    return (value.ToDouble(), mean.grad?.ToDouble(), variance.grad?.ToDouble());
}

var formula = Gradients(ByFormula);
foreach (var way in new Func<Tensor, Tensor, Tensor, Tensor>[] { ByModule, ByFunction })
{
    var package = Gradients(way);
    right &= Math.Abs(package.Value - formula.Value) < 1e-9 && package.Mean is { } slope && Math.Abs(slope - 2) < 1e-9
        && package.Variance is null;
}

right &= formula is { Mean: { } byMean, Variance: { } byVariance } && Math.Abs(byMean - 2) < 1e-9 && Math.Abs(byVariance + 1) < 1e-9;
var shown = Gradients(ByModule);
Console.WriteLine($"one number, mean 1, variance 0.5, target 0: gradient of the mean {shown.Mean:G3}, of the variance: "
    + $"the formula {formula.Variance:G3}, the package {(shown.Variance is null ? "none" : "some")}");

// Mean and variance of 1000 draws, learned together. The variance is the exponential of its parameter, which begins at 0.
var draws = 2 + 3 * torch.randn(1000, 1, dtype: float64);
(double Mean, double Spread, double Loss) Learn(Func<Tensor, Tensor, Tensor, Tensor> way)
{
    var mean = new Parameter(torch.zeros(1, dtype: float64));
    var logarithm = new Parameter(torch.zeros(1, dtype: float64));
    var optimiser = torch.optim.Adam([mean, logarithm], 0.05);
    var last = 0.0;
    for (var step = 0; step < 500; step++)
    {
        using var scope = torch.NewDisposeScope();
        mean.grad = null;
        logarithm.grad = null;
        var value = way(mean.expand(1000, 1), logarithm.exp().expand(1000, 1), draws);
        value.backward();
        optimiser.step();
        last = value.ToDouble();
    }

    return (mean.item<double>(), Math.Exp(logarithm.item<double>() / 2), last);
}

Console.WriteLine("500 steps of Adam on 1000 draws of mean 2 and standard deviation 3:");
(string, Func<Tensor, Tensor, Tensor, Tensor>, bool)[] ways =
    [("the package:", ByModule, false), ("the formula:", ByFormula, true), ("Normal(..).log_prob:", ByDistribution, true)];
foreach (var (name, way, learns) in ways)
{
    var (mean, spread, value) = Learn(way);
    Console.WriteLine($"    {name,-20} mean {mean:F2}, standard deviation {spread:F2}, reported loss {value:F2}");
    right &= Math.Abs(mean - 2) < 0.3 && (learns ? Math.Abs(spread - 3) < 0.3 : spread == 1);
}

var alone = torch.full(1, 1, 0.5, dtype: float64).requires_grad_();
var raised = false;
try
{
    ByModule(torch.ones(1, 1, dtype: float64), alone, torch.zeros(1, 1, dtype: float64)).backward();
}
catch (System.Runtime.InteropServices.ExternalException)
{
    raised = true;
}

Console.WriteLine($"with only the variance to learn: backward {(raised ? "raises" : "raises nothing")}");
return right && raised ? 0 : 1;
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

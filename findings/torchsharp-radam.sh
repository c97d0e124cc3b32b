#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): torch.optim.RAdam multiplies by the learning rate twice, from the step on at which
# its correction sets in, the sixth where beta2 is 0.999. So at a learning rate of 0.001 each step from there is a thousandth of what the
# paper's (arXiv 1908.03265) and PyTorch's formula give. Five steps look right, then the loss hardly moves, and nothing is raised. A
# learning rate of 1 shows nothing, and the optimiser's state is right: only the last product is taken with the rate once too often.
#
# Seen (part of it; one parameter, gradients of 1: each step divided by the learning rate):
#     the formula: 1.0000 1.0000 1.0000 1.0000 1.0000 0.0258 0.0327 0.0387
#     learning rate 0.1: 1.0000 1.0000 1.0000 1.0000 1.0000 0.0026 0.0033 0.0039
#     learning rate 0.001, 2000 steps from 0 towards 1: RAdam at 0.0062, the formula at 0.8130
#
# Exit code 0: from the sixth on the steps are the formula's times the learning rate. 1: it has changed.
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

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
var right = true;

var wanted = Steps(Formula(1), 8, _ => 1);
Console.WriteLine($"the formula: {Text(wanted)}");
foreach (var rate in new[] { 1, 0.1, 0.001 })
{
    var steps = Steps(Package(rate), 8, _ => 1).Select(step => step / rate).ToArray();
    Console.WriteLine($"learning rate {rate}: {Text(steps)}");
    var expected = wanted.Select((step, turn) => turn < 5 ? step : step * rate);
    right &= steps.Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) < 1e-6 * Math.Abs(pair.Second));
}

double[] ends = [.. new[] { Package(0.001), Formula(0.001) }.Select(optimiser => -Steps(optimiser, 2000, x => x - 1).Sum())];
Console.WriteLine($"learning rate 0.001, 2000 steps from 0 towards 1: RAdam at {ends[0]:F4}, the formula at {ends[1]:F4}");
return right && ends[0] < 0.01 && ends[1] > 0.5 ? 0 : 1;

string Text(double[] steps) => string.Join(" ", steps.Select(step => step.ToString("F4")));

// How far down each of these steps goes, from 0, with the gradient that the place has.
double[] Steps(Func<double, double, double> optimiser, int count, Func<double, double> gradient)
{
    var x = 0.0;
    var steps = new double[count];
    for (var turn = 0; turn < count; turn++)
    {
        var next = optimiser(x, gradient(x));
        steps[turn] = x - next;
        x = next;
    }

    return steps;
}

// From a place and its gradient to the next place, by the package.
Func<double, double, double> Package(double rate)
{
    var parameter = new Parameter(torch.zeros(1, dtype: torch.float64));
    var optimiser = torch.optim.RAdam([parameter], rate);
    return (_, gradient) =>
    {
        parameter.grad = torch.tensor([gradient]);
        optimiser.step();
        return parameter.item<double>();
    };
}

// The same by the formula of PyTorch's documentation.
Func<double, double, double> Formula(double rate)
{
    const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, limit = 2 / (1 - beta2) - 1;
    double mean = 0, square = 0;
    var turn = 0;
    return (x, gradient) =>
    {
        turn++;
        mean = beta1 * mean + (1 - beta1) * gradient;
        square = beta2 * square + (1 - beta2) * gradient * gradient;
        var corrected = mean / (1 - Math.Pow(beta1, turn));
        var left = 1 - Math.Pow(beta2, turn);
        var length = limit - 2 * turn * Math.Pow(beta2, turn) / left;
        if (length <= 5) return x - rate * corrected;
        var rectified = Math.Sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length));
        return x - rate * corrected * rectified * Math.Sqrt(left) / (Math.Sqrt(square) + epsilon);
    };
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

#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): two of torch.optim.lr_scheduler's schedules that cycle are not those of PyTorch's
# documentation, and of the papers (arXiv 1708.07120, 1506.01186), and nothing is said.
# - OneCycleLR: of three parameter groups the second, and it alone, never leaves the first phase. By cosine its rate swings back up to the
#   maximum again and again, and ends wherever it is then; in a straight line it goes on rising, to several times the maximum. Adam's beta1
#   goes astray with it. The first group is right, the third too; with three_phase it is the third that goes astray. The rate of the first
#   group, which is the one that gets logged, shows nothing.
# - CyclicLR: momentum, which should fall from its maximum to its minimum while the rate rises, rises from its maximum, by as much again: by
#   default not from 0.9 to 0.8 but from 0.9 to 1; with the usual 0.85 and 0.95 from 0.95 to 1.05, and what should converge does not. The
#   minimum is never reached. The rates of its triangles are right.
# - CyclicLR's ExpRange: gamma is raised to the number of the cycle, from 1, not to that of the step: of a gamma of 0.99 nothing is seen.
#
# Seen (part of it):
#     OneCycleLR, cosine, rate at steps 0 5 10 15 19: the formula   0.0040 0.1000 0.0717 0.0188 0.0000, beta1 at the end 0.9500
#                                                     group 1       0.0040 0.1000 0.0717 0.0188 0.0000, beta1 at the end 0.9500
#                                                     group 2       0.0040 0.1000 0.0040 0.1000 0.0132, beta1 at the end 0.9405
#                                                     group 3       0.0040 0.1000 0.0717 0.0188 0.0000, beta1 at the end 0.9500
#     OneCycleLR, linear, rate at steps 0 5 10 15 19: group 2       0.0040 0.1000 0.1960 0.2920 0.3688, beta1 at the end 0.5700
#     OneCycleLR, cosine, three phases, steps 0 5 10 15 19: group 1 0.0040 0.1000 0.0040 0.0017 0.0000
#                                                           group 3 0.0040 0.1000 0.0040 0.1000 0.0132
#     CyclicLR, momentum at steps 0 10 20 30 40:      the formula   0.9500 0.9000 0.8500 0.9000 0.9500
#                                                     the package   0.9500 1.0000 1.0500 1.0000 0.9500
#     CyclicLR, SGD on x^2 / 2 from x = 1, 400 steps: the formula 1.8E-010, the package 6.5E-002
#     CyclicLR, ExpRange, gamma 0.99, at the three peaks: the formula 0.0820 0.0552 0.0372, the package 0.0990 0.0980 0.0971
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
using static TorchSharp.torch.optim;
using static TorchSharp.torch.optim.lr_scheduler.impl;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
var right = true;
int[] shown = [0, 5, 10, 15, 19];

foreach (var linear in new[] { false, true })
{
    var shape = linear ? "linear" : "cosine";
    double Between(double from, double to, double part) =>
        from + (to - from) * (linear ? part : (1 - Math.Cos(Math.PI * part)) / 2);

    // Of 20 steps, six go up. The second of these goes on as if it were still going up.
    (double Rate, double Beta) Wanted(int step) => step <= 5
        ? Astray(step)
        : (Between(0.1, 0.1 / 25 / 1e4, (step - 5) / 14.0), Between(0.85, 0.95, (step - 5) / 14.0));
    (double Rate, double Beta) Astray(int step) => (Between(0.1 / 25, 0.1, step / 5.0), Between(0.95, 0.85, step / 5.0));

    Tell("the formula", [.. Enumerable.Range(0, 20).Select(Wanted)]);
    var groups = OneCycle(linear ? OneCycleLR.AnnealStrategy.Linear : OneCycleLR.AnnealStrategy.Cos);
    for (var group = 0; group < 3; group++)
    {
        Tell($"group {group + 1}", groups[group]);
        for (var step = 0; step < 20; step++)
        {
            var (rate, beta) = group == 1 ? Astray(step) : Wanted(step);
            right &= Near(groups[group][step].Rate, rate) && Near(groups[group][step].Beta, beta);
        }
    }

    void Tell(string name, (double Rate, double Beta)[] steps) => Console.WriteLine(
        $"OneCycleLR, {shape}, rate at steps 0 5 10 15 19: {name,-12} {Text(shown.Select(step => steps[step].Rate))}, "
        + $"beta1 at the end {steps[19].Beta:F4}");
}

// With three phases: to the maximum within five steps, back within five more, then down.
var three = OneCycle(OneCycleLR.AnnealStrategy.Cos, phases: 3);
for (var group = 0; group < 3; group++)
{
    var text = Text(shown.Select(step => three[group][step].Rate));
    Console.WriteLine($"OneCycleLR, cosine, three phases, steps 0 5 10 15 19: group {group + 1} {text}");
    for (var step = 0; step < 20; step++)
    {
        double Wave(double from, double to, double part) => from + (to - from) * (1 - Math.Cos(Math.PI * part)) / 2;
        var wanted = group == 2 || step <= 10 ? Wave(0.004, 0.1, step / 5.0) : Wave(0.004, 0.004 / 1e4, (step - 10) / 9.0);
        right &= Near(three[group][step].Rate, wanted);
    }
}

// How high a step is between minimum and maximum: from 0 to 1 and back within 40 steps.
double Height(int step) => 1 - Math.Abs(step % 40 - 20) / 20.0;
var (byPackage, momenta, rates) = Cyclic(0.85, 0.95);
var byDefault = Cyclic(0.8, 0.9).Momenta;
var byFormula = Descend(step => (0.001 + 0.099 * Height(step), 0.95 - 0.1 * Height(step)));
var byMirror = Descend(step => (0.001 + 0.099 * Height(step), 0.95 + 0.1 * Height(step)));
int[] places = [0, 10, 20, 30, 40];
Console.WriteLine($"CyclicLR, momentum at steps 0 10 20 30 40: the formula {Text(places.Select(step => 0.95 - 0.1 * Height(step)))}");
Console.WriteLine($"CyclicLR, momentum at steps 0 10 20 30 40: the package {Text(places.Select(step => momenta[step]))}");
Console.WriteLine($"CyclicLR, SGD on x^2 / 2 from x = 1, 400 steps: the formula {byFormula:E1}, the package {byPackage:E1}");
for (var step = 0; step < 400; step++)
    right &= Near(momenta[step], 0.95 + 0.1 * Height(step)) && Near(byDefault[step], 0.9 + 0.1 * Height(step))
        && Near(rates[step], 0.001 + 0.099 * Height(step));
right &= byFormula < 1e-6 && byPackage > 1e-3 && Math.Abs(byPackage - byMirror) < 1e-6 * byMirror;

int[] peaks = [20, 60, 100];
var falling = Falling();
Console.WriteLine("CyclicLR, ExpRange, gamma 0.99, at the three peaks: the formula "
    + $"{Text(peaks.Select(step => 0.001 + 0.099 * Math.Pow(0.99, step)))}, the package {Text(peaks.Select(step => falling[step]))}");
right &= peaks.Select((step, cycle) => Near(falling[step], 0.001 + 0.099 * Math.Pow(0.99, cycle + 1))).All(near => near);
return right ? 0 : 1;

bool Near(double x, double y) => Math.Abs(x - y) < 1e-9;

string Text(IEnumerable<double> numbers) => string.Join(" ", numbers.Select(number => number.ToString("F4")));

Parameter One() => new(torch.ones(1, dtype: torch.float64));

// Of three groups of Adam, one weight each: rate and beta1 at each of the 20 steps.
(double Rate, double Beta)[][] OneCycle(OneCycleLR.AnnealStrategy strategy, int phases = 2)
{
    Adam.ParamGroup[] groups = [new([One()], lr: 0.1), new([One()], lr: 0.1), new([One()], lr: 0.1)];
    var schedule = lr_scheduler.OneCycleLR(
        Adam(groups), 0.1, total_steps: 20, anneal_strategy: strategy, three_phase: phases == 3);
    var steps = groups.Select(_ => new (double, double)[20]).ToArray();
    for (var step = 0; step < 20; step++)
    {
        for (var group = 0; group < 3; group++)
            steps[group][step] = (groups[group].LearningRate, groups[group].Betas.Item1);
        if (step < 19) schedule.step();
    }

    return steps;
}

// Where 400 steps of the package's SGD end, and the momentum and the rate at each.
(double End, double[] Momenta, double[] Rates) Cyclic(double least, double most)
{
    var weight = One();
    SGD.ParamGroup[] groups = [new([weight], lr: 0.1, momentum: 0.9)];
    var optimiser = SGD(groups, 0.1, momentum: 0.9);
    var schedule = lr_scheduler.CyclicLR(optimiser, 0.001, 0.1, step_size_up: 20, base_momentum: least, max_momentum: most);
    var (momenta, rates) = (new double[400], new double[400]);
    for (var step = 0; step < 400; step++)
    {
        (momenta[step], rates[step]) = (groups[0].Momentum, groups[0].LearningRate);
        weight.grad = weight.detach().clone();
        optimiser.step();
        schedule.step();
    }

    return (Math.Abs(weight.item<double>()), momenta, rates);
}

// The same by hand, with these rates and momenta.
double Descend(Func<int, (double, double)> options)
{
    double place = 1, speed = 0;
    for (var step = 0; step < 400; step++)
    {
        var (rate, momentum) = options(step);
        speed = momentum * speed + place;
        place -= rate * speed;
    }

    return Math.Abs(place);
}

// The rates of a cycle whose peaks should become lower from step to step.
double[] Falling()
{
    SGD.ParamGroup[] groups = [new([One()], lr: 0.1)];
    var schedule = lr_scheduler.CyclicLR(
        SGD(groups, 0.1), 0.001, 0.1, step_size_up: 20, mode: CyclicLR.Mode.ExpRange, gamma: 0.99, cycle_momentum: false);
    var rates = new double[120];
    for (var step = 0; step < 120; step++)
    {
        rates[step] = groups[0].LearningRate;
        schedule.step();
    }

    return rates;
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

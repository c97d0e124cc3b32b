#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): settings of torch.optim that are taken, can be read back, and change nothing, or
# other rates than one has set.
# - LBFGS takes no notice of a schedule: StepLR, CosineAnnealingLR, LambdaLR and ReduceLROnPlateau lower a rate that is shown and not used.
#   Its own LearningRate is used, when one sets that.
# - The Momentum of SGD and RMSProp, and the Betas of Adam, AdamW, NAdam, Adamax and RAdam, when set after the optimiser was made, are
#   read back and change no step. Those of its parameter groups do.
# - A rate that is given to the groups before the schedule is made is lost: LambdaLR, SequentialLR, and CosineAnnealingLR behind its
#   minimum go by the rate with which the optimiser was made. In PyTorch the schedule starts from the rate that it finds. StepLR and
#   ExponentialLR do so here. With the groups' InitialLearningRate set as well the three are right.
# - NAdam.ParamGroup, Adamax.ParamGroup and RAdam.ParamGroup without lr have a rate of 1 where the optimiser's is 0.002; Adam's has 0.001.
# - ReduceLROnPlateau: get_last_lr stays at the first rate.
#
# Seen (part of it):
#     LBFGS under StepLR, what is left of x at each step: 0.9000 0.9000 0.9000 0.9000, the schedule's rate at the end 1E-05
#         LearningRate set by hand: 0.9000 0.9900 0.9990 0.9999
#     Adam, three steps: 0.7738, with the optimiser's set 0.7738, with its group's 0.8143; Betas read (0.5, 0.5)
#     SGD, three steps of 0.1, Momentum set to 0.9: 0.7000, in its group: 0.4390
#     LambdaLR, rate set to 0.01 before: 0.1000 0.1000 0.1000 0.1000 0.1000 0.1000 0.1000 0.1000 0.1000
#     CosineAnnealingLR, rate set to 0.01 before: 0.0100 0.0087 0.0055 0.0023 0.0010 0.0155 0.0505 0.0855 0.1000
#         InitialLearningRate too: 0.0100 0.0087 0.0055 0.0023 0.0010 0.0023 0.0055 0.0087 0.0100
#     Adamax.ParamGroup without lr in an Adamax of 0.002, one step from 1: 0.0000
#     ReduceLROnPlateau, after six equal losses: rate 0.001, get_last_lr 0.1
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
using static TorchSharp.torch.optim;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
var right = true;

Parameter One() => new(torch.ones(1, dtype: float64));
bool Near(double x, double y) => Math.Abs(x - y) < 1e-9;
string Text(IEnumerable<double> numbers) => string.Join(" ", numbers.Select(number => number.ToString("F4")));

// LBFGS on x^2 / 2: a step at rate r leaves 1 - r of x.
(double[] Left, double Last) Bring(Func<Optimizer, lr_scheduler.LRScheduler> schedule, Action<LBFGS> after)
{
    var weight = One();
    var optimiser = LBFGS([weight], 0.1, max_iter: 1);
    var scheduler = schedule(optimiser);
    var left = new double[4];
    for (var step = 0; step < 4; step++)
    {
        var before = weight.item<double>();
        optimiser.step(() =>
        {
            optimiser.zero_grad();
            var loss = (weight * weight / 2).sum();
            loss.backward();
            return loss;
        });
        left[step] = weight.item<double>() / before;
        if (scheduler is lr_scheduler.impl.ReduceLROnPlateau)
            scheduler.step(1.0);
        else
            scheduler.step();
        after(optimiser);
    }

    return (left, optimiser.ParamGroups.First().LearningRate);
}

(string, Func<Optimizer, lr_scheduler.LRScheduler>)[] schedules =
[
    ("StepLR", made => lr_scheduler.StepLR(made, 1, 0.1)),
    ("CosineAnnealingLR", made => lr_scheduler.CosineAnnealingLR(made, 4)),
    ("LambdaLR", made => lr_scheduler.LambdaLR(made, epoch => Math.Pow(0.1, epoch))),
    ("ReduceLROnPlateau", made => lr_scheduler.ReduceLROnPlateau(made, patience: 0)),
];
foreach (var (name, schedule) in schedules)
{
    var (left, last) = Bring(schedule, _ => { });
    Console.WriteLine($"LBFGS under {name}, what is left of x at each step: {Text(left)}, the schedule's rate at the end {last:G1}");
    right &= left.All(part => Near(part, 0.9)) && last < 0.001;
}

var byHand = Bring(made => lr_scheduler.ConstantLR(made, 1), made => made.LearningRate *= 0.1).Left;
Console.WriteLine($"    LearningRate set by hand: {Text(byHand)}");
right &= byHand.Select((part, step) => Near(part, 1 - Math.Pow(0.1, step + 1))).All(near => near);

// Three steps with gradients 1, 1, -1.
double Walk(Func<Parameter, Optimizer> make, Action<Optimizer> set)
{
    var weight = One();
    var optimiser = make(weight);
    set(optimiser);
    foreach (var slope in new[] { 1.0, 1.0, -1.0 })
    {
        weight.grad = torch.full(1, slope, dtype: float64);
        optimiser.step();
    }

    return weight.item<double>();
}

(string, Func<Parameter, Optimizer>)[] optimisers =
[
    ("SGD", p => SGD([p], 0.1)), ("RMSProp", p => RMSProp([p], 0.1)), ("Adam", p => Adam([p], 0.1)), ("AdamW", p => AdamW([p], 0.1)),
    ("NAdam", p => NAdam([p], 0.1)), ("Adamax", p => Adamax([p], 0.1)), ("RAdam", p => RAdam([p], 0.1)),
];
foreach (var (name, make) in optimisers)
{
    var read = "";
    var untouched = Walk(make, _ => { });
    var set = Walk(make, made =>
    {
        if (made is IMomentum momentum) { momentum.Momentum = 0.9; read = $"Momentum reads {momentum.Momentum}"; }
        if (made is IBetas betas) { betas.Betas = (0.5, 0.5); read = $"Betas read {betas.Betas}"; }
    });
    var inGroup = Walk(make, made =>
    {
        foreach (var group in made.ParamGroups)
        {
            if (group is IMomentum momentum) momentum.Momentum = 0.9;
            if (group is IBetas betas) betas.Betas = (0.5, 0.5);
        }
    });
    Console.WriteLine($"{name}, three steps: {untouched:F4}, with the optimiser's set {set:F4}, with its group's {inGroup:F4}; {read}");
    right &= Near(set, untouched) && Math.Abs(inGroup - untouched) > 1e-3 && read is "Momentum reads 0.9" or "Betas read (0.5, 0.5)";
}

double Steady(Action<Optimizer> set)
{
    var weight = One();
    var optimiser = SGD([weight], 0.1);
    set(optimiser);
    for (var step = 0; step < 3; step++)
    {
        weight.grad = torch.ones(1, dtype: float64);
        optimiser.step();
    }

    return weight.item<double>();
}

var plain = Steady(made => (made as IMomentum)!.Momentum = 0.9);
var heavy = Steady(made => ((SGD.ParamGroup)made.ParamGroups.First()).Momentum = 0.9);
Console.WriteLine($"SGD, three steps of 0.1, Momentum set to 0.9: {plain:F4}, in its group: {heavy:F4}");
right &= Near(plain, 0.7) && Near(heavy, 1 - 0.1 * (1 + 1.9 + 2.71));

// The rates under a schedule, of an optimiser made with 0.1 whose group was then set to 0.01.
double[] Rates(Func<Optimizer, lr_scheduler.LRScheduler> schedule, bool initial)
{
    var optimiser = SGD([One()], 0.1);
    foreach (var group in optimiser.ParamGroups)
    {
        group.LearningRate = 0.01;
        if (initial) group.InitialLearningRate = 0.01;
    }

    var scheduler = schedule(optimiser);
    var rates = new double[9];
    for (var step = 0; step < 9; step++)
    {
        rates[step] = optimiser.ParamGroups.First().LearningRate;
        scheduler.step();
    }

    return rates;
}

double Cosine(double from, int step) => 0.001 + (from - 0.001) * (1 + Math.Cos(Math.PI * step / 4)) / 2;
void Tell(string name, Func<Optimizer, lr_scheduler.LRScheduler> schedule, Func<int, double> found, Func<int, double> wanted)
{
    var (rates, told) = (Rates(schedule, initial: false), Rates(schedule, initial: true));
    Console.WriteLine($"{name}, rate set to 0.01 before: {Text(rates)}");
    Console.WriteLine($"    InitialLearningRate too: {Text(told)}");
    right &= rates.Select((rate, step) => Near(rate, found(step)) && Near(told[step], wanted(step))).All(near => near);
}

Tell("LambdaLR", made => lr_scheduler.LambdaLR(made, _ => 1.0), _ => 0.1, _ => 0.01);
Tell("CosineAnnealingLR", made => lr_scheduler.CosineAnnealingLR(made, 4, 0.001),
    step => Cosine(step <= 4 ? 0.01 : 0.1, step), step => Cosine(0.01, step));
Tell("SequentialLR", made => lr_scheduler.SequentialLR(
        made, [lr_scheduler.ConstantLR(made, 0.5, 100), lr_scheduler.ExponentialLR(made, 0.5)], [3]),
    step => step < 3 ? 0.05 : 0.1 * Math.Pow(0.5, step - 3), step => step < 3 ? 0.005 : 0.01 * Math.Pow(0.5, step - 3));
Tell("StepLR", made => lr_scheduler.StepLR(made, 2, 0.5), step => 0.01 * Math.Pow(0.5, step / 2), step => 0.01 * Math.Pow(0.5, step / 2));
Tell("ExponentialLR", made => lr_scheduler.ExponentialLR(made, 0.5), step => 0.01 * Math.Pow(0.5, step),
    step => 0.01 * Math.Pow(0.5, step));

// Groups without a rate of their own.
double Rate(Optimizer optimiser) => optimiser.ParamGroups.First().LearningRate;
double[] groups =
[
    Rate(NAdam([new NAdam.ParamGroup([One()])], 0.002)), Rate(Adamax([new Adamax.ParamGroup([One()])], 0.002)),
    Rate(RAdam([new RAdam.ParamGroup([One()])], 0.002)), Rate(Adam([new Adam.ParamGroup([One()])], 0.002)),
];
Console.WriteLine($"rate of a ParamGroup without lr where the optimiser's is 0.002: NAdam {groups[0]}, Adamax {groups[1]}, "
    + $"RAdam {groups[2]}, Adam {groups[3]}");
right &= groups is [1, 1, 1, 0.001];
var moved = One();
var wide = Adamax([new Adamax.ParamGroup([moved])], 0.002);
moved.grad = torch.ones(1, dtype: float64);
wide.step();
Console.WriteLine($"Adamax.ParamGroup without lr in an Adamax of 0.002, one step from 1: {moved.item<double>():F4}");
right &= Math.Abs(moved.item<double>()) < 1e-6;

var slow = SGD([One()], 0.1);
var plateau = lr_scheduler.ReduceLROnPlateau(slow, patience: 1);
for (var step = 0; step < 6; step++)
    plateau.step(1.0);
Console.WriteLine($"ReduceLROnPlateau, after six equal losses: rate {Rate(slow):G4}, get_last_lr {plateau.get_last_lr().First()}");
right &= Near(Rate(slow), 0.001) && plateau.get_last_lr().First() == 0.1;
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

#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64), from C#: a module goes on listing what it had when RegisterComponents ran. What is
# assigned to it later works in forward and raises nothing, but is no part of it. One would expect, as in PyTorch, that an assigned layer,
# parameter or buffer takes the old one's place: a pretrained model's head is exchanged like that.
# - A layer that is assigned to a field, or as an item of a ModuleList or ModuleDict, gets gradients but is not in parameters(), where the
#   old one is, so an optimiser never moves it; nor is it in state_dict(). eval() does not reach it: a Dropout goes on dropping.
#   RegisterComponents once more changes nothing. register_module of null and then of the new layer does.
# - A layer added to a ModuleList is not listed, one removed still is.
# - Of a buffer or parameter that is assigned state_dict() has the old value, and to(float64) puts the old value back into the field, so a
#   running mean that forward keeps by assigning it would be lost. What is changed in place is kept. A Linear's own weight can be assigned.
# - A buffer with persistent: false is not converted by to(float64), and named_buffers leaves it out though include_nonpersistent is true.
#
# Seen (part of it):
#     a field: the new weight in parameters False, in state_dict False; old ones in parameters 3 of 3; gradient 1.0, step 0.0
#     a field, register_module of null and of the new: gradient 1.0, step 0.5
#     parameters of a ModuleList of two Linear layers: 4; one removed 4; one added 4
#     a Dropout assigned to a field, after eval, still in training: True
#     a buffer of 0, assigned 5: the field 5, state_dict 0; after to(float64), the field 0
#     buffers after to(float64): mean Float64, not persistent Float32; named_buffers with those that are not persistent: mean
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

// A new head of three outputs, of whose two parameters the model should list the shapes 3 x 2 and 3.
foreach (var (name, replace, head) in new (string, Action<Model>, Func<Model, torch.nn.Module<Tensor, Tensor>>)[]
{
    ("a field", model => model.head = torch.nn.Linear(2, 3), model => model.head),
    ("a field, RegisterComponents again", model => { model.head = torch.nn.Linear(2, 3); model.Again(); }, model => model.head),
    ("an item of a ModuleList", model => model.list[1] = torch.nn.Linear(2, 3), model => model.list[1]),
    ("an item of a ModuleDict", model => model.dict["head"] = torch.nn.Linear(2, 3), model => model.dict["head"]),
})
{
    var model = new Model();
    replace(model);
    var weight = ((Linear)head(model)).weight!;
    var listed = model.parameters().Any(parameter => parameter.Handle == weight.Handle);
    var old = model.parameters().Count(parameter => parameter.shape is [5, 2]);
    var saved = model.state_dict().Values.Any(tensor => tensor.Handle == weight.Handle);
    var (moved, gradient) = Train(model, head(model), weight);
    Console.WriteLine($"{name}: the new weight in parameters {listed}, in state_dict {saved}; old ones in parameters {old} of 3; "
        + $"gradient {gradient:F1}, step {moved:F1}");
    right &= !listed && !saved && old == 3 && gradient == 1 && moved == 0;
}

// What helps, and what needs no help.
var mended = new Model();
mended.head = torch.nn.Linear(2, 3);
mended.register_module("head", null);
mended.register_module("head", mended.head);
var mendedWeight = ((Linear)mended.head).weight!;
var step = Train(mended, mended.head, mendedWeight);
Console.WriteLine($"a field, register_module of null and of the new: gradient {step.Gradient:F1}, step {step.Moved:F1}");
right &= step.Gradient == 1 && Math.Abs(step.Moved - 0.5) < 1e-6;

var linear = torch.nn.Linear(1, 1);
linear.weight = new Parameter(torch.full(1, 1, 7f));
Console.WriteLine($"the weight of a Linear, assigned 7, in state_dict: {Text(linear.state_dict()["weight"])}");
right &= Text(linear.state_dict()["weight"]) == "7";

// Layers taken out or added.
var shorter = new Model();
shorter.list.RemoveAt(1);
var longer = new Model();
longer.list.Add(torch.nn.Linear(2, 3));
Console.WriteLine($"parameters of a ModuleList of two Linear layers: {Listed(new Model())}; "
    + $"one removed {Listed(shorter)}; one added {Listed(longer)}");
right &= Listed(new Model()) == 4 && Listed(shorter) == 4 && Listed(longer) == 4;

// Evaluation.
var dropping = new Model();
dropping.head = torch.nn.Dropout(0.5);
dropping.eval();
Console.WriteLine($"a Dropout assigned to a field, after eval, still in training: {dropping.head.training}");
right &= dropping.head.training && !dropping.training;

// A mean that forward keeps, as a buffer that is assigned, and a parameter that is.
var counting = new Counter();
counting.mean = counting.mean + 5;
counting.scale = new Parameter(torch.full(1, 7f));
var states = (Text(counting.state_dict()["mean"]), Text(counting.state_dict()["scale"]));
var before = (Text(counting.mean), Text(counting.scale));
counting.to(float64);
var after = (Text(counting.mean), Text(counting.scale));
Console.WriteLine($"a buffer of 0, assigned 5: the field {before.Item1}, state_dict {states.Item1}; "
    + $"after to(float64), the field {after.Item1}");
Console.WriteLine($"a parameter of 1, assigned 7: the field {before.Item2}, state_dict {states.Item2}; "
    + $"after to(float64), the field {after.Item2}");
right &= before == ("5", "7") && states == ("0", "1") && after == ("0", "1");

// In place it is right.
var inPlace = new Counter();
inPlace.mean.add_(5);
inPlace.to(float64);
Console.WriteLine($"a buffer of 0, to which 5 is added in place, after to(float64): the field {Text(inPlace.mean)}, "
    + $"state_dict {Text(inPlace.state_dict()["mean"])}");
right &= Text(inPlace.mean) == "5" && Text(inPlace.state_dict()["mean"]) == "5";

// A buffer that is not to be saved.
var named = string.Join(" ", inPlace.named_buffers(include_nonpersistent: true).Select(buffer => buffer.name));
Console.WriteLine($"buffers after to(float64): mean {inPlace.mean.dtype}, not persistent {inPlace.passing.dtype}; "
    + $"named_buffers with those that are not persistent: {named}");
right &= inPlace.mean.dtype == float64 && inPlace.passing.dtype == float32 && named == "mean";

return right ? 0 : 1;

// One step of SGD with a rate of 0.5, of a loss whose gradient is 1 for each number of the weight.
(double Moved, double Gradient) Train(Model model, torch.nn.Module<Tensor, Tensor> head, Tensor weight)
{
    var optimiser = torch.optim.SGD(model.parameters(), 0.5);
    var start = weight.detach().clone();
    head.call(torch.ones(1, 2)).sum().backward();
    var gradient = weight.grad!.abs().max().item<float>();
    optimiser.step();
    return ((weight.detach() - start).abs().max().item<float>(), gradient);
}

int Listed(Model model) => model.named_parameters().Count(parameter => parameter.name.StartsWith("list."));

string Text(Tensor tensor) => tensor.detach().to(float64).item<double>().ToString();

class Model : torch.nn.Module<Tensor, Tensor>
{
    public torch.nn.Module<Tensor, Tensor> head = torch.nn.Linear(2, 5);
    public ModuleList<torch.nn.Module<Tensor, Tensor>> list;
    public ModuleDict<torch.nn.Module<Tensor, Tensor>> dict;

    public Model() : base("model")
    {
        list = torch.nn.ModuleList<torch.nn.Module<Tensor, Tensor>>(torch.nn.Linear(2, 2), torch.nn.Linear(2, 5));
        dict = torch.nn.ModuleDict<torch.nn.Module<Tensor, Tensor>>(("body", torch.nn.Linear(2, 2)), ("head", torch.nn.Linear(2, 5)));
        RegisterComponents();
    }

    public void Again() => RegisterComponents();

    public override Tensor forward(Tensor x) => head.call(list[0].call(dict["body"].call(x)));
}

class Counter : torch.nn.Module<Tensor, Tensor>
{
    public Tensor mean = torch.zeros(1);
    public Tensor passing = torch.zeros(1);
    public Parameter scale = new(torch.ones(1));

    public Counter() : base("counter")
    {
        register_buffer("mean", mean);
        register_buffer("passing", passing, persistent: false);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => (x - mean) * scale + passing;
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

#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): the weight that nn.Embedding computes with is not always the one that parameters(), and
# so an optimiser, is told of, and nothing is said.
# - Embedding_from_pretrained and EmbeddingBag_from_pretrained look up the numbers that they are given, but list another tensor, of random
#   numbers. With freeze: false the embedding stays as it is, however long it is trained; its gradient is out of zero_grad's reach. What
#   state_dict() tells and save writes are the random numbers; what load_state_dict reads is looked up by nobody; to(dtype) leaves the
#   lookup as it was.
# - `linear.weight = embedding.weight`, one matrix for words in and words out, lists it twice: as the embedding's and, in another object, as
#   the layer's. Each step is taken twice: SGD's and Adam's are twice as long as their rates, as many parameters are counted, and
#   clip_grad_norm_ finds a norm that is too large by the root of 2 and clips twice, here to a twelfth of what was asked for.
# Right are nn.Embedding whose weight is set to a Parameter, and `embedding.weight = linear.weight`.
#
# Seen (part of it; the pretrained numbers are 1 to 6, their gradients 1; shared ones are 1, their gradients 4 4 1 1 1 1):
#     from_pretrained gives: 1.00 2.00 3.00 4.00 5.00 6.00
#         parameters() and state_dict() have 0.66 0.27 0.06 0.62 -0.45 -0.17
#     after a step of SGD: 1.00 2.00 3.00 4.00 5.00 6.00
#         gradients: of the weight 1.00 1.00 1.00 1.00 1.00 1.00, of the parameter none
#     saved, and loaded into nn.Embedding: 0.66 0.27 0.06 0.62 -0.45 -0.17
#     nn.Embedding whose weight is set, after a step: 0.90 1.90 2.90 3.90 4.90 5.90
#     linear.weight = embedding.weight: 2 in parameters(), 12 numbers
#         a step of SGD, rate 0.1: 0.20 0.20 0.80 0.80 0.80 0.80
#         a step of Adam, rate 0.01: 0.98 0.98 0.98 0.98 0.98 0.98
#         gradients of norm 6 to be clipped to 1: found 8.4853, left 0.0833
#     embedding.weight = linear.weight: 1 in parameters(), 6 numbers
#         a step of SGD, rate 0.1: 0.60 0.60 0.90 0.90 0.90 0.90
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
var words = torch.tensor(new float[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } });
var all = torch.tensor(new long[] { 0, 1, 2 });

// One step at a rate of 0.1 where the gradient is 1 everywhere: each number should be 0.1 less.
var pretrained = nn.Embedding_from_pretrained(words.clone(), freeze: false);
var listed = pretrained.parameters().Single();
Tell("from_pretrained gives", pretrained.call(all), words);
Console.WriteLine($"    parameters() and state_dict() have{Text(listed)}");
right &= Far(listed, words) > 0.1 && Far(pretrained.state_dict()["weight"], listed) == 0;
Train(pretrained);
Tell("after a step of SGD", pretrained.call(all), words);
Console.WriteLine($"    gradients: of the weight{Text(pretrained.weight.grad)}, of the parameter{Text(listed.grad)}");
right &= listed.grad is null && Far(pretrained.weight.grad, torch.ones_like(words)) == 0;
pretrained.zero_grad();
Console.WriteLine($"    after zero_grad: of the weight{Text(pretrained.weight.grad)}");
right &= pretrained.weight.grad is not null;

pretrained.save("pretrained.dat");
var loaded = nn.Embedding(3, 2);
loaded.load("pretrained.dat");
Tell("saved, and loaded into nn.Embedding", loaded.call(all), listed);
loaded.weight = nn.Parameter(7 * torch.ones(3, 2));
pretrained.load_state_dict(loaded.state_dict());
Tell("after load_state_dict of sevens", pretrained.call(all), words);
pretrained.to(torch.float64);
Console.WriteLine($"after to(float64): the parameter is {pretrained.parameters().Single().dtype}, the output {pretrained.call(all).dtype}");
right &= pretrained.call(all).dtype == torch.float32;

var bag = nn.EmbeddingBag_from_pretrained(words.clone(), freeze: false, mode: EmbeddingBagMode.Sum);
right &= Far(bag.parameters().Single(), words) > 0.1;
Train(bag);
Tell("EmbeddingBag_from_pretrained, after a step", bag.call(all, torch.tensor(new long[] { 0, 1, 2 })), words);

var set = nn.Embedding(3, 2);
set.weight = nn.Parameter(words.clone());
Train(set);
Tell("nn.Embedding whose weight is set, after a step", set.call(all), words - 0.1);

// An embedding and the layer that leads back to its words, with one matrix of ones for both. Of the sum for word 0 its gradient is
// 4 4 for the word's own row and 1 1 for the others.
Console.WriteLine();
Shared("linear.weight = embedding.weight", 2, (embedding, linear) => linear.weight = embedding.weight);
Shared("embedding.weight = linear.weight", 1, (embedding, linear) => embedding.weight = linear.weight);
return right ? 0 : 1;

void Shared(string name, int times, Action<Embedding, Linear> share)
{
    var gradient = torch.tensor(new float[,] { { 4, 4 }, { 1, 1 }, { 1, 1 } });
    Console.WriteLine($"{name}: {Model().parameters().Count()} in parameters(), {Model().parameters().Sum(p => p.numel())} numbers");

    var model = Model();
    var sgd = optim.SGD(model.parameters(), 0.1);
    Step(model, sgd);
    Tell("    a step of SGD, rate 0.1", Weight(model), 1 - 0.1 * times * gradient);

    model = Model();
    Step(model, optim.Adam(model.parameters(), 0.01));
    Tell("    a step of Adam, rate 0.01", Weight(model), (1 - 0.01 * times) * torch.ones(3, 2));

    model = Model();
    model.call(torch.tensor(new long[] { 0 })).sum().backward();
    var norm = nn.utils.clip_grad_norm_(model.parameters(), 1);
    var left = Weight(model).grad.norm().item<float>();
    Console.WriteLine($"    gradients of norm 6 to be clipped to 1: found {norm:F4}, left {left:F4}");
    right &= Math.Abs(norm - 6 * Math.Sqrt(times)) < 1e-4 && Math.Abs(left - (times == 2 ? 1.0 / 12 : 1)) < 1e-4;

    Sequential Model()
    {
        var (embedding, linear) = (nn.Embedding(3, 2), nn.Linear(2, 3, hasBias: false));
        using (torch.no_grad())
        {
            embedding.weight.fill_(1);
            linear.weight.fill_(1);
        }

        share(embedding, linear);
        return nn.Sequential(("embedding", embedding), ("linear", linear));
    }

    static Parameter Weight(Sequential model) => model.parameters().First();

    static void Step(Sequential model, optim.Optimizer optimiser)
    {
        model.call(torch.tensor(new long[] { 0 })).sum().backward();
        optimiser.step();
    }
}

void Train(nn.Module module)
{
    var sgd = optim.SGD(module.parameters(), 0.1);
    sgd.zero_grad();
    var sum = module is EmbeddingBag bag ? bag.call(all, torch.tensor(new long[] { 0, 1, 2 })) : ((Embedding)module).call(all);
    sum.sum().backward();
    sgd.step();
}

double Far(Tensor x, Tensor y) => (x - y).abs().max().item<float>();

void Tell(string what, Tensor result, Tensor wanted)
{
    Console.WriteLine($"{what}:{Text(result)}");
    right &= Far(result, wanted) < 1e-5;
}

string Text(Tensor x) =>
    x is null ? " none" : string.Concat(x.detach().reshape(-1).data<float>().ToArray().Select(number => $" {number:F2}"));
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

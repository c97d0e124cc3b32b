#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): a Boolean attn_mask does not mask. nn.MultiheadAttention, and so TransformerEncoder,
# its layer, TransformerDecoderLayer and Transformer, accept one, and add it to the scores as numbers: where it is True, where nothing
# should be looked at, the score is larger by 1, so the place is looked at the more. A Byte mask is no better. Nothing is raised, shapes are
# right, and a model that is to tell the next letter sees it: its loss falls below what is possible. Minus infinity where nothing should be
# looked at, 0 elsewhere, is right. So is a Boolean key_padding_mask, which MultiheadAttention takes beside the other;
# scaled_dot_product_attention takes Boolean masks as they are meant, but for it True is what may be looked at. Of libtorch's C++ modules,
# on which these stand, pytorch/pytorch issue 80494 tells the same.
#
# Seen (part of it):
#     weights of the first of three places, no mask: 0.33 0.33 0.33
#     weights of the first of three places, minus infinity: 1.00 0.00 0.00
#     weights of the first of three places, Boolean: 0.16 0.42 0.42
#     TransformerEncoder: Boolean from minus infinity 1.1420, from ones 0.0000
#         another last place moves the first by 0.0000 with minus infinity, by 0.5908 with Boolean
#     loss of the next of four letters, drawn at random: ln 4 is 1.39, a sixth of it 0.23
#         after 500 steps, mask of minus infinity: 1.39
#         after 500 steps, mask of Boolean: 0.23
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

// True where a place must not look: at those behind it. The same as numbers to be added, and as ones.
const int places = 3;
var hidden = torch.ones(places, places, dtype: torch.@bool).triu(1);
var additive = torch.zeros(places, places).masked_fill(hidden, double.NegativeInfinity);
var ones = hidden.to(torch.float32);

// Of zeros all scores are 0, so the weights are the softmax of what the mask adds.
var attention = nn.MultiheadAttention(8, 2);
attention.eval();
var zeros = torch.zeros(places, 1, 8);
Weights("no mask", null, 0, 0);
Weights("minus infinity", additive, double.NegativeInfinity, double.NegativeInfinity);
Weights("Boolean", hidden, 1, 1);
Weights("Byte", hidden.to(torch.uint8), 1, 1);

// The first place's weights are the softmax of 0 and of what is added at the second and the third.
void Weights(string name, Tensor mask, double second, double third)
{
    var weights = attention.call(zeros, zeros, zeros, attn_mask: mask).Item2[0, 0];
    var wanted = torch.softmax(torch.tensor(new[] { 0, second, third }), 0).to(torch.float32);
    Console.WriteLine($"weights of the first of three places, {name}:{Text(weights)}");
    right &= Far(weights, wanted) < 1e-6;
}

var padding = torch.tensor(new[,] { { false, true, true } });
var padded = attention.call(zeros, zeros, zeros, key_padding_mask: padding).Item2[0, 0];
Console.WriteLine($"the same, the last two places by key_padding_mask, Boolean:{Text(padded)}");
right &= Far(padded, torch.tensor(new float[] { 1, 0, 0 })) < 1e-6;

var (sequence, memory) = (torch.randn(places, 2, 8), torch.randn(places, 2, 8));
var encoder = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16), 2);
var decoder = nn.TransformerDecoderLayer(8, 2, 16);
var transformer = nn.Transformer(8, 2, 1, 1, 16);
encoder.eval();
decoder.eval();
transformer.eval();
Compare("MultiheadAttention", (x, mask) => attention.call(x, x, x, attn_mask: mask).Item1);
Compare("TransformerEncoder", (x, mask) => encoder.call(x, mask));
Compare("TransformerDecoderLayer", (x, mask) => decoder.call(x, memory, mask, null, null, null));
Compare("Transformer", (x, mask) => transformer.call(memory, x, null, tgt_mask: mask));

// How far results by the Boolean mask are from those by minus infinity and by ones; and how far the first place moves when the last
// one is another.
void Compare(string name, Func<Tensor, Tensor, Tensor> model)
{
    var changed = sequence.clone();
    changed[places - 1] = torch.randn(2, 8);
    double Leaks(Tensor mask) => Far(model(sequence, mask)[0], model(changed, mask)[0]);
    var (infinite, one) = (Far(model(sequence, hidden), model(sequence, additive)), Far(model(sequence, hidden), model(sequence, ones)));
    Console.WriteLine($"{name}: Boolean from minus infinity {infinite:F4}, from ones {one:F4}");
    var (closed, open) = (Leaks(additive), Leaks(hidden));
    Console.WriteLine($"    another last place moves the first by {closed:F4} with minus infinity, by {open:F4} with Boolean");
    right &= infinite > 1e-3 && one == 0 && closed == 0 && open > 1e-3;
}

// scaled_dot_product_attention takes True for what may be looked at.
var query = torch.randn(1, places, 8);
var far = Far(Dot(hidden.logical_not()), Dot(additive));
Console.WriteLine($"scaled_dot_product_attention, True where a place may look: from minus infinity {far:F4}");
right &= far < 1e-6;

Tensor Dot(Tensor mask) => nn.functional.scaled_dot_product_attention(query, query, query, mask);

// To say which of four letters comes next, where all are drawn alike: whoever cannot see it has a loss of ln 4 at best. Of six letters
// five have the next one among them; who sees these has ln 4 / 6.
Console.WriteLine($"loss of the next of four letters, drawn at random: ln 4 is {Math.Log(4):F2}, a sixth of it {Math.Log(4) / 6:F2}");
var (blind, cheat) = (Learn("minus infinity", true), Learn("Boolean", false));
right &= blind > 1.3 && cheat < 0.7;
return right ? 0 : 1;

double Learn(string name, bool isAdditive)
{
    torch.manual_seed(1);
    const int length = 6, width = 32, batch = 64;
    var letters = nn.Embedding(4, width);
    var place = nn.Parameter(torch.randn(length, 1, width));
    var layer = nn.TransformerEncoderLayer(width, 2, 64, dropout: 0);
    var head = nn.Linear(width, 4);
    var mask = torch.ones(length, length, dtype: torch.@bool).triu(1);
    var used = isAdditive ? torch.zeros(length, length).masked_fill(mask, double.NegativeInfinity) : mask;
    var adam = optim.Adam([.. letters.parameters(), place, .. layer.parameters(), .. head.parameters()], 0.003);
    var mean = 0.0;
    for (var step = 1; step <= 600; step++)
    {
        using var scope = torch.NewDisposeScope();
        var text = torch.randint(4, [length + 1, batch]);
        var guess = head.call(layer.call(letters.call(text[..length]) + place, used));
        var loss = nn.functional.cross_entropy(guess.reshape(-1, 4), text[1..].reshape(-1));
        adam.zero_grad();
        loss.backward();
        adam.step();
        mean += step > 500 ? loss.item<float>() / 100 : 0;
    }

    Console.WriteLine($"    after 500 steps, mask of {name}: {mean:F2}");
    return mean;
}

double Far(Tensor x, Tensor y) => (x - y).abs().max().item<float>();

string Text(Tensor x) => string.Concat(x.detach().data<float>().ToArray().Select(number => $" {number:F2}"));
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

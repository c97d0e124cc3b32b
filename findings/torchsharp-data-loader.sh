#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): what torch.utils.data.DataLoader does that one would not guess, and raises nothing.
# - A batch of one example is no copy: what is changed in it in place is changed in the dataset, for all epochs to come. So the last example
#   of a set of 5 in batches of 2 is normalised, or gets noise, once more an epoch. Batches of two and more are copies.
# - With an order of one's own (the third argument: a part of the set, or more draws than it has) Count is by the size of the dataset, not
#   of the order: a mean over an epoch that divides by it is wrong.
# - With num_worker above 1 the examples of a batch are fetched on several threads, which share one generator: after the same manual_seed a
#   dataset that draws gives other draws from run to run, and no_grad does not hold in all of it. With one worker, the default, both do.
#
# Seen:
#     a set of 0 1 2 3 4, 3 epochs of batches of 2 that are doubled in place: 0 1 2 3 32
#         batches of 1: 0 8 16 24 32
#         batches of 5: 0 1 2 3 4
#     80 of 100 examples in batches of 10: Count 10, batches 8; mean loss of 0.5 a batch by Count: 0.4
#         250 draws of 100: Count 10, batches 25
#     20 runs after the same seed, 1 worker: draws of one kind, under no_grad none of the examples with gradients
#         4 workers: draws of several kinds, under no_grad some of the examples with gradients
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
var right = true;

string Text(Tensor x) => string.Join(" ", x.to(float64).data<double>().ToArray().Select(number => number.ToString("G6")));

void Tell(string what, string seen, string wanted)
{
    Console.WriteLine($"{what}: {seen}");
    right &= seen == wanted;
}

// Batches that are changed in place, as noise or a normalisation does.
string Doubled(int size)
{
    var data = torch.arange(5, dtype: float32);
    using var loader = utils.data.DataLoader(utils.data.TensorDataset(data), size);
    for (var epoch = 0; epoch < 3; epoch++)
        foreach (var batch in loader)
            batch[0].mul_(2);
    return Text(data);
}

Tell("a set of 0 1 2 3 4, 3 epochs of batches of 2 that are doubled in place", Doubled(2), "0 1 2 3 32");
Tell("    batches of 1", Doubled(1), "0 8 16 24 32");
Tell("    batches of 5", Doubled(5), "0 1 2 3 4");

// The number of batches.
(long Count, int Batches) Counted(IEnumerable<long> order)
{
    using var loader = utils.data.DataLoader(utils.data.TensorDataset(torch.arange(100, dtype: float32)), 10, order);
    return (loader.Count, loader.Count());
}

var part = Counted(Enumerable.Range(0, 80).Select(number => (long)number));
Tell("80 of 100 examples in batches of 10",
    $"Count {part.Count}, batches {part.Batches}; mean loss of 0.5 a batch by Count: {0.5 * part.Batches / part.Count}",
    "Count 10, batches 8; mean loss of 0.5 a batch by Count: 0.4");
var draws = Counted(Enumerable.Range(0, 250).Select(number => number * 7L % 100));
Tell("    250 draws of 100", $"Count {draws.Count}, batches {draws.Batches}", "Count 10, batches 25");

// A dataset whose examples are drawn.
(int Different, int Graded) Drawn(int workers)
{
    var noisy = new Noisy();
    var runs = new HashSet<string>();
    for (var run = 0; run < 20; run++)
    {
        torch.manual_seed(1);
        using var loader = new DataLoader<Tensor, Tensor>(noisy, 32, (examples, _) => torch.stack(examples), num_worker: workers);
        using var _ = torch.no_grad();
        foreach (var batch in loader)
            runs.Add(Text(batch));
    }
    return (runs.Count, noisy.Graded);
}

string Seen((int Different, int Graded) runs) => $"draws of {(runs.Different > 1 ? "several kinds" : "one kind")}, "
    + $"under no_grad {(runs.Graded > 0 ? "some" : "none")} of the examples with gradients";

Tell("20 runs after the same seed, 1 worker", Seen(Drawn(1)), "draws of one kind, under no_grad none of the examples with gradients");
Tell("    4 workers", Seen(Drawn(4)), "draws of several kinds, under no_grad some of the examples with gradients");
return right ? 0 : 1;

class Noisy : utils.data.Dataset<Tensor>
{
    public int Graded;

    public override long Count => 32;

    public override Tensor GetTensor(long index)
    {
        Thread.Sleep(1);
        if (torch.is_grad_enabled())
            Interlocked.Increment(ref Graded);
        return torch.randn(1) + index;
    }
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

#!/usr/bin/env bash
# TorchVision 0.107.0 (of TorchSharp, on libtorch 2.10.0, linux-x64): four transforms of images are not what their names say, raise nothing,
# and leave shape and range as they should be.
# - GaussianBlur: the bell is missing its exponential. Each weight is the square of its distance from the middle, so the pixel itself counts
#   nothing and the farthest corners of the kernel most, and as the sum is divided out, sigma has no influence whatever. An image becomes
#   its own four ghosts. A kernel of 1 gives NaN. Even areas stay as they are.
# - AdjustHue does nothing to a single image (channels, height, width), nor does the hue of ColorJitter; to a batch of one it does.
# - RandomResizedCrop takes its scale for a share of each side, not of the area: a crop of a quarter is a sixteenth. All crops of a square
#   are squares, whatever ratioMin and ratioMax say.
# - RandomResizedCrop and RandomRotation draw from a new System.Random each time: torch.manual_seed has no hold on them, though it has on
#   RandomHorizontalFlip beside them in the same pipeline. A run with augmentation is not repeated by its seed.
#
# Seen (part of it):
#     GaussianBlur, 5, sigma 1: corner to corner 0.160 0.010 0.000 0.010 0.160, the formula 0.003 0.060 0.162 0.060 0.003
#     GaussianBlur, 5, sigma 3: corner to corner 0.160 0.010 0.000 0.010 0.160, the formula 0.032 0.044 0.050 0.044 0.032
#     AdjustHue by 0.5 of red: an image 1 0 0, a batch of one 0 1 1; ColorJitter of an image 1 0 0
#     RandomResizedCrop, 0.25 of the area, ratio 0.5 to 2, 200 crops: 0.0625 of the area, ratio 1.00 to 1.00
#     RandomHorizontalFlip, twice from torch.manual_seed(1): the same
#     RandomRotation, twice from torch.manual_seed(1): different
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
using static TorchSharp.torchvision;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
var right = true;

// One bright pixel, number 24 of 49, whose blur is the kernel.
foreach (var sigma in new[] { 1f, 3f })
{
    var pixel = torch.zeros(1, 7, 7);
    pixel[0, 3, 3] = torch.tensor(1f);
    var blurred = Numbers(transforms.GaussianBlur(5, sigma).call(pixel));
    var bell = Kernel(distance => Math.Exp(-distance * distance / (2 * sigma * sigma)));
    var squares = Kernel(distance => distance * distance);
    Console.WriteLine($"GaussianBlur, 5, sigma {sigma}: corner to corner {Across(blurred)}, the formula {Across(bell)}");
    right &= blurred.Zip(squares).All(pair => Near(pair.First, pair.Second)) && Math.Abs(blurred[24] - bell[24]) > 0.02;
}

var single = Numbers(transforms.GaussianBlur(1, 1f).call(torch.ones(1, 3, 3)));
var even = Numbers(transforms.GaussianBlur(5, 1f).call(torch.ones(1, 7, 7)));
Console.WriteLine($"GaussianBlur of an even area: a kernel of 1 gives {single[0]}, one of 5 gives {even[24]:F3}");
right &= single.All(double.IsNaN) && even.All(number => Near(number, 1));

// Half way round the circle of hues red is cyan.
var red = torch.tensor(new[] { 1f, 0, 0 }).reshape(3, 1, 1);
var alone = Numbers(transforms.AdjustHue(0.5).call(red));
var inBatch = Numbers(transforms.AdjustHue(0.5).call(red.unsqueeze(0)));
var jittered = Numbers(transforms.ColorJitter((1, 1), (1, 1), (1, 1), (0.5f, 0.5f)).call(red));
Console.WriteLine($"AdjustHue by 0.5 of red: an image {Text(alone)}, a batch of one {Text(inBatch)}; "
    + $"ColorJitter of an image {Text(jittered)}");
right &= alone is [1, 0, 0] && jittered is [1, 0, 0] && inBatch is [0, 1, 1];

// Of an image whose pixels say where they are, how much a crop holds.
var places = torch.stack([
    torch.arange(400, dtype: torch.float32).unsqueeze(1).expand(400, 400),
    torch.arange(400, dtype: torch.float32).unsqueeze(0).expand(400, 400)]);
var crops = Enumerable.Range(0, 200).Select(_ =>
{
    var crop = transforms.RandomResizedCrop(400, 400, 0.25, 0.25, 0.5, 2).call(places);
    double Length(int way) => crop[way].max().item<float>() - crop[way].min().item<float>() + 1;
    return (High: Length(0), Wide: Length(1));
}).ToArray();
var share = crops.Average(crop => crop.High * crop.Wide / 160000);
var proportions = crops.Select(crop => crop.Wide / crop.High).ToArray();
Console.WriteLine("RandomResizedCrop, 0.25 of the area, ratio 0.5 to 2, 200 crops: "
    + $"{share:F4} of the area, ratio {proportions.Min():F2} to {proportions.Max():F2}");
right &= Near(share, 0.0625) && proportions.All(ratio => ratio == 1);

// Eight draws of each, twice with the same seed.
foreach (var (name, transform, repeats) in new[]
{
    ("RandomHorizontalFlip", transforms.RandomHorizontalFlip(), true),
    ("RandomResizedCrop", transforms.RandomResizedCrop(400, 400), false),
    ("RandomRotation", transforms.RandomRotation(180), false),
})
{
    var (first, second) = (Draws(), Draws());
    Console.WriteLine($"{name}, twice from torch.manual_seed(1): {(first.SequenceEqual(second) ? "the same" : "different")}");
    right &= first.SequenceEqual(second) == repeats;

    double[] Draws()
    {
        torch.manual_seed(1);
        return [.. Enumerable.Range(0, 8).SelectMany(_ => Numbers(transform.call(places)[0, 100..300, 100]))];
    }
}

return right ? 0 : 1;

double[] Numbers(torch.Tensor tensor) => tensor.to(torch.float64).contiguous().reshape(-1).data<double>().ToArray();

bool Near(double x, double y) => Math.Abs(x - y) < 1e-6;

string Text(IEnumerable<double> numbers) => string.Join(" ", numbers);

// The diagonal of 7 x 7 pixels, without its ends.
string Across(double[] pixels) => string.Join(" ", Enumerable.Range(1, 5).Select(place => pixels[8 * place].ToString("F3")));

// What one bright pixel in the middle of 7 x 7 becomes under a kernel of 5 x 5 with these weights, by distance, along both sides.
double[] Kernel(Func<double, double> weight)
{
    double[] line = [.. Enumerable.Range(-3, 7).Select(place => Math.Abs(place) > 2 ? 0 : weight(place))];
    var sum = line.Sum();
    return [.. line.SelectMany(high => line.Select(wide => high * wide / sum / sum))];
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

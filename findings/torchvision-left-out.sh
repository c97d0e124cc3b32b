#!/usr/bin/env bash
# TorchVision 0.107.0 (of TorchSharp, on libtorch 2.10.0, linux-x64): transforms that leave out a part of what they are asked for, and
# raise nothing.
# - functional.affine takes the nearest pixel where bilinear interpolation is asked for. functional.rotate does not.
# - Resize leaves out maxSize: 100 x 400 with a smaller side of 50 and 100 at most becomes 50 x 200, where torchvision makes 25 x 100.
# - transforms.AdjustGamma leaves out its gain. functional.adjust_gamma does not.
# - transforms.Pad takes two numbers for left and right, four for left, right, top and bottom. functional.pad takes them, as torchvision
#   does, for the sides and for top and bottom, and for left, top, right and bottom.
# - TrivialAugmentWide moves an image right or down, in 2000 draws never left or up. RandAugment moves it both ways, as both of
#   torchvision's do.
# - autocontrast of a batch of float images leaves all channels of an image as they are if one of them is even. The image alone has the
#   others stretched.
#
# Seen (part of it):
#     a slope rotated by 10 degrees, bilinear: affine 0 1 2 3 4 5, rotate 0 0.94 1.92 2.91 3.89 4.88
#     Resize to 50, 100 at most, of 100 x 400: 50 x 200
#     1 with a gamma of 1 and a gain of 0.5: AdjustGamma 1, functional.adjust_gamma 0.5
#     Pad by 1 2 of 4 x 4: transforms 4 x 7, functional 8 x 6
#     TrivialAugmentWide, a pixel moved right or down 266 times, left or up 0 times
#     RandAugment, a pixel moved right or down 129 times, left or up 152 times
#     autocontrast of 0.2 0.4 0.3 0.6 0.5 0.5: alone 0 1 0 1 0.5 0.5; in a batch 0.2 0.4 0.3 0.6 0.5 0.5, the other image 0 1 0 1 0 1
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
using F = TorchSharp.torchvision.transforms.functional;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
torch.manual_seed(1);
var right = true;

// A slope from left to right, of whose rotation the third row is shown.
var slope = torch.arange(6, float32).reshape(1, 1, 6).expand(1, 6, 6).contiguous();
var affine = Text(F.affine(slope, new float[] { 0, 0 }, 10, interpolation: InterpolationMode.Bilinear)[0, 2]);
var rotated = Text(F.rotate(slope, -10, InterpolationMode.Bilinear)[0, 2]);
Console.WriteLine($"a slope rotated by 10 degrees, bilinear: affine {affine}, rotate {rotated}");
right &= affine == "0 1 2 3 4 5" && rotated == "0 0.94 1.92 2.91 3.89 4.88";

var resized = Size(transforms.Resize(50, InterpolationMode.Nearest, 100).call(torch.ones(1, 100, 400)));
Console.WriteLine($"Resize to 50, 100 at most, of 100 x 400: {resized}");
right &= resized == "50 x 200";

var one = torch.ones(1, 1, 1);
var (gamma, gain) = (Text(transforms.AdjustGamma(1, 0.5).call(one)), Text(F.adjust_gamma(one, 1, 0.5)));
Console.WriteLine($"1 with a gamma of 1 and a gain of 0.5: AdjustGamma {gamma}, functional.adjust_gamma {gain}");
right &= gamma == "1" && gain == "0.5";

foreach (var (padding, transform, function) in new (long[], string, string)[]
{
    ([1, 2], "4 x 7", "8 x 6"),
    ([1, 2, 3, 4], "11 x 7", "10 x 8"),
})
{
    var square = torch.ones(1, 4, 4);
    var (seen, seenFunction) = (Size(transforms.Pad(padding).call(square)), Size(F.pad(square, padding)));
    Console.WriteLine($"Pad by {string.Join(" ", padding)} of 4 x 4: transforms {seen}, functional {seenFunction}");
    right &= seen == transform && seenFunction == function;
}

// Where one bright pixel in the middle goes, in the draws that only move it.
foreach (var (name, transform, bothWays) in new[]
{
    ("TrivialAugmentWide", transforms.TrivialAugmentWide(), false),
    ("RandAugment", transforms.RandAugment(1), true),
})
{
    var (further, back) = (0, 0);
    for (var draw = 0; draw < 2000; draw++)
    {
        using var scope = torch.NewDisposeScope();
        var image = torch.zeros(3, 65, 65, dtype: uint8);
        image[TensorIndex.Colon, 32, 32] = (byte)255;
        var changed = transform.call(image)[0].to(float32);
        if (changed.sum().item<float>() != 255 || changed.max().item<float>() != 255) continue;
        var place = changed.argmax().item<long>();
        if (place % 65 > 32 || place / 65 > 32) further++;
        if (place % 65 < 32 || place / 65 < 32) back++;
    }
    Console.WriteLine($"{name}, a pixel moved right or down {further} times, left or up {back} times");
    right &= further > 60 && (bothWays ? back > 60 : back == 0);
}

// Three channels of two pixels, of which the last is even in the first image alone.
var first = torch.tensor(new[] { 0.2f, 0.4f, 0.3f, 0.6f, 0.5f, 0.5f }).reshape(3, 1, 2);
var second = torch.tensor(new[] { 0.2f, 0.4f, 0.3f, 0.6f, 0.1f, 0.5f }).reshape(3, 1, 2);
var together = F.autocontrast(torch.stack([first, second], 0));
string[] stretched = [Text(F.autocontrast(first)), Text(together[0]), Text(together[1])];
Console.WriteLine($"autocontrast of {Text(first)}: alone {stretched[0]}; in a batch {stretched[1]}, the other image {stretched[2]}");
right &= stretched is ["0 1 0 1 0.5 0.5", "0.2 0.4 0.3 0.6 0.5 0.5", "0 1 0 1 0 1"];

return right ? 0 : 1;

string Size(Tensor image) => $"{image.shape[1]} x {image.shape[2]}";

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

#!/usr/bin/env bash
# TorchVision 0.107.0 (of TorchSharp, on libtorch 2.10.0, linux-x64): images of bytes, 0 to 255, come out wrong of some transforms and of
# reading and writing files, without a word.
# - AdjustSaturation, AdjustContrast and ColorJitter of bytes mix the image with its gray version on the scale 0 to 1, so they darken:
#   at 0.5 an even gray of 100, which should stay, is 50; at 0 an image is black. Of numbers from 0 to 1 they are right.
# - Grayscale of bytes gives numbers from 0 to 1, where torchvision gives bytes.
# - Resize of bytes by bicubic interpolation goes round at both ends: -9 becomes 247, 264 becomes 8. torchvision cuts off at 0 and 255.
# - functional.normalize of bytes, which torchvision refuses, turns means and deviations into bytes and subtracts modulo 256.
# - SkiaImager writes an image of four channels with its blue as alpha, and opaque colours come back darker. RGB_ALPHA reads alpha first,
#   where torchvision has it last.
# - Read as GRAY, a PNG of colours gives numbers from 0 to 1, one of grays bytes.
# - SkiaImager writes only the first image of a batch. A file that save_image writes over a longer one stays as long as that.
#
# Seen (part of it):
#     an even gray of 100: AdjustSaturation(0.5) 50, AdjustContrast(0.5) 50, ColorJitter with a contrast of 0.5 50
#     as numbers from 0 to 1, times 255: AdjustSaturation(0.5) 100, AdjustContrast(0.5) 100
#     Grayscale of an even gray of 200: Float32 0.784
#     0 0 255 255 to eight by bicubic interpolation, bytes: 0 247 229 58 197 26 8 255
#         numbers: 0 -9 -27 58 197 282 264 255
#     functional.normalize of 100, mean 127.5, deviation 63.75: 3.635, the formula -0.431, transforms.Normalize -0.431
#     red 200, green 20, blue 100, alpha 255 as PNG, read as RGB_ALPHA: 100 78 8 39; read as RGB: 78 8 39
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

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
var right = true;

// An even gray has no colour to take away, and its mean is itself: it should stay.
var gray = torch.full(new long[] { 3, 2, 2 }, 100, dtype: uint8);
var (saturation, contrast) = (transforms.AdjustSaturation(0.5), transforms.AdjustContrast(0.5));
var jitter = transforms.ColorJitter((1, 1), (0.5f, 0.5f), (1, 1), (0, 0));
string[] bytes = [Even(saturation.call(gray)), Even(contrast.call(gray)), Even(jitter.call(gray))];
Console.WriteLine($"an even gray of 100: AdjustSaturation(0.5) {bytes[0]}, AdjustContrast(0.5) {bytes[1]}, "
    + $"ColorJitter with a contrast of 0.5 {bytes[2]}");
right &= bytes is ["50", "50", "50"];

var numbers = gray.to(float32) / 255;
string[] scaled = [Even(saturation.call(numbers) * 255), Even(contrast.call(numbers) * 255)];
Console.WriteLine($"as numbers from 0 to 1, times 255: AdjustSaturation(0.5) {scaled[0]}, AdjustContrast(0.5) {scaled[1]}");
right &= scaled is ["100", "100"];

var colours = torch.tensor(new byte[] { 200, 20, 100 }).reshape(3, 1, 1);
string[] none = [Text(transforms.AdjustSaturation(0).call(colours)), Text(transforms.AdjustContrast(0).call(colours))];
var noneScaled = Text(transforms.AdjustSaturation(0).call(colours.to(float32) / 255) * 255);
Console.WriteLine($"red 200, green 20, blue 100: AdjustSaturation(0) {none[0]}, AdjustContrast(0) {none[1]}; "
    + $"from 0 to 1, AdjustSaturation(0) {noneScaled}");
right &= none is ["0 0 0", "0 0 0"] && noneScaled == "83 83 83";

var light = torch.full(new long[] { 3, 1, 1 }, 200, dtype: uint8);
var gray1 = transforms.Grayscale().call(light);
Console.WriteLine($"Grayscale of an even gray of 200: {gray1.dtype} {gray1.item<float>():F3}");
right &= gray1.dtype == float32 && Math.Abs(gray1.item<float>() - 200 * 0.9999 / 255) < 1e-5;

// The same interpolation of bytes and of numbers, which overshoot at the edge.
var edge = torch.tensor(new byte[] { 0, 0, 255, 255 }).reshape(1, 1, 4).expand(1, 4, 4);
var cubic = transforms.Resize(8, 8, InterpolationMode.Bicubic);
var (inBytes, inNumbers) = (Text(cubic.call(edge)[0, 0]), Text(cubic.call(edge.to(float32))[0, 0]));
Console.WriteLine($"0 0 255 255 to eight by bicubic interpolation, bytes: {inBytes}");
Console.WriteLine($"    numbers: {inNumbers}");
right &= inBytes == "0 247 229 58 197 26 8 255" && inNumbers == "0 -9 -27 58 197 282 264 255";

double[] Three(double number) => [number, number, number];
var normal = transforms.functional.normalize(gray.unsqueeze(0), Three(127.5), Three(63.75)).max().item<float>();
var transform = transforms.Normalize(Three(127.5), Three(63.75)).call(gray.unsqueeze(0)).max().item<float>();
Console.WriteLine($"functional.normalize of 100, mean 127.5, deviation 63.75: {normal:F3}, "
    + $"the formula {(100 - 127.5) / 63.75:F3}, transforms.Normalize {transform:F3}");
right &= Math.Abs(normal - (100 - 127 + 256) / 63.0) < 1e-4 && Math.Abs(transform - (100 - 127.5) / 63.75) < 1e-4;

// Files.
var imager = new io.SkiaImager();
io.DefaultImager = imager;
var opaque = torch.cat([colours, torch.full(new long[] { 1, 1, 1 }, 255, dtype: uint8)], 0);
var png = imager.EncodeImage(opaque, ImageFormat.Png);
var (all, three) = (Text(imager.DecodeImage(png, io.ImageReadMode.RGB_ALPHA)), Text(imager.DecodeImage(png, io.ImageReadMode.RGB)));
Console.WriteLine($"red 200, green 20, blue 100, alpha 255 as PNG, read as RGB_ALPHA: {all}; read as RGB: {three}");
right &= all == "100 78 8 39" && three == "78 8 39";

var solid = imager.EncodeImage(colours, ImageFormat.Png);
var (solidAll, solidThree) = (Text(imager.DecodeImage(solid, io.ImageReadMode.RGB_ALPHA)), Text(imager.DecodeImage(solid)));
Console.WriteLine($"without alpha, read as RGB_ALPHA: {solidAll}; unchanged: {solidThree}");
right &= solidAll == "255 200 20 100" && solidThree == "200 20 100";

var ofColours = imager.DecodeImage(imager.EncodeImage(light, ImageFormat.Png), io.ImageReadMode.GRAY);
var ofGrays = imager.DecodeImage(imager.EncodeImage(light[0..1], ImageFormat.Png), io.ImageReadMode.GRAY);
Console.WriteLine($"a gray of 200 read as GRAY, from a PNG of colours: {ofColours.dtype} {ofColours.item<float>():F3}; "
    + $"from one of grays: {ofGrays.dtype} {ofGrays.item<byte>()}");
right &= ofColours.dtype == float32 && Math.Abs(ofColours.item<float>() - 0.784) < 0.001 && ofGrays.dtype == uint8;
right &= ofGrays.item<byte>() == 200;

var batch = torch.stack([colours, colours + 10, colours + 20], 0);
var first = Text(imager.DecodeImage(imager.EncodeImage(batch, ImageFormat.Png)));
Console.WriteLine($"of a batch of three, {batch.NumberOfElements} numbers, what was written: {first}");
right &= first == "200 20 100";

File.WriteAllBytes("longer.png", new byte[5000]);
torchvision.utils.save_image(numbers, "longer.png", ImageFormat.Png);
torchvision.utils.save_image(numbers, "new.png", ImageFormat.Png);
var (longer, fresh) = (new FileInfo("longer.png").Length, new FileInfo("new.png").Length);
Console.WriteLine($"save_image, bytes of a new file: {(fresh < 1000 ? "fewer than 1000" : fresh)}; over a file of 5000: {longer}");
right &= fresh < 1000 && longer == 5000;

return right ? 0 : 1;

string Text(Tensor tensor) => string.Join(" ", tensor.to(float64).contiguous().reshape(-1).data<double>().ToArray()
    .Select(number => (Math.Round(number) + 0.0).ToString()));

string Even(Tensor tensor) => string.Join(" ", Text(tensor).Split(' ').Distinct());
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

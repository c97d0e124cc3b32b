#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64), from F#: `255.0 - pixels`, of a tensor of bytes, is too large by 256 wherever a pixel
# is not 0. A number minus a tensor is computed as the tensor's negative plus the number; the negative is taken in bytes, where -10 is 246,
# and only the sum is in float32. So a negative of an image is 1 to 2 in place of 0 to 1: black becomes white, as it should, and all else
# brighter than white, white too, which should be black; shapes and types are as they should be. The other way round, `pixels - 255.0`, is
# right, as are `255 - pixels` (bytes throughout), torch.tensor(255.0f) - pixels, and bytes that are converted or divided first. Of Int8 it
# hurts -128 alone.
#
# Seen (part of it):
#     pixels: Byte 0 10 200 255
#     255.0 - pixels: Float32 255 501 311 256
#     1.0 - pixels: Float32 1 247 57 2
#     255 - pixels: Byte 255 245 55 0
#     pixels - 255.0: Float32 -255 -245 -55 0
#     (255.0 - image) / 255.0, image of 0 to 255: 1.0000 to 2.0000, mean 1.5000
#         1.0 - image / 255.0: 0.0000 to 1.0000, mean 0.5000
#
# Exit code 0: so it is. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

cat > probe.fsproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <OutputType>Exe</OutputType>
    <RuntimeIdentifier>linux-x64</RuntimeIdentifier>
    <SelfContained>false</SelfContained>
  </PropertyGroup>
  <ItemGroup>
    <Compile Include="Program.fs" />
    <PackageReference Include="TorchSharp" Version="0.107.0" />
    <PackageReference Include="TorchSharp-cpu" Version="0.107.0" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.fs <<'PROGRAM'
open System.Globalization
open TorchSharp

CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture
torch.set_num_threads 1
let mutable right = true

let text (x: torch.Tensor) =
    x.``to``(torch.float64).data<float>().ToArray()
    |> Array.map (fun number -> sprintf "%g" (number + 0.0))
    |> String.concat " "

let tell what (x: torch.Tensor) wanted =
    printfn $"{what}: {x.dtype} {text x}"
    right <- right && text x = wanted

let pixels = torch.tensor [| 0uy; 10uy; 200uy; 255uy |]
tell "pixels" pixels "0 10 200 255"
tell "255.0 - pixels" (255.0 - pixels) "255 501 311 256"
tell "255.0f - pixels" (255.0f - pixels) "255 501 311 256"
tell "1.0 - pixels" (1.0 - pixels) "1 247 57 2"
tell "0.5 - pixels" (0.5 - pixels) "0.5 246.5 56.5 1.5"
tell "255 - pixels" (255 - pixels) "255 245 55 0"
tell "torch.tensor(255.0f) - pixels" (torch.tensor 255.0f - pixels) "255 245 55 0"
tell "pixels - 255.0" (pixels - 255.0) "-255 -245 -55 0"
tell "255.0 - pixels.to(float32)" (255.0 - pixels.``to`` torch.float32) "255 245 55 0"
tell "1.0 - pixels / 255.0, times 255" ((1.0 - pixels / 255.0) * 255.0) "255 245 55 0"
tell "5.0 - Int8 of -128 3" (5.0 - torch.tensor [| -128y; 3y |]) "-123 2"
tell "5.0 - Int16 of -128 3" (5.0 - torch.tensor [| -128s; 3s |]) "133 2"

// Every number that a pixel can have. The negative should be 0 to 1, with a mean of a half.
let image = torch.arange(256).``to`` torch.uint8
let negative = (255.0 - image) / 255.0
let expected = 1.0 - image / 255.0
let least, most, mean = negative.min().ToDouble(), negative.max().ToDouble(), negative.mean().ToDouble()
printfn $"(255.0 - image) / 255.0, image of 0 to 255: {least:F4} to {most:F4}, mean {mean:F4}"
printfn $"    1.0 - image / 255.0: {expected.min().ToDouble():F4} to {expected.max().ToDouble():F4}, mean {expected.mean().ToDouble():F4}"
right <- right && most > 1.99 && mean > 1.4 && abs (expected.mean().ToDouble() - 0.5) < 1e-6
exit (if right then 0 else 1)
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

#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): five things compute something else than their names say, and raise nothing.
# - linalg.inv_ex gives the Cholesky factor, in place of the inverse. For a covariance it tells that all is well (info 0); a matrix that is
#   not positive definite has, by its info, no inverse. linalg.inv is right.
# - special.erfcx, erfc without its underflow, is erfc: too small by exp(x^2), and 0 where the tail of a normal distribution needs it.
# - RReLU, which draws a slope for each negative number while it trains, always takes the middle of the range: it is a LeakyReLU.
# - ConvTranspose2d takes the first number of output_padding for both directions: (0, 1) adds nothing, (1, 0) a row and a column.
#   functional.conv_transpose2d is right.
# - Conv2d with Padding.Same and a mode other than zeros pads height by what width needs, and width by what height needs: of 8 x 8 pixels a
#   kernel of (3, 7) makes 12 x 4. Square kernels are right.
#
# Seen (part of it):
#     inv_ex of a covariance, times it, from the identity: 0.5151
#         inv_ex from linalg.cholesky: 0
#         its info, 0 if all is well: 0
#     erfcx of 0.5, which is 0.6157: 0.4795
#         erfcx of 30, which is 0.0188: 0
#     RReLU between 0.1 and 0.9, training True, slopes of 1000: 0.5000 to 0.5000
#     ConvTranspose2d, output_padding (0, 1): 9 x 9
#         conv_transpose2d, output_padding (0, 1): 9 x 10
#     Conv2d, kernel (3, 7), Same, 8 x 8 pixels, with zeros: 8 x 8
#         circular: 12 x 4
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
using static TorchSharp.torch;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
torch.set_num_threads(1);
torch.manual_seed(1);
var right = true;

// The covariance of random numbers, in float64: whatever is called an inverse, times it, should be 1 on the diagonal and 0 beside it.
var random = torch.randn(100, 3, dtype: torch.float64);
var covariance = random.t().mm(random) / 100;
var (inverse, info) = linalg.inv_ex(covariance);
var identity = torch.eye(3, dtype: torch.float64);
Tell("inv_ex of a covariance, times it, from the identity", Far(inverse.mm(covariance), identity), 0.1, 9);
Tell("    inv_ex from linalg.cholesky", Far(inverse, linalg.cholesky(covariance)), 0, 1e-12);
Tell("    its info, 0 if all is well", info.item<int>(), 0, 0);
Tell("    linalg.inv, times it, from the identity", Far(linalg.inv(covariance).mm(covariance), identity), 0, 1e-9);
var turn = torch.tensor(new double[,] { { 0, 1 }, { -1, 0 } });
Tell("    of a turn by a right angle, whose inverse is its transpose, info", linalg.inv_ex(turn).info.item<int>(), 1, 2);
Tell("    linalg.inv of the turn, from its transpose", Far(linalg.inv(turn), turn.t()), 0, 1e-12);

// erfcx(x) is exp(x^2) erfc(x): for what underflows otherwise. Far out it is 1 / (x sqrt pi), nearly.
Tell("erfcx of 0.5, which is 0.6157", special.erfcx(torch.tensor(0.5)).item<double>(), 0.4794, 0.4796);
Tell("    erfc of 0.5", special.erfc(torch.tensor(0.5)).item<double>(), 0.4794, 0.4796);
Tell("    exp(0.25) erfc(0.5)", Math.Exp(0.25) * special.erfc(torch.tensor(0.5)).item<double>(), 0.6156, 0.6158);
Tell("    erfcx of 30, which is 0.0188", special.erfcx(torch.tensor(30.0)).item<double>(), 0, 0);

// RReLU should draw a slope for each negative number while it trains, and take the middle of the range afterwards.
var rrelu = nn.RReLU(0.1, 0.9);
var slopes = -rrelu.call(-torch.ones(1000));
Console.WriteLine($"RReLU between 0.1 and 0.9, training {rrelu.training}, slopes of 1000:"
    + $" {slopes.min().item<float>():F4} to {slopes.max().item<float>():F4}");
right &= rrelu.training && Far(slopes, torch.full_like(slopes, 0.5)) < 1e-6;

// A transposed convolution of 4 x 4 pixels by a stride of 2 and a kernel of 3 has 9 x 9, and output_padding of them more.
Size("ConvTranspose2d, output_padding (0, 1)", Up((0, 1)), 9, 9);
Size("ConvTranspose2d, output_padding (1, 0)", Up((1, 0)), 10, 10);
Size("    conv_transpose2d, output_padding (0, 1)", nn.functional.conv_transpose2d(
    torch.ones(1, 1, 4, 4), torch.ones(1, 1, 3, 3), strides: [2, 2], output_padding: [0, 1]), 9, 10);

// Padding.Same should leave height and width as they are.
Size("Conv2d, kernel (3, 7), Same, 8 x 8 pixels, with zeros", Same((3, 7), PaddingModes.Zeros), 8, 8);
Size("    circular", Same((3, 7), PaddingModes.Circular), 12, 4);
Size("    circular, kernel (3, 3)", Same((3, 3), PaddingModes.Circular), 8, 8);
return right ? 0 : 1;

Tensor Up((long, long) more) => nn.ConvTranspose2d(1, 1, (3, 3), stride: (2, 2), output_padding: more).call(torch.ones(1, 1, 4, 4));

Tensor Same((long, long) kernel, PaddingModes mode) =>
    nn.Conv2d(1, 1, kernel, padding: Padding.Same, padding_mode: mode).call(torch.ones(1, 1, 8, 8));

double Far(Tensor x, Tensor y) => (x - y).abs().max().to(torch.float64).item<double>();

void Tell(string what, double number, double least, double most)
{
    Console.WriteLine($"{what}: {number:0.####}");
    right &= number >= least && number <= most;
}

void Size(string what, Tensor image, long height, long width)
{
    Console.WriteLine($"{what}: {image.shape[2]} x {image.shape[3]}");
    right &= image.shape[2] == height && image.shape[3] == width;
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

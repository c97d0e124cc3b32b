#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): data<T>(), item<T>() and Save read a tensor's memory as it lies there, also where
# libtorch has only noted that the numbers in it are to be conjugated or negated (is_conj, is_neg). So imaginary parts come to .NET with the
# wrong sign, and nothing is said; str, ToDouble and all that is computed from the tensor have the right one. Such tensors are
# - what conj and mH give of complex numbers, and its imag (contiguous() does not help, clone() does);
# - torch.fft.ifft of real numbers, though nobody has asked for a conjugate. Of the same numbers as complex ones it is right, as fft is;
# - the gradient of a complex parameter whose conjugate is in the loss.
# A tensor that Save has written is another one once it is loaded: the note is not in the file. resolve_conj() and resolve_neg(), or
# clone(), put the numbers right before they are read.
#
# Seen (part of it; a tensor's numbers, and what data<T>() has):
#     z.conj(): 1-2i 3+4i, data 1+2i 3-4i
#     z.conj().imag: -2 4, data 2 -4
#         its first number: ToDouble -2, item 2
#     ifft of 1 2 4 8: 3.75+0i -0.75-1.5i -1.25+0i -0.75+1.5i, data 3.75+0i -0.75+1.5i -1.25+0i -0.75-1.5i
#         of the same as complex numbers: 3.75+0i -0.75-1.5i -1.25+0i -0.75+1.5i, data the same
#     gradient of Re sum conj(w) z: 1+2i 3-4i, data 1-2i 3+4i
#     z.conj() by Save and Load: 1+2i 3-4i
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
open System.IO
open System.Numerics
open TorchSharp

CultureInfo.CurrentCulture <- CultureInfo.InvariantCulture
torch.set_num_threads 1
let mutable right = true

// What is read from a tensor, by data; adding 0 makes a 0 of -0.
let read (x: torch.Tensor) =
    if torch.is_complex x then
        x.data<Complex>().ToArray()
        |> Array.map (fun z -> sprintf "%g%+gi" (z.Real + 0.0) (z.Imaginary + 0.0))
    else
        x.data<float>().ToArray() |> Array.map (fun number -> sprintf "%g" (number + 0.0))
    |> String.concat " "

// A tensor's numbers are those that come out once nothing is left to be done: resolved. Are they the expected ones, and is the other
// reading equal?
let tell what (x: torch.Tensor) expected isRight =
    let is, data = read (x.resolve_conj().resolve_neg()), read x
    let same = if data = is then "the same" else data
    printfn $"{what}: {is}, data {same}"
    right <- right && is = expected && (data = is) = isRight

let z = torch.tensor [| Complex(1.0, 2.0); Complex(3.0, -4.0) |]
tell "z" z "1+2i 3-4i" true
tell "z.conj()" (z.conj()) "1-2i 3+4i" false
tell "    contiguous() of it" (z.conj().contiguous()) "1-2i 3+4i" false
tell "    clone() of it" (z.conj().clone()) "1-2i 3+4i" true
tell "    times 1" (z.conj() * 1) "1-2i 3+4i" true
tell "the transposed conjugate, mH, of a column" (z.reshape(2L, 1L).mH) "1-2i 3+4i" false

let imaginary = z.conj().imag
tell "z.conj().imag" imaginary "-2 4" false
tell "    its sum with 0" (imaginary + 0) "-2 4" true
let converted, item, printed = imaginary[0L].ToDouble(), imaginary[0L].item<float> (), imaginary.str ()
printfn $"    its first number: ToDouble {converted}, item {item}"
let shown = printed.Substring(printed.IndexOf '\n').Trim()
printfn $"    as str prints it: {shown}"
right <- right && converted = -2.0 && item = 2.0 && shown.StartsWith "-2"

// The inverse transform of real numbers, where nobody speaks of conjugates: of 1 2 4 8 the second is (1 - 4 + i (2 - 8)) / 4.
let real = torch.tensor [| 1.0; 2.0; 4.0; 8.0 |]
let inverse = "3.75+0i -0.75-1.5i -1.25+0i -0.75+1.5i"
tell "ifft of 1 2 4 8" (torch.fft.ifft real) inverse false
tell "    of the same as complex numbers" (torch.fft.ifft (real.``to`` torch.complex128)) inverse true
tell "    fft of 1 2 4 8" (torch.fft.fft_ real) "15+0i -3+6i -5+0i -3-6i" true

// The overlap of w with z, whose gradient is z.
let w = z.clone().requires_grad_ true
(w.conj() * z).real.sum().backward ()
tell "gradient of Re sum conj(w) z" w.grad "1+2i 3-4i" false

let stream = new MemoryStream()
z.conj().Save stream
let loaded = torch.Tensor.Load(new MemoryStream(stream.ToArray()))
printfn $"z.conj() by Save and Load: {read loaded}"
right <- right && read loaded = read z
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

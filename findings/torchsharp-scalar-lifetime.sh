#!/usr/bin/env bash
# TorchSharp 0.107.0: a Scalar, which each number in `x - 1.5` becomes, is not kept alive by the call that hands it to libtorch. Once the
# call is compiled with optimisation, the object counts as unused as soon as its handle has been read. Where several threads calculate, a
# collection that one of them asks for finalises the Scalar of another, and libtorch reads what lies there now: it raises
# "Unknown scalar type.", or, more seldom, calculates with another number and says nothing. With one thread it does not happen.
# A Scalar in a `using` of its own, or any copy of TorchSharp.dll whose methods are marked NoOptimization, does not show it.
#
# Seen (two cores; eight threads, each subtracting its own numbers, twenty seconds, 6,000 to 7,000 collections):
#     as written: 0 wrong, 38 raised of 5,831,458 (in longer runs 2 wrong beside 100 raised of 10 million)
#     Scalar in a using: 0 wrong, 0 raised of 6,144,469
#
# Exit code 0: results were wrong or raised as written, and none with the using. 1: it has changed, or one try was too short to see it.
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
    <TieredCompilation>false</TieredCompilation>
  </PropertyGroup>
  <ItemGroup>
    <PackageReference Include="TorchSharp" Version="0.107.0" />
    <PackageReference Include="TorchSharp-cpu" Version="0.107.0" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.cs <<'PROGRAM'
using System.Diagnostics;
using TorchSharp;

torch.set_num_threads(1);
byte[] kept = [];
var written = Count((x, number) => x - number);
var held = Count((x, number) =>
{
    using Scalar scalar = number;
    return x.sub(scalar);
});
Print("as written", written);
Print("Scalar in a using", held);
return written.Wrong + written.Raised > 0 && held.Wrong + held.Raised == 0 ? 0 : 1;

void Print(string name, (long Wrong, long Raised, long Done, int Collections) seen) =>
    Console.WriteLine($"{name}: {seen.Wrong} wrong, {seen.Raised} raised of {seen.Done:N0}, {seen.Collections:N0} collections");

// How many differences came out wrong, and how many raised.
(long Wrong, long Raised, long Done, int Collections) Count(Func<torch.Tensor, double, torch.Tensor> minus)
{
    long wrong = 0, raised = 0, done = 0;
    var before = GC.CollectionCount(0);
    var clock = Stopwatch.StartNew();
    var threads = Enumerable.Range(0, 8).Select(_ => new Thread(() =>
    {
        using var x = torch.ones(4);
        while (clock.Elapsed.TotalSeconds < 20)
        {
            var number = Interlocked.Increment(ref done) % 1000;
            try
            {
                using var y = minus(x, number);
                if (y.data<float>()[0] != 1 - number)
                {
                    Interlocked.Increment(ref wrong);
                }
            }
            catch (Exception)
            {
                Interlocked.Increment(ref raised);
            }
        }
    })).ToList();
    threads.ForEach(thread => thread.Start());
    while (clock.Elapsed.TotalSeconds < 20)
    {
        for (var turn = 0; turn < 20; turn++)
        {
            kept = new byte[30_000];
        }

        Thread.Sleep(1);
    }

    threads.ForEach(thread => thread.Join());
    GC.KeepAlive(kept);
    return (wrong, raised, done, GC.CollectionCount(0) - before);
}
PROGRAM

echo "TorchSharp 0.107.0, .NET $(dotnet --version), $(nproc) processors"
dotnet build -c Release -o out -v quiet

# Before GCC 13's C++ library, 0.107.0 does not load: it names a version of symbols that nothing in it uses. In this copy of the file
# the need carries the flag "weak" (one byte of .gnu.version_r).
if ! strings -a "$(ldconfig -p | awk '/libstdc\+\+\.so\.6.*x86-64/ { print $NF; exit }')" | grep -qx GLIBCXX_3.4.32; then
    cp out/libLibTorchSharp.so copy.so
    printf '\002' | dd of=copy.so bs=1 seek=260660 conv=notrunc status=none
    mv -f copy.so out/libLibTorchSharp.so
fi

# A young generation of 512 KiB: collections come often.
DOTNET_gcServer=0 DOTNET_GCgen0size=0x80000 dotnet out/probe.dll

#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0, Linux: once two threads of a process have each computed something that libtorch spreads over all
# processors, and both still live, everything on several threads gets slower, for good, though never more than one of them computes.
# libgomp keeps a team of threads for each thread that has started one. While all teams together have more threads than there are
# processors, their members do not wait awake for the next loop but go to sleep at once, and must be woken for each. An await that goes
# on with another thread of the pool, a background task that warms something up, is enough. When the second thread ends, or with
# set_num_threads(1) on it, the first one is as fast as before.
#
# Seen (two cores; 20,000 additions to 100,000 numbers; context switches of the thread that adds, seconds):
#     one thread has computed:                  0 switches, 0.11 s
#     a second one has, too, and waits:         19,421 switches, 1.16 s
#     the second one has ended:                 2 switches, 0.16 s
#
# Exit code 0: more than 1,000 context switches beside the second thread, ten times as many as before and after. 1: it has changed.
# 2: one processor alone, where there is nothing to see.
set -euo pipefail
[ "$(nproc)" -gt 1 ] || exit 2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_gcServer=0
unset OMP_NUM_THREADS OMP_WAIT_POLICY GOMP_SPINCOUNT

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
using System.Diagnostics;
using TorchSharp;

using var x = torch.zeros(100_000);
Add(1_000);
var alone = Seen("one thread has computed:");

using var leave = new ManualResetEventSlim();
using var begun = new ManualResetEventSlim();
var second = new Thread(() =>
{
    using var y = torch.zeros(100_000);
    y.add_(1);
    begun.Set();
    leave.Wait();
});
second.Start();
begun.Wait();
var beside = Seen("a second one has, too, and waits:");

leave.Set();
second.Join();
var after = Seen("the second one has ended:");
return beside > 1_000 && beside > 10 * alone && beside > 10 * after ? 0 : 1;

void Add(int times)
{
    for (var i = 0; i < times; i++) x.add_(1);
}

long Seen(string what)
{
    var before = Switches();
    var clock = Stopwatch.StartNew();
    Add(20_000);
    var seconds = clock.Elapsed.TotalSeconds;
    var switches = Switches() - before;
    Console.WriteLine($"{what,-40} {switches:N0} switches, {seconds:F2} s");
    return switches;
}

// Of the calling thread.
static long Switches() =>
    File.ReadLines("/proc/thread-self/status")
        .Where(line => line.Contains("ctxt_switches"))
        .Sum(line => long.Parse(line[(line.IndexOf(':') + 1)..]));
PROGRAM

echo "TorchSharp 0.107.0, .NET $(dotnet --version), $(nproc) processors"
dotnet build -c Release -o out -v quiet

# Before GCC 13's C++ library the package's own library does not load: see torchsharp-scalar-lifetime.sh.
if ! strings -a "$(ldconfig -p | awk '/libstdc\+\+\.so\.6.*x86-64/ { print $NF; exit }')" | grep -qx GLIBCXX_3.4.32; then
    cp out/libLibTorchSharp.so copy.so
    printf '\002' | dd of=copy.so bs=1 seek=260660 conv=notrunc status=none
    mv -f copy.so out/libLibTorchSharp.so
fi

dotnet out/probe.dll

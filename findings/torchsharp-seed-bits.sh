#!/usr/bin/env bash
# TorchSharp 0.107.0 on libtorch 2.10.0 (linux-x64): a seed has 64 bits, and initial_seed() tells them all, but of its numbers on the CPU
# only the lower 32 decide: torch.Generator(1) and torch.Generator(1 + 2^32) draw the same, as do torch.manual_seed(1) and
# torch.manual_seed(1 + 2^32), and nothing is said. Of their states, 5,056 bytes, one byte differs, in the copy of the seed; a state that
# is set brings the same numbers again. So seeds that are hashes of (seed, purpose, epoch), of 64 bits so that no two are alike, are alike
# as those of 32 bits are: from 77,164 streams on, two of them are more likely the same than not. Seeds that number the streams, below 2^32, are all different.
#
# Seen:
#     Generator(1), Generator(1 + 2^32): initial seeds 1 and 4294967297; rand the same, randn the same, randperm the same
#     Generator(1), Generator(2): initial seeds 1 and 2; rand different, randn different, randperm different
#     manual_seed(1), manual_seed(1 + 2^32): initial seeds 1 and 4294967297; rand the same, randn the same, randperm the same
#     states of seeds 1 and 1 + 2^32: 1 of 5056 bytes differs, byte 4; set to another generator, they draw as Generator(1) does
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
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TorchSharp;

torch.set_num_threads(1);
const ulong beyond = 1UL << 32;
string[] kinds = ["rand", "randn", "randperm"];
var seen = true;

See("Generator(1), Generator(1 + 2^32)", Generator(1), Generator(1 + beyond), same: true);
See("Generator(1), Generator(2)", Generator(1), Generator(2), same: false);
See("manual_seed(1), manual_seed(1 + 2^32)", Global(1), Global(1 + beyond), same: true);
See("manual_seed(1), manual_seed(2)", Global(1), Global(2), same: false);

// The states, and what a generator of another seed draws once it has them.
byte[][] states = [.. new[] { 1UL, 1 + beyond }.Select(seed => new torch.Generator(seed).get_state().bytes.ToArray())];
var places = Enumerable.Range(0, states[0].Length).Where(place => states[0][place] != states[1][place]).ToArray();
var (low, high) = (Restored(1), Restored(1 + beyond));
var alike = Same(low, Generator(1)).Concat(Same(high, Generator(1))).All(same => same);
Console.WriteLine($"states of seeds 1 and 1 + 2^32: {places.Length} of {states[0].Length} bytes differs, byte {string.Join(" ", places)}; "
    + $"set to another generator, they draw {(alike ? "as Generator(1) does" : "otherwise")}, initial seeds {low.Seed} and {high.Seed}");
seen &= places.SequenceEqual([4]) && alike && (low.Seed, high.Seed) == (1, 1 + (long)beyond);

// The first two epochs whose hashes are alike in what decides.
var epochs = new Dictionary<uint, int>();
var epoch = 0;
while (epochs.TryAdd((uint)Hash(epoch), epoch)) epoch++;
var (one, other) = (Hash(epochs[(uint)Hash(epoch)]), Hash(epoch));
See($"hashes of epochs {epochs[(uint)other]} and {epoch}, {one:x16} and {other:x16}", Generator(one), Generator(other), same: true);
seen &= one != other && (new torch.Generator(one).initial_seed(), new torch.Generator(other).initial_seed()) == ((long)one, (long)other);

// From how many streams on two are rather alike than not.
var streams = 0L;
for (var apart = 1.0; apart > 0.5; streams++) apart *= 1 - streams / (double)beyond;
Console.WriteLine($"two are alike with probability 1/2 from {streams:N0} streams on");
return seen ? 0 : 1;

// 64 bits of what a stream is for.
ulong Hash(int epoch) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"seed 1, noise, epoch {epoch}")));

// The seed that is told, and the bytes of the numbers that are drawn, each kind by a generator that is new.
(long Seed, byte[][] Numbers) Draw(Func<torch.Generator> fresh, Func<long> told)
{
    byte[][] numbers =
    [
        torch.rand(1000, generator: fresh()).bytes.ToArray(),
        torch.randn(1000, generator: fresh()).bytes.ToArray(),
        torch.randperm(1000, generator: fresh()).bytes.ToArray(),
    ];
    return (told(), numbers);
}

(long Seed, byte[][] Numbers) Generator(ulong seed) =>
    Draw(() => new torch.Generator(seed), () => new torch.Generator(seed).initial_seed());

// By the generator of all that is given none.
(long Seed, byte[][] Numbers) Global(ulong seed) => Draw(() => { torch.manual_seed((long)seed); return null; }, torch.initial_seed);

(long Seed, byte[][] Numbers) Restored(ulong seed)
{
    torch.Generator Fresh()
    {
        var generator = new torch.Generator(7);
        generator.set_state(new torch.Generator(seed).get_state());
        return generator;
    }

    return Draw(Fresh, () => Fresh().initial_seed());
}

bool[] Same((long Seed, byte[][] Numbers) first, (long Seed, byte[][] Numbers) second) =>
    [.. first.Numbers.Zip(second.Numbers, (numbers, others) => numbers.AsSpan().SequenceEqual(others))];

void See(string what, (long Seed, byte[][] Numbers) first, (long Seed, byte[][] Numbers) second, bool same)
{
    var found = Same(first, second);
    var draws = string.Join(", ", kinds.Zip(found, (kind, equal) => $"{kind} {(equal ? "the same" : "different")}"));
    Console.WriteLine($"{what}: initial seeds {first.Seed} and {second.Seed}; {draws}");
    seen &= found.All(equal => equal == same) && first.Seed != second.Seed;
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

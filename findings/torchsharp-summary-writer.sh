#!/usr/bin/env bash
# TorchSharp 0.107.0 (linux-x64): what torch.utils.tensorboard.SummaryWriter writes of add_scalars, and when, and raises nothing.
# - add_scalars keeps a file for each name of a curve, whatever the group is: what it is given for "accuracy" goes into the folders
#   loss_train and loss_test, if "loss" had curves of these names before, and no folder accuracy_train comes to be. With a writer for each
#   group it does.
# - The time of a record is cut to whole seconds, so that records of one second have one time.
#
# Seen:
#     add_scalars of loss and accuracy, train and test: loss_test: loss 2, accuracy 0.75; loss_train: loss 1, accuracy 0.5
#         by a writer each: accuracy_test: accuracy 0.75; accuracy_train: accuracy 0.5; loss_test: loss 2; loss_train: loss 1
#     eight records, a quarter of a second between two: times with a fraction 0, no more times than seconds true
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

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var right = true;

void Tell(string what, string seen, string wanted)
{
    Console.WriteLine($"{what}: {seen}");
    right &= seen == wanted;
}

// A record is its length, that one's checksum, an event, and its checksum. The first of a file is its header.
List<Tensorboard.Event> Events(string folder)
{
    var events = new List<Tensorboard.Event>();
    foreach (var file in Directory.GetFiles(folder).Order())
    {
        using var reader = new BinaryReader(File.OpenRead(file));
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var length = reader.ReadInt64();
            reader.ReadUInt32();
            events.Add(Tensorboard.Event.Parser.ParseFrom(reader.ReadBytes((int)length)));
            reader.ReadUInt32();
        }
    }
    return events.Where(e => e.Summary is not null).ToList();
}

string Folders(string folder) => string.Join("; ", Directory.GetDirectories(folder).Order().Select(inner => Path.GetFileName(inner) + ": "
    + string.Join(", ", Events(inner).SelectMany(e => e.Summary.Value).Select(value => $"{value.Tag} {value.SimpleValue}"))));

void Write(SummaryWriter losses, SummaryWriter accuracies)
{
    losses.add_scalars("loss", new Dictionary<string, float> { ["train"] = 1, ["test"] = 2 }, 0);
    accuracies.add_scalars("accuracy", new Dictionary<string, float> { ["train"] = 0.5f, ["test"] = 0.75f }, 0);
}

var writer = torch.utils.tensorboard.SummaryWriter("one");
Write(writer, writer);
Tell("add_scalars of loss and accuracy, train and test", Folders("one"),
    "loss_test: loss 2, accuracy 0.75; loss_train: loss 1, accuracy 0.5");
Write(torch.utils.tensorboard.SummaryWriter("two"), torch.utils.tensorboard.SummaryWriter("two"));
Tell("    by a writer each", Folders("two"),
    "accuracy_test: accuracy 0.75; accuracy_train: accuracy 0.5; loss_test: loss 2; loss_train: loss 1");

var timed = torch.utils.tensorboard.SummaryWriter("three");
var begin = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
for (var step = 0; step < 8; step++)
{
    timed.add_scalar("loss", step, step);
    Thread.Sleep(250);
}
var end = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
var times = Events("three").Select(e => e.WallTime).ToList();
right &= times.Count == 8;
Tell("eight records, a quarter of a second between two",
    $"times with a fraction {times.Count(time => time != Math.Floor(time))}, no more times than seconds "
        + (times.Distinct().Count() <= end - begin + 1 ? "true" : "false"),
    "times with a fraction 0, no more times than seconds true");
return right ? 0 : 1;
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

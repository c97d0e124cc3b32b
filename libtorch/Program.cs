using Workbench.Libtorch;

// What is copied, and by what change, which returns words for it.
var (copy, change) = args switch
{
    ["weak", var source, var target, var version] => ((source, target), (Func<byte[], string>)(image => Weakened(image, version))),
    ["kept", var source, var target] => ((source, target), Kept),
    _ => default,
};

if (change is null)
{
    Console.Error.WriteLine("usage: dotnet Workbench.Libtorch.dll (weak SOURCE TARGET VERSION | kept SOURCE TARGET)");
    return 2;
}

try
{
    Console.WriteLine($"{Path.GetFileName(copy.target)}: {ChangedCopy.Make(copy.source, copy.target, change)}");
    return 0;
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException or BadImageFormatException)
{
    Console.Error.WriteLine($"{copy.source}: {error.Message}");
    return 1;
}

// None of these is an error: on a system that has the version, every copy loads.
static string Weakened(byte[] image, string version) => WeakVersions.Mark(image, version) switch
{
    Outcome.Marked => $"asks for {version} and does not use it; the need is now weak",
    Outcome.NotNeeded => $"does not need {version}; copied as it is",
    Outcome.Used => $"WARNING: uses {version}; copied as it is, it will not load on a system without that version",
    Outcome.NotElf => "WARNING: not a 64-bit little-endian ELF image; copied as it is",
    _ => "WARNING: a damaged ELF image; copied as it is",
};

static string Kept(byte[] image) => $"{Lifetimes.Keep(image)} methods keep what they hand to native code alive";

using Workbench.Libtorch;

if (args is not [var source, var target, var version])
{
    Console.Error.WriteLine("usage: dotnet Workbench.Libtorch.dll SOURCE TARGET VERSION");
    return 2;
}

try
{
    Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
    var outcome = WeakVersions.Copy(source, target, version);
    Console.WriteLine($"{Path.GetFileName(target)}: {Words(outcome)}");
    return 0;
}
catch (Exception error) when (error is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

// None of these is an error: on a system that has the version, every copy loads.
string Words(Outcome outcome) => outcome switch
{
    Outcome.Marked => $"asks for {version} and does not use it; the need is now weak",
    Outcome.NotNeeded => $"does not need {version}; copied as it is",
    Outcome.Used => $"WARNING: uses {version}; copied as it is, it will not load on a system without that version",
    Outcome.NotElf => "WARNING: not a 64-bit little-endian ELF image; copied as it is",
    _ => "WARNING: a damaged ELF image; copied as it is",
};

using System.Diagnostics;

namespace Workbench.Bench;

/// <summary>A process from its start to its end, which loads the library and takes one training step of the VAE.</summary>
internal static class StartUp
{
    internal static Workload Workload => new("start-up", "dotnet fsi (python3): load the library, one step of the VAE", Rival.PyTorch, () => Stepping.Of(Run))
    {
        Pace = Pace.Seconds,
    };

    private static void Run()
    {
        var start = new ProcessStartInfo("dotnet", ["fsi", Path.Combine(Repository.Root, "bench", "startup.fsx")]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();

        if (process.ExitCode != 0)
            throw new InvalidOperationException($"bench/startup.fsx ended with exit code {process.ExitCode}");
    }
}

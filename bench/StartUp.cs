using System.Diagnostics;

namespace Workbench.Bench;

/// <summary>`dotnet fsi` from its start to its end: scripts/vae.fsx on this process's engine, with one training step, its figures and its
/// page, beside a script in which nothing is.</summary>
internal static class StartUp
{
    internal static Workload Workload => new("start-up", "dotnet fsi scripts/vae.fsx --limit 100 --epochs 1", Vae)
    {
        Plain = Nothing,
        Peer = Contender.Plain with { Name = "an empty script" },
        Pace = Pace.Seconds,
        HasThreads = false,
    };

    private static Steps Vae()
    {
        var script = Path.Combine(Repository.Root, "scripts", "vae.fsx");
        return Run(folder =>
            [script, "--engine", Engine.name, "--data", "glyphs", "--limit", "100", "--epochs", "1", "--quiet", "--out", Path.Combine(folder, "run")]);
    }

    private static Steps Nothing() => Run(folder =>
    {
        var script = Path.Combine(folder, "empty.fsx");
        File.WriteAllText(script, "");
        return [script];
    });

    private static Steps Run(Func<string, string[]> command) => Stepping.Of(() =>
    {
        var folder = Directory.CreateTempSubdirectory("workbench-bench-").FullName;
        using var process = Process.Start(new ProcessStartInfo("dotnet", ["fsi", .. command(folder)]) { RedirectStandardOutput = true })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Directory.Delete(folder, true);

        if (process.ExitCode != 0)
            throw new InvalidOperationException($"a script ended with exit code {process.ExitCode}");
    });
}

using System.Diagnostics;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>Whole commands from their start to their end, the runtime's own and fsi's included, each in a process of its own.</summary>
internal static class WholeCommands
{
    /// <summary>What this program is given to be <see cref="PlainVae.Program"/>, before the number of threads.</summary>
    internal const string PlainVaeCommand = "plain-vae";

    internal const int Epochs = 5;

    /// <summary>The least that a script does, beside a script in which nothing is.</summary>
    internal static Workload StartUp => new("start-up", "dotnet fsi scripts/vae.fsx --limit 100 --epochs 1",
        () => Vae("glyphs", 1, "--limit", "100"))
    {
        Plain = () => Command("fsi", folder => [Empty(folder)]),
        Peer = Contender.Plain with { Name = "an empty script" },
        Pace = Pace.Seconds,
        HasThreads = false,
    };

    /// <summary>From the shell to the page, checkpoints and measurements included, beside a program of TorchSharp alone that trains the
    /// same and prints the test images' bound.</summary>
    internal static Workload Training => new("command:vae", $"dotnet fsi scripts/vae.fsx --data mnist --epochs {Epochs}",
        () => Vae("mnist", Epochs))
    {
        Plain = () => Command(typeof(WholeCommands).Assembly.Location, _ => [PlainVaeCommand, $"{torch.get_num_threads()}"]),
        Pace = Pace.Seconds,
        NeedsMnist = true,
    };

    private static Steps Vae(string data, int epochs, params string[] more)
    {
        var script = Path.Combine(Repository.Root, "scripts", "vae.fsx");
        return Command("fsi", folder =>
        [
            script, "--engine", Engine.name, "--threads", $"{torch.get_num_threads()}", "--data", data, "--epochs", $"{epochs}", .. more,
            "--quiet", "--out", Path.Combine(folder, "run"),
        ]);
    }

    private static string Empty(string folder)
    {
        var script = Path.Combine(folder, "empty.fsx");
        File.WriteAllText(script, "");
        return script;
    }

    private static Steps Command(string what, Func<string, string[]> arguments) => Stepping.Of(() =>
    {
        var folder = Directory.CreateTempSubdirectory("workbench-bench-").FullName;
        var start = new ProcessStartInfo("dotnet", [what, .. arguments(folder)]) { RedirectStandardOutput = true };
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Directory.Delete(folder, true);

        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{what} ended with exit code {process.ExitCode}");
    });
}

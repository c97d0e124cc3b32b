using System.Globalization;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>The other end of <see cref="Peer"/>, in a process that has one engine: the same lines as peer_protocol.py, from standard
/// input to standard output.</summary>
internal static class Serving
{
    /// <summary>What this program is given to be a contender, and what that contender does: the workbench's part, or that of
    /// TorchSharp alone.</summary>
    internal const string Command = "serve", Ours = "ours", Plain = "plain";

    internal static void Run(string part)
    {
        try
        {
            Engine.load();
        }
        catch (BadInput error)
        {
            Console.WriteLine(error.Message);
            return;
        }

        // libgomp gives each thread that computes on several a team of its own. Once all teams of a process have more threads than there
        // are processors, none of them waits awake any more, and a training step on libtorch takes twice as long. So nothing is computed
        // on several threads here, and one workload's thread ends before the next one's begins.
        torch.set_num_threads(1);
        Console.WriteLine("ready");
        var memory = new Lazy<Memory>();
        (string Workload, int Threads) last = default;
        Turnstile? turnstile = null;

        while (Console.ReadLine()?.Split(' ') is { } words)
            Console.WriteLine(words is [Memory.Question, var epochs] ? memory.Value.After(int.Parse(epochs)) : Seconds(words));

        string Seconds(string[] words)
        {
            var key = (Workload: words[0], Threads: int.Parse(words[1]));

            if (turnstile is null || key != last)
            {
                turnstile?.Dispose();
                last = key;
                var workload = Suite.Find(key.Workload);
                turnstile = new((part == Plain ? workload.Plain! : workload.Ours)(), key.Threads);
            }

            return turnstile.Pass(int.Parse(words[2])).ToString("R", CultureInfo.InvariantCulture);
        }
    }
}

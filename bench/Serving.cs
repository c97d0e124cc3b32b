using System.Globalization;

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

        Console.WriteLine("ready");
        var memory = new Lazy<Memory>();
        var known = new Dictionary<(string Workload, int Threads), Turnstile>();

        while (Console.ReadLine()?.Split(' ') is { } words)
            Console.WriteLine(words is [Memory.Question, var epochs] ? memory.Value.After(int.Parse(epochs)) : Seconds(words));

        string Seconds(string[] words)
        {
            var key = (Workload: words[0], Threads: int.Parse(words[1]));

            if (!known.TryGetValue(key, out var turnstile))
            {
                var workload = Suite.Find(key.Workload);
                known[key] = turnstile = new((part == Plain ? workload.Plain! : workload.Ours)(), key.Threads);
            }

            return turnstile.Pass(int.Parse(words[2])).ToString("R", CultureInfo.InvariantCulture);
        }
    }
}

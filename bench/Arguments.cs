namespace Workbench.Bench;

/// <summary>What the command line asks for.</summary>
internal sealed record Arguments
{
    internal const string Usage = """
        usage: dotnet run -c Release --project bench [-- [COMMAND] [OPTIONS]]

        Measures the workbench on its managed engine and on TorchSharp with libtorch, beside a plain loop of TorchSharp or another peer, in
        turns within one run:
          (none)   all models' training steps, sampling, evaluation, an epoch of MNIST, matrix products (OpenBLAS),
                   start-up, a whole command
          conv     the convolutions of the models and their gradients, one by one
          scale    the VAE's steps per second against batch size and width; also as a picture
          busy     our step of the VAE alone and beside a process that keeps one core busy
          tsne     our t-SNE and scikit-learn's: how long, and how good
          memory   no times: memory held over 10,000 training steps

        --filter TEXT   the workloads whose name contains TEXT
        --rounds N      at most so many turns of each (21; 5 where a step takes seconds)
        --threads N     everything is measured with 1 thread and with N (N: all processors)
        --points N      points of t-SNE, 91 to 10000 (10000)
        --json          an array of objects instead of the table
        --svg FILE      where scale draws its picture (bench/results/scale.svg)

        A ratio is that of times, round by round: median (least to most). Of peak: the FLOP of a workload's matrix products and
        convolutions, forward and of the gradients that are computed, over the time and over the peak, which is what a loop of nothing
        but multiply-adds reached at the start of the run with as many threads. Between cores and back: how long a line of cache takes
        for that, measured after each round; what two threads share costs the more, the longer it is.

        MNIST is read from the folder mnist of WORKBENCH_DATA; without it, its workloads are left out.
        Debian, for products and t-SNE: apt-get install python3-numpy python3-sklearn libopenblas0-pthread
        Exit codes: 0 done, 1 an engine or a peer is missing or failed, 2 bad options.
        """;

    /// <summary>The fewest points that scikit-learn's perplexity of 30 serves, and the test images there are.</summary>
    private const int FewestPoints = 91, MostPoints = 10_000;

    /// <summary>The commands, and the options that mean something to them.</summary>
    private static readonly Dictionary<string, string[]> Known = new()
    {
        [""] = ["--filter", "--rounds", "--threads", "--json"],
        ["conv"] = ["--filter", "--rounds", "--threads", "--json"],
        ["scale"] = ["--filter", "--rounds", "--threads", "--json", "--svg"],
        ["tsne"] = ["--threads", "--points"],
        ["busy"] = ["--threads"],
        ["memory"] = [],
    };

    /// <summary>Empty: the big table.</summary>
    internal string Command { get; private init; } = "";

    internal string Filter { get; private init; } = "";

    internal int? Rounds { get; private init; }

    internal int Threads { get; private init; } = Environment.ProcessorCount;

    internal int Points { get; private init; } = MostPoints;

    internal bool Json { get; private init; }

    internal string? Svg { get; private init; }

    internal bool Help { get; private init; }

    /// <exception cref="BadInput">What is wrong, in one line.</exception>
    internal static Arguments Parse(string[] args)
    {
        var words = new Queue<string>(args);
        var command = words.TryPeek(out var first) && !first.StartsWith('-') ? words.Dequeue() : "";

        if (!Known.TryGetValue(command, out var known))
            throw new BadInput($"{command}: no such command; --help lists them");

        var options = new Arguments { Command = command };

        while (words.TryDequeue(out var word))
            options = word == "--help" || known.Contains(word)
                ? options.With(word, words)
                : throw new BadInput($"{word}: no such option{(command == "" ? "" : $" of {command}")}; --help lists them");

        return options;
    }

    private Arguments With(string option, Queue<string> words) => option switch
    {
        "--help" => this with { Help = true },
        "--json" => this with { Json = true },
        "--filter" => this with { Filter = Value(option, words) },
        "--svg" => this with { Svg = Value(option, words) },
        "--rounds" => this with { Rounds = Number(option, words, 1, int.MaxValue) },
        "--threads" => this with { Threads = Number(option, words, 1, int.MaxValue) },
        _ => this with { Points = Number(option, words, FewestPoints, MostPoints) },
    };

    private static string Value(string option, Queue<string> words) =>
        words.TryDequeue(out var value) ? value : throw new BadInput($"{option}: a value is missing");

    private static int Number(string option, Queue<string> words, int least, int most)
    {
        var value = Value(option, words);
        return int.TryParse(value, out var number) && number >= least && number <= most
            ? number
            : throw new BadInput($"{option}: {value} is not a whole number {(most == int.MaxValue ? $"of at least {least}" : $"from {least} to {most}")}");
    }
}

using System.Diagnostics;

namespace Workbench.Bench;

/// <summary>Who is measured: a process that speaks as peer_protocol.py says.</summary>
/// <param name="Name">For people.</param>
/// <param name="Command">A program and what it is given.</param>
internal sealed record Contender(string Name, string[] Command)
{
    /// <summary>The workbench on its managed engine: this program's copy that has it in TorchSharp's place.</summary>
    internal static readonly Contender Managed = This("managed", "managed", Serving.Ours);

    /// <summary>The workbench on TorchSharp and libtorch.</summary>
    internal static readonly Contender Torch = This("torch", "", Serving.Ours);

    /// <summary>TorchSharp on libtorch as its documentation uses it.</summary>
    internal static readonly Contender Plain = This("plain TorchSharp", "", Serving.Plain);

    internal static readonly Contender OpenBlas = Script("OpenBLAS", "peer_gemm.py");

    internal static readonly Contender ScikitLearn = Script("scikit-learn", "peer_tsne.py");

    /// <summary>Debian's Python, which sees numpy and scikit-learn of Debian's packages.</summary>
    private const string Python = "/usr/bin/python3";

    internal ProcessStartInfo Start(int threads)
    {
        var start = new ProcessStartInfo(Command[0], Command[1..]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment["OMP_NUM_THREADS"] = start.Environment["OPENBLAS_NUM_THREADS"] = $"{threads}";
        // OpenBLAS is to choose its kernels by itself: some machines set these for another program's sake.
        start.Environment.Remove("OPENBLAS_CORETYPE");
        start.Environment.Remove("OPENBLAS_L2_SIZE");
        return start;
    }

    private static Contender This(string name, string folder, string part) =>
        new(name, ["dotnet", Path.Combine(AppContext.BaseDirectory, folder, "Workbench.Bench.dll"), Serving.Command, part]);

    private static Contender Script(string name, string file) => new(name, [Python, Path.Combine(AppContext.BaseDirectory, file)]);
}

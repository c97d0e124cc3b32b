using System.Diagnostics;
using System.Globalization;

namespace Workbench.Bench;

/// <summary>PyTorch in a process of its own, with a fixed number of threads.</summary>
internal sealed class Peer : IDisposable
{
    private readonly Process process;

    private Peer(Process process) => this.process = process;

    /// <summary>Starts bench/peer.py under Debian's python3, which has torch in Debian's package.</summary>
    internal static Peer Start(int threads)
    {
        var start = new ProcessStartInfo("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "peer.py")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = start.Environment["OPENBLAS_NUM_THREADS"] = $"{threads}";
        return new Peer(Process.Start(start)!);
    }

    /// <summary>Milliseconds a step of the named workload, over so many steps.</summary>
    internal double Milliseconds(string workload, int steps)
    {
        process.StandardInput.WriteLine($"{workload} {steps}");
        process.StandardInput.Flush();
        var answer = process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("PyTorch did not answer: apt-get install python3-torch libopenblas0-pthread");
        return double.Parse(answer, CultureInfo.InvariantCulture) * 1000 / steps;
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}

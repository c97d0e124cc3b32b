using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Workbench.Bench;

/// <summary>PyTorch, or numpy, in a process of its own, with a fixed number of threads.</summary>
internal sealed class Peer : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private const string Remedy = "apt-get install python3-torch python3-numpy libopenblas0-pthread";

    private readonly Process process;

    private Peer(Process process) => this.process = process;

    /// <summary>Starts bench/peer.py, or another script beside it, under Debian's python3, which has torch and numpy in
    /// Debian's packages.</summary>
    /// <exception cref="InvalidOperationException">There is no such python3.</exception>
    internal static Peer Start(int threads, string script = "peer.py")
    {
        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, script)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = start.Environment["OPENBLAS_NUM_THREADS"] = $"{threads}";

        try
        {
            return new Peer(Process.Start(start)!);
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException($"{Python} is not there: {Remedy}");
        }
    }

    /// <summary>Milliseconds a step of the named workload, over so many steps.</summary>
    internal double Milliseconds(string workload, int steps)
    {
        process.StandardInput.WriteLine($"{workload} {steps}");
        process.StandardInput.Flush();
        var answer = process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException($"{Python} did not answer: {Remedy}");
        return double.Parse(answer, CultureInfo.InvariantCulture) * 1000 / steps;
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}

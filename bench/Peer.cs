using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Workbench.Bench;

/// <summary>PyTorch, numpy or scikit-learn in a process of its own, with a fixed number of threads.</summary>
internal sealed class Peer : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private const string UsualRemedy = "apt-get install python3-torch python3-numpy libopenblas0-pthread";

    private readonly Process process;
    private readonly string remedy;

    private Peer(Process process, string remedy) => (this.process, this.remedy) = (process, remedy);

    /// <summary>Starts bench/peer.py, or another script beside it, under Debian's python3, which has torch and numpy in
    /// Debian's packages.</summary>
    /// <exception cref="InvalidOperationException">There is no such python3.</exception>
    internal static Peer Start(int threads, string script = "peer.py", string remedy = UsualRemedy)
    {
        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, script)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = start.Environment["OPENBLAS_NUM_THREADS"] = $"{threads}";

        try
        {
            return new Peer(Process.Start(start)!, remedy);
        }
        catch (Win32Exception)
        {
            throw new InvalidOperationException($"{Python} is not there: {remedy}");
        }
    }

    /// <summary>Milliseconds a step of the named workload, over so many steps.</summary>
    internal double Milliseconds(string workload, int steps) =>
        double.Parse(Ask($"{workload} {steps}"), CultureInfo.InvariantCulture) * 1000 / steps;

    /// <summary>The answer to a line: a line.</summary>
    internal string Ask(string line)
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
        return process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Python} did not answer: {remedy}");
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}

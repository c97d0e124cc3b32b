using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Workbench.Bench;

/// <summary>The peer cannot be measured: what is missing, and the package to install, in one line.</summary>
internal sealed class PeerMissing(string message) : Exception(message);

/// <summary>PyTorch, numpy or scikit-learn in a process of its own, with a fixed number of threads; peer_protocol.py has the
/// other end.</summary>
internal sealed class Peer : IDisposable
{
    /// <summary>Debian's, which has torch, numpy and scikit-learn in Debian's packages.</summary>
    private const string Python = "/usr/bin/python3";

    private readonly Process process;

    /// <exception cref="PeerMissing">There is no such python3, or it has not what the script needs.</exception>
    internal Peer(string script, int threads)
    {
        var start = new ProcessStartInfo(Python, [Path.Combine(AppContext.BaseDirectory, script)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["OMP_NUM_THREADS"] = start.Environment["OPENBLAS_NUM_THREADS"] = $"{threads}";

        try
        {
            process = Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new PeerMissing($"{Python} is not there: apt-get install python3-torch python3-numpy python3-sklearn libopenblas0-pthread");
        }

        if (process.StandardOutput.ReadLine() is var answer && answer != "ready")
            throw new PeerMissing(answer ?? $"{script} ended before its first answer");
    }

    /// <summary>Does so many steps of the named workload, and tells the milliseconds that one took.</summary>
    internal double Milliseconds(string workload, int steps) =>
        double.Parse(Ask($"{workload} {steps}"), CultureInfo.InvariantCulture) * 1000 / steps;

    /// <summary>The answer to a line: a line.</summary>
    internal string Ask(string line)
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
        return process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Python} ended without an answer to: {line}");
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}

using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Workbench.Bench;

/// <summary>A contender cannot be measured: what is missing, and what to do, in one line.</summary>
internal sealed class PeerMissing(string message) : Exception(message);

/// <summary>A contender at work in a process of its own.</summary>
internal sealed class Peer : IDisposable
{
    private readonly string name;
    private readonly Process process;

    /// <param name="contender">Who.</param>
    /// <param name="threads">The most that it will be asked for.</param>
    /// <exception cref="PeerMissing">There is no such program, or it has not what it needs.</exception>
    internal Peer(Contender contender, int threads)
    {
        name = contender.Name;

        try
        {
            process = Process.Start(contender.Start(threads))!;
        }
        catch (Win32Exception)
        {
            throw new PeerMissing($"{contender.Command[0]} is not there: {name} cannot be measured");
        }

        if (process.StandardOutput.ReadLine() is var answer && answer != "ready")
            throw new PeerMissing(answer ?? $"{name} ended before its first answer");
    }

    /// <summary>Does so many steps of the named workload with so many threads, and tells the milliseconds that one took.</summary>
    internal double Milliseconds(string workload, int threads, int steps) =>
        double.Parse(Ask($"{workload} {threads} {steps}"), CultureInfo.InvariantCulture) * 1000 / steps;

    /// <summary>The answer to a line: a line.</summary>
    internal string Ask(string line)
    {
        process.StandardInput.WriteLine(line);
        process.StandardInput.Flush();
        return process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{name} ended without an answer to: {line}");
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        process.WaitForExit();
        process.Dispose();
    }
}

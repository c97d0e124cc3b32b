using System.Diagnostics;

namespace Workbench.Engine;

/// <summary>
/// Where the time goes. With the environment variable WORKBENCH_PROFILE=1 every operation is timed, and the process writes a table
/// to standard error at its end; otherwise nothing is measured. An operation's time is its own: what it calls counts for itself,
/// and all that the backward pass does for an operation counts as its gradient.
/// </summary>
internal static class Profile
{
    internal static readonly bool Enabled = Environment.GetEnvironmentVariable("WORKBENCH_PROFILE") == "1";

    private static readonly Dictionary<string, Line> lines = [];

    /// <summary>What the operations that ended inside the one at work took.</summary>
    [ThreadStatic] private static long inner;

    [ThreadStatic] private static Line? gradient;

    static Profile()
    {
        if (Enabled) AppDomain.CurrentDomain.ProcessExit += static (_, _) => Console.Error.Write(Table());
    }

    /// <summary>Times what follows until it is disposed; <paramref name="work"/> is its arithmetic, in floating-point operations.</summary>
    internal static Timing Time(string op, double work = 0)
    {
        if (!Enabled) return default;
        if (gradient is null) return new Timing(LineOf(op), work);
        gradient.Count(0, 0, work);
        return default;
    }

    /// <summary>Times the gradient of an operation.</summary>
    internal static Timing Gradient(string op) => Enabled ? new Timing(gradient = LineOf(op + " gradient"), 0) : default;

    internal readonly ref struct Timing
    {
        private readonly Line? line;
        private readonly double work;
        private readonly long start, before;

        internal Timing(Line line, double work)
        {
            (this.line, this.work, before, inner) = (line, work, inner, 0);
            start = Stopwatch.GetTimestamp();
        }

        public void Dispose()
        {
            if (line is null) return;
            var elapsed = Stopwatch.GetTimestamp() - start;
            line.Count(1, elapsed - inner, work);
            (inner, gradient) = (before + elapsed, null);
        }
    }

    internal sealed class Line
    {
        private long calls, ticks;
        private double work;

        internal double Seconds => ticks / (double)Stopwatch.Frequency;

        internal void Count(int calls, long ticks, double work)
        {
            lock (this)
            {
                this.calls += calls;
                this.ticks += ticks;
                this.work += work;
            }
        }

        internal string Text(string name, double wall)
        {
            var rate = work > 0 ? FormattableString.Invariant($"{work / Seconds / 1e9,10:F1}") : "";
            return FormattableString.Invariant($"{name,-45}{calls,10}{Seconds * 1e3,12:F1}{Seconds / wall,8:P1}{Seconds * 1e6 / calls,12:F1}{rate}");
        }
    }

    private static Line LineOf(string name)
    {
        lock (lines)
        {
            if (!lines.TryGetValue(name, out var line)) lines.Add(name, line = new Line());
            return line;
        }
    }

    private static string Table()
    {
        var wall = (DateTime.Now - Process.GetCurrentProcess().StartTime).TotalSeconds;
        lock (lines)
        {
            var outside = wall - lines.Values.Sum(line => line.Seconds);
            return string.Join(Environment.NewLine,
            [
                $"{"operation",-45}{"calls",10}{"ms",12}{"share",8}{"us a call",12}{"GFLOP/s",10}",
                .. lines.OrderByDescending(pair => pair.Value.Seconds).Select(pair => pair.Value.Text(pair.Key, wall)),
                FormattableString.Invariant($"{"outside operations",-45}{"",10}{outside * 1e3,12:F1}{outside / wall,8:P1}"),
                "",
            ]);
        }
    }
}

using System.Diagnostics;

namespace Workbench.Bench;

/// <summary>How long a line of cache takes from one core to another and back. Where two threads share their data, that decides as much
/// as arithmetic; and a virtual machine's cores may be moved closer together, or further apart, at any time.</summary>
internal static class RoundTrip
{
    private const int Games = 5, Trips = 1000;

    /// <summary>Where the ball lies, away from the lines of other things.</summary>
    private const int Middle = 32;

    /// <summary>Where both players sit on one core, each waits for the other's turn to end.</summary>
    private const int Patience = 100_000;

    /// <summary>Between two threads, the least of some games.</summary>
    internal static double Nanoseconds() => Enumerable.Range(0, Games).Min(_ => Play());

    private static double Play()
    {
        var court = new long[2 * Middle];
        var other = new Thread(() => Throw(court, 0));
        other.Start();
        Wait(court, 1);
        var start = Stopwatch.GetTimestamp();
        Throw(court, 1);
        var time = Stopwatch.GetElapsedTime(start);
        other.Join();
        return time.TotalNanoseconds / Trips;
    }

    /// <summary>Two players throw one ball to each other, every other throw each.</summary>
    private static void Throw(long[] court, long first)
    {
        for (var throws = first; throws < 2 * Trips; throws += 2)
        {
            Wait(court, throws);
            Volatile.Write(ref court[Middle], throws + 1);
        }
    }

    private static void Wait(long[] court, long throws)
    {
        for (var looks = 1; Volatile.Read(ref court[Middle]) != throws; looks++)
            if (looks % Patience == 0)
                Thread.Yield();
    }
}

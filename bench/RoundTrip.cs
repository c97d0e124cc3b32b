using System.Diagnostics;
using Workbench.Engine;

namespace Workbench.Bench;

/// <summary>How long a line of cache takes from one core to another and back. Where two threads share their data, that decides as much
/// as arithmetic; and a virtual machine's cores may be moved closer together, or further apart, at any time.</summary>
internal static unsafe class RoundTrip
{
    private const int Games = 5, Trips = 1000;

    /// <summary>Nanoseconds between two of our threads, the least of some games, since the first wakes a thread; NaN where we have one
    /// alone.</summary>
    internal static double Nanoseconds() => Workers.Count == 1 ? double.NaN : Enumerable.Range(0, Games).Min(_ => Play());

    private static double Play()
    {
        long ball = 0;
        var start = Stopwatch.GetTimestamp();
        Workers.For(2, new Players(&ball));
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / Trips;
    }

    /// <summary>Two chunks that play one ball to each other: they wait for one another, so each needs a core.</summary>
    private readonly struct Players(long* ball) : IJob
    {
        public void Run(int player)
        {
            for (long throws = player; throws < 2 * Trips; throws += 2)
            {
                while (Volatile.Read(ref *ball) != throws)
                {
                }

                Volatile.Write(ref *ball, throws + 1);
            }
        }
    }
}

namespace Workbench.Bench;

/// <summary>Measures both sides of a workload in turns, so that what else the machine does meets all of them.</summary>
internal static class Interleaved
{
    /// <summary>Threads of a product go on spinning for about 30 ms after it; nobody should be timed beside them.</summary>
    private const int Rest = 50;

    /// <param name="workload">What is measured.</param>
    /// <param name="peers">Who is measured beside us.</param>
    /// <param name="rounds">The most turns of each side; null: as many as the workload's pace has.</param>
    internal static Measurement Measure(Workload workload, Peers peers, int? rounds)
    {
        var threads = peers.Choices.ToArray();
        var rivals = threads.Select(count => Turn(Theirs(workload, peers.With(workload.Rival, count)), workload.Pace));
        Func<double>[] sides = [Turn(workload.Ours(), workload.Pace), .. rivals];
        var times = sides.Select(_ => new double[Math.Min(rounds ?? int.MaxValue, workload.Pace.Rounds)]).ToArray();
        var trips = new double[times[0].Length];

        for (var round = 0; round < times[0].Length; round++)
        {
            for (var side = 0; side < sides.Length; side++)
            {
                times[side][round] = sides[side]();

                if (side == 0)
                    trips[round] = RoundTrip.Nanoseconds();

                Thread.Sleep(Rest);
            }
        }

        var (count, best) = threads.Zip(times.Skip(1)).MinBy(peer => Spread.Median(peer.Second));
        return new(workload, times[0], best, count, new(trips));
    }

    private static Side Theirs(Workload workload, Peer peer) => steps => peer.Milliseconds(workload.Name, steps);

    /// <summary>A turn of one side, rehearsed: some steps untimed, then as many as fill its time. Milliseconds a step.</summary>
    private static Func<double> Turn(Side side, Pace pace)
    {
        var seconds = Rehearse(side, pace.Rehearsal);
        int Steps(double length) => (int)(length / seconds);
        return () =>
        {
            if (Steps(pace.Warmup) is > 0 and var steps)
                side(steps);

            return side(Math.Max(1, Steps(pace.Turn)));
        };
    }

    /// <summary>A step that finds everything cold, then twice as many each time, until they last so long. Seconds a step; infinite
    /// where there is no rehearsal.</summary>
    private static double Rehearse(Side side, double length)
    {
        if (length == 0)
            return double.PositiveInfinity;

        side(1);

        for (var steps = 1; ; steps *= 2)
        {
            var seconds = side(steps) / 1000;

            if (seconds * steps >= length)
                return seconds;
        }
    }
}

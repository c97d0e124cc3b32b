namespace Workbench.Bench;

/// <summary>Measures all contenders of a workload in turns, so that what else the machine does meets all of them.</summary>
internal static class Interleaved
{
    /// <summary>Threads of a product go on spinning for about 30 ms after it; nobody should be timed beside them.</summary>
    private const int Rest = 50;

    /// <param name="workload">What is measured.</param>
    /// <param name="threads">Of every contender.</param>
    /// <param name="peers">Their processes.</param>
    /// <param name="rounds">The most turns of each; null: as many as the workload's pace has.</param>
    internal static Measurement Measure(Workload workload, int threads, Peers peers, int? rounds)
    {
        var contenders = workload.Contenders.ToArray();
        var turns = contenders.Select(contender => Turn(workload, threads, peers[contender])).ToArray();
        var times = contenders.ToDictionary(contender => contender, _ => new List<double>());
        var trips = new List<double>();

        for (var round = 0; round < Math.Min(rounds ?? int.MaxValue, workload.Pace.Rounds); round++)
        {
            foreach (var (contender, turn) in contenders.Zip(turns))
            {
                times[contender].Add(turn());
                Thread.Sleep(Rest);
            }

            if (threads > 1)
                trips.Add(RoundTrip.Nanoseconds());
        }

        return new(workload, threads, times, trips);
    }

    /// <summary>A turn of one contender, rehearsed: some steps untimed, then as many as fill its time. Milliseconds a step.</summary>
    internal static Func<double> Turn(Workload workload, int threads, Peer peer)
    {
        var seconds = Rehearse(workload.Pace.Rehearsal);
        return () =>
        {
            if (Steps(workload.Pace.Warmup) is > 0 and var steps)
                Side(steps);

            return Side(Math.Max(1, Steps(workload.Pace.Turn)));
        };

        double Side(int steps) => peer.Milliseconds(workload.Name, threads, steps);
        int Steps(double length) => (int)(length / seconds);

        // A step that finds everything cold, then twice as many each time, until they last so long. Seconds a step.
        double Rehearse(double length)
        {
            Side(1);

            for (var steps = 1; ; steps *= 2)
            {
                var seconds = Side(steps) / 1000;

                if (seconds * steps >= length)
                    return seconds;
            }
        }
    }
}

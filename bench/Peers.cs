namespace Workbench.Bench;

/// <summary>The processes of all peers, each started when it is first asked for.</summary>
/// <param name="threads">Of our side, and the most of a peer's.</param>
internal sealed class Peers(int threads) : IDisposable
{
    private readonly Dictionary<(string Script, int Threads), Peer> running = [];

    internal int Threads => threads;

    /// <summary>The numbers of threads that every peer is tried with.</summary>
    internal IEnumerable<int> Choices => new[] { 1, threads }.Distinct();

    /// <exception cref="PeerMissing">It cannot be started.</exception>
    internal Peer With(Rival rival, int threads)
    {
        if (!running.TryGetValue((rival.Script, threads), out var peer))
            running[(rival.Script, threads)] = peer = new Peer(rival.Script, threads);

        return peer;
    }

    /// <summary>Starts what the workloads need, so that what is missing is said before anything is measured.</summary>
    /// <exception cref="PeerMissing">One cannot be started.</exception>
    internal void Start(IEnumerable<Workload> workloads)
    {
        foreach (var rival in workloads.Select(workload => workload.Rival).Distinct())
            foreach (var count in Choices)
                With(rival, count);
    }

    public void Dispose()
    {
        foreach (var peer in running.Values)
            peer.Dispose();
    }
}

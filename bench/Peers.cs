namespace Workbench.Bench;

/// <summary>The processes of all contenders, each started when it is first asked for.</summary>
/// <param name="threads">The most that any is asked for.</param>
internal sealed class Peers(int threads) : IDisposable
{
    private readonly Dictionary<Contender, Peer> running = [];

    internal int Threads => threads;

    /// <summary>The numbers of threads that every workload is measured with.</summary>
    internal IEnumerable<int> Choices => new[] { 1, threads }.Distinct();

    /// <exception cref="PeerMissing">It cannot be started.</exception>
    internal Peer this[Contender contender]
    {
        get
        {
            if (!running.TryGetValue(contender, out var peer))
                running[contender] = peer = new Peer(contender, threads);

            return peer;
        }
    }

    /// <summary>Starts those who measure the workloads, so that what is missing is said before anything is measured.</summary>
    /// <exception cref="PeerMissing">One cannot be started.</exception>
    internal void Start(IEnumerable<Workload> workloads)
    {
        foreach (var contender in workloads.SelectMany(workload => workload.Contenders).Distinct())
            _ = this[contender];
    }

    public void Dispose()
    {
        foreach (var peer in running.Values)
            peer.Dispose();
    }
}

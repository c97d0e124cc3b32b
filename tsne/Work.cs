namespace Workbench.NeighbourEmbedding;

/// <summary>How many threads may work, and the word to stop. Work is cut into chunks that do not depend on the number of threads.</summary>
internal readonly record struct Work(int Threads, CancellationToken Cancel)
{
    /// <summary>Runs <paramref name="body"/> for chunks 0 to <paramref name="chunks"/> - 1, each once, in any order; a chunk may write only
    /// what is its own.</summary>
    /// <exception cref="OperationCanceledException">Told to stop.</exception>
    public void Each(int chunks, Action<int> body) =>
        Parallel.For(0, chunks, new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = Cancel }, body);

    /// <summary>The same for the ranges first .. last - 1, of at most <paramref name="size"/> items, that make up 0 .. count - 1.</summary>
    public void Ranges(int size, int count, Action<int, int> body) =>
        Each(Chunks(size, count), chunk => body(chunk * size, Math.Min(count, (chunk + 1) * size)));

    public static int Chunks(int size, int count) => (count + size - 1) / size;
}

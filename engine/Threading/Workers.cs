namespace Workbench.Engine;

/// <summary>Work that is cut into numbered chunks. A job is a struct without references, copied once per call;
/// every thread reads that one copy, so chunks must not write to it: results go where its pointers point.</summary>
internal interface IJob
{
    /// <summary>Does the work of one chunk. Called once for each chunk, from any thread, in any order.</summary>
    void Run(int chunk);
}

/// <summary>Runs a job's chunks on the calling thread and on a few background threads.</summary>
internal static class Workers
{
    private static int count = Environment.ProcessorCount;

    /// <summary>How many threads work on a job, the calling one included; the number of processors at first.
    /// May change between calls. No kernel's result depends on it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public static int Count
    {
        get => Volatile.Read(ref count);
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            Volatile.Write(ref count, value);
        }
    }

    /// <summary>Runs chunks 0 to <paramref name="chunks"/> - 1, each exactly once, and returns when all are done.
    /// Each thread has a share of neighbouring chunks and claims them one by one; who is done helps the others, so that a thread that
    /// loses its core delays only the chunk it holds.
    /// A call from inside a job, or while another thread's job has the workers, runs on the calling thread alone.
    /// Takes no managed memory once the workers exist.</summary>
    /// <exception cref="Exception">The first exception a chunk threw; chunks not yet begun are then left out.</exception>
    public static unsafe void For<TJob>(int chunks, TJob job) where TJob : unmanaged, IJob
    {
        var helpers = Math.Min(Count, chunks) - 1;

        if (helpers > 0 && WorkerPool.TryEnter())
        {
            WorkerPool.Run(&RunChunk<TJob>, &job, chunks, helpers);
            return;
        }

        for (var chunk = 0; chunk < chunks; chunk++)
            job.Run(chunk);
    }

    private static unsafe void RunChunk<TJob>(void* job, int chunk) where TJob : unmanaged, IJob =>
        ((TJob*)job)->Run(chunk);
}

using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace Workbench.Engine;

/// <summary>The background threads behind <see cref="Workers"/>, and the board on which they find their work.</summary>
internal static unsafe class WorkerPool
{
    /// <summary>How long an idle worker watches for the next job before it parks: longer than the gap between
    /// two kernels of a training step, since waking a parked thread costs some 50 us.</summary>
    private static readonly long SpinTicks = Stopwatch.Frequency / 5_000;

    /// <summary>The job on offer. Its counters lie on cache lines of their own: every thread writes to them.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 512)]
    private struct Board
    {
        [FieldOffset(0)] public delegate*<void*, int, void> Body;
        [FieldOffset(8)] public void* Job;
        [FieldOffset(16)] public int Chunks;
        [FieldOffset(20)] public int Helpers;

        /// <summary>The job's serial number (high half) and its unclaimed chunks (low half). Claiming swaps the whole
        /// word, so it succeeds only while the job whose fields were read is still the one on offer.</summary>
        [FieldOffset(128)] public long Ticket;

        [FieldOffset(256)] public int Unfinished;
        [FieldOffset(384)] public int Taken;
    }

    private static Board board;
    private static Exception? failure;
    private static volatile Worker[] workers = [];

    /// <summary>Claims the pool for the caller; whoever gets true must call <see cref="Run"/>.</summary>
    public static bool TryEnter() =>
        Volatile.Read(ref board.Taken) == 0 && Interlocked.CompareExchange(ref board.Taken, 1, 0) == 0;

    /// <summary>Puts a job on the board, works on it too, waits for its last chunk, and gives the pool back.</summary>
    public static void Run(delegate*<void*, int, void> body, void* job, int chunks, int helpers)
    {
        try
        {
            Hire(helpers);
            Publish(body, job, chunks, helpers);
            WakeParked(helpers);
            Drain(-1);
            AwaitStragglers();
            Rethrow();
        }
        finally
        {
            Volatile.Write(ref board.Taken, 0);
        }
    }

    private static void Hire(int helpers)
    {
        var known = workers;

        if (known.Length >= helpers)
            return;

        var grown = new Worker[helpers];
        known.CopyTo(grown, 0);

        for (var index = known.Length; index < helpers; index++)
            grown[index] = new Worker(index);

        workers = grown;
    }

    private static void Publish(delegate*<void*, int, void> body, void* job, int chunks, int helpers)
    {
        board.Body = body;
        board.Job = job;
        board.Chunks = chunks;
        board.Helpers = helpers;
        board.Unfinished = chunks;
        var serial = (uint)(board.Ticket >> 32) + 1;

        // A full fence: the flags read by WakeParked must not be older than the ticket that workers see.
        Interlocked.Exchange(ref board.Ticket, (long)serial << 32 | (uint)chunks);
    }

    private static void WakeParked(int helpers)
    {
        var known = workers;

        for (var index = 0; index < helpers; index++)
            known[index].Wake();
    }

    /// <summary>Runs chunks until none is left to claim. The caller is worker -1: it always takes part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Drain(int worker)
    {
        while (true)
        {
            var ticket = Volatile.Read(ref board.Ticket);
            var body = board.Body;
            var job = board.Job;
            var left = (int)ticket;
            var chunk = board.Chunks - left;

            if (left == 0 || worker >= board.Helpers)
                return;

            if (Interlocked.CompareExchange(ref board.Ticket, ticket - 1, ticket) != ticket)
                continue;

            RunOne(body, job, chunk);
            Interlocked.Decrement(ref board.Unfinished);
        }
    }

    private static void RunOne(delegate*<void*, int, void> body, void* job, int chunk)
    {
        if (Volatile.Read(ref failure) is not null)
            return;

        try
        {
            body(job, chunk);
        }
        catch (Exception error)
        {
            Interlocked.CompareExchange(ref failure, error, null);
        }
    }

    private static void AwaitStragglers()
    {
        var spinner = new SpinWait();

        while (Volatile.Read(ref board.Unfinished) > 0)
            spinner.SpinOnce(sleep1Threshold: -1);
    }

    private static void Rethrow()
    {
        var error = failure;
        failure = null;

        if (error is not null)
            ExceptionDispatchInfo.Throw(error);
    }

    private static bool HasWorkFor(int worker) =>
        (int)Volatile.Read(ref board.Ticket) != 0 && worker < Volatile.Read(ref board.Helpers);

    /// <summary>One background thread: watches the board for a while, then parks until it is woken.</summary>
    private sealed class Worker
    {
        private readonly int index;
        private readonly SemaphoreSlim bell = new(0);
        private int parked;

        public Worker(int index)
        {
            this.index = index;
            new Thread(Live) { IsBackground = true, Name = $"workbench worker {index + 1}" }.UnsafeStart();
        }

        public void Wake()
        {
            if (Volatile.Read(ref parked) == 1 && Interlocked.Exchange(ref parked, 0) == 1)
                bell.Release();
        }

        private void Live()
        {
            while (true)
            {
                if (Watch())
                    Drain(index);
                else
                    Park();
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private bool Watch()
        {
            var deadline = Stopwatch.GetTimestamp() + SpinTicks;

            while (Stopwatch.GetTimestamp() < deadline)
            {
                for (var look = 0; look < 16; look++)
                {
                    if (HasWorkFor(index))
                        return true;

                    Thread.SpinWait(8);
                }
            }

            return false;
        }

        private void Park()
        {
            Interlocked.Exchange(ref parked, 1);

            // A job put up before the flag could be seen rings no bell; one put up after does, and must be answered.
            if (HasWorkFor(index) && Interlocked.Exchange(ref parked, 0) == 1)
                return;

            bell.Wait();
        }
    }
}

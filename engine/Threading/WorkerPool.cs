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

    /// <summary>Looks at the board between two looks at the clock, or at the scheduler.</summary>
    private const int Looks = 64;

    /// <summary>The job on offer, which threads read and nobody writes to while it lasts.</summary>
    private struct Board
    {
        public delegate*<void*, int, void> Body;
        public void* Job;
        public int Chunks, Lanes;
    }

    /// <summary>One thread's share of the job: neighbouring chunks, and the same ones whenever a job has as many. So the data of a
    /// training step stay in the cache of the core that made them; moving them costs more than most kernels' arithmetic.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Lane
    {
        /// <summary>The job's serial number (high half) and the lane's unclaimed chunks (low half). Claiming swaps the whole
        /// word, so it succeeds only while the job whose fields were read is still the one on offer.</summary>
        [FieldOffset(0)] public long Ticket;
    }

    /// <summary>What all threads write to, far from what they read.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 384)]
    private struct Shared
    {
        [FieldOffset(128)] public int Unfinished;
        [FieldOffset(256)] public int Taken;
    }

    private static Board board;
    private static Shared shared;
    private static Exception? failure;
    private static volatile Worker[] workers = [];
    private static volatile Lane[] lanes = new Lane[1];

    /// <summary>Claims the pool for the caller; whoever gets true must call <see cref="Run"/>.</summary>
    public static bool TryEnter() =>
        Volatile.Read(ref shared.Taken) == 0 && Interlocked.CompareExchange(ref shared.Taken, 1, 0) == 0;

    /// <summary>Puts a job on the board, works on it too, waits for its last chunk, and gives the pool back.
    /// There must be more chunks than helpers.</summary>
    public static void Run(delegate*<void*, int, void> body, void* job, int chunks, int helpers)
    {
        try
        {
            Hire(helpers);
            Publish(body, job, chunks, helpers + 1);
            WakeParked(helpers);
            Drain(0);
            AwaitStragglers();
            Rethrow();
        }
        finally
        {
            Volatile.Write(ref shared.Taken, 0);
        }
    }

    private static void Hire(int helpers)
    {
        var known = workers;

        if (known.Length >= helpers)
            return;

        var wider = new Lane[helpers + 1];
        lanes.CopyTo(wider, 0);
        lanes = wider;

        var grown = new Worker[helpers];
        known.CopyTo(grown, 0);

        for (var index = known.Length; index < helpers; index++)
            grown[index] = new Worker(index + 1);

        workers = grown;
    }

    private static void Publish(delegate*<void*, int, void> body, void* job, int chunks, int used)
    {
        var all = lanes;
        var serial = (uint)(all[0].Ticket >> 32) + 1;
        board = new Board { Body = body, Job = job, Chunks = chunks, Lanes = used };
        shared.Unfinished = chunks;

        for (var lane = 0; lane < used; lane++)
            Volatile.Write(ref all[lane].Ticket, (long)serial << 32 | (uint)(EndOf(lane, chunks, used) - EndOf(lane - 1, chunks, used)));

        // The flags read by WakeParked must not be older than the tickets that workers see.
        Interlocked.MemoryBarrier();
    }

    /// <summary>The first chunk after a lane's.</summary>
    private static int EndOf(int lane, int chunks, int lanes) => (int)((long)chunks * (lane + 1) / lanes);

    private static void WakeParked(int helpers)
    {
        var known = workers;

        for (var index = 0; index < helpers; index++)
            known[index].Wake();
    }

    /// <summary>Runs the chunks of a thread's own lane, then what the others have not come to. The caller is lane 0: it always
    /// takes part.</summary>
    private static void Drain(int own)
    {
        var all = lanes;
        var done = 0;

        for (var step = 0; step < all.Length; step++)
            done += DrainLane(all, (own + step) % all.Length, own);

        if (done > 0)
            Interlocked.Add(ref shared.Unfinished, -done);
    }

    /// <summary>Runs chunks of a lane until none is left to claim, and counts them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int DrainLane(Lane[] all, int lane, int own)
    {
        for (var done = 0; ;)
        {
            var ticket = Volatile.Read(ref all[lane].Ticket);
            var job = board;
            var left = (int)ticket;

            if (left == 0 || own >= job.Lanes)
                return done;

            if (Interlocked.CompareExchange(ref all[lane].Ticket, ticket - 1, ticket) != ticket)
                continue;

            RunOne(job.Body, job.Job, EndOf(lane, job.Chunks, job.Lanes) - left);
            done++;
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

    /// <summary>A straggler without a core may be waiting for this one: every few looks the scheduler may give it away.</summary>
    private static void AwaitStragglers()
    {
        for (var look = 1; Volatile.Read(ref shared.Unfinished) > 0; look++)
        {
            Thread.SpinWait(1);

            if (look % Looks == 0)
                Thread.Yield();
        }
    }

    private static void Rethrow()
    {
        var error = failure;
        failure = null;

        if (error is not null)
            ExceptionDispatchInfo.Throw(error);
    }

    /// <summary>One background thread: watches its lane for a while, then parks until it is woken.</summary>
    private sealed class Worker
    {
        private readonly int lane;
        private readonly SemaphoreSlim bell = new(0);
        private int parked;

        public Worker(int lane)
        {
            this.lane = lane;
            new Thread(Live) { IsBackground = true, Name = $"workbench worker {lane}" }.UnsafeStart();
        }

        public void Wake()
        {
            if (Volatile.Read(ref parked) == 1 && Interlocked.Exchange(ref parked, 0) == 1)
                bell.Release();
        }

        private bool HasWork => (int)Volatile.Read(ref lanes[lane].Ticket) != 0;

        private void Live()
        {
            while (true)
            {
                if (Watch())
                    Drain(lane);
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
                for (var look = 0; look < Looks; look++)
                {
                    if (HasWork)
                        return true;

                    Thread.SpinWait(1);
                }
            }

            return false;
        }

        private void Park()
        {
            Interlocked.Exchange(ref parked, 1);

            // A job put up before the flag could be seen rings no bell; one put up after does, and must be answered.
            if (HasWork && Interlocked.Exchange(ref parked, 0) == 1)
                return;

            bell.Wait();
        }
    }
}

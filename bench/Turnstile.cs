using System.Diagnostics;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>Lets so many steps pass on a thread of their own, and times them.</summary>
internal sealed class Turnstile : IDisposable
{
    private readonly SemaphoreSlim go = new(0), done = new(0);
    private readonly Thread thread;
    private int left;
    private bool isOver;
    private Exception? failure;

    /// <param name="steps">What passes.</param>
    /// <param name="threads">The engine's. On libtorch that number is each calling thread's own; on the managed engine it is the
    /// process's, so it is set at every turn.</param>
    internal Turnstile(Steps steps, int threads)
    {
        thread = new Thread(() =>
        {
            try
            {
                Wait();
                steps(StepDone);
                failure = new InvalidOperationException("a training diverged");
            }
            catch (Exception error)
            {
                failure = error;
            }

            done.Release();

            void StepDone()
            {
                if (--left > 0) return;
                done.Release();
                Wait();
            }

            void Wait()
            {
                go.Wait();
                if (isOver) throw new OperationCanceledException();
                torch.set_num_threads(threads);
            }
        }) { IsBackground = true };
        thread.Start();
    }

    /// <summary>Seconds that so many steps took.</summary>
    /// <exception cref="InvalidOperationException">They ended: numbers were not finite any more, or what the inner exception tells.</exception>
    internal double Pass(int steps)
    {
        left = steps;
        var start = Stopwatch.GetTimestamp();
        go.Release();
        done.Wait();
        var time = Stopwatch.GetElapsedTime(start);
        return failure is null ? time.TotalSeconds : throw new InvalidOperationException(failure.Message, failure);
    }

    /// <summary>Lets nothing pass any more, and ends the thread.</summary>
    public void Dispose()
    {
        isOver = true;
        go.Release();
        thread.Join();
    }
}

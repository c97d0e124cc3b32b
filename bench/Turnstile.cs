using System.Diagnostics;

namespace Workbench.Bench;

/// <summary>Lets so many steps of a training on another thread pass, and times them.</summary>
internal sealed class Turnstile
{
    private readonly SemaphoreSlim go = new(0), done = new(0);
    private int left;
    private bool ended;

    /// <param name="train">Trains for ever; calls the action when a step is done.</param>
    internal Turnstile(Action<Action> train) =>
        new Thread(() =>
        {
            go.Wait();
            train(StepDone);
            ended = true;
            done.Release();
        }) { IsBackground = true }.Start();

    /// <summary>Milliseconds a step.</summary>
    /// <exception cref="InvalidOperationException">The training ended: its numbers were not finite any more.</exception>
    internal double Pass(int steps)
    {
        left = steps;
        var start = Stopwatch.GetTimestamp();
        go.Release();
        done.Wait();

        if (ended)
            throw new InvalidOperationException("a training diverged");

        return Stopwatch.GetElapsedTime(start).TotalMilliseconds / steps;
    }

    private void StepDone()
    {
        if (--left > 0) return;
        done.Release();
        go.Wait();
    }
}

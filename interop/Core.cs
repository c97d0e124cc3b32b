using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Interop;

/// <summary>The functional core as C# calls it.</summary>
internal static class Core
{
    internal static FSharpList<T> List<T>(params IEnumerable<T> items) => ListModule.OfSeq(items);

    internal static IReadOnlyDictionary<string, double> Dictionary(IEnumerable<Tuple<string, double>> figures) =>
        figures.ToDictionary(figure => figure.Item1, figure => figure.Item2);

    /// <summary>The engine, with the options' threads. On libtorch that number is the calling thread's own: each thread that computes asks.</summary>
    /// <exception cref="InvalidOperationException">It cannot be loaded; the message has the loader's own reason.</exception>
    private static void Start(TrainingOptions options)
    {
        Explained(() =>
        {
            Engine.load();
            return true;
        });
        torch.set_num_threads(options.Threads ?? Environment.ProcessorCount);
    }

    /// <summary>The data that the options ask for.</summary>
    /// <exception cref="ArgumentException">They are not there, or damaged; the message says what to do.</exception>
    internal static Dataset Load(TrainingOptions options)
    {
        Start(options);
        var pixels = options.Pixels switch
        {
            PixelMode.Static => Pixels.Static,
            PixelMode.Dynamic => Pixels.Dynamic,
            _ => Pixels.Grey,
        };
        try
        {
            var source = new DataSource(
                options.Data, OptionModule.OfObj(options.Labels), OptionModule.OfObj(options.Test), OptionModule.OfObj(options.TestLabels));
            var data = Data.loadFrom(Download.defaults, source);
            return Data.withPixels(pixels, Data.limit(OptionModule.OfNullable(options.Limit), data));
        }
        catch (BadInput wrong)
        {
            throw new ArgumentException(wrong.Message, nameof(options), wrong);
        }
    }

    /// <summary>A setting as a function of the epoch, from 1.</summary>
    internal static FSharpFunc<int, double> Schedule(Func<int, double> value) => FuncConvert.FromFunc(value);

    /// <summary>How to train; what the options do not tell is as by default.</summary>
    internal static TrainSettings Settings(
        TrainingOptions options, FSharpFunc<int, double> learningRate, double? beta1 = null, double? average = null) =>
        new(options.Epochs, options.BatchSize, learningRate, beta1 ?? Workbench.Train.defaults.Beta1, Workbench.Train.defaults.Epsilon,
            Workbench.Train.defaults.ClipNorm, average is null ? Workbench.Train.defaults.Average : OptionModule.OfNullable(average),
            Workbench.Train.defaults.IsEnough);

    /// <summary>Trains to the last epoch.</summary>
    /// <exception cref="ArgumentException">The model cannot be trained on these data in such batches.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="TrainingDivergedException">Its numbers stopped being finite.</exception>
    internal static State Train(TrainingOptions options, Objective objective, TrainSettings settings, Dataset data,
        IProgress<EpochReport>? progress, CancellationToken cancellation)
    {
        try
        {
            Workbench.Train.rehearse(settings, objective, data, options.Seed);
        }
        catch (BadInput wrong)
        {
            throw new ArgumentException(wrong.Message, nameof(options), wrong);
        }
        var watch = new Watch(
            FuncConvert.FromAction<int, double>((_, _) => { }),
            FuncConvert.FromAction<State>(state => progress?.Report(Report(state.History.Last(), options.Epochs))),
            cancellation);
        var outcome = Explained(() => Workbench.Train.run(settings, objective, watch, data, Workbench.Train.start(objective, options.Seed)));
        return outcome switch
        {
            Outcome.Finished finished => finished.Item,
            Outcome.Diverged diverged => throw new TrainingDivergedException(diverged.Item2.Epoch, diverged.Item2.Step, diverged.Item2.Tensor),
            _ => throw new OperationCanceledException(cancellation),
        };
    }

    /// <summary>What the engine cannot do is told in one line.</summary>
    /// <exception cref="InvalidOperationException">An operation that the managed engine lacks, or that this machine's libtorch computes wrongly.</exception>
    private static T Explained<T>(Func<T> body)
    {
        try
        {
            return body();
        }
        catch (BadInput wrong)
        {
            throw new InvalidOperationException(wrong.Message, wrong);
        }
        catch (Exception error) when (Engine.explain(error) is { Value: var lacking })
        {
            throw new InvalidOperationException(lacking, error);
        }
    }

    internal static EpochReport Report(EpochFigures figures, int epochs) => new(figures.Epoch, epochs, Dictionary(figures.Figures));

    /// <summary>Runs without recording gradients; what the body leaves behind is freed.</summary>
    internal static T Evaluate<T>(TrainingOptions options, Func<T> body)
    {
        Start(options);
        using var still = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        return body();
    }

    /// <summary>Writes a file.</summary>
    /// <exception cref="IOException">It cannot be written; the message says why.</exception>
    internal static void Writing(Action write)
    {
        try
        {
            write();
        }
        catch (BadInput wrong)
        {
            throw new IOException(wrong.Message, wrong);
        }
    }

    internal static float[,] Rows(torch.Tensor rows)
    {
        using var cpu = rows.contiguous().cpu();
        var values = cpu.data<float>().ToArray();
        var result = new float[rows.shape[0], rows.shape[1]];
        Buffer.BlockCopy(values, 0, result, 0, values.Length * sizeof(float));
        return result;
    }

    /// <summary>A tensor in the engine's own memory. What <c>from_array</c> gives lies in the .NET array, and libtorch's products of it
    /// change in their last bits with its address.</summary>
    internal static torch.Tensor Own(torch.Tensor borrowed) => borrowed.clone();

    /// <summary>N x width numbers as a tensor.</summary>
    /// <exception cref="ArgumentException">There is no row, the rows are of another width, or a number is not finite.</exception>
    internal static torch.Tensor Tensor(float[,] rows, int width, string name)
    {
        ArgumentNullException.ThrowIfNull(rows, name);
        if (rows.GetLength(0) < 1 || rows.GetLength(1) != width)
            throw new ArgumentException($"rows of {width} numbers are needed, not {rows.GetLength(0)} x {rows.GetLength(1)}", name);
        var values = new float[rows.Length];
        Buffer.BlockCopy(rows, 0, values, 0, values.Length * sizeof(float));
        if (!values.All(float.IsFinite))
            throw new ArgumentException("one of the numbers is not finite", name);
        return Own(torch.from_array(values)).reshape(rows.GetLength(0), width);
    }

    /// <summary>Points from one vector to another in equal steps, both ends included: points x width.</summary>
    internal static torch.Tensor Between(torch.Tensor from, torch.Tensor to, int points)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(points, 2);
        var share = torch.linspace(0, 1, points, dtype: torch.ScalarType.Float32).unsqueeze(1);
        return from + (to - from) * share;
    }
}

using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>Training steps of the models, as the scripts take them, on resident images of MNIST's size.</summary>
internal static class TrainingSteps
{
    private static readonly AdversarialObjectives.VaeGanLoss Similarity = AdversarialObjectives.VaeGanLoss.NewSimilarity(0.01);

    private static readonly Autoencoder.Spec ConvAutoencoder = new(
        Vector(1, 28, 28), Autoencoder.Networks.NewConvolutional(Vector(32, 64)), 128, Autoencoder.Bottleneck.Plain);

    private static readonly VaeGan.Spec ConvVaeGan = new(Vector(1, 28, 28), VaeGan.Networks.NewConvolutional(Vector(32, 64), VaeGan.dense), 32);

    /// <summary>Epochs of a training that nothing ends: its schedules stay where they begin.</summary>
    private const int Forever = int.MaxValue;

    internal static Workload Vae => Step(
        "step:vae", "VAE 784-200-32", Arithmetic.Vae(Workbench.Vae.defaults, Arithmetic.Batch), 0.9,
        data => VaeObjective(Workbench.Vae.defaults, data), images => PlainVae.Steps(images));

    /// <summary>The six models, batch 100.</summary>
    internal static IEnumerable<Workload> Workloads =>
    [
        Vae,
        Step("step:gan", "GAN, both networks", Arithmetic.Gan(Gan.defaults), 0.5,
            _ => AdversarialObjectives.gan(Gan.defaults, 1, false), PlainGan.Steps),
        Step("step:aae", "adversarial autoencoder, three phases", Arithmetic.AdversarialAutoencoder(AdversarialAutoencoder.defaults), 0.9,
            data => AdversarialObjectives.adversarialAutoencoder(AdversarialAutoencoder.defaults, AdversarialObjectives.Reconstruction.SquaredError, false, Forever, data),
            PlainAdversarialAutoencoder.Steps),
        Step("step:vae-gan", "VAE-GAN 784-512-256-32", Arithmetic.VaeGan(VaeGan.defaults), 0.9,
            data => AdversarialObjectives.vaeGan(VaeGan.defaults, Similarity, data), PlainVaeGan.Dense),
        Step("step:conv-autoencoder", "convolutional autoencoder 1-32-64", Arithmetic.Autoencoder(ConvAutoencoder), 0.9,
            data => Objectives.autoencoder(ConvAutoencoder, data), PlainConvolutionalAutoencoder.Steps),
        Step("step:conv-vae-gan", "convolutional VAE-GAN 1-32-64", Arithmetic.VaeGan(ConvVaeGan), 0.9,
            data => AdversarialObjectives.vaeGan(ConvVaeGan, Similarity, data), PlainVaeGan.Convolutional),
    ];

    /// <summary>The VAE of so wide a hidden layer on batches of so many images.</summary>
    internal static Workload OfVae(int hidden, int batch)
    {
        var spec = Vaes.Hidden(hidden);
        return new($"step:vae:{hidden}:{batch}", $"training step of the VAE 784-{hidden}-32, batch {batch}",
            () => Ours(data => VaeObjective(spec, data), 0.9, batch))
        {
            Plain = () => PlainVae.Steps(Glyphs.Train.Images, hidden, batch),
            Flops = Arithmetic.Vae(spec, batch),
        };
    }

    private static Dataset Glyphs => Data.load("glyphs", FSharpOption<string>.None);

    /// <summary>The VAE's bound, unweighted; nothing is measured at an epoch's end.</summary>
    internal static Objective VaeObjective(Workbench.Vae.Spec spec, Dataset data) =>
        Unmeasured(Objectives.vae(spec, FuncConvert.FromFunc<int, double>(_ => 1.0), data));

    /// <summary>Trains the VAE on to so many epochs.</summary>
    internal static State Advance(State state, int epochs, Dataset data, Objective objective) =>
        ((Outcome.Finished)Workbench.Train.run(Settings(epochs, Arithmetic.Batch, 0.9), objective, Workbench.Train.unwatched, data, state)).Item;

    private static TrainSettings Settings(int epochs, int batch, double beta1) =>
        new(epochs, batch, FuncConvert.FromFunc<int, double>(_ => 1e-3), beta1, FSharpOption<double>.None);

    private static Workload Step(
        string name, string title, double flops, double beta1, Func<Dataset, Objective> objective, Func<torch.Tensor, Steps> plain) =>
        new(name, $"training step of the {title}, batch {Arithmetic.Batch}", () => Ours(objective, beta1, Arithmetic.Batch))
        {
            Plain = () => plain(Glyphs.Train.Images),
            Flops = flops,
        };

    private static Steps Ours(Func<Dataset, Objective> objective, double beta1, int batch)
    {
        var glyphs = Glyphs;
        var data = Data.limit(FSharpOption<int>.Some((int)glyphs.Train.Images.shape[0] / batch * batch), glyphs);
        var whole = Unmeasured(objective(data));
        return stepDone => Train(data, whole, beta1, batch, stepDone);
    }

    /// <summary>Trains for ever, as the script does, on whole batches, and says when a step is done.</summary>
    private static void Train(Dataset data, Objective objective, double beta1, int batch, Action stepDone)
    {
        var watch = new Watch(
            FuncConvert.FromAction<int, double>((_, _) => stepDone()), FuncConvert.FromAction<State>(_ => { }), CancellationToken.None);
        Workbench.Train.run(Settings(Forever, batch, beta1), objective, watch, data, Workbench.Train.start(objective, 1));
    }

    private static Objective Unmeasured(Objective objective) =>
        new(objective.Init, objective.Updates, FuncConvert.FromFunc<int, Pass, FSharpList<Tuple<string, double>>>(
            (_, _) => FSharpList<Tuple<string, double>>.Empty));

    private static FSharpList<int> Vector(params int[] values) => ListModule.OfArray(values);
}

using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;
using TorchSharp;

namespace Workbench.Bench;

/// <summary>Training steps of the models, as the scripts take them, on resident images of MNIST's size.</summary>
internal static class TrainingSteps
{
    internal static Workload Vae => OfVae("step:vae", 200, Arithmetic.Batch);

    /// <summary>The six models, batch 100.</summary>
    internal static IEnumerable<Workload> Workloads =>
    [
        Vae,
        Step("step:gan", "GAN, both networks", Arithmetic.Gan, PlainGan.Steps, "gan"),
        Step("step:aae", "adversarial autoencoder, two steps", Arithmetic.AdversarialAutoencoder, PlainAdversarialAutoencoder.Steps, "adversarial-autoencoder"),
        Step("step:vae-gan", "VAE-GAN 784-512-256-32", Arithmetic.VaeGan, PlainVaeGan.Dense, "vae-gan"),
        Step("step:conv-autoencoder", "convolutional autoencoder 1-32-64", Arithmetic.Autoencoder, PlainConvolutionalAutoencoder.Steps,
            "conv-autoencoder", "--channels", "32", "64", "--latent", "128"),
        Step("step:conv-vae-gan", "convolutional VAE-GAN 1-32-64", Arithmetic.VaeGan, PlainVaeGan.Convolutional,
            "vae-gan", "--conv", "--channels", "32", "64"),
    ];

    /// <summary>The VAE of so wide a hidden layer on batches of so many images.</summary>
    internal static Workload OfVae(int hidden, int batch) => OfVae($"step:vae:{hidden}:{batch}", hidden, batch);

    private static Workload OfVae(string name, int hidden, int batch) =>
        new(name, $"training step of the VAE 784-{hidden}-32, batch {batch}", () => Ours(Planned.Vae(hidden, batch)))
        {
            Plain = () => PlainVae.Steps(Planned.Glyphs.Train.Images, hidden, batch),
            Flops = batch * Arithmetic.Vae(Planned.Vae(hidden, batch)),
        };

    private static Workload Step(
        string name, string title, Func<Planned, double> flops, Func<torch.Tensor, Steps> plain, string script, params string[] options) =>
        new(name, $"training step of the {title}, batch {Arithmetic.Batch}", () => Ours(Planned.Of(script, options)))
        {
            Plain = () => plain(Planned.Glyphs.Train.Images),
            Flops = Arithmetic.Batch * flops(Planned.Of(script, options)),
        };

    /// <summary>Trains for ever, as the script does, on whole batches, and says when a step is done.</summary>
    private static Steps Ours(Planned planned) => stepDone =>
    {
        var watch = new Watch(
            FuncConvert.FromAction<int, double>((_, _) => stepDone()), FuncConvert.FromAction<State>(_ => { }), CancellationToken.None);
        Train.run(planned.Settings, planned.Objective, watch, planned.Data, Train.start(planned.Objective, 1));
    };
}

/// <summary>A script's first model, as it would be trained on whole batches of the glyphs, without an end; nothing is measured at an
/// epoch's end.</summary>
internal sealed record Planned(Objective Objective, TrainSettings Settings, Dataset Data)
{
    internal static Dataset Glyphs => Workbench.Data.load("glyphs", FSharpOption<string>.None);

    internal static Planned Vae(int hidden, int batch, string data = "glyphs") =>
        Of("vae", "--hidden", $"{hidden}", "--batch", $"{batch}", "--data", data, "--limit", $"{Count(data) / batch * batch}");

    private static int Count(string data) => data == "mnist" ? 60_000 : 10_000;

    internal static Planned Of(string script, params string[] options)
    {
        string[] common = ["--epochs", $"{int.MaxValue}", "--threads", $"{torch.get_num_threads()}"];
        string[] glyphs = options.Contains("--data") ? [] : ["--data", "glyphs"];
        var (fit, data) = Scripts.find(script).Plan.Invoke(ListModule.OfSeq(common.Concat(glyphs).Concat(options))).First();
        var unmeasured = FuncConvert.FromFunc<int, Pass, FSharpList<Tuple<string, double>>>((_, _) => FSharpList<Tuple<string, double>>.Empty);
        return new(new(fit.Objective.Init, fit.Objective.Updates, unmeasured), WithoutAverages(fit.Settings, int.MaxValue), data);
    }

    /// <summary>The layers of a network.</summary>
    internal FSharpList<Layer> Layers(string name) =>
        Objective.Updates.SelectMany(update => update.Nets).First(net => net.Name == name).Layers;

    /// <summary>The same to so many epochs, without averages of the parameters, which the plain loops do not take either.</summary>
    private static TrainSettings WithoutAverages(TrainSettings settings, int epochs) => new(
        epochs, settings.Batch, settings.LearningRate, settings.Beta1, settings.Epsilon, settings.ClipNorm, FSharpOption<double>.None,
        settings.IsEnough);

    /// <summary>Trains on to so many epochs.</summary>
    internal State Advance(State? state, int epochs) =>
        ((Outcome.Finished)Train.run(WithoutAverages(Settings, epochs), Objective, Train.unwatched, Data, state ?? Train.start(Objective, 1))).Item;
}

using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Workbench.Bench;

/// <summary>The VAE by TorchSharp alone: 784-200 tanh, dropout 0.1, two heads of 32; 32-200 tanh-784.</summary>
internal sealed class PlainVae : Module<torch.Tensor, (torch.Tensor Logits, torch.Tensor Kl)>
{
    private const int Latent = 32, EvaluationBatch = 500;

    private readonly Sequential encoder, decoder;
    private readonly Linear mean, variance;

    private PlainVae(int hidden = 200) : base(nameof(PlainVae))
    {
        encoder = Sequential(Linear(784, hidden), Tanh(), Dropout(0.1));
        mean = Linear(hidden, Latent);
        variance = Linear(hidden, Latent);
        decoder = Sequential(Linear(Latent, hidden), Tanh(), Linear(hidden, 784));
        RegisterComponents();
    }

    public override (torch.Tensor Logits, torch.Tensor Kl) forward(torch.Tensor images)
    {
        var features = encoder.call(images);
        var (code, kl) = PlainLoop.Reparametrise(mean.call(features), variance.call(features));
        return (decoder.call(code), kl);
    }

    internal static Steps Steps(torch.Tensor images, int hidden = 200, int batch = PlainLoop.Batch) =>
        PlainLoop.Of(images, Step(new(hidden)), batch);

    /// <summary>All images once, in batches of 100, are one step.</summary>
    internal static Steps Epochs(torch.Tensor images)
    {
        var step = Step(new());
        return Stepping.Of(() => PlainLoop.Epoch(images, step, PlainLoop.Batch, () => { }));
    }

    /// <summary>A whole program: MNIST is read, the model trained, the bound of the test images printed after each epoch.</summary>
    internal static void Program(int threads, int epochs)
    {
        torch.set_num_threads(threads);
        var (train, test) = (Vaes.Mnist.Train.Images, Vaes.Mnist.Test.Images);
        var model = new PlainVae();
        var step = Step(model);

        for (var epoch = 1; epoch <= epochs; epoch++)
        {
            model.train();
            PlainLoop.Epoch(train, step, PlainLoop.Batch, () => { });
            model.eval();
            Console.WriteLine($"epoch {epoch}: negative ELBO {model.Evaluate(test):F2} nats");
        }
    }

    /// <summary>Draws of N(0, I), decoded to probabilities.</summary>
    internal static Steps Sampling()
    {
        var model = new PlainVae();
        model.eval();
        return Stepping.Of(() =>
        {
            using var gradients = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            model.decoder.call(torch.randn(Vaes.Draws, Latent)).sigmoid();
        });
    }

    /// <summary>The bound of images, a part of them at a time.</summary>
    internal static Steps Evaluation(torch.Tensor images)
    {
        var model = new PlainVae();
        model.eval();
        return Stepping.Of(() => model.Evaluate(images));
    }

    private static Action<torch.Tensor> Step(PlainVae model)
    {
        var optimizer = torch.optim.Adam(model.parameters(), 1e-3);
        return images => PlainLoop.Follow(optimizer, model.Loss(images));
    }

    /// <summary>Minus the bound, the mean over these images.</summary>
    private double Evaluate(torch.Tensor images)
    {
        using var gradients = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var sum = 0.0;

        foreach (var part in images.split(EvaluationBatch))
        {
            using var inner = torch.NewDisposeScope();
            sum += Loss(part).item<float>() * part.shape[0];
        }

        return sum / images.shape[0];
    }

    private torch.Tensor Loss(torch.Tensor images)
    {
        var (logits, kl) = call(images);
        return functional.binary_cross_entropy_with_logits(logits, images, reduction: Reduction.Sum) / images.shape[0] + kl;
    }
}

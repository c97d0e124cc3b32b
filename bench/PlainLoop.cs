using TorchSharp;
using TorchSharp.Modules;

namespace Workbench.Bench;

/// <summary>What the plain loops share: TorchSharp as its documentation uses it, on resident images in a new order in each epoch, a
/// dispose scope a step.</summary>
internal static class PlainLoop
{
    internal const int Batch = Arithmetic.Batch;

    internal static Steps Of(torch.Tensor images, Action<torch.Tensor> step, int batch = Batch) => stepDone =>
    {
        while (true)
            Epoch(images, step, batch, stepDone);
    };

    internal static void Epoch(torch.Tensor images, Action<torch.Tensor> step, int batch, Action stepDone)
    {
        using var order = torch.randperm(images.shape[0]);

        for (var first = 0; first + batch <= images.shape[0]; first += batch)
        {
            using var scope = torch.NewDisposeScope();
            step(images.index_select(0, order.narrow(0, first, batch)));
            stepDone();
        }
    }

    /// <summary>Lets the optimiser's parameters follow the loss, whose value it gives.</summary>
    internal static float Follow(torch.optim.Optimizer optimizer, torch.Tensor loss)
    {
        optimizer.zero_grad();
        loss.backward();
        optimizer.step();
        return loss.item<float>();
    }

    /// <summary>A draw of each image's Gaussian.</summary>
    internal static torch.Tensor Draw(torch.Tensor mean, torch.Tensor logVariance) =>
        mean + (0.5 * logVariance).exp() * torch.randn_like(mean);

    /// <summary>The code of an image and its KL to N(0, I), averaged over the batch.</summary>
    internal static (torch.Tensor Code, torch.Tensor Kl) Reparametrise(torch.Tensor mean, torch.Tensor logVariance)
    {
        var code = Draw(mean, logVariance);
        var kl = -0.5 * (1 + logVariance - mean.square() - logVariance.exp()).sum() / mean.shape[0];
        return (code, kl);
    }

    /// <summary>What a discriminator minimises on real images, or a generator on made ones.</summary>
    internal static torch.Tensor HeldReal(torch.Tensor logits) =>
        torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.ones_like(logits));

    internal static torch.Tensor HeldMade(torch.Tensor logits) =>
        torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.zeros_like(logits));
}

"""The other side of the models' work, as a good PyTorch user would write it. peer_protocol.py says how it is spoken to.

Workloads are the names at the end. `step:vae` has a sequel for other sizes: `step:vae:HIDDEN:BATCH`.
Debian: apt-get install python3-torch libopenblas0-pthread
"""

import subprocess
import sys
from pathlib import Path

from peer_protocol import need, need_openblas, serve

torch = need("torch", "python3-torch")

from torch import nn
from torch.nn import functional as F


BATCH = 100
LATENT = 32
IMAGES = 10_000


class Vae(nn.Module):
    """784-200 tanh, dropout 0.1, two heads of 32; 32-200 tanh-784."""

    def __init__(self, hidden=200):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, hidden), nn.Tanh(), nn.Dropout(0.1))
        self.mean = nn.Linear(hidden, LATENT)
        self.variance = nn.Linear(hidden, LATENT)
        self.decoder = nn.Sequential(nn.Linear(LATENT, hidden), nn.Tanh(), nn.Linear(hidden, 784))

    def parts(self, x):
        """Reconstruction and KL, summed over the batch."""
        features = self.encoder(x)
        mean, log_variance = self.mean(features), self.variance(features)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        reconstruction = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        return reconstruction, -0.5 * torch.sum(1 + log_variance - mean.square() - log_variance.exp())

    def loss(self, x):
        reconstruction, kl = self.parts(x)
        return (reconstruction + kl) / x.shape[0]


def batches(shape=(784,), batch=BATCH, images=IMAGES):
    """Whole batches of resident images, one after the other in a random order."""
    images = torch.rand(images // batch * batch, *shape)
    order = torch.randperm(len(images))
    position = 0
    while True:
        yield images.index_select(0, order[position : position + batch])
        position = (position + batch) % len(images)


def adam(*modules, lr=1e-3, betas=(0.9, 0.999)):
    parameters = [p for module in modules for p in module.parameters()]
    return torch.optim.Adam(parameters, lr=lr, betas=betas, foreach=True)


def frozen(module, on):
    """Gradients of parameters that a loss does not train are not computed."""
    for p in module.parameters():
        p.requires_grad_(not on)


def follow(optimizer, loss):
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return loss.item()


def vae(hidden=200, batch=BATCH, images=IMAGES):
    model, data = Vae(hidden), batches(batch=batch, images=images)
    optimizer = adam(model)
    return lambda: follow(optimizer, model.loss(next(data)))


def sampling():
    """1,000 draws of N(0, I), decoded to pixels' probabilities."""
    model = Vae().eval()

    @torch.inference_mode()
    def step():
        return torch.sigmoid(model.decoder(torch.randn(1_000, LATENT)))

    return step


def evaluation():
    """The bound of 10,000 images, 500 at a time, with one noise sample each."""
    model, images = Vae().eval(), torch.rand(IMAGES, 784)

    @torch.inference_mode()
    def step():
        parts = [[part.item() for part in model.parts(batch)] for batch in images.split(500)]
        return [sum(part) / IMAGES for part in zip(*parts)]

    return step


def epoch():
    """All training images of MNIST once, in a new order."""
    from peer_data import mnist

    model, images = Vae(), torch.from_numpy(mnist("train"))
    optimizer = adam(model)

    def step():
        losses = [follow(optimizer, model.loss(images.index_select(0, rows))) for rows in torch.randperm(len(images)).split(BATCH)]
        return sum(losses) / len(losses)

    return step


def start_up():
    """Another process that imports PyTorch and takes a step."""
    command = [sys.executable, "-c", "import peer; peer.vae(images=peer.BATCH)()"]
    return lambda: subprocess.run(command, check=True, cwd=Path(__file__).parent)


def perceptron(*widths, norm=False, after=nn.ReLU, last=()):
    layers = []
    for i, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        layers.append(nn.Linear(inputs, outputs))
        if i < len(widths) - 2:
            layers += [nn.BatchNorm1d(outputs)] * norm + [after()]
    return nn.Sequential(*layers, *last)


def judged(real, *made):
    return F.softplus(-real).mean() + sum(F.softplus(x).mean() for x in made)


def gan():
    """Generator 100-256-256-256-784, discriminator dropout 0.3-784-256-256-1, batch normalisation and ReLU; new noise for each."""
    generator = perceptron(100, 256, 256, 256, 784, norm=True, last=[nn.Sigmoid()])
    discriminator = nn.Sequential(nn.Dropout(0.3), perceptron(784, 256, 256, 1, norm=True))
    ofGenerator, ofDiscriminator = (adam(m, lr=2e-4, betas=(0.5, 0.999)) for m in (generator, discriminator))
    data = batches()

    def step():
        with torch.no_grad():
            made = generator(torch.randn(BATCH, 100))
        value = follow(ofDiscriminator, judged(discriminator(next(data)), discriminator(made)))
        frozen(discriminator, True)
        follow(ofGenerator, F.softplus(-discriminator(generator(torch.randn(BATCH, 100)))).mean())
        frozen(discriminator, False)
        return value

    return step


def aae():
    """784-1000-1000-100 and back, discriminator 100-1000-1000-1, which sees codes through noise; ReLU; three phases."""
    encoder = perceptron(784, 1000, 1000, 100)
    decoder = perceptron(100, 1000, 1000, 784, last=[nn.Sigmoid()])
    discriminator = perceptron(100, 1000, 1000, 1)
    optimizers = adam(encoder, decoder), adam(discriminator), adam(encoder)
    data = batches()

    def seen(codes):
        return discriminator(codes + torch.randn_like(codes))

    def step():
        x = next(data)
        value = follow(optimizers[0], (decoder(encoder(x)) - x).square().sum() / BATCH)
        with torch.no_grad():
            codes = encoder(x)
        follow(optimizers[1], judged(seen(torch.randn(BATCH, 100)), seen(codes)))
        frozen(discriminator, True)
        follow(optimizers[2], F.softplus(-seen(encoder(x))).mean())
        frozen(discriminator, False)
        return value

    return step


class Heads(nn.Module):
    """Features of an encoder to a draw of its Gaussian, and KL to N(0, I)."""

    def __init__(self, features):
        super().__init__()
        self.mean, self.variance = nn.Linear(features, LATENT), nn.Linear(features, LATENT)

    def forward(self, features):
        mean, log_variance = self.mean(features), self.variance(features)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        return z, -0.5 * torch.sum(1 + log_variance - mean.square() - log_variance.exp()) / BATCH


def dense(features):
    """784-512-256 and back, batch normalisation and ReLU."""

    def block(i, o):
        return [nn.Linear(i, o), nn.BatchNorm1d(o), nn.ReLU()]

    encoder = nn.Sequential(*block(784, 512), *block(512, features))
    decoder = nn.Sequential(*block(32, features), *block(features, 512), nn.Linear(512, 784), nn.Sigmoid())
    return encoder, decoder


def convolutional(features):
    """5 x 5 stride 2 convolutions 1-32-64, dense; dense 7 x 7 x 64, 4 x 4 stride 2 transposed 64-32-1; normalised, ReLU."""
    encoder = nn.Sequential(
        nn.Conv2d(1, 32, 5, 2, 2), nn.BatchNorm2d(32), nn.ReLU(),
        nn.Conv2d(32, 64, 5, 2, 2), nn.BatchNorm2d(64), nn.ReLU(),
        nn.Flatten(), nn.Linear(3136, features), nn.BatchNorm1d(features), nn.ReLU())
    decoder = nn.Sequential(
        nn.Linear(32, 3136), nn.BatchNorm1d(3136), nn.ReLU(), nn.Unflatten(1, (64, 7, 7)),
        nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.BatchNorm2d(32), nn.ReLU(),
        nn.ConvTranspose2d(32, 1, 4, 2, 1), nn.Sigmoid())
    return encoder, decoder


def vae_gan(networks, features, shape):
    """Eq. 8 of Larsen et al.: one forward pass, each network the gradient of its own loss."""
    encoder, decoder = networks(features)
    heads, verdict = Heads(features), nn.Linear(features, 1)
    hidden = networks(features)[0]
    groups = [[encoder, heads], [decoder], [hidden, verdict]]
    parameters = [[p for module in group for p in module.parameters()] for group in groups]
    optimizer = adam(*[module for group in groups for module in group])
    data = batches(shape)

    def step():
        x = next(data)
        z, kl = heads(encoder(x))
        reconstruction, made = decoder(z), decoder(torch.randn(BATCH, 32))
        real, likened, invented = hidden(x), hidden(reconstruction), hidden(made)
        fooled, fake = verdict(likened), verdict(invented)
        similarity = 0.5 * (likened - real).square().sum() / BATCH
        fooling = F.softplus(-fooled).mean() + F.softplus(-fake).mean()
        losses = kl + similarity, 0.01 * similarity + fooling, judged(verdict(real), fooled, fake)
        for i, (own, loss) in enumerate(zip(parameters, losses)):
            for p, g in zip(own, torch.autograd.grad(loss, own, retain_graph=i < 2)):
                p.grad = g
        optimizer.step()
        return losses[2].item()

    return step


def conv_autoencoder():
    """5 x 5 stride 2 convolutions 1-32-64, dense 128, and back by 4 x 4 transposed; ReLU."""
    model = nn.Sequential(
        nn.Conv2d(1, 32, 5, 2, 2), nn.ReLU(), nn.Conv2d(32, 64, 5, 2, 2), nn.ReLU(), nn.Flatten(), nn.Linear(3136, 128),
        nn.Linear(128, 3136), nn.ReLU(), nn.Unflatten(1, (64, 7, 7)),
        nn.ConvTranspose2d(64, 32, 4, 2, 1), nn.ReLU(), nn.ConvTranspose2d(32, 1, 4, 2, 1), nn.Sigmoid())
    optimizer, data = adam(model), batches((1, 28, 28))

    def step():
        x = next(data)
        return follow(optimizer, (model(x) - x).square().sum() / BATCH)

    return step


WORKLOADS = {
    "step:vae": vae,
    "step:gan": gan,
    "step:aae": aae,
    "step:vae-gan": lambda: vae_gan(dense, 256, (784,)),
    "step:conv-autoencoder": conv_autoencoder,
    "step:conv-vae-gan": lambda: vae_gan(convolutional, 128, (1, 28, 28)),
    "sample:vae": sampling,
    "evaluate:vae": evaluation,
    "epoch:vae": epoch,
    "start-up": start_up,
}


def workload(name):
    if name in WORKLOADS:
        return WORKLOADS[name]()
    hidden, batch = name.removeprefix("step:vae:").split(":")
    return vae(int(hidden), int(batch))


if __name__ == "__main__":
    need_openblas()
    serve(workload)

"""The adversarial autoencoder in PyTorch, trained as `scripts/adversarial-autoencoder.fsx` trains its own on MNIST: the same widths,
rates and schedule. Prints the same figures, to be laid beside the script's.

    WORKBENCH_DATA=DIR OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python3 bench/twin_aae.py [SEED]
"""

import gzip
import os
import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

EPOCHS, BATCH, LATENT = 20, 100, 100
RATES = {"reconstruction": 1e-3, "discriminator": 2e-4, "generator": 1e-4}
BETAS = (0.5, 0.999)
STEADY = 0.25
FADES = {"reconstruction": 1, "discriminator": 1.4, "generator": 1}
NOISE = (1.0, 0.6)


def images(name):
    folder = Path(os.environ["WORKBENCH_DATA"])
    path = next(folder.rglob(name + ".gz"))
    with gzip.open(path) as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16)
    return torch.from_numpy(pixels.reshape(-1, 784).astype(np.float32) / 255)


def perceptron(*widths):
    layers = [nn.Linear(widths[0], widths[1])]
    for inputs, outputs in zip(widths[1:], widths[2:]):
        layers += [nn.ReLU(), nn.Linear(inputs, outputs)]
    return nn.Sequential(*layers)


def matched(codes):
    mean, variance = codes.mean(0), codes.var(0)
    return int(((mean.abs() <= 0.1) & (variance >= 0.8) & (variance <= 1.2)).sum())


def noise(epoch):
    """The standard deviation of the noise at an epoch, from 0."""
    first, last = NOISE
    return first + (last - first) * epoch / (EPOCHS - 1)


def faded(epoch):
    """The share of the learning rate at an epoch, from 0."""
    before = epoch / EPOCHS
    return 1 if before < STEADY else (1 - before) / (1 - STEADY)


def steps(encoder, decoder, discriminator):
    """The three phases, each with an optimiser of its own."""
    adam = lambda phase, *modules: torch.optim.Adam(
        [p for module in modules for p in module.parameters()], lr=RATES[phase], betas=BETAS, foreach=True
    )
    optimisers = {
        "reconstruction": adam("reconstruction", encoder, decoder),
        "discriminator": adam("discriminator", discriminator),
        "generator": adam("generator", encoder),
    }

    def follow(phase, loss):
        optimisers[phase].zero_grad(set_to_none=True)
        loss.backward()
        optimisers[phase].step()

    def step(x, noise):
        def noisy(codes):
            """What the discriminator sees of codes and of draws."""
            return codes + noise * torch.randn_like(codes)

        follow("reconstruction", F.mse_loss(decoder(encoder(x)), x, reduction="sum") / len(x))
        with torch.no_grad():
            codes = encoder(x)
        real, made = discriminator(noisy(torch.randn(len(x), LATENT))), discriminator(noisy(codes))
        follow("discriminator", F.softplus(-real).mean() + F.softplus(made).mean())
        follow("generator", F.softplus(-discriminator(noisy(encoder(x)))).mean())

    return optimisers, step


def main(seed):
    torch.manual_seed(seed)
    train, test = images("train-images-idx3-ubyte"), images("t10k-images-idx3-ubyte")
    encoder = perceptron(784, 1000, 1000, LATENT)
    decoder = nn.Sequential(*perceptron(LATENT, 1000, 1000, 784), nn.Sigmoid())
    discriminator = perceptron(LATENT, 1000, 1000, 1)
    optimisers, step = steps(encoder, decoder, discriminator)

    for epoch in range(EPOCHS):
        for phase, optimiser in optimisers.items():
            optimiser.param_groups[0]["lr"] = RATES[phase] * faded(epoch) ** FADES[phase]
        for batch in torch.randperm(len(train)).split(BATCH):
            step(train[batch], noise(epoch))
        with torch.no_grad():
            codes = encoder(test)
            error = F.mse_loss(decoder(codes), test, reduction="sum").item() / len(test)
        print(f"epoch {epoch + 1}  test_error {error:.2f}  matched_dimensions {matched(codes)}", flush=True)


main(int(sys.argv[1]) if len(sys.argv) > 1 else 0)

"""The other side of the benchmarks: the same work as a good PyTorch user would write it.

Reads lines `WORKLOAD STEPS` on standard input, runs so many steps, and answers each with the seconds they took. The number of
threads is set by OMP_NUM_THREADS before the start. Debian: apt-get install python3-torch libopenblas0-pthread
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


class Vae(nn.Module):
    """784-200 tanh, dropout 0.1, two heads of 32; 32-200 tanh-784."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 200), nn.Tanh(), nn.Dropout(0.1))
        self.mean = nn.Linear(200, 32)
        self.variance = nn.Linear(200, 32)
        self.decoder = nn.Sequential(nn.Linear(32, 200), nn.Tanh(), nn.Linear(200, 784))

    def loss(self, x):
        features = self.encoder(x)
        mean, log_variance = self.mean(features), self.variance(features)
        z = mean + torch.exp(0.5 * log_variance) * torch.randn_like(mean)
        reconstruction = F.binary_cross_entropy_with_logits(self.decoder(z), x, reduction="sum")
        kl = -0.5 * torch.sum(1 + log_variance - mean.square() - log_variance.exp())
        return (reconstruction + kl) / x.shape[0]


def vae():
    images = torch.rand(10_000, 784)
    model = Vae()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, foreach=True)
    order = torch.randperm(len(images))
    position = 0

    def step():
        nonlocal position
        batch = images.index_select(0, order[position : position + 100])
        position = (position + 100) % len(images)
        optimizer.zero_grad(set_to_none=True)
        loss = model.loss(batch)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


WORKLOADS = {"vae": vae}


def main():
    steps = {}
    for line in sys.stdin:
        name, count = line.split()
        if name not in steps:
            steps[name] = WORKLOADS[name]()
        begin = time.perf_counter()
        for _ in range(int(count)):
            steps[name]()
        print(time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main()

"""The other side of the convolutions: PyTorch.

Reads lines `KIND:CHANNELSxSIZE:FEATURES:KERNEL:STRIDE:PADDING:PRODUCT STEPS` on standard input and answers each with the seconds
that the steps took. KIND is conv or transposed, between large images of CHANNELS x SIZE x SIZE and small ones of FEATURES, 100 of
each; PRODUCT is result, input (its gradient) or weight (its gradient). The number of threads is set by OMP_NUM_THREADS before the
start. Debian: apt-get install python3-torch
"""

import sys
import time

import torch
from torch.nn import functional as F

BATCH = 100


def step(workload):
    kind, large, features, kernel, stride, padding, product = workload.split(":")
    channels, size = map(int, large.split("x"))
    features, kernel, stride, padding = map(int, (features, kernel, stride, padding))
    small = (size + 2 * padding - kernel) // stride + 1
    x, y = torch.randn(BATCH, channels, size, size), torch.randn(BATCH, features, small, small)
    weight = torch.randn(features, channels, kernel, kernel) * 0.1
    if kind == "transposed":
        x, y = y, x
    bias = torch.zeros(y.shape[1])
    convolve = F.conv2d if kind == "conv" else F.conv_transpose2d
    if product == "result":
        return lambda: convolve(x, weight, bias, stride, padding)
    leaf = (x if product == "input" else weight).requires_grad_()
    result = convolve(x, weight, None, stride, padding)

    def gradient():
        leaf.grad = None
        result.backward(y, retain_graph=True)

    return gradient


def main():
    known = {}
    for line in sys.stdin:
        workload, count = line.split()
        if workload not in known:
            known[workload] = step(workload)
        begin = time.perf_counter()
        for _ in range(int(count)):
            known[workload]()
        print(time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main()

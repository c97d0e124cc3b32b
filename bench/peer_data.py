"""MNIST as the peers read it: from the folder mnist of WORKBENCH_DATA, or of data."""

import gzip
import os
from pathlib import Path

import numpy as np


def mnist(split):
    """The pixels of a split, train or t10k, N x 784, in 0 to 1."""
    path = Path(os.environ.get("WORKBENCH_DATA") or "data", "mnist", f"{split}-images-idx3-ubyte.gz")
    with gzip.open(path) as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16)
    return pixels.reshape(-1, 784).astype(np.float32) / np.float32(255)

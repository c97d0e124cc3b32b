"""The other side of t-SNE: scikit-learn's, and the judge of both. peer_protocol.py says how it is spoken to.

The workload `t-sne:COUNT` is TSNE with its defaults on the codes of COUNT test images of MNIST: 100 numbers each, by PCA. Further
questions; numbers go as float32 in base64, row by row:

    codes COUNT                     the codes
    positions COUNT                 where the last step placed them, two numbers each
    judge COUNT POSITIONS           KL divergence with the exact normaliser, trustworthiness of 12 neighbours (scikit-learn's)

Debian: apt-get install python3-sklearn libopenblas0-pthread
"""

import base64
import gzip
import os
from functools import lru_cache
from pathlib import Path

from peer_protocol import need, serve

np = need("numpy", "python3-numpy")
need("sklearn", "python3-sklearn")

from scipy.sparse import csr_matrix
from sklearn.manifold import TSNE, _t_sne, trustworthiness
from sklearn.neighbors import NearestNeighbors

placed = {}


def images():
    """MNIST's test images, N x 784, in 0 to 1, from the folder mnist of WORKBENCH_DATA, or of data."""
    path = Path(os.environ.get("WORKBENCH_DATA") or "data", "mnist", "t10k-images-idx3-ubyte.gz")
    with gzip.open(path) as file:
        pixels = np.frombuffer(file.read(), np.uint8, offset=16)
    return pixels.reshape(-1, 784) / 255


@lru_cache
def codes(count):
    x = images()[:count]
    x -= x.mean(0)
    _, vectors = np.linalg.eigh(x.T @ x)
    return (x @ vectors[:, ::-1][:, :100]).astype(np.float32)


def tsne(workload):
    count = int(workload.split(":")[1])
    points = codes(count)

    def place():
        placed[count] = TSNE(init="pca", learning_rate="auto", random_state=0).fit_transform(points)

    return place


def text(values):
    return base64.b64encode(values.astype(np.float32).tobytes()).decode()


def divergence(points, y):
    """KL(P || Q) with scikit-learn's P and no approximation in Q."""
    neighbours = NearestNeighbors(n_neighbors=min(len(points) - 1, 91)).fit(points)
    distances = neighbours.kneighbors_graph(mode="distance")
    distances.data **= 2
    p = csr_matrix(_t_sne._joint_probabilities_nn(distances, 30, 0)).tocoo()
    y = y.astype(np.float64)
    normaliser = -float(len(y))
    for rows in np.array_split(y, max(1, len(y) // 500)):
        normaliser += (1 / (1 + ((rows[:, None] - y[None]) ** 2).sum(-1))).sum()
    between = ((y[p.row] - y[p.col]) ** 2).sum(-1)
    weights = p.data.astype(np.float64)
    return (weights * np.log(weights * (1 + between) * normaliser)).sum()


def judge(count, positions):
    points = codes(int(count))
    y = np.frombuffer(base64.b64decode(positions), np.float32).reshape(-1, 2)
    return f"{divergence(points, y)} {trustworthiness(points, y, n_neighbors=12)}"


if __name__ == "__main__":
    serve(
        tsne,
        {
            "codes": lambda count: text(codes(int(count))),
            "positions": lambda count: text(placed[int(count)]),
            "judge": judge,
        },
    )

"""The other side of t-SNE: scikit-learn's, and the judge of both.

Reads lines on standard input, answers each with one line. Files hold float32 numbers row by row.

    codes COUNT IMAGES CODES        PCA of COUNT images of 784 numbers to 100 numbers each
    place COUNT CODES POSITIONS     TSNE with its defaults; answers: seconds, processor seconds, and the KL divergence it
                                    reports
    judge COUNT CODES POSITIONS     answers: the KL divergence with the exact normaliser, trustworthiness of 12 neighbours
                                    (scikit-learn's), and the seconds the latter took

Debian: apt-get install python3-sklearn libopenblas0-pthread
"""

import sys
import time

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.manifold import TSNE, _t_sne, trustworthiness
from sklearn.neighbors import NearestNeighbors


def read(path, count):
    return np.fromfile(path, np.float32).reshape(count, -1)


def codes(count, images, target):
    x = read(images, count).astype(np.float64)
    x -= x.mean(0)
    _, vectors = np.linalg.eigh(x.T @ x)
    (x @ vectors[:, ::-1][:, :100]).astype(np.float32).tofile(target)
    return []


def place(count, source, target):
    points = read(source, count)
    begin, work = time.perf_counter(), time.process_time()
    model = TSNE(init="pca", learning_rate="auto", random_state=0)
    positions = model.fit_transform(points)
    seconds, work = time.perf_counter() - begin, time.process_time() - work
    positions.astype(np.float32).tofile(target)
    return [seconds, work, model.kl_divergence_]


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


def judge(count, source, positions):
    points, y = read(source, count), read(positions, count)
    kl = divergence(points, y)
    begin = time.perf_counter()
    trust = trustworthiness(points, y, n_neighbors=12)
    return [kl, trust, time.perf_counter() - begin]


WORK = {"codes": codes, "place": place, "judge": judge}


def main():
    for line in sys.stdin:
        name, count, *files = line.split()
        print(*WORK[name](int(count), *files), flush=True)


if __name__ == "__main__":
    main()

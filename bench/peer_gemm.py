"""The other side of the matrix products: numpy on OpenBLAS. peer_protocol.py says how it is spoken to.

Workloads are `gemm:MxKxN:LAYOUT`, products of an M x K by a K x N matrix of float32. LAYOUT is NN, TN (the left operand is the
transpose of a row-major matrix) or NT (the right one is). Debian: apt-get install python3-numpy libopenblas0-pthread
"""

from peer_protocol import need, serve

np = need("numpy", "python3-numpy")


def matrix(rows, columns, transposed):
    shape = (columns, rows) if transposed else (rows, columns)
    values = np.random.default_rng(1).random(shape, dtype=np.float32) - np.float32(0.5)
    return values.T if transposed else values


def product(workload):
    _, sizes, layout = workload.split(":")
    m, k, n = map(int, sizes.split("x"))
    a, b, c = matrix(m, k, layout[0] == "T"), matrix(k, n, layout[1] == "T"), np.empty((m, n), np.float32)
    return lambda: np.matmul(a, b, out=c)


if __name__ == "__main__":
    serve(product)

"""The other side of the matrix products: numpy on OpenBLAS.

Reads lines `MxKxN:LAYOUT STEPS` on standard input, multiplies an M x K by a K x N matrix of float32 so many times, and answers
with the seconds it took. LAYOUT is NN, TN (the left operand is the transpose of a row-major matrix) or NT (the right one is).
The number of threads is set by OPENBLAS_NUM_THREADS before the start. Debian: apt-get install python3-numpy libopenblas0-pthread
"""

import sys
import time

import numpy as np


def uses_openblas():
    np.ones((2, 2), np.float32) @ np.ones((2, 2), np.float32)
    with open("/proc/self/maps") as maps:
        return "openblas" in maps.read()


def matrix(rows, columns, transposed):
    shape = (columns, rows) if transposed else (rows, columns)
    values = np.random.default_rng(1).random(shape, dtype=np.float32) - np.float32(0.5)
    return values.T if transposed else values


def operands(workload):
    sizes, layout = workload.split(":")
    m, k, n = map(int, sizes.split("x"))
    return matrix(m, k, layout[0] == "T"), matrix(k, n, layout[1] == "T"), np.empty((m, n), np.float32)


def main():
    if not uses_openblas():
        sys.exit("numpy does not use OpenBLAS here: apt-get install libopenblas0-pthread")
    known = {}
    for line in sys.stdin:
        workload, steps = line.split()
        if workload not in known:
            known[workload] = operands(workload)
        a, b, c = known[workload]
        begin = time.perf_counter()
        for _ in range(int(steps)):
            np.matmul(a, b, out=c)
        print(time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main()

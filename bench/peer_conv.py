"""The other side of the convolutions: PyTorch. peer_protocol.py says how it is spoken to.

Workloads are `KIND:CHANNELSxSIZE:FEATURES:KERNEL:STRIDE:PADDING:PRODUCT`. KIND is conv or transposed, between large images of
CHANNELS x SIZE x SIZE and small ones of FEATURES, 100 of each; PRODUCT is result, input (its gradient) or weight (its gradient).
Debian: apt-get install python3-torch libopenblas0-pthread
"""

from peer_protocol import need, need_openblas, serve

torch = need("torch", "python3-torch")

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


if __name__ == "__main__":
    need_openblas()
    serve(step)

#!/usr/bin/env python3
"""Writes tests/golden/ops.json: what PyTorch answers where the engine's tests have no formula to go by.

Each case is an operation's name, its inputs, its results and, for floating results, the gradients of the
inputs when element i of the first result weighs 1 + (i mod 3) / 2. One case a line. Run it with any PyTorch
from 1.13 on; tests/engine/GoldenTests.fs holds the engine's side of the table under the same names.
"""

import json
import math
import pathlib

import torch
import torch.nn.functional as F

NAN, INF = math.nan, math.inf
TYPES = {
    torch.float32: "f32",
    torch.float64: "f64",
    torch.int64: "i64",
    torch.int32: "i32",
    torch.uint8: "u8",
    torch.bool: "bool",
}

cases = []


def number(value):
    """A JSON number, or a word for what JSON has no number for."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if math.isnan(value):
        return "nan"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return value


def packed(tensor):
    if tensor is None:
        return None
    values = [number(v) for v in tensor.detach().reshape(-1).tolist()]
    if tensor.dtype == torch.float32:
        values = [v if isinstance(v, str) else float(f"{v:.9g}") for v in values]
    return {"t": TYPES[tensor.dtype], "s": list(tensor.shape), "v": values}


def weights(tensor):
    n = tensor.numel()
    return (1 + (torch.arange(n) % 3) * 0.5).reshape(tensor.shape).to(tensor.dtype)


def case(name, function, *inputs, note="", differentiable=True):
    """Records one call. Inputs are cloned, so that functions may change them."""
    leaves = [x.clone().requires_grad_(x.is_floating_point()) for x in inputs]
    result = function(*leaves)
    results = list(result) if isinstance(result, (tuple, list)) else [result]
    gradients = []
    if results[0].requires_grad and differentiable:
        results[0].backward(weights(results[0]))
        gradients = [packed(x.grad) for x in leaves]
    cases.append(
        {
            "op": name,
            "note": note,
            "inputs": [packed(x) for x in inputs],
            "results": [packed(x) for x in results],
            "gradients": gradients,
        }
    )


def f32(*values, shape=None):
    x = torch.tensor(values, dtype=torch.float32)
    return x if shape is None else x.reshape(shape)


def f64(*values, shape=None):
    return f32(*values, shape=shape).double()


def i64(*values, shape=None):
    x = torch.tensor(values, dtype=torch.int64)
    return x if shape is None else x.reshape(shape)


# Few enough to read, enough to fill a vector register and leave a rest.
EDGES = (NAN, INF, -INF, 0.0, -0.0, 1.0, -1.0, 0.5, -0.5, 88.0, -88.0, 104.0, -104.0, 1e-8, -1e-8, 1e38, -1e38, 20.5, 2.0)
FEW = (NAN, INF, -INF, 0.0, -1.5, 2.0)

UNARY = {
    "neg": torch.neg,
    "abs": torch.abs,
    "sign": torch.sign,
    "exp": torch.exp,
    "expm1": torch.expm1,
    "log": torch.log,
    "log1p": torch.log1p,
    "sqrt": torch.sqrt,
    "rsqrt": torch.rsqrt,
    "square": torch.square,
    "reciprocal": torch.reciprocal,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "leaky_relu 0.2": lambda x: F.leaky_relu(x, 0.2),
    "softplus": F.softplus,
    "softplus 2 0.5": lambda x: F.softplus(x, 2.0, 0.5),
    "log_sigmoid": F.logsigmoid,
    "clamp": lambda x: x.clamp(-0.5, 0.75),
    "clamp min": lambda x: x.clamp(min=-0.5),
    "clamp max": lambda x: x.clamp(max=0.75),
    "isnan": torch.isnan,
    "isinf": torch.isinf,
    "isfinite": torch.isfinite,
    "logical_not": torch.logical_not,
    "lt 0.5": lambda x: x < 0.5,
    "le 0.5": lambda x: x <= 0.5,
    "gt 0.5": lambda x: x > 0.5,
    "ge 0.5": lambda x: x >= 0.5,
    "eq 0.5": lambda x: x == 0.5,
    "ne 0.5": lambda x: x != 0.5,
    **{f"pow {p}": (lambda p: lambda x: x.pow(p))(p) for p in (0, 1, 2, 3, 0.5, -0.5, -1, -2, 2.7)},
}

BINARY = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "pow": torch.pow,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "eq": torch.eq,
    "ne": torch.ne,
    "lt": torch.lt,
    "le": torch.le,
    "gt": torch.gt,
    "ge": torch.ge,
}


def elementwise():
    for name, f in UNARY.items():
        case(name, f, f32(*EDGES))
        case(name, f, f64(*EDGES), note="double")
    for name, f in BINARY.items():
        # At NaN the engine's maximum and minimum pass no gradient on; PyTorch's pass it to both sides.
        extreme = name in ("maximum", "minimum")
        case(name, f, f32(*FEW, shape=(6, 1)), f32(*FEW), note="every pair", differentiable=not extreme)
        case(name, f, f32(*FEW[1:], shape=(5, 1)), f32(*FEW[1:]), note="every pair without NaN")
    case("where", torch.where, torch.tensor([True, False, True, False]), f32(NAN, NAN, INF, 1), f32(2, 3, NAN, -INF))
    case("where of a logarithm", lambda x: torch.where(x > 0, x.log(), x), f32(2, 0, -1))
    case("masked_fill 7", lambda x, m: x.masked_fill(m, 7), f32(1, NAN, INF), torch.tensor([False, True, True]))


def reductions():
    samples = {
        "ties": f32(3, 1, 3, 1, 2),
        "all equal": f32(2, 2, 2),
        "NaN": f32(1, NAN, 3, NAN),
        "infinities": f32(INF, 1, -INF),
        "infinity": f32(INF, 1, 2),
        "minus infinities": f32(-INF, -INF),
        "one element": f32(4),
        "a number": f32(4, shape=()),
        "large": f32(1000, 1001, -1000, 999.5),
        "zeros": f32(0, 0, 0),
    }
    whole = {
        "sum": torch.sum,
        "mean": torch.mean,
        "max": torch.max,
        "min": torch.min,
        "argmax": torch.argmax,
        "argmin": torch.argmin,
        "var": torch.var,
        "std": torch.std,
        "var biased": lambda x: x.var(unbiased=False),
        "std biased": lambda x: x.std(unbiased=False),
        "norm": torch.norm,
        "norm 1": lambda x: x.norm(1),
        "norm 3": lambda x: x.norm(3),
        "norm inf": lambda x: x.norm(INF),
        "all": torch.all,
        "any": torch.any,
        "softmax": lambda x: x.softmax(0),
        "log_softmax": lambda x: x.log_softmax(0),
        "logsumexp": lambda x: x.logsumexp(0),
        "max along 0": lambda x: x.max(0),
        "min along 0": lambda x: x.min(0),
    }
    for name, f in whole.items():
        for note, x in samples.items():
            # PyTorch 1.13 itself fails in the backward pass of an unbiased variance of one element.
            alone = note in ("one element", "a number") and name in ("var", "std")
            case(name, f, x, note=note, differentiable=not alone)
    for name in ("sum", "mean", "var", "norm", "all", "any", "softmax", "log_softmax", "logsumexp"):
        case(name, whole[name], torch.zeros(0), note="empty")
    for name in ("sum", "max", "min", "argmax", "all", "any"):
        case(name, whole[name], i64(3, -1, 3, 0), note="whole numbers")
    for name in ("sum", "max", "min", "argmax"):
        case(name, whole[name], torch.tensor([200, 100, 200], dtype=torch.uint8), note="bytes")
    for name in ("sum", "all", "any", "max", "min"):
        case(name, whole[name], torch.tensor([True, False, True]), note="bools")
    matrix = f32(1, 5, 5, NAN, -2, 7, 0, 0, 0, 4, 4, -INF, shape=(3, 4))
    along = {
        "sum along 1": lambda x: x.sum(1),
        "mean along 0 kept": lambda x: x.mean(0, keepdim=True),
        "argmax along 1": lambda x: x.argmax(1),
        "argmin along 0": lambda x: x.argmin(0),
        "logsumexp along 1": lambda x: x.logsumexp(1),
        "softmax along 0": lambda x: x.softmax(0),
    }
    for name, f in along.items():
        case(name, f, matrix)
    for name in ("sum along 1", "mean along 0 kept", "logsumexp along 1", "softmax along 0"):
        case(name, along[name], torch.zeros(2, 0), note="no columns")
        case(name, along[name], torch.zeros(0, 3), note="no rows")


def losses():
    x, t = f32(0, 1, 0, 1, 0.25, 0.5, 1e-30), f32(0, 1, 1, 0, 0.75, 0.5, 1)
    case("binary_cross_entropy none", lambda x, t: F.binary_cross_entropy(x, t, reduction="none"), x, t)
    case("binary_cross_entropy mean", F.binary_cross_entropy, f64(0.1, 0.9), f64(0.3, 1))
    logits = f32(0, 1000, -1000, 1000, -1000, INF, -INF, 0.5, 20, -20)
    targets = f32(0.5, 1, 0, 0, 1, 1, 0, 0.25, 1, 1)
    case("binary_cross_entropy_with_logits none",
         lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="none"), logits, targets)
    case("binary_cross_entropy_with_logits sum",
         lambda x, t: F.binary_cross_entropy_with_logits(x, t, reduction="sum"), f64(1, -2, 30), f64(1, 0.5, 0))
    case("mse_loss", F.mse_loss, f32(1, 2, -3), f32(1, 0, 3))
    case("l1_loss none", lambda x, t: F.l1_loss(x, t, reduction="none"), f32(1, 2, -3), f32(1, 0, 3))
    rows = f32(1, 2, 3, 1000, 0, -1000, -1, -1, -1, 0, -INF, 5, shape=(4, 3))
    classes = i64(2, 0, 1, 2)
    case("cross_entropy none", lambda x, t: F.cross_entropy(x, t, reduction="none"), rows, classes)
    case("cross_entropy mean", F.cross_entropy, rows, classes)
    case("cross_entropy weighted", lambda x, t, w: F.cross_entropy(x, t, w.detach()), rows, classes, f32(0.5, 2, 1))
    case("nll_loss sum", lambda x, t: F.nll_loss(x, t, reduction="sum"), rows, classes)
    case("one_hot 4", lambda x: F.one_hot(x, 4), i64(0, 3, 3, 1, shape=(2, 2)))


def normalisation():
    matrix = f32(1, -2, 0.5, 3, 4, 4.5, -1, 0, shape=(4, 2))
    images = f32(*[math.sin(0.7 * i) * (1 + i % 5) for i in range(24)], shape=(2, 3, 2, 2))
    for note, x, c in (("matrix", matrix, 2), ("images", images, 3)):
        weight = 0.5 + torch.arange(c, dtype=torch.float32)
        bias = torch.arange(c, dtype=torch.float32) - 1
        mean, variance = bias * 0.25, weight * 2

        def training(x, w, b):
            m, v = mean.clone(), variance.clone()
            return F.batch_norm(x, m, v, w, b, True, 0.3, 1e-3), m, v

        def evaluation(x, w, b):
            return F.batch_norm(x, mean, variance, w, b, False, 0.3, 1e-3)

        case("batch_norm training", training, x, weight, bias, note=note)
        case("batch_norm evaluation", evaluation, x, weight, bias, note=note)
    case("batch_norm plain", lambda x: F.batch_norm(x, None, None, training=True), f32(2, 2, 2, 5, shape=(2, 2)))


def quarters(*shape, step=7):
    """Numbers whose sums of products need no rounding, so that the order of addition does not show."""
    i = torch.arange(math.prod(shape))
    return (((step * i + 3) % 11 - 5) / 4).reshape(shape)


def convolutions():
    x, w, b = quarters(2, 3, 7, 6), quarters(4, 3, 3, 2, step=5), quarters(4)
    for name, f in {
        "conv2d": F.conv2d,
        "conv2d strides 2": lambda *x: F.conv2d(*x, stride=2),
        "conv2d strides 2 padding 2": lambda *x: F.conv2d(*x, stride=2, padding=2),
        "conv2d strides 3 1 padding 0 4": lambda *x: F.conv2d(*x, stride=(3, 1), padding=(0, 4)),
        "conv2d strides 2 3 padding 1 0": lambda *x: F.conv2d(*x, stride=(2, 3), padding=(1, 0)),
    }.items():
        case(name, f, x, w, note="no bias")
        case(name, f, x, w, b, note="bias")
        case(name, f, x.double(), w.double(), b.double(), note="bias, double")
        case(name, f, quarters(1, 1, 5, 5), quarters(1, 1, 3, 2), quarters(1), note="one of each")
    x, w, b = quarters(2, 4, 4, 3), quarters(4, 3, 3, 2, step=5), quarters(3)
    for name, f in {
        "conv_transpose2d": F.conv_transpose2d,
        "conv_transpose2d strides 2": lambda *x: F.conv_transpose2d(*x, stride=2),
        "conv_transpose2d strides 2 padding 1": lambda *x: F.conv_transpose2d(*x, stride=2, padding=1),
        "conv_transpose2d strides 2 padding 1 0 output_padding 1": lambda *x: F.conv_transpose2d(
            *x, stride=2, padding=(1, 0), output_padding=1),
        "conv_transpose2d strides 3 4 output_padding 2 3": lambda *x: F.conv_transpose2d(
            *x, stride=(3, 4), output_padding=(2, 3)),
        "conv_transpose2d padding 2 1": lambda *x: F.conv_transpose2d(*x, padding=(2, 1)),
    }.items():
        case(name, f, x, w, note="no bias")
        case(name, f, x, w, b, note="bias")
        case(name, f, x.double(), w.double(), b.double(), note="bias, double")
        case(name, f, quarters(1, 1, 3, 3), quarters(1, 1, 3, 2), quarters(1), note="one of each")


def pools():
    x = quarters(2, 2, 6, 7)
    special = f32(1, NAN, 2, 2, 2, NAN, -INF, -INF, -INF, -INF, 0, -0.0, -1, INF, INF, 3, shape=(1, 4, 4))
    for name, f in {
        "max_pool2d 2": lambda x: F.max_pool2d(x, 2),
        "max_pool2d 3 stride 2 padding 1": lambda x: F.max_pool2d(x, 3, 2, 1),
        "max_pool2d 3 2 strides 1 3 padding 0 1 ceil": lambda x: F.max_pool2d(x, (3, 2), (1, 3), (0, 1), ceil_mode=True),
        "avg_pool2d 2": lambda x: F.avg_pool2d(x, 2),
        "avg_pool2d 3 stride 2 padding 1": lambda x: F.avg_pool2d(x, 3, 2, 1),
        "avg_pool2d 3 stride 2 padding 1 ceil": lambda x: F.avg_pool2d(x, 3, 2, 1, ceil_mode=True),
        "avg_pool2d 3 stride 2 padding 1 ceil without padding": lambda x: F.avg_pool2d(x, 3, 2, 1, True, False),
        "avg_pool2d 2 3 stride 3 2 padding 1 0 divisor 5": lambda x: F.avg_pool2d(
            x, (2, 3), (3, 2), (1, 0), divisor_override=5),
    }.items():
        case(name, f, x, note="images")
        case(name, f, x[0].double(), note="one image, double")
        if name.startswith("max"):
            case(name, f, special, note="NaN, infinities and ties")


def promotion():
    """Result types, of tensors with dimensions and without, and of tensors with numbers."""
    kinds = list(TYPES)
    for a in kinds:
        for b in kinds:
            for note, x, y in (
                ("vectors", torch.ones(2, dtype=a), torch.ones(2, dtype=b)),
                ("number on the right", torch.ones(2, dtype=a), torch.ones((), dtype=b)),
            ):
                case("add", torch.add, x, y, note=f"{note}, {TYPES[a]} {TYPES[b]}")
                case("div", torch.div, x, y, note=f"{note}, {TYPES[a]} {TYPES[b]}")
        for name, f in (
            ("plus 2", lambda x: x + 2),
            ("plus 2.5", lambda x: x + 2.5),
            ("times 2", lambda x: x * 2),
            ("over 2", lambda x: x / 2),
            ("gt 0.5", lambda x: x > 0.5),
        ):
            case(name, f, torch.ones(2, dtype=a), note=f"type {TYPES[a]}")
    case("div", torch.div, i64(7, -7, 1, 0), i64(2, 2, 0, 0), note="whole numbers, by zero too")
    case("pow 2", lambda x: x.pow(2), i64(3, -4, 0), note="whole numbers")
    case("pow", torch.pow, i64(3, -2, 0), i64(3, 3, 0), note="whole numbers")
    case("pow 0.5", lambda x: x.pow(0.5), i64(4, 9), note="whole numbers")
    case("clamp min", lambda x: x.clamp(min=-0.5), i64(-3, 2), note="whole numbers")
    case("abs", torch.abs, i64(-3, 2, 0), note="whole numbers")
    case("neg", torch.neg, torch.tensor([1, 0, 255], dtype=torch.uint8), note="bytes wrap")
    case("sub", torch.sub, torch.tensor([1, 0], dtype=torch.uint8), torch.tensor([2, 1], dtype=torch.uint8), note="bytes wrap")
    case("to int64", lambda x: x.long(), f32(2.9, -2.9, 0.5, -0.5))
    case("to bool", lambda x: x.bool(), f32(0, -0.0, 0.1, NAN, INF))
    case("to float32", lambda x: x.float(), f64(1 / 3, 1e300, -1e-300))


def gradient(step, n):
    """Numbers that need no rounding, the same in F#."""
    i = torch.arange(n)
    return ((7 * i + 3 * step) % 11 - 5) / 4


def trajectory(name, optimiser, n=19, dtype=torch.float32):
    """Parameters after 1, 2 and 10 steps from (i mod 5 - 2) / 2."""
    p = torch.nn.Parameter(((torch.arange(n) % 5 - 2) / 2).to(dtype))
    optim = optimiser([p])
    seen = []
    for step in range(1, 11):
        p.grad = gradient(step, n).to(dtype)
        optim.step()
        if step in (1, 2, 10):
            seen.append(packed(p))
    cases.append({"op": name, "note": "trajectory", "inputs": [], "results": seen, "gradients": []})


def optimisers():
    adam, sgd = torch.optim.Adam, torch.optim.SGD
    trajectory("Adam", lambda p: adam(p, lr=0.01))
    trajectory("Adam double", lambda p: adam(p, lr=0.01), dtype=torch.float64)
    trajectory("Adam betas eps", lambda p: adam(p, lr=0.1, betas=(0.5, 0.9), eps=1e-3))
    trajectory("Adam weight_decay", lambda p: adam(p, lr=0.01, weight_decay=0.3))
    trajectory("Adam maximize", lambda p: adam(p, lr=0.01, weight_decay=0.3, maximize=True))
    trajectory("SGD", lambda p: sgd(p, lr=0.1))
    trajectory("SGD momentum", lambda p: sgd(p, lr=0.1, momentum=0.9))
    trajectory("SGD dampening", lambda p: sgd(p, lr=0.1, momentum=0.9, dampening=0.25))
    trajectory("SGD nesterov", lambda p: sgd(p, lr=0.1, momentum=0.9, nesterov=True))
    trajectory("SGD weight_decay", lambda p: sgd(p, lr=0.1, momentum=0.5, weight_decay=0.2))
    trajectory("SGD maximize", lambda p: sgd(p, lr=0.1, weight_decay=0.2, maximize=True))


def clipped(name, dtype, limit):
    """The norm of two parameters' gradients, and the gradients when they are clipped to it."""
    parameters = [torch.nn.Parameter(torch.zeros(n, dtype=dtype)) for n in (19, 7)]
    for step, p in enumerate(parameters, 1):
        p.grad = gradient(step, len(p)).to(dtype)
    norm = torch.nn.utils.clip_grad_norm_(parameters, limit)
    results = [packed(norm)] + [packed(p.grad) for p in parameters]
    cases.append({"op": "clip_grad_norm_", "note": name, "inputs": [], "results": results, "gradients": []})


def clipping():
    clipped("to 0.5", torch.float32, 0.5)
    clipped("to 0.5, double", torch.float64, 0.5)
    clipped("to 100: nothing to do", torch.float32, 100.0)
    clipped("to infinity", torch.float32, INF)


def main():
    for family in (elementwise, reductions, losses, normalisation, convolutions, pools, promotion, optimisers, clipping):
        family()
    target = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "ops.json"
    lines = ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases)
    target.write_text(f'{{"torch":"{torch.__version__}","cases":[\n{lines}\n]}}\n')
    print(f"{len(cases)} cases in {target.name}")


main()

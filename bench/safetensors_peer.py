"""PyTorch's side of the exchange of weights: .ci/torch.fsx has the workbench's.

In the folder given, loads checkpoint.safetensors into PyTorch's own VAE by its state_dict names and compares what it makes of the
images of ours.safetensors with what the workbench made of them; then writes weights of its own, theirs.safetensors, and what
PyTorch makes of the same images with them, theirs-output.safetensors. Exit code 1 where outputs differ by 1e-5 or more. The format
is read and written here in some twenty lines: no package but PyTorch is needed. Debian: apt-get install python3-torch
"""

import json
import pathlib
import struct
import sys

import torch
from torch import nn

TYPES = {"F32": torch.float32, "F64": torch.float64, "I64": torch.int64, "I32": torch.int32, "U8": torch.uint8}
LIMIT = 1e-5


class Vae(nn.Module):
    """784-200 tanh, dropout 0.1, two heads of 32; 32-200 tanh-784."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(784, 200), nn.Tanh(), nn.Dropout(0.1))
        self.mean = nn.Sequential(nn.Linear(200, 32))
        self.variance = nn.Sequential(nn.Linear(200, 32))
        self.decoder = nn.Sequential(nn.Linear(32, 200), nn.Tanh(), nn.Linear(200, 784))


def read(path):
    """Tensors by name: 8 bytes of the header's length, a JSON header, the tensors' bytes."""
    data = path.read_bytes()
    start = 8 + struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:start])
    header.pop("__metadata__", None)

    def tensor(entry):
        begin, end = entry["data_offsets"]
        values = bytearray(data[start + begin : start + end])
        return torch.frombuffer(values, dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])

    return {name: tensor(entry) for name, entry in header.items()}


def write(path, tensors):
    """Float32 tensors in the order of their names."""
    header, parts, end = {}, [], 0
    for name, values in sorted(tensors.items()):
        part = values.detach().contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [end, end + len(part)]}
        parts.append(part)
        end += len(part)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def outputs(vae, images):
    """q(z|x) and the reconstruction from its mean."""
    with torch.no_grad():
        features = vae.eval().encoder(images)
        mean = vae.mean(features)
        return {
            "mean": mean,
            "log_variance": vae.variance(features),
            "reconstruction": torch.sigmoid(vae.decoder(mean)),
        }


def main():
    folder = pathlib.Path(sys.argv[1])
    ours = read(folder / "ours.safetensors")
    saved = read(folder / "checkpoint.safetensors")
    weights = {name: values for name, values in saved.items() if not name.startswith("adam/")}
    vae = Vae()
    vae.load_state_dict(weights)

    worst = 0.0
    for name, values in outputs(vae, ours["images"]).items():
        difference = (values - ours[name]).abs().max().item()
        print(f"PyTorch with the workbench's weights, {name}: max abs difference {difference:.2g}")
        worst = max(worst, difference)

    torch.manual_seed(1)
    vae = Vae()
    write(folder / "theirs.safetensors", vae.state_dict())
    write(folder / "theirs-output.safetensors", outputs(vae, ours["images"]))
    sys.exit(0 if worst < LIMIT else 1)


main()

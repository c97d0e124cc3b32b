/// A training step like a small VAE's (784-200-32 and back, batch 100), for tests of threads and memory.
module Workbench.Tests.SmallNetwork

open TorchSharp
open TorchSharp.Modules

type private F = torch.nn.functional

/// What one run trains: parameters by position, their optimiser, the batch and the noise.
type Network =
    { Parameters: Parameter[]
      Adam: Adam
      Batch: torch.Tensor
      Noise: torch.Generator }

let private shapes: int64[] list =
    [ [| 200L; 784L |]
      [| 200L |]
      [| 32L; 200L |]
      [| 32L |]
      [| 32L; 200L |]
      [| 32L |]
      [| 200L; 32L |]
      [| 200L |]
      [| 784L; 200L |]
      [| 784L |] ]

/// A fresh network: the same for the same seed.
let create (seed: int64) : Network =
    let noise = new torch.Generator()
    noise.manual_seed seed |> ignore

    let parameters =
        [| for shape in shapes do
               let start = torch.randn (shape, generator = noise) * 0.05
               let parameter = torch.nn.Parameter(start, true)
               parameter.DetachFromDisposeScope() |> ignore
               parameter |]

    { Parameters = parameters
      Adam = torch.optim.Adam(parameters, lr = 1e-3)
      Batch = torch.rand([| 100L; 784L |], generator = noise).DetachFromDisposeScope()
      Noise = noise }

let private loss (network: Network) =
    let p = network.Parameters
    let x = network.Batch

    let kept =
        torch.rand([| 100L; 200L |], generator = network.Noise).ge(0.1.ToScalar())

    let hidden = F.linear(x, p[0], p[1]).tanh() * kept.to_type torch.float32 / 0.9
    let mean = F.linear (hidden, p[2], p[3])
    let logVariance = F.linear (hidden, p[4], p[5])
    let noise = torch.randn ([| 100L; 32L |], generator = network.Noise)
    let code = mean + (logVariance * 0.5).exp() * noise
    let logits = F.linear (F.linear(code, p[6], p[7]).tanh(), p[8], p[9])

    let reconstruction =
        F.binary_cross_entropy_with_logits (logits, x, reduction = torch.nn.Reduction.Sum)

    let divergence = (mean * mean + logVariance.exp () - logVariance - 1.0).sum() * 0.5
    (reconstruction + divergence) / 100.0

/// One step; the loss before it.
let step (network: Network) : float32 =
    use _ = torch.NewDisposeScope()
    network.Adam.zero_grad ()
    let loss = loss network
    loss.backward ()
    network.Adam.step () |> ignore
    loss.item<float32>()

/// All parameters' bits.
let bits (network: Network) : float32[] =
    network.Parameters
    |> Array.collect (fun p -> p.detach().data<float32>().ToArray())

/// Disposes all that the network holds.
let dispose (network: Network) : unit =
    network.Adam.Dispose()
    network.Batch.Dispose()

    for p in network.Parameters do
        p.Dispose()

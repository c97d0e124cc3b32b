namespace Workbench

open TorchSharp

/// Generators derived from (seed, purpose, number), so that no draw depends on what was drawn elsewhere, and what is drawn from them.
/// TorchSharp's generators are all of the CPU: one that is asked for on another device draws there, too, and knows where its numbers
/// are wanted. So all devices have the same ones, which are moved.
[<RequireQualifiedAccess>]
module Random =

    /// What numbers are for: each purpose, and each number in it, has a stream of its own. On libtorch, which takes 32 bits of what is
    /// derived here, two of n streams may be the same one, with a chance of n^2 / 2^33: for 1,000 epochs, once in 8,600 runs.
    type Purpose =
        | Initialisation
        | Epoch
        | Evaluation
        | Binarisation
        | Split
        | Sampling

    let private tag =
        function
        | Initialisation -> 1UL
        | Epoch -> 2UL
        | Evaluation -> 3UL
        | Binarisation -> 4UL
        | Split -> 5UL
        | Sampling -> 6UL

    /// The generator for the given purpose and number (an epoch, say) under a seed, of numbers that are wanted on a device.
    let generatorOn
        (device: torch.Device)
        (seed: int)
        (purpose: Purpose)
        (number: int)
        : torch.Generator =
        let family = SplitMix.Mix(uint64 seed + SplitMix.Step) + SplitMix.Step * tag purpose

        new torch.Generator(
            SplitMix.Mix(SplitMix.Mix family + uint64 number + SplitMix.Step),
            device
        )

    /// The same, of numbers that are wanted on the CPU.
    let generator (seed: int) (purpose: Purpose) (number: int) : torch.Generator =
        generatorOn torch.CPU seed purpose number

    /// Uniform in [0, 1), of this type and shape, on the generator's device.
    let uniformOf (kind: torch.ScalarType) (generator: torch.Generator) (shape: int64[]) : Tensor =
        torch.rand (shape, dtype = kind, device = torch.CPU, generator = generator)
        |> Device.move generator.device

    /// Uniform in [0, 1), of this shape, on the generator's device.
    let uniform (generator: torch.Generator) (shape: int64[]) : Tensor =
        uniformOf torch.float32 generator shape

    /// Draws of N(0, 1), of this type and shape, on the generator's device.
    let normalOf (kind: torch.ScalarType) (generator: torch.Generator) (shape: int64[]) : Tensor =
        torch.randn (shape, dtype = kind, device = torch.CPU, generator = generator)
        |> Device.move generator.device

    /// Draws of N(0, 1), of this shape, on the generator's device.
    let normal (generator: torch.Generator) (shape: int64[]) : Tensor =
        normalOf torch.float32 generator shape

    /// Whole numbers from 0 to below a bound, of this shape, on the generator's device.
    let below (bound: int64) (generator: torch.Generator) (shape: int64[]) : Tensor =
        torch.randint (0L, bound, shape, device = torch.CPU, generator = generator)
        |> Device.move generator.device

    /// The numbers from 0 to below a count in a random order, on the generator's device.
    let order (generator: torch.Generator) (count: int64) : Tensor =
        torch.randperm (count, device = torch.CPU, generator = generator)
        |> Device.move generator.device

    /// 1 with the probability that each number is, else 0, where these lie.
    let hits (generator: torch.Generator) (probabilities: Tensor) : Tensor =
        torch.bernoulli (Device.move torch.CPU probabilities, generator)
        |> Device.move probabilities.device

namespace Workbench

open TorchSharp

/// Generators derived from (seed, purpose, number), so that no draw depends on what was drawn elsewhere.
[<RequireQualifiedAccess>]
module Random =

    /// What numbers are for. Streams of different purposes never overlap.
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

    /// The generator for the given purpose and number (an epoch, say) under a seed.
    let generator (seed: int) (purpose: Purpose) (number: int) : torch.Generator =
        let family = SplitMix.Mix(uint64 seed + SplitMix.Step) + SplitMix.Step * tag purpose
        new torch.Generator(SplitMix.Mix(SplitMix.Mix family + uint64 number + SplitMix.Step))

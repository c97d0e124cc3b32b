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

    /// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014): near inputs give far outputs.
    let private mix (x: uint64) =
        let x = (x ^^^ (x >>> 30)) * 0xBF58476D1CE4E5B9UL
        let x = (x ^^^ (x >>> 27)) * 0x94D049BB133111EBUL
        x ^^^ (x >>> 31)

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
        let golden = 0x9E3779B97F4A7C15UL
        let key = mix (mix (uint64 seed + golden) + golden * tag purpose) + uint64 number
        new torch.Generator(mix (key + golden))

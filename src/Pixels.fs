namespace Workbench

open TorchSharp

/// What a pixel's grey is taken for.
type Pixels =
    /// A target between 0 and 1 as it is; the summed cross-entropy is then no likelihood.
    | Grey
    /// The probability of ink, drawn once, always the same.
    | Static
    /// The probability of ink, drawn anew whenever the image is used.
    | Dynamic

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Pixels =
    /// Every mode with the word that names it on the command line and beside printed figures.
    let all = [ "grey", Grey; "static", Static; "dynamic", Dynamic ]

    /// The word that names a mode.
    let name (pixels: Pixels) : string =
        all |> List.find (fun (_, mode) -> mode = pixels) |> fst

    /// Images as a model sees them: dynamic ones are drawn from the generator, others are as they are.
    let seen (pixels: Pixels) (generator: torch.Generator) (images: torch.Tensor) : torch.Tensor =
        match pixels with
        | Dynamic -> torch.bernoulli (images, generator)
        | Grey
        | Static -> images

namespace Workbench

/// What a pixel is to a model: its grey value as it is, or a black or white pixel drawn with the grey value as its probability,
/// once for the whole run (`Static`) or anew every epoch (`Dynamic`). Grey figures are no likelihoods.
[<RequireQualifiedAccess>]
type Pixels =
    | Grey
    | Static
    | Dynamic

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Pixels =
    /// Every mode with the word that names it on the command line and beside printed figures.
    let all =
        [ "grey", Pixels.Grey; "static", Pixels.Static; "dynamic", Pixels.Dynamic ]

    /// The word that names a mode.
    let name (pixels: Pixels) : string =
        all |> List.find (fun (_, mode) -> mode = pixels) |> fst

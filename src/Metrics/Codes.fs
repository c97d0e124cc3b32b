namespace Workbench

open TorchSharp

/// Measurements of codes, N x latent, one row an image.
[<RequireQualifiedAccess>]
module Codes =

    /// A dimension whose mean code varies by more than this over the data is active.
    let private activeFrom = 0.01

    /// The mean and the variance (over n - 1) of each dimension.
    let moments (codes: torch.Tensor) : (float * float) list =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let rows = codes.to_type (torch.float64)
        let means = (rows.mean [| 0L |]).data<float>().ToArray()
        let variances = (rows.var (0L)).data<float>().ToArray()
        List.zip (List.ofArray means) (List.ofArray variances)

    /// How many dimensions carry something: those whose mean code, N x latent over the data, has a variance above 0.01
    /// (Burda et al., 2016).
    let activeUnits (meanCodes: torch.Tensor) : int =
        moments meanCodes
        |> List.filter (fun (_, variance) -> variance > activeFrom)
        |> List.length

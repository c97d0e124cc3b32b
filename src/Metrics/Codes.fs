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

    /// How many dimensions of codes have a mean within 0.1 of 0 and a variance between 0.8 and 1.2: those of N(0, 1).
    let matched (codes: torch.Tensor) : int =
        moments codes
        |> List.filter (fun (mean, variance) ->
            abs mean <= 0.1 && variance >= 0.8 && variance <= 1.2)
        |> List.length

    /// So many rows of codes, each through the first of these codes, N x latent, and along one dimension from -3 to 3 in ten steps:
    /// the dimensions whose codes vary most, numbered from 1.
    let traversals (codes: torch.Tensor) (rows: int) : (string * torch.Tensor) list =
        let steps = 10L

        let mostVaried =
            moments codes
            |> List.indexed
            |> List.sortByDescending (fun (_, (_, variance)) -> variance)
            |> List.truncate rows

        [ for dimension, _ in mostVaried do
              let line = codes.narrow(0L, 0L, 1L).expand(steps, -1L).clone()
              let values = torch.linspace (-3.0, 3.0, steps, dtype = torch.ScalarType.Float32)
              line.narrow(1L, int64 dimension, 1L).copy_(values.unsqueeze 1L) |> ignore
              $"dimension {dimension + 1}", line ]

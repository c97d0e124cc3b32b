namespace Workbench

open System
open TorchSharp
open Workbench.NeighbourEmbedding

/// What is told of an adversarial autoencoder's codes.
[<RequireQualifiedAccess>]
module AdversarialAutoencoderReport =

    /// Training images whose codes are placed in the plane, the first ones.
    let private placed = 10_000L

    /// Neighbours of the trustworthiness.
    let private neighbours = 12

    let private perplexity = TSneSettings().Perplexity

    /// How far a dimension's mean may be from 0, and its variance from 1, to count as matched.
    let private meanWithin, varianceFrom, varianceTo = 0.1, 0.8, 1.2

    /// How many dimensions of codes, N x latent, have a mean within 0.1 of 0 and a variance of 0.8 to 1.2.
    let matched (codes: torch.Tensor) : int =
        Codes.moments codes
        |> List.filter (fun (mean, variance) ->
            abs mean <= meanWithin && variance >= varianceFrom && variance <= varianceTo)
        |> List.length

    let private numbers (tensor: torch.Tensor) : float32[] =
        use cpu = tensor.contiguous().cpu()
        cpu.data<float32>().ToArray()

    /// Codes placed in the plane by t-SNE.
    type Placed =
        {
            /// N x 2.
            Positions: torch.Tensor
            /// Of how many codes, the first ones.
            Count: int
            Kl: float
            /// Over 12 neighbours; NaN where there are too few codes.
            Trustworthiness: float
        }

    let private embed (run: ScriptRun<'Own>) (codes: torch.Tensor) : Placed =
        let count = int codes.shape[0]
        let rows = numbers codes
        let settings = TSneSettings(Seed = run.Common.Seed, Threads = run.Common.Threads)

        let tell iteration kl =
            run.Say $"t-SNE {iteration}/{settings.Iterations}  KL {Sections.fixed2 kl}"

        let embedding = TSne.Run(rows, count, settings, tell, run.Stop)

        { Positions = torch.from_array(embedding.Positions).reshape(int64 count, 2L)
          Count = count
          Kl = embedding.Kl
          Trustworthiness =
            if 2 * neighbours < count then
                TSne.Trustworthiness(rows, embedding.Positions, count, neighbours)
            else
                nan }

    /// Places the codes of the first 10,000 training images, telling its progress; none where there are too few for the
    /// perplexity, or where the run is asked to stop.
    let place
        (run: ScriptRun<'Own>)
        (data: Dataset)
        (encode: torch.Tensor -> torch.Tensor)
        : Placed option =
        let count = min placed data.Train.Images.shape[0]

        if float count <= perplexity then
            None
        else
            try
                Some(embed run (encode (data.Train.Images.narrow (0L, 0L, count))))
            with
            | :? OperationCanceledException -> None
            | :? ArgumentException as wrong -> BadInput.fail "t-SNE: %s" wrong.Message

    /// The placed codes as a chart and a word.
    let cloud (data: Dataset) (placed: Placed) : Section list =
        let labels =
            data.Train.Labels
            |> Option.map (fun labels -> labels.narrow (0L, 0L, int64 placed.Count))

        [ Sections.cloud
              "Codes of training images, placed by t-SNE"
              ("only distances mean something", "")
              labels
              placed.Positions
          Section.Words
              $"t-SNE of {Report.count (int64 placed.Count)} codes, perplexity {perplexity}: KL divergence {Sections.fixed2 placed.Kl} nats, trustworthiness {Sections.short placed.Trustworthiness} over {neighbours} neighbours." ]

    let private steps = 10

    /// Rows of codes along one dimension each, from -3 to 3, through a code; the dimensions whose codes vary most.
    let traversals (codes: torch.Tensor) (rows: int) : (string * torch.Tensor) list =
        let order =
            Codes.moments codes
            |> List.indexed
            |> List.sortByDescending (fun (_, (_, variance)) -> variance)
            |> List.truncate rows

        [ for dimension, _ in order do
              let line = codes.narrow(0L, 0L, 1L).expand(int64 steps, -1L).clone()

              let values =
                  torch.linspace (-3.0, 3.0, int64 steps, dtype = torch.ScalarType.Float32)

              line.narrow(1L, int64 dimension, 1L).copy_(values.unsqueeze 1L) |> ignore
              $"dimension {dimension + 1}", line ]

namespace Workbench

open System
open System.Threading
open TorchSharp
open Workbench.NeighbourEmbedding

/// Codes placed in the plane so that neighbours stay neighbours.
type Placed =
    {
        /// N x 2.
        Positions: torch.Tensor
        Settings: TSneSettings
        /// KL(P || Q) of the affinities among the codes and among their places, in nats.
        Kl: float
        /// How few strangers are among the places' nearest neighbours (Venna and Kaski, 2001), 1 at best; NaN of too few codes.
        Trustworthiness: float
    }

/// Codes of many dimensions as a picture, by t-SNE (van der Maaten and Hinton, 2008).
[<RequireQualifiedAccess>]
module Placement =

    /// The neighbours that the trustworthiness counts.
    let private neighbours = 12

    let private numbers (tensor: torch.Tensor) : float32[] =
        use cpu = tensor.contiguous().cpu()
        cpu.data<float32>().ToArray()

    let private embed (settings: TSneSettings) say stop (codes: torch.Tensor) : Placed =
        let count = int codes.shape[0]
        let rows = numbers codes

        let tell iteration kl =
            say $"t-SNE {iteration}/{settings.Iterations}  KL {Sections.fixed2 kl}"

        let embedding = TSne.Run(rows, count, settings, Action<int, float>(tell), stop)

        { Positions = torch.from_array(embedding.Positions).reshape(int64 count, 2L)
          Settings = settings
          Kl = embedding.Kl
          Trustworthiness =
            if 2 * neighbours < count then
                TSne.Trustworthiness(rows, embedding.Positions, count, neighbours)
            else
                nan }

    /// The places of codes, N x latent, telling its progress; none where there are too few codes for the perplexity, or where it is
    /// asked to stop.
    let tsne
        (settings: TSneSettings)
        (say: string -> unit)
        (stop: CancellationToken)
        (codes: torch.Tensor)
        : Placed option =
        if float codes.shape[0] <= settings.Perplexity then
            None
        else
            try
                Some(embed settings say stop codes)
            with
            | :? OperationCanceledException -> None
            | :? ArgumentException as wrong -> BadInput.fail "t-SNE: %s" wrong.Message

    /// tsne_kl and tsne_trustworthiness, where codes were placed.
    let figures (placed: Placed option) : (string * float) list =
        match placed with
        | Some placed -> [ "tsne_kl", placed.Kl; "tsne_trustworthiness", placed.Trustworthiness ]
        | None -> []

    /// The places as a chart, coloured by label where there are labels, and what is to be known of it.
    let sections
        (title: string)
        (labels: torch.Tensor option)
        (placed: Placed option)
        : Section list =
        match placed with
        | Some placed ->
            [ Sections.cloud title ("only distances mean something", "") labels placed.Positions
              Section.Words
                  $"t-SNE of {Report.count placed.Positions.shape[0]} codes, perplexity {placed.Settings.Perplexity}: KL divergence {Sections.fixed2 placed.Kl} nats, trustworthiness {Sections.short placed.Trustworthiness} over {neighbours} neighbours." ]
        | None -> []

namespace Workbench

open TorchSharp

/// Images that a way may go between: the likeliest label of each, and how likely it and the others are.
type Candidates =
    {
        Labels: int[]
        /// Of each image, the probability of each label.
        Probabilities: float32[][]
    }

/// Which images a way goes between.
[<RequireQualifiedAccess>]
module Ends =

    /// Candidates as a classifier sees them: N x classes probabilities.
    let ofProbabilities (probabilities: torch.Tensor) : Candidates =
        let rows =
            probabilities.contiguous().data<float32>().ToArray()
            |> Array.chunkBySize (int probabilities.shape[1])

        { Labels = rows |> Array.map (fun row -> Array.findIndex ((=) (Array.max row)) row)
          Probabilities = rows }

    /// Candidates whose labels are known (int64, N): each is certain.
    let ofLabels (classes: int) (labels: torch.Tensor) : Candidates =
        torch.nn.functional.one_hot(labels, int64 classes).to_type(torch.float32)
        |> ofProbabilities

    /// The turn-th (from 0, round and round) of the images with a label; where there is none, the one likeliest to have it.
    let find (candidates: Candidates) (label: int) (turn: int) : int =
        let all = [| 0 .. candidates.Labels.Length - 1 |]

        match all |> Array.filter (fun image -> candidates.Labels[image] = label) with
        | [||] -> all |> Array.maxBy (fun image -> candidates.Probabilities[image][label])
        | members -> members[turn % members.Length]

    /// Each two labels, in both directions: from, to.
    let pairs (classes: int) : (int * int) list =
        [ for from in 0 .. classes - 1 do
              for until in 0 .. classes - 1 do
                  if from <> until then
                      from, until ]

    /// The first images of two labels: from, to.
    let first (candidates: Candidates) (from: int, until: int) : int * int =
        find candidates from 0, find candidates until 0

    /// An image of either label for each pair. As long as there are enough of a label, none stands twice.
    let spread (candidates: Candidates) (classes: int) (pairs: (int * int) list) =
        [ for from, until in pairs ->
              find candidates from until, find candidates until (classes + from) ]

    /// The likeliest label of all but one over the first so many images.
    let private clearest (candidates: Candidates) (count: int) (but: int option) =
        Seq.truncate count candidates.Probabilities
        |> Seq.collect (Seq.mapi (fun label probability -> label, probability))
        |> Seq.filter (fun (label, _) -> Some label <> but)
        |> Seq.maxBy snd
        |> fst

    /// Two labels to go between: those that were asked for, else the clearest of the first so many images.
    let labels (candidates: Candidates) (count: int) (from: int option, until: int option) =
        let from = from |> Option.defaultWith (fun () -> clearest candidates count until)
        from, until |> Option.defaultWith (fun () -> clearest candidates count (Some from))

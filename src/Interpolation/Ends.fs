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
        torch.nn.functional.one_hot(labels, int64 classes).to_type (torch.float32)
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

    /// The images that a pair of labels stands for. As long as there are enough of a label, no image stands twice.
    let ofPair (candidates: Candidates) (classes: int) (from: int, until: int) : int * int =
        find candidates from until, find candidates until (classes + from)

    /// The likeliest label of all but one over the candidates.
    let private clearest (candidates: Candidates) (but: int option) =
        candidates.Probabilities
        |> Seq.collect (Seq.mapi (fun label probability -> label, probability))
        |> Seq.filter (fun (label, _) -> Some label <> but)
        |> Seq.maxBy snd
        |> fst

    /// Two labels to go between, always two: those that were asked for, else the clearest of the candidates.
    let labels (candidates: Candidates) (from: int option) (until: int option) : int * int =
        let from = from |> Option.defaultWith (fun () -> clearest candidates until)
        from, until |> Option.defaultWith (fun () -> clearest candidates (Some from))

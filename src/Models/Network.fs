namespace Workbench

open TorchSharp

/// How a network is run: in training, dropout masks are drawn from the generator and batches are normalised by themselves.
type Mode =
    | Training of torch.Generator
    | Evaluation

/// What a network made of a batch.
type Forward =
    {
        Output: torch.Tensor
        /// The running statistics after this batch, by name. Empty in evaluation.
        Statistics: Parameters
    }

/// Networks by their parts' names.
[<RequireQualifiedAccess>]
module Network =

    /// Fresh parameters for the layers, drawn from the generator in order.
    let init generator (prefix: string) (layers: Layer list) : (string * torch.Tensor) list =
        Net.init generator (Net.create prefix layers)

    /// The parameters with newer tensors in place of some: the statistics of a pass.
    let updated (newer: Parameters) (parameters: Parameters) : Parameters =
        Map.fold (fun all name tensor -> Map.add name tensor all) parameters newer

    /// Runs the layers on a batch: N rows (or images) to N rows (or images).
    let forward
        (parameters: Parameters)
        (mode: Mode)
        (prefix: string)
        (layers: Layer list)
        (x: torch.Tensor)
        : Forward =
        let pass =
            match mode with
            | Training generator -> Pass.training generator parameters
            | Evaluation -> Pass.evaluation parameters

        let output = Net.apply pass (Net.create prefix layers) x

        { Output = output
          Statistics = Map.ofSeq (Seq.map (|KeyValue|) pass.Moved) }

    /// `forward` in evaluation, its output alone.
    let evaluate (parameters: Parameters) (prefix: string) (layers: Layer list) (x: torch.Tensor) =
        (forward parameters Evaluation prefix layers x).Output

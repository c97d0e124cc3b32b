namespace Workbench

open System
open TorchSharp

/// A model's tensors by PyTorch's state_dict names: what gradients change, and the running statistics of batch normalisations.
type Parameters = Map<string, torch.Tensor>

/// How a network is run: in training, dropout masks are drawn from the generator and batches are normalised by themselves.
type Mode =
    | Training of torch.Generator
    | Evaluation

/// The function between two layers.
type Activation =
    | Tanh
    | Relu
    | Sigmoid

/// A square window over an image: what it reads and writes (channels), its side, and how it moves.
type Window =
    { Inputs: int
      Outputs: int
      Kernel: int
      Stride: int
      Padding: int }

/// One step of a sequential network.
type Layer =
    /// x W^T + b, from so many numbers to so many.
    | Linear of inputs: int * outputs: int
    /// Cross-correlation of N x C x H x W images with a window.
    | Convolution of Window
    /// The gradient of `Convolution` as a layer: with stride 2, twice as large an image.
    | TransposedConvolution of Window
    /// The largest of each square of so many pixels a side.
    | MaxPool of side: int
    /// Mean 0 and variance 1 of each feature (or channel) over the batch, then a learned scale and shift (Ioffe and Szegedy, 2015).
    | BatchNorm of features: int
    /// `BatchNorm` without scale and shift.
    | Standardise of features: int
    | Activation of Activation
    /// In training, zeroes each number with this probability and scales the rest by 1 / (1 - p).
    | Dropout of probability: float
    /// Rows of numbers as images of so many channels, rows and columns.
    | Unflatten of channels: int * height: int * width: int
    /// Images as rows of numbers.
    | Flatten

/// What a network made of a batch.
type Pass =
    {
        Output: torch.Tensor
        /// The running statistics after this batch, by name. Empty in evaluation.
        Statistics: Parameters
    }

/// Sequential networks as values: layers have PyTorch's names, "prefix.index.weight", where every layer counts.
[<RequireQualifiedAccess>]
module Network =

    /// What a running statistic keeps of its past at each batch is 1 - this, as in PyTorch.
    let private momentum = 0.1

    /// Added to a variance before its root.
    let private epsilon = 1e-5

    let private statistics = [ ".running_mean"; ".running_var" ]

    /// Whether a tensor is a running statistic: moved by batches, not by gradients.
    let isStatistic (name: string) : bool =
        statistics
        |> List.exists (fun part -> name.EndsWith(part, StringComparison.Ordinal))

    let private uniform (generator: torch.Generator) (bound: float) (shape: int list) =
        let shape = shape |> List.map int64 |> Array.ofList
        torch.rand (shape, generator = generator) * (2.0 * bound) - bound

    /// PyTorch's default: weight and bias uniform within 1 / sqrt(inputs of one output).
    let private initWeights generator (name: string) fanIn (outputs: int) shape =
        let bound = 1.0 / sqrt (float fanIn)

        [ name + ".weight", uniform generator bound shape
          name + ".bias", uniform generator bound [ outputs ] ]

    /// Fresh parameters of a linear layer.
    let initLinear
        generator
        (name: string)
        (inputs: int)
        (outputs: int)
        : (string * torch.Tensor) list =
        initWeights generator name inputs outputs [ outputs; inputs ]

    let private freshStatistics (name: string) (features: int) =
        [ name + ".running_mean", torch.zeros (int64 features)
          name + ".running_var", torch.ones (int64 features) ]

    let private initLayer generator name layer =
        match layer with
        | Linear(inputs, outputs) -> initLinear generator name inputs outputs
        | Convolution window ->
            let area = window.Kernel * window.Kernel

            [ window.Outputs; window.Inputs; window.Kernel; window.Kernel ]
            |> initWeights generator name (window.Inputs * area) window.Outputs
        | TransposedConvolution window ->
            let area = window.Kernel * window.Kernel

            [ window.Inputs; window.Outputs; window.Kernel; window.Kernel ]
            |> initWeights generator name (window.Outputs * area) window.Outputs
        | BatchNorm features ->
            [ name + ".weight", torch.ones (int64 features)
              name + ".bias", torch.zeros (int64 features) ]
            @ freshStatistics name features
        | Standardise features -> freshStatistics name features
        | MaxPool _
        | Activation _
        | Dropout _
        | Unflatten _
        | Flatten -> []

    /// A layer's name. Made at every step, for which interpolation is too slow.
    let private nameOf (prefix: string) (index: int) = prefix + "." + string index

    /// Fresh parameters for the layers, drawn from the generator in order.
    let init
        (generator: torch.Generator)
        (prefix: string)
        (layers: Layer list)
        : (string * torch.Tensor) list =
        layers
        |> List.indexed
        |> List.collect (fun (index, layer) -> initLayer generator (nameOf prefix index) layer)

    /// x W^T + b with the named layer's parameters.
    let linear (parameters: Parameters) (name: string) (x: torch.Tensor) : torch.Tensor =
        torch.nn.functional.linear (x, parameters[name + ".weight"], parameters[name + ".bias"])

    let private dropout mode probability (x: torch.Tensor) =
        match mode with
        | Training generator when probability > 0.0 ->
            let kept = torch.rand(x.shape, generator = generator).ge(probability.ToScalar())
            x * (kept.to_type (torch.float32) * (1.0 / (1.0 - probability)))
        | _ -> x

    let private square (side: int) = [| int64 side; int64 side |]

    /// The weights of a convolution, once this machine is known to compute it rightly.
    let private trusted isTransposed (window: Window) (x: torch.Tensor) (weight: torch.Tensor) =
        if not Engine.isManaged then
            let isRecorded = torch.is_grad_enabled ()

            ConvolutionCheck.demand
                { IsTransposed = isTransposed
                  Inputs = int64 window.Inputs
                  Outputs = int64 window.Outputs
                  Kernel = int64 window.Kernel
                  Stride = int64 window.Stride
                  Padding = int64 window.Padding
                  Height = x.shape[2]
                  Width = x.shape[3]
                  InputGradient = isRecorded && x.requires_grad
                  WeightGradient = isRecorded && weight.requires_grad }

        weight

    let private convolution (parameters: Parameters) (name: string) window (x: torch.Tensor) =
        torch.nn.functional.conv2d (
            x,
            trusted false window x parameters[name + ".weight"],
            parameters[name + ".bias"],
            strides = square window.Stride,
            padding = square window.Padding
        )

    let private transposed (parameters: Parameters) (name: string) window (x: torch.Tensor) =
        torch.nn.functional.conv_transpose2d (
            x,
            trusted true window x parameters[name + ".weight"],
            parameters[name + ".bias"],
            strides = square window.Stride,
            padding = square window.Padding
        )

    /// In training the engine moves the running statistics that it is given in place: it gets copies, and they come back.
    let private normalise (parameters: Parameters) mode (name: string) (x: torch.Tensor) : Pass =
        let given part =
            Map.tryFind (name + part) parameters |> Option.toObj

        let training = mode <> Evaluation

        let statistics =
            statistics
            |> List.map (fun part ->
                let kept = parameters[name + part]
                name + part, (if training then kept.clone () else kept))

        let output =
            torch.nn.functional.batch_norm (
                x,
                snd statistics[0],
                snd statistics[1],
                given ".weight",
                given ".bias",
                training,
                momentum,
                epsilon
            )

        { Output = output
          Statistics = if training then Map.ofList statistics else Map.empty }

    let private applyLayer (parameters: Parameters) mode name (x: torch.Tensor) layer : Pass =
        let plain output =
            { Output = output
              Statistics = Map.empty }

        match layer with
        | Linear _ -> plain (linear parameters name x)
        | Convolution window -> plain (convolution parameters name window x)
        | TransposedConvolution window -> plain (transposed parameters name window x)
        | MaxPool side -> plain (torch.nn.functional.max_pool2d (x, int64 side))
        | BatchNorm _
        | Standardise _ -> normalise parameters mode name x
        | Activation Tanh -> plain (x.tanh ())
        | Activation Relu -> plain (x.relu ())
        | Activation Sigmoid -> plain (x.sigmoid ())
        | Dropout probability -> plain (dropout mode probability x)
        | Unflatten(channels, height, width) ->
            plain (x.reshape (x.shape[0], int64 channels, int64 height, int64 width))
        | Flatten -> plain (x.flatten 1L)

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
        : Pass =
        layers
        |> List.indexed
        |> List.fold
            (fun pass (index, layer) ->
                let next = applyLayer parameters mode (nameOf prefix index) pass.Output layer

                { next with
                    Statistics = updated next.Statistics pass.Statistics })
            { Output = x; Statistics = Map.empty }

    /// `forward` in evaluation, its output alone.
    let evaluate (parameters: Parameters) (prefix: string) (layers: Layer list) (x: torch.Tensor) =
        (forward parameters Evaluation prefix layers x).Output

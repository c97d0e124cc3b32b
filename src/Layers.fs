namespace Workbench

open System
open System.Collections.Generic
open TorchSharp

/// A model's tensors by PyTorch's state_dict names: what gradients change, and the running statistics of batch normalisations.
type Parameters = Map<string, torch.Tensor>

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

/// A sequential network. Its parameters have the names that nn.Sequential gives them, NAME.INDEX.weight, where every layer counts.
type Net = { Name: string; Layers: Layer list }

/// One pass of a batch through networks.
type Pass =
    {
        Parameters: Parameters
        /// Whether dropout masks are drawn and batches are normalised by themselves, not by running statistics.
        IsTraining: bool
        /// Where all noise comes from.
        Generator: torch.Generator
        /// The running statistics that the pass has moved, by name; none in evaluation.
        Moved: Dictionary<string, torch.Tensor>
    }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Pass =

    /// A pass in training: batch statistics are noted, the parameters stay as they are.
    let training (generator: torch.Generator) (parameters: Parameters) : Pass =
        { Parameters = parameters
          IsTraining = true
          Generator = generator
          Moved = Dictionary() }

    /// A pass in evaluation, with noise of a fixed key unless a generator takes its place.
    let evaluation (parameters: Parameters) : Pass =
        { Parameters = parameters
          IsTraining = false
          Generator = Random.generator 0 Random.Evaluation 0
          Moved = Dictionary() }

    /// What is computed without gradients: a constant to whatever is computed from it.
    let constant (compute: unit -> torch.Tensor) : torch.Tensor =
        use _ = torch.no_grad ()
        compute ()

/// Sequential networks as values.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Net =

    /// What a running statistic keeps of its past at each batch is 1 - this, as in PyTorch.
    let private momentum = 0.1

    /// Added to a variance before its root.
    let private epsilon = 1e-5

    let private statistics = [ ".running_mean"; ".running_var" ]

    /// A network of these layers, one after the other.
    let create (name: string) (layers: Layer list) : Net = { Name = name; Layers = layers }

    /// Whether a tensor is a running statistic: moved by batches, not by gradients.
    let isStatistic (name: string) : bool =
        statistics
        |> List.exists (fun part -> name.EndsWith(part, StringComparison.Ordinal))

    /// A layer's name. Made at every step, for which interpolation is too slow.
    let private nameOf (net: Net) (index: int) = net.Name + "." + string index

    let private uniform (generator: torch.Generator) (bound: float) (shape: int list) =
        let shape = shape |> List.map int64 |> Array.ofList
        torch.rand (shape, generator = generator) * (2.0 * bound) - bound

    /// PyTorch's default: weight and bias uniform within 1 / sqrt(inputs of one output).
    let private initWeights generator (name: string) fanIn (outputs: int) shape =
        let bound = 1.0 / sqrt (float fanIn)

        [ name + ".weight", uniform generator bound shape
          name + ".bias", uniform generator bound [ outputs ] ]

    let private freshStatistics (name: string) (features: int) =
        [ name + ".running_mean", torch.zeros (int64 features)
          name + ".running_var", torch.ones (int64 features) ]

    let private initLayer generator name layer =
        match layer with
        | Linear(inputs, outputs) -> initWeights generator name inputs outputs [ outputs; inputs ]
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

    /// Fresh parameters, drawn from the generator in the order of the layers.
    let init (generator: torch.Generator) (net: Net) : (string * torch.Tensor) list =
        net.Layers
        |> List.indexed
        |> List.collect (fun (index, layer) -> initLayer generator (nameOf net index) layer)

    /// x W^T + b with the named layer's parameters.
    let linear (parameters: Parameters) (name: string) (x: torch.Tensor) : torch.Tensor =
        torch.nn.functional.linear (x, parameters[name + ".weight"], parameters[name + ".bias"])

    let private dropout (pass: Pass) probability (x: torch.Tensor) =
        if pass.IsTraining && probability > 0.0 then
            let kept =
                torch.rand(x.shape, generator = pass.Generator).ge(probability.ToScalar())

            x * (kept.to_type (torch.float32) * (1.0 / (1.0 - probability)))
        else
            x

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

    /// A running statistic as this pass has it: in training a copy, which the engine moves in place.
    let private statistic (pass: Pass) (name: string) =
        match pass.Moved.TryGetValue name with
        | true, moved -> moved
        | _ when pass.IsTraining ->
            let own = pass.Parameters[name].clone()
            pass.Moved[name] <- own
            own
        | _ -> pass.Parameters[name]

    let private normalise (pass: Pass) (name: string) (x: torch.Tensor) =
        let given part =
            Map.tryFind (name + part) pass.Parameters |> Option.toObj

        torch.nn.functional.batch_norm (
            x,
            statistic pass (name + statistics[0]),
            statistic pass (name + statistics[1]),
            given ".weight",
            given ".bias",
            pass.IsTraining,
            momentum,
            epsilon
        )

    let private applyLayer (pass: Pass) (name: string) (x: torch.Tensor) layer : torch.Tensor =
        match layer with
        | Linear _ -> linear pass.Parameters name x
        | Convolution window -> convolution pass.Parameters name window x
        | TransposedConvolution window -> transposed pass.Parameters name window x
        | MaxPool side -> torch.nn.functional.max_pool2d (x, int64 side)
        | BatchNorm _
        | Standardise _ -> normalise pass name x
        | Activation Tanh -> x.tanh ()
        | Activation Relu -> x.relu ()
        | Activation Sigmoid -> x.sigmoid ()
        | Dropout probability -> dropout pass probability x
        | Unflatten(channels, height, width) ->
            x.reshape (x.shape[0], int64 channels, int64 height, int64 width)
        | Flatten -> x.flatten 1L

    /// A batch through the layers: N rows (or images) to N rows (or images).
    let apply (pass: Pass) (net: Net) (x: torch.Tensor) : torch.Tensor =
        net.Layers
        |> List.indexed
        |> List.fold (fun x (index, layer) -> applyLayer pass (nameOf net index) x layer) x

    /// Whether the network has a normalisation over the batch, which a training batch of one example cannot pass.
    let normalises (net: Net) : bool =
        net.Layers
        |> List.exists (function
            | BatchNorm _
            | Standardise _ -> true
            | _ -> false)

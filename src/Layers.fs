namespace Workbench

open System
open System.Collections.Generic
open Argu
open TorchSharp

/// A model's tensors by PyTorch's state_dict names: what gradients change, and the running statistics of batch normalisations.
type Parameters = Map<string, Tensor>

/// The function between two layers.
type Activation =
    | Tanh
    | Relu
    | Sigmoid

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
        Moved: Dictionary<string, Tensor>
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
        let device =
            parameters.Values
            |> Seq.tryHead
            |> Option.map _.device
            |> Option.defaultValue torch.CPU

        { training (Random.generatorOn device 0 Random.Evaluation 0) parameters with
            IsTraining = false }

    /// What is computed without gradients: a constant to whatever is computed from it.
    let constant (compute: unit -> 'T) : 'T =
        use _ = torch.no_grad ()
        compute ()

/// Sequential networks as values.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Net =

    /// As in PyTorch: what a running statistic takes of each batch's, and what is added to a variance before its root.
    let momentum, epsilon = 0.1, 1e-5

    let private runningMean, private runningVariance = ".running_mean", ".running_var"

    /// A network of these layers, one after the other.
    let create (name: string) (layers: Layer list) : Net = { Name = name; Layers = layers }

    /// Whether a tensor is a running statistic: moved by batches, not by gradients.
    let isStatistic (name: string) : bool =
        name.EndsWith(runningMean, StringComparison.Ordinal)
        || name.EndsWith(runningVariance, StringComparison.Ordinal)

    /// A layer's name. Made at every step, for which interpolation is too slow.
    let private nameOf (net: Net) (index: int) = net.Name + "." + string index

    /// PyTorch's default: weight and bias uniform within 1 / sqrt(inputs of one output).
    let private initWeights generator (name: string) fanIn (outputs: int) (shape: int list) =
        let bound = 1.0 / sqrt (float fanIn)

        let uniform (shape: int list) =
            let shape = shape |> List.map int64 |> Array.ofList
            Random.uniform generator shape * (2.0 * bound) - bound

        [ name + ".weight", uniform shape; name + ".bias", uniform [ outputs ] ]

    let private zeros (generator: torch.Generator) (count: int) =
        torch.zeros ([| int64 count |], device = generator.device)

    let private ones (generator: torch.Generator) (count: int) =
        torch.ones ([| int64 count |], device = generator.device)

    let private freshStatistics generator (name: string) (features: int) =
        [ name + runningMean, zeros generator features
          name + runningVariance, ones generator features ]

    let private initLayer generator name layer =
        match layer with
        | Linear(inputs, outputs) -> initWeights generator name inputs outputs [ outputs; inputs ]
        | Convolution { Inputs = inputs
                        Outputs = outputs
                        Kernel = k } ->
            initWeights generator name (inputs * k * k) outputs [ outputs; inputs; k; k ]
        | TransposedConvolution { Inputs = inputs
                                  Outputs = outputs
                                  Kernel = k } ->
            initWeights generator name (outputs * k * k) outputs [ inputs; outputs; k; k ]
        | BatchNorm features ->
            [ name + ".weight", ones generator features
              name + ".bias", zeros generator features ]
            @ freshStatistics generator name features
        | Standardise features -> freshStatistics generator name features
        | MaxPool _
        | Activation _
        | Dropout _
        | Unflatten _
        | Flatten -> []

    /// Fresh parameters, drawn from the generator in the order of the layers.
    let init (generator: torch.Generator) (net: Net) : (string * Tensor) list =
        net.Layers
        |> List.indexed
        |> List.collect (fun (index, layer) -> initLayer generator (nameOf net index) layer)

    /// x W^T + b with the named layer's parameters.
    let linear (parameters: Parameters) (name: string) (x: Tensor) : Tensor =
        torch.nn.functional.linear (x, parameters[name + ".weight"], parameters[name + ".bias"])

    let private convolve (pass: Pass) (name: string) isTransposed window x =
        let given part = pass.Parameters[name + part]
        Convolutions.compute isTransposed window x (given ".weight") (given ".bias")

    let private dropout (pass: Pass) probability (x: Tensor) =
        if pass.IsTraining && probability > 0.0 then
            let kept = (Random.uniform pass.Generator x.shape).ge(probability.ToScalar())

            x * (kept.to_type (torch.float32) * (1.0 / (1.0 - probability)))
        else
            x

    /// A running statistic as this pass has it: in training a copy, which the engine moves in place.
    let private statistic (pass: Pass) (name: string) =
        match pass.Moved.TryGetValue name with
        | true, moved -> moved
        | _ when pass.IsTraining ->
            pass.Moved[name] <- pass.Parameters[name].clone()
            pass.Moved[name]
        | _ -> pass.Parameters[name]

    let private normalise (pass: Pass) (name: string) (x: Tensor) =
        let given part =
            Map.tryFind (name + part) pass.Parameters |> Option.toObj

        torch.nn.functional.batch_norm (
            x,
            statistic pass (name + runningMean),
            statistic pass (name + runningVariance),
            given ".weight",
            given ".bias",
            pass.IsTraining,
            momentum,
            epsilon
        )

    let private applyLayer (pass: Pass) (name: string) (x: Tensor) layer : Tensor =
        match layer with
        | Linear _ -> linear pass.Parameters name x
        | Convolution window -> convolve pass name false window x
        | TransposedConvolution window -> convolve pass name true window x
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
    let apply (pass: Pass) (net: Net) (x: Tensor) : Tensor =
        net.Layers
        |> List.indexed
        |> List.fold (fun x (index, layer) -> applyLayer pass (nameOf net index) x layer) x

    /// Whether the network has a normalisation over the batch, which a training batch of one example cannot pass.
    let normalises (net: Net) : bool =
        net.Layers
        |> List.exists (fun layer -> layer.IsBatchNorm || layer.IsStandardise)

/// The pieces that the models' networks are built of.
[<RequireQualifiedAccess>]
module Stacks =

    /// Linear layers of these widths, each followed by the given layers for its outputs.
    let linear (after: int -> Layer list) (widths: int list) : Layer list =
        List.pairwise widths
        |> List.collect (fun (inputs, outputs) -> Linear(inputs, outputs) :: after outputs)

    /// `linear`, but for the last layer, which nothing follows.
    let perceptron (after: int -> Layer list) (widths: int list) : Layer list =
        let hidden, outputs = List.splitAt (widths.Length - 1) widths
        linear after hidden @ [ Linear(List.last hidden, List.head outputs) ]

    /// ReLU alone.
    let relu (_: int) : Layer list = [ Activation Relu ]

    /// Batch normalisation, then ReLU.
    let normalisedRelu (outputs: int) : Layer list = [ BatchNorm outputs; Activation Relu ]

    /// An image's side before and after each of so many convolutions of stride 2: half of it, rounded up.
    let sides (side: int) (count: int) : int list =
        List.scan (fun side _ -> (side + 1) / 2) side [ 1..count ]

    let private window kernel stride padding (inputs, outputs) : Window =
        { Inputs = inputs
          Outputs = outputs
          Kernel = kernel
          Stride = stride
          Padding = padding }

    /// Convolutions of 5 x 5 and stride 2 through these channels, each followed by the given layers for its channels.
    let down (after: int -> Layer list) (channels: int list) : Layer list =
        List.pairwise channels
        |> List.collect (fun step -> Convolution(window 5 2 2 step) :: after (snd step))

    /// Back through the channels of `down`, given in its order, to an image of this side: transposed convolutions of stride 2, each
    /// but the last followed by the given layers for its channels. 4 x 4 doubles an image's side, 3 x 3 gives one less.
    let back (after: int -> Layer list) (side: int) (channels: int list) : Layer list =
        let targets = sides side (channels.Length - 2) |> List.rev

        List.zip targets (List.pairwise (List.rev channels))
        |> List.mapi (fun index (target, step) ->
            let kernel = if target % 2 = 0 then 4 else 3
            let isLast = index = targets.Length - 1

            TransposedConvolution(window kernel 2 1 step)
            :: (if isLast then [] else after (snd step)))
        |> List.concat

    /// Convolutions through these channels, each followed by the given layers: those from rows of square images (channels, height,
    /// width) to rows of numbers, how many numbers that are, and those from as many back to rows of images. Back at the image's size
    /// are half as many channels as behind the first one, from which a convolution of 5 x 5 and stride 1 draws: transposed
    /// convolutions leave their stride in pixels that they draw themselves (Odena, Dumoulin and Olah, 2016).
    let convolutional (after: int -> Layer list) (imageShape: int list) (channels: int list) =
        match imageShape with
        | [ colours; side; width ] when side = width ->
            let small, last = List.last (sides side channels.Length), List.last channels
            let full = max 1 (List.head channels / 2)

            [ Unflatten(colours, side, side)
              yield! down after (colours :: channels)
              Flatten ],
            last * small * small,
            [ Unflatten(last, small, small)
              yield! back after side (full :: channels)
              yield! after full
              Convolution(window 5 1 2 (full, colours))
              Flatten ]
        | shape ->
            BadInput.fail
                "--data: convolutions need square images, these are %s"
                (Arrays.text (Array.ofList shape))

/// A Gaussian with a diagonal covariance for each row of a batch; each part is N x latent.
type Gaussian =
    { Mean: Tensor
      Deviation: Tensor
      LogVariance: Tensor }

/// How the second head of an encoder becomes a variance.
type Variance =
    /// The head is ln variance.
    | [<CustomCommandLine("exp")>] Exponential
    /// The head is a deviation: variance = head^2.
    | Square

/// Two linear heads on an encoder's features: the Gaussian q(z|x) of Kingma and Welling (2014).
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Gaussian =

    /// Added to a squared deviation before its logarithm, so that 0 stays finite.
    let squareEpsilon = 1e-8

    /// The distribution that an encoder's two heads tell of, each N x latent.
    let ofHeads (variance: Variance) (mean: Tensor) (second: Tensor) : Gaussian =
        match variance with
        | Exponential ->
            { Mean = mean
              Deviation = (second * 0.5).exp()
              LogVariance = second }
        | Square ->
            { Mean = mean
              Deviation = second
              LogVariance = (second.square () + squareEpsilon).log() }

    /// N draws of N(0, I) in so many dimensions.
    let prior (generator: torch.Generator) (count: int64) (latent: int) : Tensor =
        Random.normal generator [| count; int64 latent |]

    /// z = mean + deviation * noise (the reparametrisation), noise from N(0, I).
    let sample (generator: torch.Generator) (code: Gaussian) : Tensor =
        code.Mean + code.Deviation * Random.normal generator code.Mean.shape

    /// N x d as (draws N) x d: all rows, again and again.
    let repeated (draws: int) (rows: Tensor) : Tensor =
        let count, width = rows.shape[0], rows.shape[1]
        rows.unsqueeze(0L).expand(int64 draws, count, width).reshape(int64 draws * count, width)

    /// So many draws z of each of N codes, (draws N) x latent in the order of `repeated`, and ln p(z) - ln q(z|x) of each. With
    /// z = mean + deviation e, the logarithms of 2 pi cancel: it is the sum over dimensions of (e^2 - z^2 + ln variance) / 2.
    let weighed (generator: torch.Generator) (draws: int) (code: Gaussian) : Tensor * Tensor =
        let mean = repeated draws code.Mean
        let noise = Random.normalOf mean.dtype generator mean.shape
        let z = mean + repeated draws code.Deviation * noise
        let terms = noise.square () - z.square () + repeated draws code.LogVariance
        z, terms.sum 1L * 0.5

namespace Workbench

open TorchSharp

/// The tensors that training changes, by PyTorch's state_dict names.
type Parameters = Map<string, torch.Tensor>

/// How a network is run: in training, dropout masks are drawn from the generator.
type Mode =
    | Training of torch.Generator
    | Evaluation

/// The function between two layers.
type Activation =
    | Tanh
    | Relu

/// One step of a sequential network.
type Layer =
    /// x W^T + b, from so many numbers to so many.
    | Linear of inputs: int * outputs: int
    | Activation of Activation
    /// In training, zeroes each number with this probability and scales the rest by 1 / (1 - p).
    | Dropout of probability: float

/// Sequential networks as values: layers have PyTorch's names, "prefix.index.weight", where activations count.
[<RequireQualifiedAccess>]
module Network =

    let private uniform (generator: torch.Generator) (bound: float) (shape: int64[]) =
        torch.rand (shape, generator = generator) * (2.0 * bound) - bound

    /// PyTorch's default for a linear layer: weight and bias uniform within 1 / sqrt inputs.
    let initLinear
        generator
        (name: string)
        (inputs: int)
        (outputs: int)
        : (string * torch.Tensor) list =
        let bound = 1.0 / sqrt (float inputs)

        [ name + ".weight", uniform generator bound [| int64 outputs; int64 inputs |]
          name + ".bias", uniform generator bound [| int64 outputs |] ]

    /// Fresh parameters for the layers, drawn from the generator in order.
    let init
        (generator: torch.Generator)
        (prefix: string)
        (layers: Layer list)
        : (string * torch.Tensor) list =
        [ for index, layer in List.indexed layers do
              match layer with
              | Linear(inputs, outputs) ->
                  yield! initLinear generator $"{prefix}.{index}" inputs outputs
              | Activation _
              | Dropout _ -> () ]

    /// x W^T + b with the named layer's parameters.
    let linear (parameters: Parameters) (name: string) (x: torch.Tensor) : torch.Tensor =
        torch.nn.functional.linear (x, parameters[name + ".weight"], parameters[name + ".bias"])

    let private dropout mode probability (x: torch.Tensor) =
        match mode with
        | Training generator when probability > 0.0 ->
            let kept = torch.rand(x.shape, generator = generator).ge(probability.ToScalar())
            x * kept.to_type (torch.float32) * (1.0 / (1.0 - probability))
        | _ -> x

    let private applyLayer (parameters: Parameters) mode name (x: torch.Tensor) layer =
        match layer with
        | Linear _ -> linear parameters name x
        | Activation Tanh -> x.tanh ()
        | Activation Relu -> x.relu ()
        | Dropout probability -> dropout mode probability x

    /// Runs the layers on a batch of rows: N x inputs to N x outputs.
    let forward
        (parameters: Parameters)
        (mode: Mode)
        (prefix: string)
        (layers: Layer list)
        (x: torch.Tensor)
        =
        layers
        |> List.indexed
        |> List.fold
            (fun x (index, layer) -> applyLayer parameters mode $"{prefix}.{index}" x layer)
            x

/// A Gaussian with a diagonal covariance for each row of a batch.
type Gaussian =
    {
        /// N x latent.
        Mean: torch.Tensor
        /// N x latent, positive.
        Deviation: torch.Tensor
        /// N x latent: the logarithm of the variance.
        LogVariance: torch.Tensor
    }

/// The variational autoencoder of Kingma and Welling (2014), fully connected: a Gaussian code, independent pixels.
[<RequireQualifiedAccess>]
module Vae =

    /// How the second head of the encoder becomes a variance.
    type Variance =
        /// The head is ln variance.
        | Exponential
        /// The head is a deviation: variance = head^2.
        | Square

    type Spec =
        {
            Pixels: int
            /// Widths of the encoder's hidden layers; the decoder has them in reverse.
            Hidden: int list
            Latent: int
            Activation: Activation
            /// After each hidden layer of the encoder.
            Dropout: float
            Variance: Variance
        }

    /// 784-200 tanh, dropout 0.1, two heads of 32; 32-200 tanh-784.
    let defaults =
        { Pixels = 784
          Hidden = [ 200 ]
          Latent = 32
          Activation = Tanh
          Dropout = 0.1
          Variance = Exponential }

    /// Added to a squared deviation before its logarithm, so that 0 stays finite.
    let squareEpsilon = 1e-8

    /// The encoder's two linear heads: the code's mean, and what `Variance` makes a variance of.
    let private heads = [ "mean"; "variance" ]

    /// From images to the features that both heads read.
    let encoder (spec: Spec) : Layer list =
        List.pairwise (spec.Pixels :: spec.Hidden)
        |> List.collect (fun (inputs, outputs) ->
            [ Linear(inputs, outputs); Activation spec.Activation; Dropout spec.Dropout ])

    /// From codes to the logits of pixels.
    let decoder (spec: Spec) : Layer list =
        let widths = spec.Latent :: List.rev spec.Hidden

        [ for inputs, outputs in List.pairwise widths do
              Linear(inputs, outputs)
              Activation spec.Activation
          Linear(List.last widths, spec.Pixels) ]

    /// Fresh parameters from a seed.
    let init (seed: int) (spec: Spec) : Parameters =
        let generator = Random.generator seed Random.Initialisation 0

        let features = List.last (spec.Pixels :: spec.Hidden)

        [ yield! Network.init generator "encoder" (encoder spec)
          for head in heads do
              yield! Network.initLinear generator head features spec.Latent
          yield! Network.init generator "decoder" (decoder spec) ]
        |> Map.ofList

    /// q(z|x) for a batch of images, N x pixels.
    let encode (spec: Spec) (parameters: Parameters) (mode: Mode) (x: torch.Tensor) : Gaussian =
        let features = Network.forward parameters mode "encoder" (encoder spec) x
        let mean = Network.linear parameters "mean" features
        let second = Network.linear parameters "variance" features

        match spec.Variance with
        | Exponential ->
            { Mean = mean
              Deviation = (second * 0.5).exp()
              LogVariance = second }
        | Square ->
            { Mean = mean
              Deviation = second
              LogVariance = (second.square () + squareEpsilon).log() }

    /// The logits of the pixels for a batch of codes, N x latent to N x pixels.
    let decode (spec: Spec) (parameters: Parameters) (z: torch.Tensor) : torch.Tensor =
        Network.forward parameters Evaluation "decoder" (decoder spec) z

    /// z = mean + deviation * noise (the reparametrisation), noise from N(0, I).
    let sample (generator: torch.Generator) (code: Gaussian) : torch.Tensor =
        code.Mean
        + code.Deviation * torch.randn (code.Mean.shape, generator = generator)

    /// New images: pixel probabilities decoded from so many draws of N(0, I).
    let generate
        (spec: Spec)
        (parameters: Parameters)
        (generator: torch.Generator)
        (count: int)
        : torch.Tensor =
        let z = torch.randn ([| int64 count; int64 spec.Latent |], generator = generator)
        (decode spec parameters z).sigmoid()

    /// Pixel probabilities decoded from the mean codes of images.
    let reconstruct (spec: Spec) (parameters: Parameters) (x: torch.Tensor) : torch.Tensor =
        (decode spec parameters (encode spec parameters Evaluation x).Mean).sigmoid()

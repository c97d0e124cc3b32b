namespace Workbench

open TorchSharp

/// The variational autoencoder of Kingma and Welling (2014), fully connected: a Gaussian code, independent pixels.
[<RequireQualifiedAccess>]
module Vae =

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

    /// What its parameters' names start with.
    let networks = [ "encoder"; "mean"; "variance"; "decoder" ]

    /// From images to the features that both heads read.
    let encoder (spec: Spec) : Layer list =
        Stacks.linear
            (fun _ -> [ Activation spec.Activation; Dropout spec.Dropout ])
            (spec.Pixels :: spec.Hidden)

    /// From codes to the logits of pixels.
    let decoder (spec: Spec) : Layer list =
        Stacks.perceptron
            (fun _ -> [ Activation spec.Activation ])
            (spec.Latent :: List.rev spec.Hidden @ [ spec.Pixels ])

    /// Fresh parameters from a seed.
    let init (seed: int) (spec: Spec) : Parameters =
        let generator = Random.generator seed Random.Initialisation 0
        let features = List.last (spec.Pixels :: spec.Hidden)

        [ yield! Network.init generator "encoder" (encoder spec)
          yield! Gaussian.init generator features spec.Latent
          yield! Network.init generator "decoder" (decoder spec) ]
        |> Map.ofList

    /// q(z|x) for a batch of images, N x pixels.
    let encode (spec: Spec) (parameters: Parameters) (mode: Mode) (x: torch.Tensor) : Gaussian =
        (Network.forward parameters mode "encoder" (encoder spec) x).Output
        |> Gaussian.ofFeatures spec.Variance parameters

    /// The logits of the pixels for a batch of codes, N x latent to N x pixels.
    let decode (spec: Spec) (parameters: Parameters) (z: torch.Tensor) : torch.Tensor =
        Network.evaluate parameters "decoder" (decoder spec) z

    /// New images: pixel probabilities decoded from so many draws of N(0, I).
    let generate
        (spec: Spec)
        (parameters: Parameters)
        (generator: torch.Generator)
        (count: int)
        : torch.Tensor =
        let z = Gaussian.prior generator (int64 count) spec.Latent
        (decode spec parameters z).sigmoid()

    /// Pixel probabilities decoded from the mean codes of images.
    let reconstruct (spec: Spec) (parameters: Parameters) (x: torch.Tensor) : torch.Tensor =
        (decode spec parameters (encode spec parameters Evaluation x).Mean).sigmoid()

/// The autoencoder (Hinton and Salakhutdinov, 2006): two networks and the one narrow layer between them, the code.
[<RequireQualifiedAccess>]
module Autoencoder =

    /// How the two networks are made.
    type Networks =
        /// Fully connected, ReLU; widths from the pixels to the code, backwards in the decoder.
        | FullyConnected of hidden: int list
        /// Convolutions of stride 2 through these channels, dense to the code; dense and transposed convolutions back. ReLU.
        | Convolutional of channels: int list

    /// What is done to the code.
    type Bottleneck =
        | Plain
        /// Each number of the code has mean 0 and variance 1 over the batch; in evaluation, by running statistics.
        | Normalised

    type Spec =
        {
            /// Channels, height, width.
            ImageShape: int list
            Networks: Networks
            /// Numbers of the code.
            Latent: int
            Bottleneck: Bottleneck
        }

    /// 784-512-128-2 and back.
    let defaults =
        { ImageShape = [ 1; 28; 28 ]
          Networks = FullyConnected [ 512; 128 ]
          Latent = 2
          Bottleneck = Plain }

    let networks = [ "encoder"; "decoder" ]

    let private pixels (spec: Spec) = List.reduce (*) spec.ImageShape

    /// Images with channels and one side, which convolutions need; else `BadInput`.
    let squareSide (imageShape: int list) : int * int =
        match imageShape with
        | [ channels; height; width ] when height = width -> channels, height
        | _ -> BadInput.fail "--data: convolutions need square images, these are %A" imageShape

    /// Images to codes: N x pixels to N x latent.
    let encoder (spec: Spec) : Layer list =
        [ match spec.Networks with
          | FullyConnected hidden ->
              yield! Stacks.perceptron Stacks.relu (pixels spec :: hidden @ [ spec.Latent ])
          | Convolutional channels ->
              let inputs, side = squareSide spec.ImageShape
              let small = List.last (Stacks.sides side channels.Length)
              Unflatten(inputs, side, side)
              yield! Stacks.down Stacks.relu (inputs :: channels)
              Flatten
              Linear(List.last channels * small * small, spec.Latent)
          match spec.Bottleneck with
          | Plain -> ()
          | Normalised -> Standardise spec.Latent ]

    /// Codes to pixels in 0 to 1: N x latent to N x pixels.
    let decoder (spec: Spec) : Layer list =
        [ match spec.Networks with
          | FullyConnected hidden ->
              yield!
                  Stacks.perceptron Stacks.relu (spec.Latent :: List.rev hidden @ [ pixels spec ])
          | Convolutional channels ->
              let inputs, side = squareSide spec.ImageShape
              let small = List.last (Stacks.sides side channels.Length)
              let last = List.last channels
              Linear(spec.Latent, last * small * small)
              Activation Relu
              Unflatten(last, small, small)
              yield! Stacks.back Stacks.relu side (inputs :: channels)
              Flatten
          Activation Sigmoid ]

    /// Fresh parameters from a seed.
    let init (seed: int) (spec: Spec) : Parameters =
        let generator = Random.generator seed Random.Initialisation 0

        Network.init generator "encoder" (encoder spec)
        @ Network.init generator "decoder" (decoder spec)
        |> Map.ofList

    /// Codes in evaluation, N x latent.
    let encode (spec: Spec) (parameters: Parameters) (x: torch.Tensor) : torch.Tensor =
        Network.evaluate parameters "encoder" (encoder spec) x

    /// Images of codes, N x pixels.
    let decode (spec: Spec) (parameters: Parameters) (z: torch.Tensor) : torch.Tensor =
        Network.evaluate parameters "decoder" (decoder spec) z

    /// Images of the codes of images.
    let reconstruct (spec: Spec) (parameters: Parameters) (x: torch.Tensor) : torch.Tensor =
        decode spec parameters (encode spec parameters x)

/// Models of layers: what a script puts together, and passes to a training.
[<RequireQualifiedAccess>]
module Models =

    /// A variational autoencoder: a Gaussian code, and the logits of independent pixels.
    type Vae =
        {
            /// In the order in which their parameters are drawn.
            Nets: Net list
            /// Dimensions of the code.
            Latent: int
            /// q(z|x) of N x pixels.
            Encode: Pass -> torch.Tensor -> Gaussian
            /// The logits of the pixels, N x pixels, of N x latent codes.
            Decode: Pass -> torch.Tensor -> torch.Tensor
        }

    /// An autoencoder: codes, N x latent, and images in 0 to 1, N x pixels.
    type Autoencoder =
        { Nets: Net list
          Latent: int
          Encode: Pass -> torch.Tensor -> torch.Tensor
          Decode: Pass -> torch.Tensor -> torch.Tensor }

    /// How many numbers a network of these layers gives for each image.
    let private outputs (layers: Layer list) =
        layers
        |> List.rev
        |> List.pick (function
            | Linear(_, outputs) -> Some outputs
            | _ -> None)

    /// Kingma and Welling (2014): on the features that `encoder` ends with, two linear heads for the mean and the variance of the
    /// code.
    let vae (variance: Variance) (latent: int) (encoder: Layer list) (decoder: Layer list) : Vae =
        let encoder, decoder = Net.create "encoder" encoder, Net.create "decoder" decoder

        let head name =
            Net.create name [ Linear(outputs encoder.Layers, latent) ]

        let mean, second = head "mean", head "variance"

        { Nets = [ encoder; mean; second; decoder ]
          Latent = latent
          Encode =
            fun pass images ->
                let features = Net.apply pass encoder images
                Gaussian.ofHeads variance (Net.apply pass mean features) (Net.apply pass second features)
          Decode = fun pass z -> Net.apply pass decoder z }

    /// A fully connected VAE with tanh between its layers: `hidden` are the widths from the pixels on, backwards in the decoder, with
    /// dropout in the encoder. [ 200 ], a code of 32 and a dropout of 0.1 are what this workbench mostly uses.
    let denseVae (pixels: int) (hidden: int list) (latent: int) (dropout: float) : Vae =
        let widths = pixels :: hidden

        vae
            Exponential
            latent
            (widths |> Stacks.linear (fun _ -> [ Activation Tanh; Dropout dropout ]))
            (latent :: List.rev widths |> Stacks.perceptron (fun _ -> [ Activation Tanh ]))

    /// Hinton and Salakhutdinov (2006): two networks and the one narrow layer between them, the code.
    let autoencoder (latent: int) (encoder: Layer list) (decoder: Layer list) : Autoencoder =
        let encoder, decoder = Net.create "encoder" encoder, Net.create "decoder" decoder

        { Nets = [ encoder; decoder ]
          Latent = latent
          Encode = fun pass images -> Net.apply pass encoder images
          Decode = fun pass z -> Net.apply pass decoder z }

    /// Goodfellow et al. (2014): images in 0 to 1 of N x noise draws, and the logit, N x 1, that an image is a real one.
    type Gan =
        { Generator: Net
          Discriminator: Net
          /// Numbers of a draw of noise.
          Noise: int
          Generate: Pass -> torch.Tensor -> torch.Tensor
          Discriminate: Pass -> torch.Tensor -> torch.Tensor }

    /// A generator from so many numbers of noise, and a discriminator of images.
    let gan (noise: int) (generator: Layer list) (discriminator: Layer list) : Gan =
        let generator = Net.create "generator" generator
        let discriminator = Net.create "discriminator" discriminator

        { Generator = generator
          Discriminator = discriminator
          Noise = noise
          Generate = fun pass noise -> Net.apply pass generator noise
          Discriminate = fun pass images -> Net.apply pass discriminator images }

    /// A fully connected GAN: three hidden layers of 256 units in the generator, two in the discriminator, which sees 70 % of the
    /// pixels in training; batch normalisation and ReLU after each.
    let denseGan (pixels: int) (noise: int) : Gan =
        gan
            noise
            (Stacks.perceptron Stacks.normalisedRelu [ noise; 256; 256; 256; pixels ]
             @ [ Activation Sigmoid ])
            (Dropout 0.3 :: Stacks.perceptron Stacks.normalisedRelu [ pixels; 256; 256; 1 ])

    /// Images decoded from the mean codes of images.
    let reconstruct (vae: Vae) (pass: Pass) (images: torch.Tensor) : torch.Tensor =
        (vae.Decode pass (vae.Encode pass images).Mean).sigmoid ()

    /// So many new images: pixel probabilities decoded from draws of N(0, I).
    let generate (vae: Vae) (pass: Pass) (generator: torch.Generator) (count: int) : torch.Tensor =
        (vae.Decode pass (Gaussian.prior generator (int64 count) vae.Latent)).sigmoid ()

namespace Workbench

open TorchSharp

/// The generative adversarial network (Goodfellow et al., 2014), fully connected; with classes, the conditional one (Mirza and
/// Osindero, 2014): a one-hot label beside the noise and beside the image.
[<RequireQualifiedAccess>]
module Gan =

    type Spec =
        {
            Pixels: int
            /// Numbers of a draw of noise.
            Noise: int
            /// Widths between the noise and the pixels.
            Generator: int list
            /// Widths between the pixels and the verdict.
            Discriminator: int list
            /// Share of an image's pixels that training hides from the discriminator.
            Dropout: float
            /// How many labels there are to ask for; 0: none is asked for.
            Classes: int
        }

    /// Generator 100-256-256-256-784, discriminator dropout 0.3-784-256-256-1.
    let defaults =
        { Pixels = 784
          Noise = 100
          Generator = [ 256; 256; 256 ]
          Discriminator = [ 256; 256 ]
          Dropout = 0.3
          Classes = 0 }

    let generator (spec: Spec) : Layer list =
        Stacks.perceptron
            Stacks.normalisedRelu
            (spec.Noise + spec.Classes :: spec.Generator @ [ spec.Pixels ])
        @ [ Activation Sigmoid ]

    let discriminator (spec: Spec) : Layer list =
        Stacks.perceptron
            Stacks.normalisedRelu
            (spec.Pixels + spec.Classes :: spec.Discriminator @ [ 1 ])

    /// Fresh parameters from a seed.
    let init (seed: int) (spec: Spec) : Parameters =
        let random = Random.generator seed Random.Initialisation 0

        Network.init random "generator" (generator spec)
        @ Network.init random "discriminator" (discriminator spec)
        |> Map.ofList

    /// Rows with the one-hot labels (int64, N) beside them, where the model has classes.
    let private labelled (spec: Spec) (labels: torch.Tensor option) (rows: torch.Tensor) =
        match labels with
        | Some labels when spec.Classes > 0 ->
            let oneHot = torch.nn.functional.one_hot (labels, int64 spec.Classes)
            torch.cat ([| rows; oneHot.to_type (torch.float32) |], 1L)
        | _ -> rows

    /// Images in 0 to 1 of N draws of noise, N x noise, and of labels where the model has classes.
    let generate (spec: Spec) parameters mode (labels: torch.Tensor option) (noise: torch.Tensor) =
        Network.forward parameters mode "generator" (generator spec) (labelled spec labels noise)

    /// The logit, N x 1, that each image is a real one (of its label). Dropout hides pixels, never the label.
    let discriminate
        (spec: Spec)
        parameters
        mode
        (labels: torch.Tensor option)
        (images: torch.Tensor)
        =
        let seen =
            (Network.forward parameters mode "" [ Dropout spec.Dropout ] images).Output

        labelled spec labels seen
        |> Network.forward parameters mode "discriminator" (discriminator spec)

/// The VAE-GAN (Larsen et al., 2016): a VAE whose decoder is a GAN's generator, and a discriminator in whose hidden layer
/// reconstructions are likened to originals.
[<RequireQualifiedAccess>]
module VaeGan =

    type Networks =
        /// Fully connected; the encoder's widths, backwards in the decoder, the same in the discriminator.
        | FullyConnected of hidden: int list
        /// Convolutions of stride 2 through these channels, then a dense layer.
        | Convolutional of channels: int list * dense: int

    type Spec =
        {
            /// Channels, height, width.
            ImageShape: int list
            Networks: Networks
            Latent: int
        }

    /// Encoder 784-512-256, two heads of 32; decoder 32-256-512-784; discriminator 784-512-256-1.
    let defaults =
        { ImageShape = [ 1; 28; 28 ]
          Networks = FullyConnected [ 512; 256 ]
          Latent = 32 }

    /// Width of the dense layer between the convolutions and the code, or the verdict.
    let dense = 128

    /// What the names of the encoder's parameters start with.
    let encoderNetworks = "encoder" :: Gaussian.heads

    let private pixels (spec: Spec) = List.reduce (*) spec.ImageShape

    /// From images to the features that the heads read; in the discriminator, to the layer of the learned similarity.
    let features (spec: Spec) : Layer list =
        match spec.Networks with
        | FullyConnected hidden -> Stacks.linear Stacks.normalisedRelu (pixels spec :: hidden)
        | Convolutional(channels, dense) ->
            let inputs, side = Autoencoder.squareSide spec.ImageShape
            let small = List.last (Stacks.sides side channels.Length)

            [ Unflatten(inputs, side, side)
              yield! Stacks.down Stacks.normalisedRelu (inputs :: channels)
              Flatten
              yield!
                  Stacks.linear Stacks.normalisedRelu [ List.last channels * small * small; dense ] ]

    /// How many numbers `features` gives.
    let private featureCount (spec: Spec) =
        match spec.Networks with
        | FullyConnected hidden -> List.last hidden
        | Convolutional(_, dense) -> dense

    /// From codes to pixels in 0 to 1.
    let decoder (spec: Spec) : Layer list =
        [ match spec.Networks with
          | FullyConnected hidden ->
              yield!
                  Stacks.perceptron
                      Stacks.normalisedRelu
                      (spec.Latent :: List.rev hidden @ [ pixels spec ])
          | Convolutional(channels, _) ->
              let inputs, side = Autoencoder.squareSide spec.ImageShape
              let small = List.last (Stacks.sides side channels.Length)
              let last = List.last channels
              yield! Stacks.linear Stacks.normalisedRelu [ spec.Latent; last * small * small ]
              Unflatten(last, small, small)
              yield! Stacks.back Stacks.normalisedRelu side (inputs :: channels)
              Flatten
          Activation Sigmoid ]

    /// Fresh parameters from a seed.
    let init (seed: int) (spec: Spec) : Parameters =
        let random = Random.generator seed Random.Initialisation 0

        [ yield! Network.init random "encoder" (features spec)
          yield! Gaussian.init random (featureCount spec) spec.Latent
          yield! Network.init random "decoder" (decoder spec)
          yield! Network.init random "discriminator" (features spec)
          yield! Net.initLinear random "discriminator.verdict" (featureCount spec) 1 ]
        |> Map.ofList

    /// q(z|x) for a batch of images, and the encoder's statistics.
    let encode (spec: Spec) parameters mode (images: torch.Tensor) : Gaussian * Parameters =
        let pass = Network.forward parameters mode "encoder" (features spec) images
        Gaussian.ofFeatures Exponential parameters pass.Output, pass.Statistics

    /// Images in 0 to 1 of N x latent codes.
    let decode (spec: Spec) parameters mode (z: torch.Tensor) : Forward =
        Network.forward parameters mode "decoder" (decoder spec) z

    /// The discriminator's hidden layer in which images are likened, N x features.
    let hidden (spec: Spec) parameters mode (images: torch.Tensor) : Forward =
        Network.forward parameters mode "discriminator" (features spec) images

    /// The logit, N x 1, that images with this hidden layer are real.
    let verdict (parameters: Parameters) (hidden: torch.Tensor) : torch.Tensor =
        Net.linear parameters "discriminator.verdict" hidden

    /// New images of so many draws of N(0, I), in evaluation.
    let generate (spec: Spec) parameters generator (count: int) : torch.Tensor =
        (decode spec parameters Evaluation (Gaussian.prior generator (int64 count) spec.Latent))
            .Output

    /// Images decoded from the mean codes of images, in evaluation.
    let reconstruct (spec: Spec) parameters (images: torch.Tensor) : torch.Tensor =
        let code, _ = encode spec parameters Evaluation images
        (decode spec parameters Evaluation code.Mean).Output

/// The adversarial autoencoder (Makhzani et al., 2015): an autoencoder, and a discriminator that tells codes from draws of N(0, I).
[<RequireQualifiedAccess>]
module AdversarialAutoencoder =

    type Spec =
        {
            Pixels: int
            /// Widths between the pixels and the code; the decoder has them in reverse, the discriminator as they are.
            Hidden: int list
            Latent: int
        }

    /// Encoder 784-1000-1000-100, decoder back; discriminator 100-1000-1000-1. ReLU; the code is linear.
    let defaults =
        { Pixels = 784
          Hidden = [ 1000; 1000 ]
          Latent = 100 }

    let encoder (spec: Spec) : Layer list =
        Stacks.perceptron Stacks.relu (spec.Pixels :: spec.Hidden @ [ spec.Latent ])

    let decoder (spec: Spec) : Layer list =
        Stacks.perceptron Stacks.relu (spec.Latent :: List.rev spec.Hidden @ [ spec.Pixels ])
        @ [ Activation Sigmoid ]

    let discriminator (spec: Spec) : Layer list =
        Stacks.perceptron Stacks.relu (spec.Latent :: spec.Hidden @ [ 1 ])

    /// Fresh parameters from a seed.
    let init (seed: int) (spec: Spec) : Parameters =
        let random = Random.generator seed Random.Initialisation 0

        [ "encoder", encoder spec
          "decoder", decoder spec
          "discriminator", discriminator spec ]
        |> List.collect (fun (name, layers) -> Network.init random name layers)
        |> Map.ofList

    /// Codes, N x latent. No layer tells training from evaluation.
    let encode (spec: Spec) (parameters: Parameters) (images: torch.Tensor) : torch.Tensor =
        Network.evaluate parameters "encoder" (encoder spec) images

    /// Images in 0 to 1 of codes.
    let decode (spec: Spec) (parameters: Parameters) (z: torch.Tensor) : torch.Tensor =
        Network.evaluate parameters "decoder" (decoder spec) z

    /// The logit, N x 1, that a code is a draw of N(0, I).
    let discriminate (spec: Spec) (parameters: Parameters) (z: torch.Tensor) : torch.Tensor =
        Network.evaluate parameters "discriminator" (discriminator spec) z

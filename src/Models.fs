namespace Workbench

open TorchSharp

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
            Encode: Pass -> Tensor -> Gaussian
            /// The logits of the pixels, N x pixels, of N x latent codes.
            Decode: Pass -> Tensor -> Tensor
        }

    /// An autoencoder: codes, N x latent, and images in 0 to 1, N x pixels.
    type Autoencoder =
        { Nets: Net list
          Latent: int
          Encode: Pass -> Tensor -> Tensor
          Decode: Pass -> Tensor -> Tensor }

    /// Goodfellow et al. (2014): images in 0 to 1 of N x noise draws, and the logit, N x 1, that an image is a real one.
    type Gan =
        {
            Generator: Net
            Discriminator: Net
            /// Numbers of a draw of noise.
            Noise: int
            Generate: Pass -> Tensor -> Tensor
            Discriminate: Pass -> Tensor -> Tensor
        }

    /// Kingma and Welling (2014): on the features that `encoder` ends with, two linear heads for the mean and the variance of the
    /// code.
    let vae (variance: Variance) (latent: int) (encoder: Layer list) (decoder: Layer list) : Vae =
        let features =
            List.rev encoder
            |> List.pick (function
                | Linear(_, outputs) -> Some outputs
                | _ -> None)

        let head name =
            Net.create name [ Linear(features, latent) ]

        let encoder, decoder = Net.create "encoder" encoder, Net.create "decoder" decoder
        let mean, second = head "mean", head "variance"

        { Nets = [ encoder; mean; second; decoder ]
          Latent = latent
          Encode =
            fun pass images ->
                let features = Net.apply pass encoder images

                Gaussian.ofHeads
                    variance
                    (Net.apply pass mean features)
                    (Net.apply pass second features)
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
    let reconstruct (vae: Vae) (pass: Pass) (images: Tensor) : Tensor =
        (vae.Decode pass (vae.Encode pass images).Mean).sigmoid()

    /// So many new images: pixel probabilities decoded from draws of N(0, I).
    let generate (vae: Vae) (pass: Pass) (generator: torch.Generator) (count: int) : Tensor =
        (vae.Decode pass (Gaussian.prior generator (int64 count) vae.Latent)).sigmoid()

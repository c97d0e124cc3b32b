namespace Workbench

open Argu

/// The settings of the `autoencoder` and `naive-generation` scripts beyond the common ones.
type AutoencoderOptions =
    {
        /// Numbers of the code.
        Latent: int
    }

/// `AutoencoderOptions` on the command line.
[<RequireQualifiedAccess>]
type AutoencoderArgument =
    | [<Unique>] Latent of n: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Latent _ -> "numbers of the code, the one narrow layer"

/// Defaults of these options, and how they are read.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module AutoencoderOptions =

    let defaults: AutoencoderOptions = { Latent = Autoencoder.defaults.Latent }

    /// The model for these data.
    let spec (options: AutoencoderOptions) (data: Dataset) : Autoencoder.Spec =
        { Autoencoder.defaults with
            ImageShape = data.ImageShape
            Latent = options.Latent }

    /// The VAE with the autoencoder's layers.
    let vae (options: AutoencoderOptions) (data: Dataset) : Vae.Spec =
        let hidden =
            match Autoencoder.defaults.Networks with
            | Autoencoder.FullyConnected hidden -> hidden
            | Autoencoder.Convolutional _ -> Vae.defaults.Hidden

        { Vae.defaults with
            Pixels = List.reduce (*) data.ImageShape
            Hidden = hidden
            Latent = options.Latent
            Activation = Relu
            Dropout = 0.0 }

    /// What a `Script` needs to know.
    let own: OwnOptions<AutoencoderArgument, AutoencoderOptions> =
        { Defaults = defaults
          Read =
            fun results ->
                { Latent =
                    Options.value
                        results
                        <@ AutoencoderArgument.Latent @>
                        Value.size
                        defaults.Latent }
          Settings = fun options -> [ "latent", Json.Whole options.Latent ] }

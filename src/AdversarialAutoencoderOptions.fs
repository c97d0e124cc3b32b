namespace Workbench

open Argu

/// The settings of the `adversarial-autoencoder` script beyond the common ones.
type AdversarialAutoencoderOptions =
    {
        /// Numbers of the code.
        Latent: int
        Reconstruction: AdversarialObjectives.Reconstruction
        /// Whether the encoder minimises ln(1 - D) instead of -ln D.
        Saturating: bool
    }

/// `AdversarialAutoencoderOptions` on the command line.
[<RequireQualifiedAccess>]
type AdversarialAutoencoderArgument =
    | [<Unique>] Latent of n: string
    | [<Unique>] Reconstruction of name: string
    | [<Unique>] Saturating

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Latent _ -> "numbers of the code"
            | Reconstruction _ -> "mse: squared error; norm: its root, image by image"
            | Saturating -> "the encoder minimises ln(1 - D(code)), as the paper prints it"

/// Defaults of these options, and how they are read.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module AdversarialAutoencoderOptions =

    let private reconstructions =
        [ "mse", AdversarialObjectives.SquaredError
          "norm", AdversarialObjectives.Norm ]

    let defaults: AdversarialAutoencoderOptions =
        { Latent = AdversarialAutoencoder.defaults.Latent
          Reconstruction = AdversarialObjectives.SquaredError
          Saturating = false }

    /// The model for these data.
    let spec
        (options: AdversarialAutoencoderOptions)
        (data: Dataset)
        : AdversarialAutoencoder.Spec =
        { AdversarialAutoencoder.defaults with
            Pixels = List.reduce (*) data.ImageShape
            Latent = options.Latent }

    let private settings (options: AdversarialAutoencoderOptions) =
        let reconstruction =
            reconstructions
            |> List.find (fun (_, kind) -> kind = options.Reconstruction)
            |> fst

        [ "latent", Json.Whole options.Latent
          "reconstruction", Json.Text reconstruction
          "saturating", Json.Flag options.Saturating ]
        @ AdversarialTraining.described

    let private read (results: ParseResults<AdversarialAutoencoderArgument>) =
        { Latent =
            Options.value
                results
                <@ AdversarialAutoencoderArgument.Latent @>
                Value.size
                defaults.Latent
          Reconstruction =
            Options.value
                results
                <@ AdversarialAutoencoderArgument.Reconstruction @>
                (Value.oneOf reconstructions)
                defaults.Reconstruction
          Saturating = results.Contains <@ AdversarialAutoencoderArgument.Saturating @> }

    /// What a `Script` needs to know.
    let own: OwnOptions<AdversarialAutoencoderArgument, AdversarialAutoencoderOptions> =
        { Defaults = defaults
          Read = read
          Settings = settings }

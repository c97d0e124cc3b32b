namespace Workbench

open Argu

/// The settings of the `vae-gan` script beyond the common ones.
type VaeGanOptions =
    {
        /// Numbers of the code.
        Latent: int
        /// None: fully connected. Else the channels of the convolutions.
        Channels: int list option
        Loss: AdversarialObjectives.VaeGanLoss
    }

/// `VaeGanOptions` on the command line.
[<RequireQualifiedAccess>]
type VaeGanArgument =
    | [<Unique>] Loss of name: string
    | [<Unique>] Gamma of x: string
    | [<Unique>] Latent of n: string
    | [<Unique>] Conv
    | [<Unique>] Channels of n: string list

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Loss _ -> "similarity: learned in the discriminator; basic: no reconstruction term"
            | Gamma _ -> "weight of the similarity in the decoder's loss"
            | Latent _ -> "numbers of the code"
            | Conv -> "convolutional networks"
            | Channels _ -> "channels of the convolutions, from the image on; needs --conv"

/// Defaults of these options, and how they are read.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module VaeGanOptions =
    /// Found by trying on Fashion-MNIST: of 0.01, 0.1 and 1 the one with the least FID-LeNet.
    let private gamma = 0.1

    let private channels = [ 32; 64 ]

    let defaults: VaeGanOptions =
        { Latent = VaeGan.defaults.Latent
          Channels = None
          Loss = AdversarialObjectives.Similarity gamma }

    let private losses =
        [ "similarity", AdversarialObjectives.Similarity gamma
          "basic", AdversarialObjectives.Basic ]

    /// The model for these data.
    let spec (options: VaeGanOptions) (data: Dataset) : VaeGan.Spec =
        let networks =
            match options.Channels with
            | None -> VaeGan.defaults.Networks
            | Some channels -> VaeGan.Convolutional(channels, VaeGan.dense)

        { ImageShape = data.ImageShape
          Networks = networks
          Latent = options.Latent }

    /// The VAE beside it: a code of the same size, fully connected layers as wide.
    let vae (options: VaeGanOptions) (data: Dataset) : Vae.Spec =
        let hidden =
            match VaeGan.defaults.Networks with
            | VaeGan.FullyConnected hidden -> hidden
            | VaeGan.Convolutional _ -> Vae.defaults.Hidden

        { Vae.defaults with
            Pixels = List.reduce (*) data.ImageShape
            Hidden = hidden
            Latent = options.Latent
            Activation = Relu
            Dropout = 0.0 }

    let private settings (options: VaeGanOptions) =
        let loss, gamma =
            match options.Loss with
            | AdversarialObjectives.Similarity gamma -> "similarity", Json.Real gamma
            | AdversarialObjectives.Basic -> "basic", Json.Null

        [ "loss", Json.Text loss
          "gamma", gamma
          "latent", Json.Whole options.Latent
          "conv", Json.Flag options.Channels.IsSome
          "channels", Json.List(List.map Json.Whole (Option.defaultValue [] options.Channels)) ]
        @ AdversarialTraining.described

    let private read (results: ParseResults<VaeGanArgument>) =
        let value case reader fallback =
            Options.value results case reader fallback

        let conv = results.Contains <@ VaeGanArgument.Conv @>
        let loss = value <@ VaeGanArgument.Loss @> (Value.oneOf losses) defaults.Loss

        if results.Contains <@ VaeGanArgument.Channels @> && not conv then
            BadInput.fail "--channels: needs --conv"

        if
            results.Contains <@ VaeGanArgument.Gamma @>
            && loss = AdversarialObjectives.Basic
        then
            BadInput.fail "--gamma: weighs the similarity, which --loss basic does not have"

        let read = Value.many Value.size

        { Latent = value <@ VaeGanArgument.Latent @> Value.size defaults.Latent
          Channels = if conv then Some(value <@ VaeGanArgument.Channels @> read channels) else None
          Loss =
            match loss with
            | AdversarialObjectives.Basic -> loss
            | AdversarialObjectives.Similarity gamma ->
                AdversarialObjectives.Similarity(
                    value <@ VaeGanArgument.Gamma @> Value.notNegative gamma
                ) }

    /// What a `Script` needs to know.
    let own: OwnOptions<VaeGanArgument, VaeGanOptions> =
        { Defaults = defaults
          Read = read
          Settings = settings }

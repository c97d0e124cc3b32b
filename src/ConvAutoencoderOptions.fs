namespace Workbench

open Argu

/// The settings of the `conv-autoencoder` script beyond the common ones.
type ConvAutoencoderOptions =
    {
        /// Channels of the convolutions, from the image on.
        Channels: int list
    }

/// `ConvAutoencoderOptions` on the command line.
[<RequireQualifiedAccess>]
type ConvAutoencoderArgument =
    | [<Unique>] Channels of n: string list

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Channels _ -> "channels of the convolutions, from the image on"

/// Defaults of these options, and how they are read.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module ConvAutoencoderOptions =

    let defaults: ConvAutoencoderOptions = { Channels = [ 16; 32; 64 ] }

    /// Numbers of the code: the dense layer's width.
    let private code = 128

    /// The model for these data.
    let spec (options: ConvAutoencoderOptions) (data: Dataset) : Autoencoder.Spec =
        { ImageShape = data.ImageShape
          Networks = Autoencoder.Convolutional options.Channels
          Latent = code
          Bottleneck = Autoencoder.Plain }

    /// What a `Script` needs to know.
    let own: OwnOptions<ConvAutoencoderArgument, ConvAutoencoderOptions> =
        { Defaults = defaults
          Read =
            fun results ->
                { Channels =
                    Options.value
                        results
                        <@ ConvAutoencoderArgument.Channels @>
                        (Value.many Value.size)
                        defaults.Channels }
          Settings = fun options -> [ "channels", Json.List(List.map Json.Whole options.Channels) ] }

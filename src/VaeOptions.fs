namespace Workbench

open Argu

/// The settings of the `vae` script beyond the common ones.
type VaeOptions =
    {
        /// Dimensions of the code.
        Latent: int
        /// Units of the encoder's hidden layers, from the pixels on; the decoder has them in reverse.
        Hidden: int list
        Activation: Activation
        /// The share of each hidden layer's outputs in the encoder that training drops.
        Dropout: float
        /// The weight of the KL term at training; 1 is the ELBO.
        KlWeight: float
        /// Epochs over which the KL weight rises linearly; 0: none.
        KlWarmup: int
        Variance: Variance
        /// Epochs at which the learning rate is multiplied by `LrDrop`, ascending.
        LrDropAt: int list
        LrDrop: float
    }

/// `VaeOptions` on the command line.
[<RequireQualifiedAccess>]
type VaeArgument =
    | [<Unique>] Latent of n: string
    | [<Unique>] Hidden of n: string list
    | [<Unique>] Activation of name: string
    | [<Unique>] Dropout of x: string
    | [<Unique>] Kl_Weight of x: string
    | [<Unique>] Kl_Warmup of n: string
    | [<Unique>] Variance of name: string
    | [<Unique>] Lr_Drop_At of e: string list
    | [<Unique>] Lr_Drop of x: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Latent _ -> "dimensions of the code"
            | Hidden _ -> "units of the hidden layers, from the pixels to the code"
            | Activation _ -> "tanh or relu"
            | Dropout _ -> "share of the encoder's hidden units dropped in training"
            | Kl_Weight _ -> "weight of the KL term at training; 1 is the ELBO"
            | Kl_Warmup _ -> "epochs over which the KL weight rises from 0; 0: none"
            | Variance _ -> "exp: the encoder gives ln(variance); square: the deviation"
            | Lr_Drop_At _ -> "epochs at which the learning rate drops, ascending"
            | Lr_Drop _ -> "factor by which it drops"

/// Defaults of the `vae` script's own options, and how they are read.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module VaeOptions =
    let private activations = [ "tanh", Tanh; "relu", Relu ]

    let private variances = [ "exp", Exponential; "square", Square ]

    let private word (words: (string * 'T) list) (value: 'T) =
        Json.Text(words |> List.find (fun (_, meaning) -> meaning = value) |> fst)

    /// 784-200 tanh, a code of 32 dimensions, the plain ELBO.
    let defaults: VaeOptions =
        { Latent = 32
          Hidden = [ 200 ]
          Activation = Tanh
          Dropout = 0.1
          KlWeight = 1.0
          KlWarmup = 0
          Variance = Exponential
          LrDropAt = []
          LrDrop = 0.5 }

    /// Each setting under its option's name.
    let settings (options: VaeOptions) : (string * Json) list =
        [ "latent", Json.Whole options.Latent
          "hidden", Json.List(List.map Json.Whole options.Hidden)
          "activation", word activations options.Activation
          "dropout", Json.Real options.Dropout
          "kl-weight", Json.Real options.KlWeight
          "kl-warmup", Json.Whole options.KlWarmup
          "variance", word variances options.Variance
          "lr-drop-at", Json.List(List.map Json.Whole options.LrDropAt)
          "lr-drop", Json.Real options.LrDrop ]

    let private checkPairs (results: ParseResults<VaeArgument>) =
        if
            results.Contains <@ VaeArgument.Lr_Drop @>
            && not (results.Contains <@ VaeArgument.Lr_Drop_At @>)
        then
            BadInput.fail "--lr-drop: needs --lr-drop-at, the epochs at which the rate drops"

    /// The settings that were given, the rest from `defaults`.
    let read (results: ParseResults<VaeArgument>) : VaeOptions =
        let value case reader fallback =
            Options.value results case reader fallback

        let unit = Value.size
        checkPairs results

        { Latent = value <@ VaeArgument.Latent @> unit defaults.Latent
          Hidden = value <@ VaeArgument.Hidden @> (Value.many unit) defaults.Hidden
          Activation =
            value <@ VaeArgument.Activation @> (Value.oneOf activations) defaults.Activation
          Dropout = value <@ VaeArgument.Dropout @> Value.probability defaults.Dropout
          KlWeight = value <@ VaeArgument.Kl_Weight @> Value.notNegative defaults.KlWeight
          KlWarmup = value <@ VaeArgument.Kl_Warmup @> (Value.wholeFrom 0) defaults.KlWarmup
          Variance = value <@ VaeArgument.Variance @> (Value.oneOf variances) defaults.Variance
          LrDropAt = value <@ VaeArgument.Lr_Drop_At @> (Value.ascending unit) defaults.LrDropAt
          LrDrop = value <@ VaeArgument.Lr_Drop @> Value.factor defaults.LrDrop }

    /// What a `Script` needs to know.
    let own: OwnOptions<VaeArgument, VaeOptions> =
        { Defaults = defaults
          Read = read
          Settings = settings }

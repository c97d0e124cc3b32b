namespace Workbench

open Argu

/// The settings of the `kl-sweep` script beyond the common ones.
type KlSweepOptions =
    {
        /// The KL weights to train with, in the order of the command line.
        Weights: float list
        /// Points trained at once; none: as many as there are cores for their threads.
        Jobs: int option
        /// What all points share; its KL weight is not used.
        Vae: VaeOptions
    }

/// `KlSweepOptions` on the command line: a list of weights, and what `vae` takes otherwise.
[<RequireQualifiedAccess>]
type KlSweepArgument =
    | [<Unique>] Kl_Weight of x: string list
    | [<Unique>] Jobs of n: string
    | [<Unique>] Latent of n: string
    | [<Unique>] Hidden of n: string list
    | [<Unique>] Activation of name: string
    | [<Unique>] Dropout of x: string
    | [<Unique>] Kl_Warmup of n: string
    | [<Unique>] Variance of name: string
    | [<Unique>] Lr_Drop_At of e: string list
    | [<Unique>] Lr_Drop of x: string

    /// The same option of the `vae` script, which reads and explains it.
    member this.OfVae: VaeArgument option =
        match this with
        | Kl_Weight _
        | Jobs _ -> None
        | Latent n -> Some(VaeArgument.Latent n)
        | Hidden n -> Some(VaeArgument.Hidden n)
        | Activation name -> Some(VaeArgument.Activation name)
        | Dropout x -> Some(VaeArgument.Dropout x)
        | Kl_Warmup n -> Some(VaeArgument.Kl_Warmup n)
        | Variance name -> Some(VaeArgument.Variance name)
        | Lr_Drop_At e -> Some(VaeArgument.Lr_Drop_At e)
        | Lr_Drop x -> Some(VaeArgument.Lr_Drop x)

    interface IArgParserTemplate with
        member this.Usage =
            match this, this.OfVae with
            | _, Some argument -> (argument :> IArgParserTemplate).Usage
            | Jobs _, None -> "points trained at once (default cores / threads), one a core at most"
            | _ -> "weights of the KL term at training, a point of the sweep each"

/// Defaults of the `kl-sweep` script's own options, and how they are read.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module KlSweepOptions =

    /// Weights on both sides of the ELBO's, and the plain VAE of `vae`.
    let defaults: KlSweepOptions =
        { Weights = [ 0.0; 0.1; 0.5; 1.0; 2.0; 4.0 ]
          Jobs = None
          Vae = VaeOptions.defaults }

    /// Each setting under its option's name.
    let settings (options: KlSweepOptions) : (string * Json) list =
        VaeOptions.settings options.Vae
        |> List.map (fun (name, value) ->
            if name = "kl-weight" then
                name, Json.List(List.map Json.Real options.Weights)
            else
                name, value)
        |> List.append [ "jobs", Json.optional Json.Whole options.Jobs ]

    /// -0 is 0: both would train the same point.
    let private weight (text: string) =
        Value.notNegative text |> Result.map abs

    let private distinct (weights: float list) =
        match weights |> List.countBy id |> List.tryFind (fun (_, count) -> count > 1) with
        | Some(weight, _) -> Error $"must differ, {Json.number weight} is given twice"
        | None -> Ok weights

    let private vae (results: ParseResults<KlSweepArgument>) =
        let shared = results.GetAllResults() |> List.choose _.OfVae
        VaeOptions.read (ArgumentParser.Create<VaeArgument>().ToParseResults shared)

    /// The settings that were given, the rest from `defaults`.
    let read (results: ParseResults<KlSweepArgument>) : KlSweepOptions =
        let value case reader fallback =
            Options.value results case reader fallback

        { Weights =
            value
                <@ KlSweepArgument.Kl_Weight @>
                (Value.many weight >> Result.bind distinct)
                defaults.Weights
          Jobs =
            value <@ KlSweepArgument.Jobs @> (Value.wholeFrom 1 >> Result.map Some) defaults.Jobs
          Vae = vae results }

    /// The arguments of every point: what is not the `vae` script's default.
    let arguments (options: KlSweepOptions) : string list =
        VaeOptions.settings options.Vae
        |> List.except (VaeOptions.settings VaeOptions.defaults)
        |> Sweep.arguments

    /// What a `Script` needs to know.
    let own: OwnOptions<KlSweepArgument, KlSweepOptions> =
        { Defaults = defaults
          Read = read
          Settings = settings }

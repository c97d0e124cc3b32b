namespace Workbench

open Argu

/// The settings of the `interpolation` script beyond the common ones.
type InterpolationOptions =
    {
        /// The label at either end; none: whichever of the generated images are clearest.
        From: int option
        To: int option
        Way: Way
    }

/// `InterpolationOptions` on the command line.
[<RequireQualifiedAccess>]
type InterpolationArgument =
    | [<Unique>] From of label: string
    | [<Unique>] To of label: string
    | [<Unique>] Spherical

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | From _ -> "label to start from; by default that of a clear image"
            | To _ -> "label to arrive at, another one"
            | Spherical -> "along the sphere on which the noise lies, not straight"

/// Defaults of these options, and how they are read.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module InterpolationOptions =

    let defaults: InterpolationOptions =
        { From = None; To = None; Way = Line }

    /// The VAE's learning rate; --lr is the GAN's.
    let vaeLearningRate = Options.defaults.LearningRate

    let private label (value: int option) =
        value |> Option.map Json.Whole |> Option.defaultValue Json.Null

    /// Each setting under its option's name, and what both trainings' Adam has of its own.
    let settings (options: InterpolationOptions) : (string * Json) list =
        [ "from", label options.From
          "to", label options.To
          "spherical", Json.Flag(options.Way = Arc)
          "beta1", Json.Real GanOptions.beta1
          "vae-lr", Json.Real vaeLearningRate
          "vae-beta1", Json.Real Train.defaults.Beta1 ]

    /// The settings that were given, the rest from `defaults`.
    let read (results: ParseResults<InterpolationArgument>) : InterpolationOptions =
        let label case =
            Options.value results case (Value.wholeFrom 0 >> Result.map Some) None

        let options =
            { From = label <@ InterpolationArgument.From @>
              To = label <@ InterpolationArgument.To @>
              Way =
                if results.Contains <@ InterpolationArgument.Spherical @> then
                    Arc
                else
                    defaults.Way }

        match options.From, options.To with
        | Some from, Some until when from = until ->
            BadInput.fail "--to: must differ from --from, both are %d" from
        | _ -> options

    /// What a `Script` needs to know.
    let own: OwnOptions<InterpolationArgument, InterpolationOptions> =
        { Defaults = defaults
          Read = read
          Settings = settings }

namespace Workbench

open Argu

/// The settings of the `conditional-gan` script beyond the common ones.
type ConditionalGanOptions =
    {
        /// A GAN without labels, with ten times the noise, in place of the conditional one.
        WideNoise: bool
    }

/// `ConditionalGanOptions` on the command line.
[<RequireQualifiedAccess>]
type ConditionalGanArgument =
    | [<Unique>] Wide_Noise

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Wide_Noise -> "no labels: a GAN of ten times the noise inputs"

/// Defaults of these options, how they are read, and what they ask of the GAN.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module ConditionalGanOptions =

    let defaults: ConditionalGanOptions = { WideNoise = false }

    let private widening = 10

    /// The GAN's settings.
    let gan (options: ConditionalGanOptions) : GanOptions =
        { GanOptions.defaults with
            Noise =
                if options.WideNoise then
                    widening * GanOptions.defaults.Noise
                else
                    GanOptions.defaults.Noise }

    /// How many labels the data have: one more than the largest. `BadInput` where they have none.
    let classes (data: Dataset) : int =
        match data.Train.Labels with
        | Some labels -> int (labels.max().item<int64>()) + 1
        | None ->
            BadInput.fail
                "--data: %s has no labels to ask for; --labels brings them, --wide-noise needs none"
                data.Name

    /// Each setting under its option's name, and what the GAN is made of.
    let settings (options: ConditionalGanOptions) : (string * Json) list =
        ("wide-noise", Json.Flag options.WideNoise) :: GanOptions.settings (gan options)

    /// What a `Script` needs to know.
    let own: OwnOptions<ConditionalGanArgument, ConditionalGanOptions> =
        { Defaults = defaults
          Read =
            fun results -> { WideNoise = results.Contains <@ ConditionalGanArgument.Wide_Noise @> }
          Settings = settings }

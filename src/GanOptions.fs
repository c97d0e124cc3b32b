namespace Workbench

open Argu

/// The settings of the `gan` script beyond the common ones.
type GanOptions =
    {
        /// Numbers of a draw of noise.
        Noise: int
        /// The generator steps once for so many steps of the discriminator.
        DiscriminatorSteps: int
        /// Whether the generator minimises ln(1 - D) in place of -ln D.
        Saturating: bool
    }

/// `GanOptions` on the command line.
[<RequireQualifiedAccess>]
type GanArgument =
    | [<Unique>] Noise of n: string
    | [<Unique>] Discriminator_Steps of n: string
    | [<Unique>] Saturating

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Noise _ -> "numbers of a draw of noise"
            | Discriminator_Steps _ -> "steps of the discriminator for each of the generator's"
            | Saturating -> "the generator minimises ln(1 - D), not -ln D"

/// Defaults of these options, and how they are read.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module GanOptions =

    /// 100 numbers of noise, a step of each network at every batch, the non-saturating loss.
    let defaults: GanOptions =
        { Noise = Gan.defaults.Noise
          DiscriminatorSteps = 1
          Saturating = false }

    /// Each setting under its option's name, and how it is trained.
    let settings (options: GanOptions) : (string * Json) list =
        [ "noise", Json.Whole options.Noise
          "discriminator-steps", Json.Whole options.DiscriminatorSteps
          "saturating", Json.Flag options.Saturating ]
        @ AdversarialTraining.described

    /// The settings that were given, the rest from `defaults`.
    let read (results: ParseResults<GanArgument>) : GanOptions =
        let value case reader fallback =
            Options.value results case reader fallback

        { Noise = value <@ GanArgument.Noise @> Value.size defaults.Noise
          DiscriminatorSteps =
            value
                <@ GanArgument.Discriminator_Steps @>
                (Value.wholeFrom 1)
                defaults.DiscriminatorSteps
          Saturating = results.Contains <@ GanArgument.Saturating @> }

    /// What a `Script` needs to know.
    let own: OwnOptions<GanArgument, GanOptions> =
        { Defaults = defaults
          Read = read
          Settings = settings }

    /// What a GAN's script starts from: MNIST, Adam at 1e-3, 40 epochs.
    let common: CommonOptions =
        { Options.defaults with
            Data = "mnist"
            Epochs = 40
            LearningRate = AdversarialTraining.learningRate }

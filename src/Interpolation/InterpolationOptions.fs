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

    let defaults: InterpolationOptions = { From = None; To = None; Way = Line }

    /// The VAE's learning rate; --lr is the GAN's.
    let vaeLearningRate = Options.defaults.LearningRate

    /// The common settings as the VAE's training takes them.
    let ofVae (common: CommonOptions) : CommonOptions =
        { common with
            LearningRate = vaeLearningRate }

    /// Each setting under its option's name, and what both trainings' Adam has of its own.
    let settings (options: InterpolationOptions) : (string * Json) list =
        [ "from", Json.optional Json.Whole options.From
          "to", Json.optional Json.Whole options.To
          "spherical", Json.Flag(options.Way = Arc)
          "vae-lr", Json.Real vaeLearningRate
          "vae-beta1", Json.Real Train.defaults.Beta1 ]
        @ AdversarialTraining.described

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

    /// The classifier of these data, which labels the generated images; `BadInput` where there is none, or a label is not theirs.
    let classifier (options: InterpolationOptions) (data: Dataset) : Classifier =
        for option, label in [ "--from", options.From; "--to", options.To ] do
            match label with
            | Some label when label >= Classifier.classes ->
                BadInput.fail
                    "%s: the labels are 0 to %d, not %d"
                    option
                    (Classifier.classes - 1)
                    label
            | _ -> ()

        match Classifier.load data.Name, data.Test.Labels with
        | Some classifier, Some _ -> classifier
        | _ ->
            BadInput.fail
                "--data: %s has no classifier to tell the labels of generated images: use mnist, fashion-mnist or glyphs"
                data.Name

    /// What a `Script` needs to know.
    let own: OwnOptions<InterpolationArgument, InterpolationOptions> =
        { Defaults = defaults
          Read = read
          Settings = settings }

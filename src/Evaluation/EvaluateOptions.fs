namespace Workbench

open Argu

/// The settings of the `evaluate` script beyond the common ones.
type EvaluateOptions =
    {
        /// The run's folder.
        Run: string
        /// Whether the epoch with the least test loss is measured, not the last one.
        Best: bool
        /// Importance samples for each image.
        Importance: int
        /// Test images whose likelihood is estimated.
        Limit: int
        /// Images that a generator makes to be measured.
        Samples: int
        /// The width of Parzen windows; none: chosen.
        Sigma: float option
        /// Where the run's data lie, if not where they lay.
        Data: string option
        Labels: string option
    }

/// `EvaluateOptions` on the command line.
[<RequireQualifiedAccess>]
type EvaluateArgument =
    | [<Unique>] Run of dir: string
    | [<Unique>] Best
    | [<Unique>] Importance of k: string
    | [<Unique>] Limit of n: string
    | [<Unique>] Samples of n: string
    | [<Unique>] Sigma of x: string
    | [<Unique>] Data of name: string
    | [<Unique>] Labels of path: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Run _ -> "folder of the run; evaluation.json and evaluation.html go there"
            | Best -> "the epoch with the least test loss, not the last one"
            | Importance _ -> "importance samples for each image's likelihood"
            | Limit _ -> "test images whose likelihood is estimated, picked at random"
            | Samples _ -> "images that a generator makes to be measured"
            | Sigma _ -> "width of the Parzen windows; by default the likeliest of ten"
            | Data _ -> "where the run's data lie, if not where they lay"
            | Labels _ -> "file of labels for a data file"

/// Defaults of these options, and how they are read.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module EvaluateOptions =

    /// Some minutes on two cores for the models of this workbench.
    let defaults: EvaluateOptions =
        { Run = ""
          Best = false
          Importance = 5000
          Limit = 1000
          Samples = 10_000
          Sigma = None
          Data = None
          Labels = None }

    /// Figures of fewer images have no standard error; more do not fit into memory.
    let private fewest, most = 20, 100_000

    let private settings (options: EvaluateOptions) =
        [ "run", (if options.Run = "" then Json.Null else Json.Text options.Run)
          "best", Json.Flag options.Best
          "importance", Json.Whole options.Importance
          "limit", Json.Whole options.Limit
          "samples", Json.Whole options.Samples
          "sigma", Json.optional Json.Real options.Sigma
          "data", Json.optional Json.Text options.Data
          "labels", Json.optional Json.Text options.Labels ]

    let private read (results: ParseResults<EvaluateArgument>) : EvaluateOptions =
        let value case reader fallback =
            Options.value results case reader fallback

        let folder = value <@ EvaluateArgument.Run @> Value.text defaults.Run

        if folder = "" then
            BadInput.fail "--run: needed, the folder of a run (see --help)"

        let optional case reader =
            value case (reader >> Result.map Some) None

        { Run = folder
          Best = results.Contains <@ EvaluateArgument.Best @>
          Importance =
            value
                <@ EvaluateArgument.Importance @>
                (Value.wholeBetween 1 1_000_000)
                defaults.Importance
          Limit = value <@ EvaluateArgument.Limit @> (Value.wholeFrom 1) defaults.Limit
          Samples =
            value <@ EvaluateArgument.Samples @> (Value.wholeBetween fewest most) defaults.Samples
          Sigma = optional <@ EvaluateArgument.Sigma @> Value.positive
          Data = optional <@ EvaluateArgument.Data @> Value.text
          Labels = optional <@ EvaluateArgument.Labels @> Value.text }

    /// What a `Script` needs to know.
    let own: OwnOptions<EvaluateArgument, EvaluateOptions> =
        { Defaults = defaults
          Read = read
          Settings = settings }

    /// The data and the model are the run's.
    let common: CommonOptions =
        { Options.defaults with
            Takes = set [ "seed"; "engine"; "threads"; "quiet" ] }

namespace Workbench

open Argu

/// The options of `--evaluate`.
[<RequireQualifiedAccess; Unique>]
type EvaluationSetting =
    | Evaluate of dir: string
    | Best
    | Importance of k: int
    | Limit of n: int
    | Samples of images: int
    | Sigma of rate: float
    | Seed of seed: int
    | Data of name: string
    | Labels of path: string
    | Threads of threads: int
    | Quiet

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Evaluate _ -> "folder of the run; evaluation.json and evaluation.html go there"
            | Best -> "the epoch with the least test loss, not the last one"
            | Importance _ -> "importance samples for each image's likelihood"
            | Limit _ -> "test images whose likelihood is estimated, picked at random"
            | Samples _ -> "images that a generator makes to be measured"
            | Sigma _ -> "width of the Parzen windows; by default the likeliest of ten"
            | Seed _ -> "seed of all draws"
            | Data _ -> "where the run's data lie, if not where they lay"
            | Labels _ -> "file of labels for a data file"
            | Threads _ -> "threads; by default the run's"
            | Quiet -> "nothing on standard output"

/// Defaults of an evaluation's options, and what they ask for.
[<RequireQualifiedAccess>]
module EvaluationSettings =

    /// Some minutes on two cores for the models of this workbench.
    let defaults: EvaluationSetting list =
        [ EvaluationSetting.Importance 5000
          EvaluationSetting.Limit 1000
          EvaluationSetting.Samples 10_000
          EvaluationSetting.Seed 0 ]

    /// What the options ask for.
    let measuring (settings: EvaluationSetting list) stop say : Measuring =
        let get case = (Settings.tryGet settings case).Value

        { Importance = get <@ EvaluationSetting.Importance @>
          Limit = get <@ EvaluationSetting.Limit @>
          Samples = get <@ EvaluationSetting.Samples @>
          Sigma = Settings.tryGet settings <@ EvaluationSetting.Sigma @>
          Seed = get <@ EvaluationSetting.Seed @>
          Stop = stop
          Say = say }

    /// The settings that change figures, for `evaluation.json` and its page.
    let describe (measuring: Measuring) (isBest: bool) : (string * Json) list =
        [ "best", Json.Flag isBest
          "importance", Json.Whole measuring.Importance
          "limit", Json.Whole measuring.Limit
          "samples", Json.Whole measuring.Samples
          "sigma", Json.optional Json.Real measuring.Sigma
          "seed", Json.Whole measuring.Seed ]

namespace Workbench

open System
open Argu
open Microsoft.FSharp.Quotations

/// The settings that scripts have in common. A training script takes all of them.
type CommonOptions =
    {
        /// A data set's name, or the path of a file.
        Data: string
        /// The path of a file of labels.
        Labels: string option
        Epochs: int
        /// Examples in a batch.
        Batch: int
        LearningRate: float
        /// The longest that an update's gradients may be, taken as one vector.
        ClipNorm: float option
        Seed: int
        /// Only the first so many training examples.
        Limit: int option
        /// `torch` or `managed`: what computes.
        Engine: string
        /// Threads that compute. On the managed engine the results do not depend on it; on libtorch their last digits do.
        Threads: int
        Pixels: Pixels
        /// The run's folder; none: one of its own below runs/.
        Out: string option
        /// The folder of a run to go on with.
        Resume: string option
        /// Epochs from one checkpoint to the next.
        CheckpointEvery: int
        /// Nothing on standard output.
        Quiet: bool
        /// The names of the options above that the script takes; it refuses the others, and no file of a run tells of them.
        Takes: Set<string>
    }

// Values arrive as text: Argu would read numbers by rules of its own ("1,5" as 15, NaN), and `Value` states the ranges.

/// The options of `Common` on the command line.
[<RequireQualifiedAccess>]
type CommonArgument =
    | [<Unique>] Data of name: string
    | [<Unique>] Labels of path: string
    | [<Unique>] Epochs of n: string
    | [<Unique>] Batch of n: string
    | [<Unique>] Lr of x: string
    | [<Unique>] Clip_Norm of x: string
    | [<Unique>] Seed of n: string
    | [<Unique>] Limit of n: string
    | [<Unique>] Engine of name: string
    | [<Unique>] Threads of n: string
    | [<Unique>] Pixels of mode: string
    | [<Unique>] Out of dir: string
    | [<Unique>] Resume of dir: string
    | [<Unique>] Checkpoint_Every of n: string
    | [<Unique>] Quiet

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Data _ -> "data set, or the path of a data file; glyphs needs no download"
            | Labels _ -> "file of labels for a data file"
            | Epochs _ -> "passes over the training examples"
            | Batch _ -> "examples in a batch"
            | Lr _ -> "learning rate"
            | Clip_Norm _ ->
                "longest gradient of an update (L2 norm); longer ones are scaled down to it"
            | Seed _ -> "seed of all randomness"
            | Limit _ -> "only the first n training examples"
            | Engine _ ->
                "torch: TorchSharp on libtorch; managed: the workbench's own, faster on a CPU"
            | Threads _ -> "threads; on torch, the last digits of the results depend on it"
            | Pixels _ ->
                "grey: as they are; static: made black or white once; dynamic: anew every epoch"
            | Out _ -> "folder of the run; by default a new one named by the time, in runs/"
            | Resume _ -> "folder of a run to go on with, by its settings, to --epochs"
            | Checkpoint_Every _ -> "epochs from one checkpoint to the next"
            | Quiet -> "nothing on standard output"

/// The options that are one script's alone: their defaults, how they are read, and what they say in config.json (and as
/// defaults in the help), each under the option's name.
type OwnOptions<'Argument, 'Own when 'Argument :> IArgParserTemplate> =
    { Defaults: 'Own
      Read: ParseResults<'Argument> -> 'Own
      Settings: 'Own -> (string * Json) list }

/// What a script says of itself: its name, the question it answers, its defaults, its own options.
type Script<'Argument, 'Own when 'Argument :> IArgParserTemplate> =
    { Name: string
      Question: string
      Common: CommonOptions
      Own: OwnOptions<'Argument, 'Own> }

/// The common options' defaults, what they say in config.json, and how one option's value is read.
[<RequireQualifiedAccess>]
module Options =
    let private all (common: CommonOptions) : (string * Json) list =
        [ "data", Json.Text common.Data
          "labels", Json.optional Json.Text common.Labels
          "epochs", Json.Whole common.Epochs
          "batch", Json.Whole common.Batch
          "lr", Json.Real common.LearningRate
          "clip-norm", Json.optional Json.Real common.ClipNorm
          "seed", Json.Whole common.Seed
          "limit", Json.optional Json.Whole common.Limit
          "engine", Json.Text common.Engine
          "threads", Json.Whole common.Threads
          "pixels", Json.Text(Pixels.name common.Pixels)
          "out", Json.optional Json.Text common.Out
          "resume", Json.optional Json.Text common.Resume
          "checkpoint-every", Json.Whole common.CheckpointEvery
          "quiet", Json.Flag common.Quiet ]

    let private standard: CommonOptions =
        { Data = "mnist"
          Labels = None
          Epochs = 20
          Batch = 100
          LearningRate = 1e-3
          ClipNorm = None
          Seed = 0
          Limit = None
          Engine = Engine.standard
          Threads = Environment.ProcessorCount
          Pixels = Pixels.Grey
          Out = None
          Resume = None
          CheckpointEvery = 1
          Quiet = false
          Takes = Set.empty }

    /// A start for a script's own defaults: it takes every common option.
    let defaults: CommonOptions =
        { standard with
            Takes = all standard |> List.map fst |> Set.ofList }

    /// `defaults` for networks as small as the VAE's: on libtorch one thread is faster for them than two, for larger ones it is not.
    let small: CommonOptions =
        { defaults with
            Threads = if Engine.isManaged then defaults.Threads else 1 }

    /// The common settings that the script takes, each under its option's name.
    let settings (common: CommonOptions) : (string * Json) list =
        all common |> List.filter (fun (name, _) -> common.Takes.Contains name)

    /// Settings as options with their values; what is not set is left out.
    let given (settings: (string * Json) list) : (string * string list) list =
        settings
        |> List.collect (fun (name, value) ->
            match value with
            | Json.Null
            | Json.Flag false
            | Json.List [] -> []
            | Json.Flag true -> [ $"--{name}", [] ]
            | Json.List items -> [ $"--{name}", List.map Json.plain items ]
            | value -> [ $"--{name}", [ Json.plain value ] ])

    /// The value of the option `case` as `read` understands it, or `fallback` where the option was not given. What `read`
    /// refuses raises `BadInput` with the option's name.
    let value
        (results: ParseResults<'A>)
        (case: Expr<'V -> 'A>)
        (read: 'V -> Result<'T, string>)
        (fallback: 'T)
        : 'T =
        match results.TryGetResult case |> Option.map read with
        | None -> fallback
        | Some(Ok value) -> value
        | Some(Error why) ->
            let option = ArgumentParser.Create<'A>().GetArgumentCaseInfo case
            BadInput.fail "%s: %s" option.Name.Value why

    /// The common options that the script takes.
    let cases (common: CommonOptions) : ArgumentCaseInfo list =
        ArgumentParser.Create<CommonArgument>().GetArgumentCases()
        |> List.filter (fun case -> common.Takes.Contains(case.Name.Value.TrimStart '-'))

    let private mostThreads = 1024

    /// The common settings that were given, the rest from `defaults`.
    let readCommon (defaults: CommonOptions) (results: ParseResults<CommonArgument>) : CommonOptions =
        let optional case read fallback =
            value results case (read >> Result.map Some) fallback

        { Data = value results <@ CommonArgument.Data @> Value.text defaults.Data
          Labels = optional <@ CommonArgument.Labels @> Value.text defaults.Labels
          Epochs = value results <@ CommonArgument.Epochs @> (Value.wholeFrom 1) defaults.Epochs
          Batch = value results <@ CommonArgument.Batch @> (Value.wholeFrom 1) defaults.Batch
          LearningRate = value results <@ CommonArgument.Lr @> Value.positive defaults.LearningRate
          ClipNorm = optional <@ CommonArgument.Clip_Norm @> Value.positive defaults.ClipNorm
          Seed = value results <@ CommonArgument.Seed @> (Value.wholeFrom 0) defaults.Seed
          Limit = optional <@ CommonArgument.Limit @> (Value.wholeFrom 1) defaults.Limit
          Engine =
            value
                results
                <@ CommonArgument.Engine @>
                (Value.oneOf [ for name in Engine.names -> name, name ])
                Engine.name // by WORKBENCH_ENGINE, where no option says so
          Threads =
            value
                results
                <@ CommonArgument.Threads @>
                (Value.wholeBetween 1 mostThreads)
                defaults.Threads
          Pixels =
            value results <@ CommonArgument.Pixels @> (Value.oneOf Pixels.all) defaults.Pixels
          Out = optional <@ CommonArgument.Out @> Value.text defaults.Out
          Resume = optional <@ CommonArgument.Resume @> Value.text defaults.Resume
          CheckpointEvery =
            value
                results
                <@ CommonArgument.Checkpoint_Every @>
                (Value.wholeFrom 1)
                defaults.CheckpointEvery
          Quiet = defaults.Quiet || results.Contains <@ CommonArgument.Quiet @>
          Takes = defaults.Takes }

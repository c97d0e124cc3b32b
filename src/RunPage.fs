namespace Workbench

open System

/// What is told of a finished (or interrupted) run, from its last states.
type Summary =
    {
        /// The final figures of `metrics.json`.
        Figures: (string * float) list
        /// Pictures of `samples/`, by name.
        Pictures: (string * byte[]) list
        /// What `report.html` shows.
        Sections: Section list
        /// A line for people.
        Line: string
    }

/// What a run's files and its page say beside what the script tells.
[<RequireQualifiedAccess>]
module RunPage =

    /// The engine, for `config.json`.
    let engine () : (string * Json) list =
        [ "engine-version", Json.Text(Engine.version ()) ]

    /// The data and the engine, for `config.json`.
    let describe (data: Dataset) : (string * Json) list =
        [ "data-sha256", Json.Text data.Hash
          "image-shape", Json.List(data.ImageShape |> List.map Json.Whole)
          "train-examples", Json.Whole(int data.Train.Images.shape[0])
          "test-examples", Json.Whole(int data.Test.Images.shape[0]) ]
        @ engine ()

    /// `41 s`, `3 min 5 s`.
    let duration (seconds: float) : string =
        let time = TimeSpan.FromSeconds(Math.Round seconds)

        if time.TotalMinutes < 1.0 then
            $"{time.Seconds} s"
        else
            $"{int time.TotalMinutes} min {time.Seconds} s"

    /// One line on what was run.
    let lead (script: string) (data: Dataset option) (progress: string list) (seed: int) : string =
        let epochs = progress |> List.map (fun part -> part + ", ") |> String.concat ""

        match data with
        | None -> $"{script}, seed {seed}"
        | Some data ->
            let train = Report.count data.Train.Images.shape[0]
            let test = Report.count data.Test.Images.shape[0]

            $"{script} on {data.Name}, {Pixels.name data.Pixels} pixels: {train} training and {test} test images; "
            + $"{epochs}seed {seed}"

    /// The same of a sweep.
    let sweepLead
        (script: string)
        (data: Dataset)
        (points: int)
        (epochs: int)
        (seed: int)
        : string =
        let train = Report.count data.Train.Images.shape[0]
        let test = Report.count data.Test.Images.shape[0]

        $"{points} runs of {script} on {data.Name}, {Pixels.name data.Pixels} pixels: {train} training and {test} test images, "
        + $"{epochs} epochs each, seed {seed}."

    /// What figures there are of a run that did not finish, by the last whole epoch of each of its models.
    let reached (epochs: int list) : string =
        match epochs with
        | [ 0 ] -> "No epoch was finished, so there are no figures."
        | _ when List.contains 0 epochs ->
            "Not every model has a finished epoch, so there are no figures."
        | [ epoch ] -> $"The figures are those of epoch {epoch}."
        | _ -> "The figures are those of the last whole epochs."

    /// What a reader of the page must know first.
    let notice (epochs: int list) (ending: Ending) : string option =
        match ending with
        | Ending.Finished -> None
        | Ending.Failed reason -> Some $"{Char.ToUpperInvariant reason[0]}{reason[1..]}"
        | Ending.Interrupted -> Some $"The run was interrupted. {reached epochs}"

    /// What stands at a page's foot. `threads` says how many worked.
    let facts (data: Dataset option) (seconds: float) (threads: string) : (string * string) list =
        [ match data with
          | Some data -> "Data", $"{data.Name}, SHA-256 {data.Hash}"
          | None -> ()
          "Wall-clock", $"{duration seconds}, {threads}, {Machine.processor}"
          "Engine", Engine.version ()
          "Workbench", Machine.workbenchVersion
          ".NET", string Environment.Version ]

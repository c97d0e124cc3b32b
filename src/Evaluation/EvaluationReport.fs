namespace Workbench

open System
open System.Globalization
open System.Text

/// A run whose models were measured, and what its page says of how.
type EvaluatedRun =
    {
        Folder: RunFolder
        Script: string
        /// The data that the run was trained on.
        Data: Dataset
        /// The names of the models of which there is no checkpoint.
        Unbegun: string list
        Question: string
        Command: string
        Settings: (string * Json) list
        Threads: int
        Say: string -> unit
    }

/// What an evaluation leaves: a printed table, `evaluation.json` and `evaluation.html` in the run's folder.
[<RequireQualifiedAccess>]
module EvaluationReport =

    let private number (value: float) =
        match abs value with
        | _ when value = round value && abs value < 1e6 ->
            value.ToString("F0", CultureInfo.InvariantCulture)
        | size when size >= 100.0 -> value.ToString("F2", CultureInfo.InvariantCulture)
        | size when size >= 0.01 -> value.ToString("F4", CultureInfo.InvariantCulture)
        | _ -> value.ToString("G4", CultureInfo.InvariantCulture)

    let private value (figure: Figure) =
        $"{number figure.Estimate.Value} {figure.Unit}".TrimEnd()

    let private error (figure: Figure) =
        if Double.IsNaN figure.Estimate.StandardError then
            "–"
        else
            Sections.short figure.Estimate.StandardError

    let private images (figure: Figure) =
        $"{Report.count (int64 figure.Estimate.Count)} {figure.Of}"

    let private header = [ "figure"; "value"; "standard error"; "of"; "pixels" ]

    let private row (data: Dataset) (figure: Figure) =
        [ figure.Title
          value figure
          error figure
          images figure
          Pixels.name data.Pixels ]

    let private name (told: Evaluated) =
        let title = told.Model.Can.Title
        if told.Model.Name = "" then title else $"{title} ({told.Model.Name})"

    let private heading (saved: EvaluatedRun) (told: Evaluated) =
        $"{name told} of {saved.Script}, epoch {told.Model.Epoch}, on {saved.Data.Name}"

    /// A class or label's share among many: not worth a line on a terminal.
    let private isDetail (figure: Figure) =
        Char.IsAsciiDigit figure.Name[figure.Name.Length - 1]

    /// The figures of a model as aligned lines.
    let lines (saved: EvaluatedRun) (told: Evaluated) : string list =
        let figures = told.Figures |> List.filter (isDetail >> not)
        let rows = header :: List.map (row saved.Data) figures

        let widths = rows |> List.transpose |> List.map (List.map String.length >> List.max)

        let line (cells: string list) =
            List.map2 (fun (cell: string) width -> cell.PadRight width) cells widths
            |> String.concat "  "
            |> _.TrimEnd()

        [ ""; heading saved told; yield! List.map line rows; yield! told.Words ]

    let private figureJson (data: Dataset) (figure: Figure) : Json =
        let real (value: float) =
            if Double.IsNaN value then Json.Null else Json.Real value

        Json.Object
            [ "name", Json.Text figure.Name
              "value", real figure.Estimate.Value
              "standard-error", real figure.Estimate.StandardError
              "unit", Json.Text figure.Unit
              "count", Json.Whole figure.Estimate.Count
              "of", Json.Text figure.Of
              "pixels", Json.Text(Pixels.name data.Pixels) ]

    let private modelJson (data: Dataset) (told: Evaluated) : Json =
        Json.Object
            [ "model", Json.Text told.Model.Can.Title
              "folder", Json.Text told.Model.Name
              "checkpoint", Json.Text(IO.Path.GetFileName told.Model.Checkpoint)
              "epoch", Json.Whole told.Model.Epoch
              "figures", Json.List(List.map (figureJson data) told.Figures)
              "notes", Json.List(List.map Json.Text told.Words) ]

    /// Settings that change no figure.
    let private untold = set [ "run"; "threads"; "quiet"; "data"; "labels" ]

    let private json (saved: EvaluatedRun) (all: Evaluated list) : Json =
        Json.Object(
            [ "script", Json.Text saved.Script; "data", Json.Text saved.Data.Name ]
            @ (saved.Settings |> List.filter (fun (name, _) -> not (untold.Contains name)))
            @ RunPage.describe saved.Data
            @ Machine.versions
            @ [ "models", Json.List(List.map (modelJson saved.Data) all) ]
        )

    let private told =
        set
            [ "elbo"
              "nll"
              "active_units"
              "test_error"
              "fid_lenet"
              "fid_lenet_floor"
              "parzen" ]

    let private tile (data: Dataset) (figure: Figure) : Tile =
        let error =
            if Double.IsNaN figure.Estimate.StandardError then "" else $", ± {error figure}"

        { Name = figure.Title
          Value = number figure.Estimate.Value
          Unit = figure.Unit
          Note = $"{Pixels.name data.Pixels} pixels, {data.Name}, {images figure}{error}" }

    let private sections (saved: EvaluatedRun) (evaluated: Evaluated) : Section list =
        [ Section.Words(heading saved evaluated)
          Section.Tiles
              [ for figure in evaluated.Figures do
                    if told.Contains figure.Name then
                        tile saved.Data figure ]
          if not evaluated.Pictures.IsEmpty then
              Sections.rows
                  saved.Data
                  "Test images picked at random and their reconstructions, new images: as far as the model makes them."
                  evaluated.Pictures
          Section.Table(
              $"All figures of the {name evaluated}.",
              header,
              List.map (row saved.Data) evaluated.Figures
          )
          yield! List.map Section.Words evaluated.Words ]

    let private reading (data: Dataset) =
        let pixels =
            if data.Pixels = Grey then
                "Of grey pixels the cross-entropy is no likelihood, and neither are ELBO and NLL: they compare with those of grey pixels alone. "
            else
                ""

        $"{pixels}Errors and nats are summed over an image's pixels or its code and averaged over images; standard errors are over images. ELBO, NLL, KL and errors are the lower the better. "
        + "FID-LeNet, precision, recall, density and coverage compare features of this workbench's own small classifier: they are no other work's FID, and depend on the number of images. docs/evaluation.md has every formula."
        |> Section.Words

    let private missing (saved: EvaluatedRun) =
        match saved.Unbegun with
        | [] -> None
        | unbegun ->
            let names = unbegun |> String.concat ", "
            Some $"There is no checkpoint of: {names}."

    let private page (saved: EvaluatedRun) seconds all : Page =
        { Question = saved.Question
          Lead =
            $"a run of {saved.Script} on {saved.Data.Name}, {Pixels.name saved.Data.Pixels} pixels: {Report.count saved.Data.Train.Images.shape[0]} training and {Report.count saved.Data.Test.Images.shape[0]} test images"
          Notice = missing saved
          Sections = List.collect (sections saved) all @ [ reading saved.Data ]
          Settings = saved.Settings @ RunPage.describe saved.Data
          Command = saved.Command
          Facts = RunPage.facts (Some saved.Data) seconds (Machine.threads saved.Threads) }

    /// Prints the figures and writes both files into the run's folder.
    let write (saved: EvaluatedRun) (seconds: float) (all: Evaluated list) : unit =
        List.collect (lines saved) all |> List.iter saved.Say
        missing saved |> Option.iter saved.Say
        RunFolder.writeFile saved.Folder "evaluation.json" (Json.bytes (json saved all))

        page saved seconds all
        |> Report.render
        |> Encoding.UTF8.GetBytes
        |> RunFolder.writeFile saved.Folder "evaluation.html"

        saved.Say $"\nevaluation.json and evaluation.html are in {saved.Folder.Path}"

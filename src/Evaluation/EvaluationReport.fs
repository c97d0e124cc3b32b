namespace Workbench

open System

/// What an evaluation leaves: a printed table, `evaluation.json` and `evaluation.html` in the run's folder.
[<RequireQualifiedAccess>]
module EvaluationReport =

    let private value (figure: Figure) =
        let isCount = figure.Unit.StartsWith("of ", StringComparison.Ordinal)
        let estimate = figure.Estimate

        let told =
            if isCount then
                Sections.formatted "N0" estimate.Value
            else
                Generators.told figure.Name estimate

        $"{told} {figure.Unit}".TrimEnd()

    /// Which way is better is told beside a figure.
    let private title (figure: Figure) = figure.Title.TrimEnd('↑', '↓', ' ')

    let private images (figure: Figure) =
        $"{Report.count (int64 figure.Estimate.Count)} {figure.Of}"

    let private name (told: Evaluated) =
        if told.Name = "" then told.Title else $"{told.Title} ({told.Name})"

    let private heading (script: string) (data: Dataset) (told: Evaluated) =
        $"{name told} of {script}, epoch {told.Epoch}, on {data.Name}, {Sections.pixels data}"

    let private header = [ "figure"; "value ± standard error"; "better"; "of" ]

    let private row (figure: Figure) =
        [ title figure
          value figure
          (match FigureNames.better figure.Name with
           | Some Lower -> "lower"
           | Some Higher -> "higher"
           | None -> "")
          images figure ]

    /// The figures of a model, but for those of a class or a label.
    let private ofAll (told: Evaluated) =
        told.Figures
        |> List.filter (fun figure -> not (Char.IsAsciiDigit figure.Name[figure.Name.Length - 1]))

    /// The same as aligned lines.
    let private lines script (data: Dataset) (told: Evaluated) : string list =
        [ ""
          heading script data told
          header :: List.map row (ofAll told) |> Terminal.table
          yield! told.Words ]

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
            [ "model", Json.Text told.Title
              "folder", Json.Text told.Name
              "checkpoint", Json.Text(IO.Path.GetFileName told.Checkpoint)
              "epoch", Json.Whole told.Epoch
              "figures", Json.List(List.map (figureJson data) told.Figures)
              "notes", Json.List(List.map Json.Text told.Words) ]

    let private tiles =
        set
            [ "nelbo"
              "nll"
              "active_units"
              "test_error"
              "fid_lenet"
              "fid_lenet_floor"
              "parzen" ]

    let private tile (figure: Figure) : Tile =
        let exact = Sections.four figure.Estimate.Value
        let told = value figure

        { Sections.tile
              (title figure)
              figure.Unit
              (FigureNames.better figure.Name)
              figure.Estimate.Value with
            Value = (if told.Contains '±' then exact else told.Split(' ')[0])
            Note =
                match told.IndexOf '±' with
                | -1 -> images figure
                | at -> $"{told.Substring at}, {images figure}" }

    let private sections script (data: Dataset) (told: Evaluated) : Section list =
        let estimates = [ for figure in told.Figures -> figure.Name, figure.Estimate ]

        [ Section.Tiles(
              heading script data told,
              told.Figures
              |> List.filter (fun figure -> tiles.Contains figure.Name)
              |> List.map tile
          )
          if not told.Pictures.IsEmpty then
              Sections.rows
                  data
                  (told.Pictures
                   |> List.map fst
                   |> String.concat ", "
                   |> sprintf "Picked at random: %s.")
                  told.Pictures
          Section.Table($"All figures of the {name told}.", header, List.map row (ofAll told))
          yield! Generators.classes data [ name told, estimates ]
          yield! GanPage.agreement estimates
          yield! List.map Section.Words told.Words ]

    let private reading (measuring: Measuring) (data: Dataset) =
        let judge =
            match measuring.Judge with
            | Some(classifier, _) -> $"the classifier {classifier.Data}"
            | None -> "this workbench's own small classifier"

        let pixels =
            if data.Pixels = Grey then
                "Of grey pixels the cross-entropy is no likelihood: negative ELBO and NLL compare with those of grey pixels only. "
            else
                ""

        $"{pixels}Errors and nats are summed over an image's pixels or its code and averaged over images; standard errors are over images. Negative ELBO, NLL and errors: lower is better. "
        + $"FID-LeNet, precision, recall, density and coverage compare features of {judge}: they are not comparable with published FIDs, and depend on the number of images. docs/evaluation.md has every formula."
        |> Section.Words

    let private writeAll
        (measuring: Measuring)
        script
        (data: Dataset)
        folder
        (page: Page)
        unbegun
        all
        =
        let notices =
            [ if not (List.isEmpty unbegun) then
                  "There is no checkpoint of: " + String.concat ", " unbegun + "."
              for model in all do
                  for warning in model.Warnings do
                      if List.length all = 1 then warning else Warnings.named model.Title warning ]

        List.collect (lines script data) all |> List.iter measuring.Say

        for notice in notices do
            measuring.Say("warning: " + notice)

        /// Those that change figures.
        let settings =
            Settings.describe measuring.Settings
            |> List.filter (fun (name, _) ->
                List.contains
                    name
                    [ "best"; "importance"; "limit"; "samples"; "classifier"; "sigma"; "seed" ])

        [ "script", Json.Text script; "data", Json.Text data.Name ]
        @ settings
        @ [ for _, hash in Option.toList measuring.Judge -> "classifier-sha256", Json.Text hash ]
        @ RunPage.describe data
        @ Machine.versions
        @ [ "models", Json.List(List.map (modelJson data) all) ]
        |> Json.Object
        |> Json.bytes
        |> RunFolder.writeFile folder "evaluation.json"

        RunPage.writeEvaluation
            folder
            { page with
                Question = "What is this run's model worth?"
                Lead = RunPage.lead $"a run of {script}" data
                Notices = notices
                Links = [ "the run", RunFolder.pageName; "evaluation.json", "evaluation.json" ]
                LaterLinks = []
                LaterNotice =
                    Some "This is of another epoch than the run's last: evaluate the run again."
                Sections = List.collect (sections script data) all @ [ reading measuring data ]
                Settings = settings @ RunPage.describe data }

        let file (name: string) = IO.Path.Combine(folder.Path, name)
        let page = Terminal.link (file RunPage.evaluationName)
        measuring.Say ""
        measuring.Say("the figures are in " + file "evaluation.json")
        measuring.Say $"the page is {page}"

    /// Prints the figures of a script's models, by their names, and writes both files into the run's folder; bad input where nothing
    /// was measured. `page` is the page but for that.
    let write
        (measuring: Measuring)
        (script: string)
        (data: Dataset)
        (folder: RunFolder)
        (page: Page)
        (models: (string * Evaluated option) list)
        : unit =
        let all = List.choose snd models

        if all.IsEmpty then
            let why =
                if measuring.IsBest then
                    $"has no {Checkpoint.bestName}: leave --best out"
                else
                    "has no checkpoint yet: wait for the end of its first epoch"

            BadInput.fail "--evaluate: %s %s" folder.Path why

        if all |> List.forall _.Figures.IsEmpty then
            BadInput.fail
                "--evaluate: there is nothing to measure of what %s trains but what its page tells"
                script

        let unbegun = models |> List.filter (snd >> Option.isNone) |> List.map fst
        writeAll measuring script data folder page unbegun all

/// Models of a Gaussian code side by side, for the page of a script that trains several.
[<RequireQualifiedAccess>]
module SideBySide =

    /// KL, squared error and figures of 10,000 new images of each model, named for `metrics.json`, and ten of its images; all draw
    /// by generators of one seed.
    let codes (data: Dataset) (seed: int) (models: (string * Can) list) : Summary =
        let names, cans = List.unzip models
        let titles = [ for can in cans -> can.Title ]
        let test, two = data.Test.Images, Sections.fixed2

        let makers =
            [ for can in cans ->
                  can.Generate.Value(Random.generatorOn data.Device seed Random.Sampling 0) ]

        let made = [ for make in makers -> (make 10_000).Images ]
        let judged = List.map (Generators.judged data) made
        let news = List.zip titles [ for make in makers -> (make 10).Images ]
        let originals = Pictures.picked data seed 10

        let copies =
            ("test images", originals)
            :: [ for can in cans -> can.Title, can.Reconstruct.Value originals ]

        let measured =
            [ for can in cans do
                  let means = Metrics.meanCodes can.Code.Value test

                  can.Title,
                  Metrics.kl can.Code.Value data.Pixels test,
                  Metrics.squaredError can.Reconstruct.Value data.Pixels test,
                  (Codes.activeUnits means, int means.shape[1]) ]

        let told (active, latent) = $"{active} of {latent}"

        { Line =
            [ [ "test images"; "KL of the code"; "active units"; "squared error" ]
              for title, kl, error, units in measured do
                  [ title; $"{two kl} nats"; told units; two error ] ]
            |> Terminal.table
            |> fun table ->
                $"{table}\nErrors are of reconstructions, summed over pixels; lower is better."
          Figures =
            [ for name, (_, kl, error, (active, _)), judged in List.zip3 names measured judged do
                  $"{name}_test_kl", kl
                  $"{name}_active_units", float active
                  $"{name}_test_error", error
                  yield! [ for figure, estimate in judged -> $"{name}_{figure}", estimate.Value ] ]
          Pictures = Summary.samples data (List.map snd (copies @ news))
          Sections =
            [ for (title, kl, error, (active, latent)), made, judged in
                  List.zip3 measured made judged do
                  yield!
                      Warnings.squaredError data error
                      @ Warnings.collapsedCode "" active latent kl
                      @ Warnings.collapsedGenerator "" data made judged
                      |> Warnings.ofModel title
              Sections.rows data "Ten new images each, decoded from draws of N(0, I)." news
              Sections.rows
                  data
                  "Ten test images picked at random, and their reconstructions from the mean code."
                  copies
              Section.Table(
                  $"KL, active units (dimensions whose mean code has a variance above 0.01) and squared error, summed over pixels, on {Sections.testSet data}.",
                  [ "model"; "KL, nats"; "active units"; "squared error of reconstructions ↓" ],
                  [ for title, kl, error, units in measured ->
                        [ title; two kl; told units; two error ] ]
              )
              yield! Generators.tables data (List.zip titles judged) ] }

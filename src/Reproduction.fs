namespace Workbench

open System.IO

/// A published figure, and the run that should come to it.
type Published =
    {
        /// On the command line; the run's folder is called by it.
        Name: string
        What: string
        /// The script, by its name, and the options of its run but for --epochs.
        Script: string
        Options: string list
        /// The epochs after which it is measured, ascending; the last are the source's own.
        Stages: int list
        /// Options of the evaluation, and the figure of `evaluation.json` that is meant.
        Evaluation: string list
        Figure: string
        Value: float
        Source: string
        /// What is otherwise than in the source; empty: nothing that is known.
        Differs: string
    }

/// The same figure here, after so many epochs, with the seconds that training took up to there.
type Reproduced =
    { Epochs: int
      Value: float
      StandardError: float
      Count: int
      Seconds: float }

/// Published figures beside those that are reached here: each a run of its own in a folder of its own, trained stage by stage and measured
/// after each. What was measured is kept, so that the same call goes on where the last one ended.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Reproduction =

    /// The file of what is kept of a stage.
    let private nameOf (epochs: int) = $"after-{epochs}-epochs.json"

    let private fields json = Map.ofList (Json.fields json)

    /// The figure of the first model of an evaluation.
    let private measured (figure: string) (evaluation: Json) =
        let items name json =
            Json.items (Map.find name (fields json))

        List.head (items "models" evaluation)
        |> items "figures"
        |> List.map fields
        |> List.tryFind (fun found -> Json.plain found["name"] = figure)
        |> Option.defaultWith (fun () -> BadInput.fail "no figure of the evaluation is %s" figure)

    /// The options of the run, in one line.
    let private recipe (published: Published) = String.concat " " published.Options

    /// What a stage came to; None where it has not been measured. Bad input where it was by other options, such as those of an earlier
    /// version.
    let tryRead (published: Published) (folder: string) (epochs: int) : Reproduced option =
        let path = Path.Combine(folder, nameOf epochs)

        if File.Exists path then
            let told = fields (Json.parse (File.ReadAllText path))

            BadInput.require
                (told.TryFind "options" = Some(Json.Text(recipe published)))
                $"{folder}: is of a run by other options than {published.Name} has now; move the folder away, or choose another --out"

            Some
                { Epochs = epochs
                  Value = Json.toFloat told["value"]
                  StandardError = Json.toFloat told["standard-error"]
                  Count = int (Json.toFloat told["count"])
                  Seconds = Json.toFloat told["seconds"] }
        else
            None

    let private keep (published: Published) (folder: string) (epochs: int) =
        let evaluation = File.ReadAllText(Path.Combine(folder, "evaluation.json"))
        let figure = measured published.Figure (Json.parse evaluation)

        [ for name in [ "name"; "value"; "standard-error"; "count" ] do
              name, figure[name]
          "seconds", Json.Real (RunFiles.times folder).Seconds
          "options", Json.Text(recipe published) ]
        |> Json.Object
        |> Json.bytes
        |> RunFolder.writeFile { Path = folder } (nameOf epochs)

    /// The options by which a run comes to a stage, new or going on.
    let private training (published: Published) (folder: string) (epochs: int) =
        let target =
            if RunFolder.holdsRun folder then
                [ "--resume"; folder ]
            else
                published.Options @ [ "--out"; folder ]

        target @ [ "--epochs"; string epochs ]

    /// Trains and measures the first so many stages that have not been measured; the exit code of the first process that did not end
    /// well, or 0. `run` runs the script with options, `shared` are those of every process.
    let reach
        (run: string list -> int)
        (shared: string list)
        (stages: int)
        (published: Published)
        (folder: string)
        : int =
        let follow code arguments =
            if code = 0 then run (arguments @ shared) else code

        let stage code epochs =
            if code <> 0 || (tryRead published folder epochs).IsSome then
                code
            else
                let code =
                    [ training published folder epochs
                      [ "--evaluate"; folder ] @ published.Evaluation ]
                    |> List.fold follow 0

                if code = 0 then
                    keep published folder epochs

                code

        published.Stages |> List.truncate stages |> List.fold stage 0

    /// A table in Markdown: a row for each stage that was measured, with the published figure, its source and what differs.
    let table (found: (Published * Reproduced list) list) : string =
        let row (published: Published) (stage: Reproduced) =
            [ published.What
              $"{stage.Epochs} of {List.last published.Stages}"
              $"{Sections.fixed2 stage.Value} ± {Sections.fixed2 stage.StandardError} ({stage.Count})"
              Sections.fixed2 published.Value
              published.Source
              (if published.Differs = "" then "–" else published.Differs)
              Progress.duration stage.Seconds
              $"`reproduce.fsx {published.Name}`" ]

        [ [ "what"
            "epochs"
            "here (images)"
            "published"
            "source"
            "differs"
            "training"
            "command" ]
          List.replicate 8 "---"
          for published, stages in found do
              for stage in stages do
                  row published stage ]
        |> List.map (fun cells -> "| " + String.concat " | " cells + " |\n")
        |> String.concat ""

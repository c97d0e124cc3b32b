namespace Workbench

open System
open System.IO

/// A run of a swept experiment: one point of its grid.
type Point =
    {
        /// The settings that make it, by their options' names.
        Settings: (string * Json) list
        /// Its run's folder.
        Folder: string
        Ending: Ending
        Seconds: float
        /// The rows of its metrics.csv.
        Epochs: (string * float) list list
        /// Its final figures; none where it has no whole epoch.
        Figures: (string * float) list
    }

    member this.IsFinished: bool = this.Ending = Ending.Finished

    /// Its settings and their values, as on a command line.
    member this.Name: string =
        [ for name, value in this.Settings -> $"{name} {Json.plain value}" ]
        |> String.concat ", "

    /// What it is called under a heading that names the setting: its value; of several settings the names, too.
    member this.Label: string =
        match this.Settings with
        | [ _, value ] -> Json.plain value
        | _ -> this.Name

    /// One of its final figures.
    member this.TryFigure(name: string) : float option =
        this.Figures |> List.tryFind (fst >> (=) name) |> Option.map snd

/// Sections of a sweep's page: its points side by side. What has nothing to show is left out.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Point =

    /// The point as its folder tells it.
    let read settings (folder: string) (ending: Ending) (seconds: float) : Point =
        { Settings = settings
          Folder = folder
          Ending = ending
          Seconds = seconds
          Epochs = RunFiles.metrics folder |> Option.defaultValue []
          Figures = RunFiles.figures folder |> Option.defaultValue [] }

    /// The names of the final figures that all of these points have, in the first one's order.
    let shared (points: Point list) : string list =
        let isOfAll (name, _) =
            points |> List.forall (fun point -> (point.TryFigure name).IsSome)

        match points with
        | [] -> []
        | first :: _ -> first.Figures |> List.filter isOfAll |> List.map fst

    /// Those by which models are compared: not of training images.
    let leading (points: Point list) : string list =
        shared points
        |> List.filter (fun name ->
            name <> "epochs" && not (name.StartsWith("train_", StringComparison.Ordinal)))

    /// How far it came of so many epochs, unless it has its own number.
    let state (epochs: int) (point: Point) : string =
        let epochs =
            match List.tryFind (fst >> (=) "epochs") point.Settings with
            | Some(_, own) -> int (Json.toFloat own)
            | None -> epochs

        // Of several models each has its own rows, in a folder below.
        let reached =
            point.TryFigure "epochs" |> Option.defaultValue (float point.Epochs.Length)

        let reached = $"{reached} of {epochs} epochs"

        match point.Ending with
        | Ending.Finished -> reached
        | Ending.Failed _ -> $"failed after {reached}"
        | Ending.Interrupted when point.Epochs.IsEmpty -> "not trained: interrupted"
        | Ending.Interrupted -> $"interrupted after {reached}"

    /// A row for each point: `setting` names what tells them apart, figures are by name and title.
    let table caption (setting: string) epochs (figures: (string * string) list) points =
        let text (value: float) =
            if Double.IsInteger value then string value else Sections.fixed2 value

        let cell (point: Point) (figure, _) =
            point.TryFigure figure |> Option.map text |> Option.defaultValue "–"

        let page (point: Point) =
            let folder = Path.GetFileName point.Folder
            let isThere = File.Exists(Path.Combine(point.Folder, RunFolder.pageName))
            if isThere then $"{Uri.EscapeDataString folder}/{RunFolder.pageName}" else ""

        Section.LinkedTable(
            caption,
            setting :: List.map snd figures @ [ "trained"; "time" ],
            [ for point in points ->
                  page point,
                  point.Label :: List.map (cell point) figures
                  @ [ state epochs point; RunPage.duration point.Seconds ] ]
        )

    /// The course of a figure over the epochs of each point.
    let courses (figure: string) (points: Point list) : Series list =
        let pick name =
            List.tryFind (fst >> (=) name) >> Option.map snd

        [ for point in points do
              let course =
                  point.Epochs
                  |> List.choose (fun row ->
                      Option.map2 (fun x y -> x, y) (pick "epoch" row) (pick figure row))

              if not course.IsEmpty then
                  { Name = point.Label; Points = course } ]

    /// One final figure against another, for the points that have both and did not fail: label, x, y.
    let pairs (across: string) (up: string) (points: Point list) : (string * float * float) list =
        [ for point in points do
              match point.Ending, point.TryFigure across, point.TryFigure up with
              | (Ending.Finished | Ending.Interrupted), Some x, Some y -> point.Label, x, y
              | _ -> () ]

    /// The picture `samples/NAME.png` of each point that has one, a row each.
    let pictures (name: string) (points: Point list) : (string * byte[] list) list =
        [ for point in points do
              for png in Option.toList (RunFiles.sample point.Folder name) do
                  point.Label, [ png ] ]

    /// What stands for the sweep in the index of runs: the new images of its points, a row each.
    let samples (points: Point list) : (string * byte[]) list =
        let rows =
            match pictures "new" points with
            | [] -> pictures "samples" points
            | rows -> rows

        if rows.IsEmpty then
            []
        else
            [ "samples", rows |> List.collect snd |> Png.stack ]

    /// The points of a sweep under way as far as each has come, by what their files tell: the figures of their last epochs, and the
    /// curves. Where no figures are named, all of the epochs are told.
    let course (epochs: int) (figures: string list) (points: Point list) : Section list =
        let soFar =
            [ for point in points do
                  let rows = RunFiles.metrics point.Folder |> Option.defaultValue []

                  { point with
                      Ending =
                          (if point.Ending = Ending.Interrupted then
                               Ending.Finished
                           else
                               point.Ending)
                      Epochs = rows
                      Figures = List.tryLast rows |> Option.defaultValue [] } ]

        let told =
            match figures with
            | [] ->
                soFar
                |> List.collect (_.Figures >> List.map fst)
                |> List.distinct
                |> List.filter ((<>) "epoch")
            | figures -> figures

        table
            "The last whole epoch of each point so far."
            "point"
            epochs
            [ for name in told -> name, Sections.readable name ]
            soFar
        :: [ for name in told do
                 let title = Sections.readable name
                 Section.Chart(title, Plots.lines title (courses name soFar)) ]

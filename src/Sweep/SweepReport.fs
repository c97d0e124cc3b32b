namespace Workbench

open System.Globalization

/// The sections of a sweep's page: its points side by side. A section with nothing to show is left out.
[<RequireQualifiedAccess>]
module SweepReport =

    /// A figure of the points: its name in their files, what a reader calls it.
    type Figure = { Name: string; Title: string }

    let private unit = "nats per image"

    let private shown (value: float) =
        value.ToString("F2", CultureInfo.InvariantCulture)

    let private state (epochs: int) (point: SweptPoint) =
        let reached = $"{point.Epochs.Length} of {epochs} epochs"

        match point.Ending with
        | Ending.Finished -> reached
        | Ending.Failed _ -> $"failed after {reached}"
        | Ending.Interrupted when point.Epochs.IsEmpty -> "not trained: interrupted"
        | Ending.Interrupted -> $"interrupted after {reached}"

    /// The final figures, a row for each point.
    let table
        (caption: string)
        (setting: string)
        (epochs: int)
        (figures: Figure list)
        (points: SweptPoint list)
        : Section list =
        let cell point figure =
            SweptPoint.figure figure.Name point
            |> Option.map shown
            |> Option.defaultValue "–"

        let row (point: SweptPoint) =
            point.Label :: List.map (cell point) figures
            @ [ state epochs point; Runner.duration point.Seconds ]

        let header = setting :: List.map _.Title figures @ [ "trained"; "time" ]
        [ Section.Table(caption, header, List.map row points) ]

    /// A figure over the epochs, a line for each point.
    let overlay (setting: string) (figure: Figure) (points: SweptPoint list) : Section list =
        let lines =
            points
            |> List.map (fun point ->
                ({ Name = point.Label
                   Points = SweptPoint.curve figure.Name point }
                : Series))
            |> List.filter (fun line -> not line.Points.IsEmpty)

        if lines.IsEmpty then
            []
        else
            [ Section.Chart($"{figure.Title} by {setting}", Plots.lines unit lines) ]

    /// One final figure against another, a labelled point for each finished point.
    let tradeOff
        (title: string)
        (across: Figure)
        (up: Figure)
        (points: SweptPoint list)
        : Section list =
        let labelled =
            points
            |> List.filter _.IsFinished
            |> List.sortBy _.Value
            |> List.choose (fun point ->
                Option.map2
                    (fun x y -> point.Label, x, y)
                    (SweptPoint.figure across.Name point)
                    (SweptPoint.figure up.Name point))

        if labelled.IsEmpty then
            []
        else
            let axis figure = $"{figure.Title}, nats"
            [ Section.Chart(title, Plots.path (axis across) (axis up) labelled) ]

    /// Row `row` of each point's pictures under one caption, below a labelled row that all points share (the originals, say), of
    /// which the first that has pictures tells.
    let pictures
        (caption: string)
        (imageShape: int list)
        (row: int)
        (shared: (string * int) option)
        (points: SweptPoint list)
        : Section list =
        let cut row (point: SweptPoint) =
            SweptPoint.pictures imageShape row point
            |> Option.map (fun images -> Pictures.blocks [ images ])

        let labelled =
            points
            |> List.choose (fun point ->
                cut row point |> Option.map (fun blocks -> point.Label, blocks))

        let common =
            shared
            |> Option.bind (fun (label, row) ->
                List.tryPick (cut row) points |> Option.map (fun blocks -> label, blocks))

        if labelled.IsEmpty then
            []
        else
            [ Section.Rows(caption, Option.toList common @ labelled) ]

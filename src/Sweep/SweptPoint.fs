namespace Workbench

/// What a point of a sweep left behind.
type SweptPoint =
    {
        /// The value of the swept setting.
        Value: float
        /// Its run's folder.
        Folder: string
        Ending: Ending
        Seconds: float
        /// The rows of its metrics.csv.
        Epochs: (string * float) list list
        /// Its final figures; none where it has no whole epoch.
        Figures: (string * float) list
    }

    /// The value as it stands on a command line.
    member this.Label = Json.number this.Value

    member this.IsFinished = this.Ending = Ending.Finished

/// What is asked of a point's files.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module SweptPoint =

    /// The point as its folder tells it.
    let read (value: float) (folder: string) (ending: Ending) (seconds: float) : SweptPoint =
        { Value = value
          Folder = folder
          Ending = ending
          Seconds = seconds
          Epochs = RunFiles.metrics folder |> Option.defaultValue []
          Figures = RunFiles.figures folder |> Option.defaultValue [] }

    /// One of its final figures.
    let figure (name: string) (point: SweptPoint) : float option =
        point.Figures
        |> List.tryFind (fun (figure, _) -> figure = name)
        |> Option.map snd

    /// The course of a figure over its epochs.
    let curve (name: string) (point: SweptPoint) : (float * float) list =
        let pick name row =
            row |> List.tryFind (fun (figure, _) -> figure = name) |> Option.map snd

        point.Epochs
        |> List.choose (fun row -> Option.map2 (fun x y -> x, y) (pick "epoch" row) (pick name row))

    /// The rows of a run's pictures, as `Pictures.test` has them.
    let originalsRow, reconstructionsRow, samplesRow = 0, 1, 2

    /// Row `row` (from 0) of the pictures in `samples/samples.png`, where they are whole.
    let pictures (imageShape: int list) (row: int) (point: SweptPoint) : FloatArray option =
        RunFiles.sample point.Folder "samples"
        |> Option.bind (PngReader.row Png.defaults imageShape row)

namespace Workbench

open System
open System.Globalization
open System.Threading.Tasks
open Spectre.Console

/// What a run tells of itself while it trains. `Step` takes the examples of a batch and its loss, `Epoch` the epoch's number (from
/// 1) and its figures, `Finish` takes the display away (disposing does the same).
type Progress =
    { Step: int -> float -> unit
      Epoch: int -> (string * float) list -> unit
      Finish: unit -> unit }

    interface IDisposable with
        member this.Dispose() = this.Finish()

/// A live line with a bar on a terminal; a plain line an epoch where output goes elsewhere; nothing when quiet.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Progress =
    let private invariant = CultureInfo.InvariantCulture

    let private figure (value: float) = value.ToString("G6", invariant)

    /// `1:05` or `2:01:05`.
    let duration (seconds: float) : string =
        let whole = Math.Round(Math.Clamp(seconds, 0.0, 1e9)) |> int64
        let minutes, seconds = whole / 60L, whole % 60L

        if minutes < 60L then
            $"{minutes}:{seconds:D2}"
        else
            $"{minutes / 60L}:{minutes % 60L:D2}:{seconds:D2}"

    /// How far a run has come: examples of all its epochs and of the one under way, and since when.
    type private Course(clock: TimeProvider, doneEpochs: int, epochs: int, examplesPerEpoch: int) =
        let started = clock.GetTimestamp()
        let mutable epochStarted = started
        let mutable examples, ofEpoch = 0, 0

        let seconds (since: int64) =
            clock.GetElapsedTime(since).TotalSeconds

        member _.Examples = examples
        member _.Total = float (epochs - doneEpochs) * float examplesPerEpoch

        member _.Step(count: int) =
            examples <- examples + count
            ofEpoch <- ofEpoch + count

        member _.StartEpoch() =
            ofEpoch <- 0
            epochStarted <- clock.GetTimestamp()

        /// `epoch  3/20  loss 112.345  test_nelbo 110.2  31,400 examples/s  1:05 left`
        member this.Line(epoch: int, figures: (string * float) list) : string =
            let counter = (string (min epoch epochs)).PadLeft (string epochs).Length
            let told (name, value) = $"  {name} {figure value}"
            let values = figures |> List.map told |> String.concat ""
            let spent = seconds epochStarted

            let speed =
                (if spent > 0.0 then float ofEpoch / spent else 0.0).ToString("N0", invariant)

            let ahead = this.Total - float examples

            let left =
                if ahead <= 0.0 || examples = 0 then
                    ""
                else
                    $"  {duration (seconds started * ahead / float examples)} left"

            $"epoch {counter}/{epochs}{values}  {speed} examples/s{left}"

    /// A line for each epoch.
    let private plain (print: string -> unit) (course: Course) : Progress =
        { Step = fun examples _ -> course.Step examples
          Epoch =
            fun epoch figures ->
                let line = course.Line(epoch, figures)
                course.StartEpoch()
                print line
          Finish = ignore }

    let private redrawEvery = TimeSpan.FromMilliseconds 100.0

    /// The same, and below them a line of the epoch under way, which Spectre draws on a thread of its own.
    let private live (console: IAnsiConsole) (clock: TimeProvider) (course: Course) next =
        let lines = plain console.WriteLine course
        let finished, shown = TaskCompletionSource(), TaskCompletionSource<ProgressTask>()

        let display =
            console
                .Progress(AutoClear = true, RefreshRate = redrawEvery)
                .Columns(
                    TaskDescriptionColumn(Alignment = Justify.Left),
                    ProgressBarColumn(Width = 20)
                )

        let running =
            display.StartAsync(fun context ->
                shown.SetResult(context.AddTask($"epoch {next}", maxValue = course.Total))
                finished.Task)

        let task = shown.Task.Result
        let epoch, drawn = ref next, ref (clock.GetTimestamp())

        { Step =
            fun examples loss ->
                lines.Step examples loss

                if clock.GetElapsedTime drawn.Value >= redrawEvery then
                    drawn.Value <- clock.GetTimestamp()
                    task.Description <- Markup.Escape(course.Line(epoch.Value, [ "loss", loss ]))
                    task.Value <- float course.Examples
          Epoch =
            fun ended figures ->
                epoch.Value <- ended + 1
                lines.Epoch ended figures
          Finish =
            fun () ->
                if finished.TrySetResult() then
                    running.Wait() }

    /// Progress on a given console, by a given clock. `isRedirected`: the console is a file or a pipe.
    let startOn (console: IAnsiConsole) clock isRedirected doneEpochs epochs examplesPerEpoch =
        let course = Course(clock, doneEpochs, epochs, examplesPerEpoch)
        let capabilities = console.Profile.Capabilities

        if isRedirected || not capabilities.Ansi || not capabilities.Interactive then
            plain console.Profile.Out.Writer.WriteLine course
        else
            live console clock course (doneEpochs + 1)

    /// Progress on standard output of a run of which some epochs are done, to so many epochs of so many examples.
    let start (quiet: bool) : int -> int -> int -> Progress =
        if quiet then
            fun _ _ _ ->
                { Step = fun _ _ -> ()
                  Epoch = fun _ _ -> ()
                  Finish = ignore }
        else
            startOn AnsiConsole.Console TimeProvider.System Console.IsOutputRedirected

    /// Shows the cursor again, for a run that ends in the middle of a display.
    let restoreCursor () : unit =
        if not Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi then
            Console.Out.Write "\u001b[?25h"
            Console.Out.Flush()

/// Tables on a terminal.
[<RequireQualifiedAccess>]
module TextTable =

    /// Rows of cells as lines, two spaces between the columns; `pad` fills a cell up to the width of its column's widest.
    let lines (pad: string -> int -> string) (rows: string list list) : string list =
        let widths = rows |> List.transpose |> List.map (List.map String.length >> List.max)
        [ for cells in rows -> List.map2 pad cells widths |> String.concat "  " ]

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
    let private invariant (format: string) (value: float) =
        value.ToString(format, CultureInfo.InvariantCulture)

    let private figure = invariant "G6"

    /// `1:05` or `2:01:05`.
    let duration (seconds: float) : string =
        let whole = Math.Round(Math.Clamp(seconds, 0.0, 1e9)) |> int64
        let minutes, seconds = whole / 60L, whole % 60L

        if minutes < 60L then
            $"{minutes}:{seconds:D2}"
        else
            $"{minutes / 60L}:{minutes % 60L:D2}:{seconds:D2}"

    /// How far a run has come: whole epochs, examples of the one under way, and since when.
    type private Course =
        { Epochs: int
          ExamplesPerEpoch: int
          Clock: TimeProvider
          Started: int64
          EpochStarted: int64
          DoneEpochs: int
          Examples: int
          EpochExamples: int }

    let private seconds (course: Course) (since: int64) =
        course.Clock.GetElapsedTime(since).TotalSeconds

    let private rate (examples: int) (seconds: float) =
        if seconds > 0.0 then float examples / seconds else 0.0

    let private perSecond examplesPerSecond =
        invariant "N0" examplesPerSecond + " examples/s"

    let private left (course: Course) =
        let remaining =
            float (course.Epochs - course.DoneEpochs) * float course.ExamplesPerEpoch
            - float course.EpochExamples

        let sofar = seconds course course.Started

        if remaining <= 0.0 || course.Examples = 0 then
            ""
        else
            $"  {duration (sofar * remaining / float course.Examples)} left"

    let private counter (course: Course) (epoch: int) =
        let total = string course.Epochs
        $"epoch {(string epoch).PadLeft total.Length}/{total}"

    let private begun (clock: TimeProvider) doneEpochs epochs examplesPerEpoch =
        let now = clock.GetTimestamp()

        { Epochs = epochs
          ExamplesPerEpoch = examplesPerEpoch
          Clock = clock
          Started = now
          EpochStarted = now
          DoneEpochs = doneEpochs
          Examples = 0
          EpochExamples = 0 }

    let private stepped (examples: int) (course: Course) =
        { course with
            Examples = course.Examples + examples
            EpochExamples = course.EpochExamples + examples }

    let private ended (epoch: int) (course: Course) =
        { course with
            DoneEpochs = epoch
            EpochExamples = 0
            EpochStarted = course.Clock.GetTimestamp() }

    /// `epoch  3/20  loss 112.345  test_elbo 110.2  31,400 examples/s  1:05 left`
    let private epochLine (figures: (string * float) list) (before: Course) (after: Course) =
        let values =
            figures
            |> List.map (fun (name, value) -> $"  {name} {figure value}")
            |> String.concat ""

        let speed = rate before.EpochExamples (seconds before before.EpochStarted)
        $"{counter after after.DoneEpochs}{values}  {perSecond speed}{left after}"

    let private liveLine (loss: float) (course: Course) =
        let epoch = min course.Epochs (course.DoneEpochs + 1)
        let speed = rate course.EpochExamples (seconds course course.EpochStarted)
        $"{counter course epoch}  loss {figure loss}  {perSecond speed}{left course}"

    let private silent: Progress =
        { Step = fun _ _ -> ()
          Epoch = fun _ _ -> ()
          Finish = ignore }

    let private plain (print: string -> unit) (start: Course) : Progress =
        let current = ref start

        { Step = fun examples _ -> current.Value <- stepped examples current.Value
          Epoch =
            fun epoch figures ->
                let before = current.Value
                current.Value <- ended epoch before
                print (epochLine figures before current.Value)
          Finish = ignore }

    let private redrawEvery = TimeSpan.FromMilliseconds 100.0

    let private barWidth = 20

    /// The narrowest console that has room for the text and a bar.
    let private wide = 80

    let private columns (console: IAnsiConsole) : ProgressColumn list =
        let text = TaskDescriptionColumn(Alignment = Justify.Left)

        if console.Profile.Width < wide then
            [ text ]
        else
            [ text; ProgressBarColumn(Width = barWidth) ]

    /// The beginning of `text` that fits on one line beside the bar.
    let private cropped (console: IAnsiConsole) (text: string) =
        let width = console.Profile.Width
        let room = if width < wide then width - 2 else width - barWidth - 3
        text.Substring(0, Math.Clamp(room, 1, text.Length))

    /// Runs Spectre's live display on a thread of its own until the returned function is called.
    let private show (console: IAnsiConsole) (course: Course) =
        let finished = TaskCompletionSource()
        let shown = TaskCompletionSource<ProgressTask>()

        let display =
            console
                .Progress(AutoClear = true, RefreshRate = redrawEvery)
                .Columns(Array.ofList (columns console))

        let running =
            display.StartAsync(fun context ->
                let epochs = course.Epochs - course.DoneEpochs
                let total = float epochs * float course.ExamplesPerEpoch
                let next = counter course (course.DoneEpochs + 1)
                let first = Markup.Escape(cropped console next)
                shown.SetResult(context.AddTask(first, maxValue = total))
                finished.Task)

        let finish () =
            if finished.TrySetResult() then
                running.Wait()

        shown.Task.Result, finish

    let private live (console: IAnsiConsole) (start: Course) : Progress =
        let task, finish = show console start
        let current = ref start
        let drawn = ref start.Started

        let draw (text: string) =
            drawn.Value <- start.Clock.GetTimestamp()
            task.Description <- Markup.Escape(cropped console text)
            task.Value <- float current.Value.Examples

        { Step =
            fun examples loss ->
                current.Value <- stepped examples current.Value

                if start.Clock.GetElapsedTime drawn.Value >= redrawEvery then
                    draw (liveLine loss current.Value)
          Epoch =
            fun epoch figures ->
                let before = current.Value
                current.Value <- ended epoch before
                console.WriteLine(epochLine figures before current.Value)
          Finish = finish }

    /// Progress on a given console, by a given clock. `redirected`: the console is a file or a pipe.
    let startOn
        (console: IAnsiConsole)
        (clock: TimeProvider)
        (redirected: bool)
        (doneEpochs: int)
        (epochs: int)
        (examplesPerEpoch: int)
        : Progress =
        let course = begun clock doneEpochs epochs examplesPerEpoch
        let capabilities = console.Profile.Capabilities

        if redirected || not capabilities.Ansi || not capabilities.Interactive then
            plain console.Profile.Out.Writer.WriteLine course
        else
            live console course

    /// Progress of a run to `epochs` epochs, of which some are done, of `examplesPerEpoch` examples, on standard output.
    let start (quiet: bool) (doneEpochs: int) (epochs: int) (examplesPerEpoch: int) : Progress =
        if quiet then
            silent
        else
            startOn
                AnsiConsole.Console
                TimeProvider.System
                Console.IsOutputRedirected
                doneEpochs
                epochs
                examplesPerEpoch

    /// Shows the cursor again, for a run that ends in the middle of a display.
    let restoreCursor () : unit =
        if not Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Ansi then
            Console.Out.Write "\u001b[?25h"
            Console.Out.Flush()

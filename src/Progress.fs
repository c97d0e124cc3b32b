namespace Workbench

open System
open System.Globalization
open System.Text.RegularExpressions
open Spectre.Console

/// Standard output.
[<RequireQualifiedAccess>]
module Terminal =
    let private profile = lazy AnsiConsole.Profile

    let private size () =
        if Console.IsOutputRedirected then
            80, 24
        else
            profile.Value.Width, profile.Value.Height

    let private isLive =
        not Console.IsOutputRedirected
        && profile.Value.Capabilities.Ansi
        && profile.Value.Capabilities.Interactive

    /// The one screen of this process. Elsewhere than on a terminal, lines are of 80 columns.
    let screen: Screen =
        let write (text: string) =
            Console.Out.Write text
            Console.Out.Flush()

        Screen(write, size, isLive)

    /// A file's path, as a link where the terminal knows links (OSC 8).
    let link (path: string) : string =
        if isLive && profile.Value.Capabilities.Links then
            let address = Uri(IO.Path.GetFullPath path).AbsoluteUri
            $"\u001b]8;;{address}\u001b\\{path}\u001b]8;;\u001b\\"
        else
            path

    /// Rows of cells as a small table for the end of a run: a figure, its value, what it means and which way is better.
    let table (rows: string list list) : string =
        TextTable.fitted (min 80 screen.Width) rows |> List.concat |> String.concat "\n"

    /// Leaves the terminal as it was found, in the middle of whatever is drawn.
    let leave () : unit = screen.Show []

/// What a run tells of itself while it trains. `Step` takes the examples of a batch and its loss, `Epoch` the epoch's number (from
/// 1) and its figures, `Finish` takes the display away (disposing does the same).
type Progress =
    { Step: int -> float -> unit
      Epoch: int -> (string * float) list -> unit
      Finish: unit -> unit }

    interface IDisposable with
        member this.Dispose() = this.Finish()

/// On a terminal a line an epoch and one of the epoch under way; a plain line an epoch where output goes elsewhere; nothing when quiet.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Progress =

    /// `1:05` or `2:01:05`.
    let duration (seconds: float) : string =
        let whole = Math.Round(Math.Clamp(seconds, 0.0, 1e9)) |> int64
        let minutes, seconds = whole / 60L, whole % 60L

        if minutes < 60L then
            $"{minutes}:{seconds:D2}"
        else
            $"{minutes / 60L}:{minutes % 60L:D2}:{seconds:D2}"

    /// `0.8 s`, `12 s`, `1:05`.
    let private brief (seconds: float) =
        if seconds < 9.95 then
            seconds.ToString("F1", CultureInfo.InvariantCulture) + " s"
        elif seconds < 59.5 then
            $"{Math.Round seconds} s"
        else
            duration seconds

    /// A figure's name on a terminal, where room is short: `train` is the training loss, and what has no prefix is of the test images.
    let private shortName (name: string) =
        [ "test_loss", "test_loss"
          "test_", ""
          "train_loss", "train"
          "validation_", "val_"
          "discriminator_", "d_"
          "generator_", "g_" ]
        |> List.tryFind (fun (long, _) -> name.StartsWith(long, StringComparison.Ordinal))
        |> Option.map (fun (long, short) -> short + name.Substring long.Length)
        |> Option.defaultValue name

    /// A figure for a terminal: `nelbo 202.5`.
    let told (name: string, value: float) : string =
        $"{shortName name} {Text.figure (if abs value < 1.0 then 3 else 4) value}"

    /// Parts of a line, each with its rank: where the line is too wide, the part of the highest rank is left out; that of rank 0 stays.
    let rec internal fit (width: int) (parts: (int * string) list) : string =
        let line = parts |> List.map snd |> List.filter ((<>) "") |> String.concat "  "
        let last = parts |> List.map fst |> List.max

        if line.Length <= width || last = 0 then
            line
        else
            parts |> List.filter (fst >> (<>) last) |> fit width

    /// How far a run has come: examples of all its epochs, and since when.
    type private Course(clock: TimeProvider, doneEpochs: int, epochs: int, examplesPerEpoch: int) =
        let started = clock.GetTimestamp()
        let total = float (epochs - doneEpochs) * float examplesPerEpoch
        let mutable epochStarted = started
        let mutable examples = 0

        let seconds (since: int64) =
            clock.GetElapsedTime(since).TotalSeconds

        let counter epoch =
            $"epoch {(string (min epoch epochs)).PadLeft (string epochs).Length}/{epochs}"

        let left () =
            let ahead = total - float examples

            if ahead <= 0.0 || examples = 0 then
                ""
            else
                $"{duration (seconds started * ahead / float examples)} left"

        let bar () =
            let full = if total > 0.0 then int (20.0 * float examples / total) else 20
            String('━', full) + String('─', 20 - full)

        member _.Step(count: int) = examples <- examples + count
        member _.StartEpoch() = epochStarted <- clock.GetTimestamp()

        /// `epoch  3/20  train 112.3  nelbo 110.2  0.8 s  1:05 left`: the epoch's figures and seconds.
        member _.Line(width: int, epoch: int, figures: (string * float) list) : string =
            [ 0, counter epoch
              for rank, figure in List.indexed figures do
                  (if rank < 2 then rank + 1 else rank + 2), told figure
              figures.Length + 3, brief (seconds epochStarted)
              3, left () ]
            |> fit width

        /// `epoch  3/20  ━━━─────────────────  train 112.3  1:05 left`, of the epoch under way.
        member _.Bar(width: int, epoch: int, loss: float option) : string =
            let loss = loss |> Option.map (fun loss -> 1, told ("train", loss))
            fit width [ 0, counter epoch; 3, bar (); yield! Option.toList loss; 2, left () ]

    /// What an epoch's line tells: its number, of how many, its parts but for times, and the seconds that are left.
    let tryRead (line: string) : (int * int * string list * float option) option =
        let number (text: Group) =
            if text.Success then int text.Value else 0

        let head = Regex.Match(line, "^epoch +([0-9]+)/([0-9]+)")
        let left = Regex.Match(line, "(?:([0-9]+):)?([0-9]+):([0-9]+) left$")

        let isTime (part: string) =
            Regex.IsMatch(part, "^[0-9.]+ s$|^[0-9:]+$| left$")

        if not head.Success then
            None
        else
            let seconds =
                [ for group in 1..3 -> number left.Groups[group] ]
                |> List.fold (fun all part -> 60.0 * all + float part) 0.0

            Some(
                number head.Groups[1],
                number head.Groups[2],
                line.Split "  " |> List.ofArray |> List.filter (isTime >> not),
                (if left.Success then Some seconds else None)
            )

    let private redrawEvery = TimeSpan.FromMilliseconds 100.0

    /// Progress on a screen, by a clock, of a run of which some epochs are done.
    let startOn
        (screen: Screen)
        (clock: TimeProvider)
        doneEpochs
        epochs
        examplesPerEpoch
        : Progress =
        let course = Course(clock, doneEpochs, epochs, examplesPerEpoch)
        let epoch, drawn = ref (doneEpochs + 1), ref (clock.GetTimestamp())
        // In a line of the window's full width, the cursor would be on the next one.
        let width () =
            if screen.IsLive then screen.Width - 1 else Int32.MaxValue

        let draw loss =
            screen.Show [ course.Bar(width (), epoch.Value, loss) ]

        draw None

        { Step =
            fun examples loss ->
                course.Step examples

                if screen.IsLive && clock.GetElapsedTime drawn.Value >= redrawEvery then
                    drawn.Value <- clock.GetTimestamp()
                    draw (Some loss)
          Epoch =
            fun ended figures ->
                epoch.Value <- ended + 1
                screen.PrintWhole(course.Line(width (), ended, figures))
                course.StartEpoch()
                draw None
          Finish = fun () -> screen.Show [] }

    /// Progress on standard output of a run of which some epochs are done, to so many epochs of so many examples.
    let start (quiet: bool) : int -> int -> int -> Progress =
        if quiet then
            fun _ _ _ ->
                { Step = fun _ _ -> ()
                  Epoch = fun _ _ -> ()
                  Finish = ignore }
        else
            startOn Terminal.screen TimeProvider.System

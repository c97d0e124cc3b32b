namespace Workbench

open System
open System.Globalization
open System.IO
open System.Threading

/// Something the user gave us is wrong: a file, a folder, an option. The text is one line that names it, says what is wrong
/// and what to do; a script prints it on stderr and exits with code 2.
exception BadInput of string with
    override this.Message = this.Data0

    /// As F# Interactive shows it: the line alone, without a stack. A session loads data by a function, not by an option.
    override this.ToString() =
        "error: " + this.Data0.Replace("--data: ", "").Replace("--labels: ", "")

/// Raising `BadInput`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module BadInput =
    /// One line, no longer than is worth printing, whatever a hostile file puts into it.
    let private oneLine (text: string) =
        let visible = String.map (fun c -> if Char.IsControl c then ' ' else c) text
        if visible.Length <= 2000 then visible else visible[..1999] + "..."

    /// Raises `BadInput` with a formatted text, made into one line.
    let fail format =
        Printf.ksprintf (fun text -> raise (BadInput(oneLine text))) format

    /// Raises `BadInput` with the complaint, "--option: what is wrong, what to do", unless the condition holds.
    let require (condition: bool) (complaint: string) : unit =
        if not condition then
            fail "%s" complaint

/// Text in lines of a given width.
[<RequireQualifiedAccess>]
module Text =

    /// How many letters are to be changed, added or left out to make one word of another (Levenshtein).
    let edits (a: string) (b: string) : int =
        let next (row: int[]) (letter: char) =
            let cost left at =
                let kept = row[at - 1] + (if b[at - 1] = letter then 0 else 1)
                List.min [ left + 1; row[at] + 1; kept ]

            Array.scan cost (row[0] + 1) [| 1 .. b.Length |]

        Seq.fold next [| 0 .. b.Length |] a |> Array.last

    /// So many significant digits, zeros at the end too, so that the points of a column stand below each other.
    let figure (digits: int) (value: float) : string =
        let size = abs value

        if value = 0.0 || not (Double.IsFinite value) || size >= 1e6 || size < 1e-4 then
            value.ToString($"G{digits}", CultureInfo.InvariantCulture)
        else
            let decimals = digits - 1 - int (floor (log10 size))
            value.ToString($"F{max 0 decimals}", CultureInfo.InvariantCulture)

    /// A line as lines of a width, broken at spaces; the later ones are indented as the first is. A longer word stays whole.
    let wrap (width: int) (line: string) : string list =
        let indent = String(' ', line.Length - line.TrimStart().Length)

        let rec broken (rest: string) =
            let room = width + 1 - indent.Length

            let cut =
                if rest.Length < room then
                    -1
                elif room < 1 then
                    rest.IndexOf ' '
                else
                    match rest.LastIndexOf(' ', min room rest.Length - 1) with
                    | -1 -> rest.IndexOf ' '
                    | at -> at

            if cut < 0 then
                [ indent + rest ]
            else
                indent + rest.Substring(0, cut).TrimEnd()
                :: broken (rest.Substring(cut).TrimStart())

        broken (line.Trim())

    /// Parts as lines of a width, broken between two of them where they have room; later lines are indented.
    let wrapParts (width: int) (indent: int) (parts: string list) : string list =
        let add (lines: string list) (part: string) =
            match lines with
            | line :: before when line.Length + 2 + part.Length <= width ->
                $"{line}  {part}" :: before
            | _ -> (String(' ', indent) + part) :: lines

        parts.Tail
        |> List.fold add [ parts.Head ]
        |> List.rev
        |> List.collect (wrap width)

/// Tables on a terminal.
[<RequireQualifiedAccess>]
module TextTable =

    let private widths (rows: string list list) =
        rows |> List.transpose |> List.map (List.map String.length >> List.max)

    /// Rows of cells as lines, two spaces between the columns; `pad` fills a cell up to the width of its column's widest.
    let lines (pad: string -> int -> string) (rows: string list list) : string list =
        [ for cells in rows -> List.map2 pad cells (widths rows) |> String.concat "  " ]

    /// The same in lines of a width: the lines of each row. The widest columns give way, and their texts go on below.
    let fitted (width: int) (rows: string list list) : string list list =
        let rec shrunk (widths: int list) =
            let widest = List.max widths

            if List.sum widths + 2 * (widths.Length - 1) <= width || widest <= 8 then
                widths
            else
                let at = List.findIndexBack ((=) widest) widths
                shrunk (List.updateAt at (widest - 1) widths)

        let widths = shrunk (widths rows)

        [ for cells in rows ->
              let cells = List.map2 Text.wrap widths cells
              let height = cells |> List.map List.length |> List.max

              [ for line in 0 .. height - 1 ->
                    List.map2
                        (fun texts (width: int) ->
                            (List.tryItem line texts |> Option.defaultValue "").PadRight width)
                        cells
                        widths
                    |> String.concat "  "
                    |> _.TrimEnd() ] ]

/// What is printed, and at the foot of a terminal lines that are drawn again and again, below all that is printed. The cursor waits,
/// hidden, at the first one's beginning. `write` gets the bytes, `size` says how many columns and lines there are.
type Screen(write: string -> unit, size: unit -> int * int, isLive: bool) =
    let gate = obj ()
    let mutable shown: string list = []

    let below () =
        if not shown.IsEmpty then
            let columns, lines = size ()

            let cut (line: string) =
                line.Substring(0, min line.Length (max 0 (columns - 1)))

            let drawn = shown |> List.truncate (max 1 (lines - 1)) |> List.map cut
            let up = if drawn.Length > 1 then $"\u001b[{drawn.Length - 1}A" else ""
            write ("\u001b[?25l" + String.concat "\n" drawn + up + "\r")

    let erase () =
        if not shown.IsEmpty then
            write "\r\u001b[J"

    /// Whether there is a terminal to draw on.
    member _.IsLive: bool = isLive

    /// Columns of a printed line.
    member _.Width: int = fst (size ())

    /// Draws these lines in place of those that are there; only on a terminal.
    member _.Show(lines: string list) : unit =
        if isLive then
            lock gate (fun () ->
                erase ()

                if lines.IsEmpty && not shown.IsEmpty then
                    write "\u001b[?25h"

                shown <- lines
                below ())

    /// Writes above the lines at the foot.
    member _.Above(writing: unit -> unit) : unit =
        lock gate (fun () ->
            erase ()
            writing ()
            below ())

    /// Prints a line as it is.
    member this.PrintWhole(line: string) : unit =
        this.Above(fun () -> write (line + Environment.NewLine))

    /// Prints lines, broken at spaces where they are wider than the screen; one with a link stays whole.
    member this.Print(text: string) : unit =
        for line in text.Split '\n' do
            if line.Contains '\u001b' then
                this.PrintWhole line
            else
                Text.wrap this.Width line |> List.iter this.PrintWhole

/// Opening what a user names, writing so that no reader ever sees half a file, and one at a time in a folder.
[<RequireQualifiedAccess>]
module Files =
    /// Opens the file `path` and hands its stream to `read`. A missing or unreadable file, a folder, and compressed data that does
    /// not unpack raise `BadInput` naming the path.
    let openRead (path: string) (read: FileStream -> 'T) : 'T =
        if String.IsNullOrWhiteSpace path then
            BadInput.fail "the name of a data file is empty: give the path of a file"

        if Directory.Exists path then
            BadInput.fail $"{path} is a folder: give the path of a file"

        if not (File.Exists path) then
            BadInput.fail $"{path} does not exist: check the path"

        try
            use stream =
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 <<< 16)

            read stream
        with
        | :? InvalidDataException ->
            BadInput.fail $"{path} is damaged: it does not unpack; fetch it again"
        | :? IOException
        | :? UnauthorizedAccessException
        | :? NotSupportedException as e -> BadInput.fail $"{path} cannot be read: {e.Message}"

    /// The next `count` bytes of the file `path`; `BadInput` where there are fewer.
    let take (path: string) (source: Stream) (count: int) : byte[] =
        let bytes = GC.AllocateUninitializedArray<byte> count

        if source.ReadAtLeast(bytes, count, throwOnEndOfStream = false) < count then
            BadInput.fail $"{path} is cut short: fetch it again"

        bytes

    /// Runs what writes `path`; where the system refuses, `BadInput` names it and says why and what to do.
    let guarded (path: string) (remedy: string) (write: unit -> 'T) : 'T =
        try
            write ()
        with
        | :? IOException
        | :? UnauthorizedAccessException as e ->
            BadInput.fail $"{path} cannot be written: {e.Message}; make room, or {remedy}"

    let private replaceWith (former: string option) (path: string) (write: Stream -> unit) =
        let temporary = $"{path}.{Guid.NewGuid():N}.tmp"

        try
            guarded path "choose another folder (what was there before is kept)" (fun () ->
                using (File.Create temporary) (fun file ->
                    write file
                    file.Flush true)

                match former with
                | Some former when File.Exists path -> File.Move(path, former, overwrite = true)
                | _ -> ()

                File.Move(temporary, path, overwrite = true))
        finally
            if File.Exists temporary then
                File.Delete temporary

    /// Writes the file `path` under a temporary name beside it, to the disk itself, then renames it, replacing what was there.
    /// When `write` fails, nothing is left behind and what was there stays; a full disk or a folder that is gone is `BadInput`.
    let replace (path: string) (write: Stream -> unit) : unit = replaceWith None path write

    /// `replace` that keeps what was there as `former`, once the new file is whole.
    let replaceKeeping (former: string) (path: string) (write: Stream -> unit) : unit =
        replaceWith (Some former) path write

    /// "Somebody else has it open" on Linux (EAGAIN), macOS (EAGAIN) and Windows (ERROR_SHARING_VIOLATION).
    let private isTaken (error: IOException) =
        List.contains error.HResult [ 11; 35; 0x80070020 ]

    let private lockOf (folder: string) = Path.Combine(folder, ".lock")

    /// Who only looks (`isHeld`) is in the way for an instant: a lock that is taken is asked for again before that is believed.
    let rec private tryHoldAgain (tries: int) (folder: string) : IDisposable option =
        let mode, access, options =
            FileMode.OpenOrCreate, FileAccess.Write, FileOptions.DeleteOnClose

        try
            Some(new FileStream(lockOf folder, mode, access, FileShare.None, 4096, options))
        with :? IOException as error when isTaken error ->
            if tries = 0 then
                None
            else
                Thread.Sleep 5
                tryHoldAgain (tries - 1) folder

    /// The folder for the caller alone, among processes and threads, until the result is disposed; none where another has it. The
    /// lock is the open file `.lock`: the system takes it from a process that dies, however it dies.
    let tryHold (folder: string) : IDisposable option = tryHoldAgain 3 folder

    /// Whether somebody holds the folder. Makes no lock where there is none, and leaves one that nobody holds as it is.
    let isHeld (folder: string) : bool =
        try
            use _ =
                new FileStream(lockOf folder, FileMode.Open, FileAccess.Read, FileShare.Read)

            false
        with
        | :? IOException as error -> isTaken error
        | :? UnauthorizedAccessException -> false

    /// `tryHold` that waits, after one call of `waiting`, for whoever has the folder. `OperationCanceledException` when stopped.
    let rec hold (stop: CancellationToken) (waiting: unit -> unit) (folder: string) : IDisposable =
        stop.ThrowIfCancellationRequested()

        match tryHold folder with
        | Some held -> held
        | None ->
            waiting ()
            stop.WaitHandle.WaitOne 100 |> ignore
            hold stop ignore folder

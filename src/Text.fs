namespace Workbench

open System
open System.Globalization

/// Text in lines of a given width.
[<RequireQualifiedAccess>]
module Text =

    /// So many significant digits, zeros at the end too, so that the points of a column stand below each other.
    let figure (digits: int) (value: float) : string =
        let size = abs value

        if value = 0.0 || not (Double.IsFinite value) || size >= 1e6 || size < 1e-4 then
            value.ToString($"G{digits}", CultureInfo.InvariantCulture)
        else
            let decimals = digits - 1 - int (floor (log10 size))
            value.ToString($"F{max 0 decimals}", CultureInfo.InvariantCulture)

    /// A word of a POSIX shell, whatever is in it.
    let quote (word: string) : string = "'" + word.Replace("'", "'\\''") + "'"

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

/// A terminal: what stands on its screen after all that a program wrote, and programs that run in one.
module Workbench.Tests.TerminalSupport

open System
open System.IO
open System.Text
open System.Threading
open Expecto
open Workbench.Tests.ProcessSupport

/// A terminal of so many columns and lines, with what has left it above. It knows what the workbench and .NET's console write,
/// and fails at anything else. As xterm does, it breaks a line only before the character that has no room. `reply` gets the
/// answers to where its cursor is.
type Emulator(columns: int, lines: int, reply: string -> unit) =
    let blank () = Array.create columns ' '
    let screen = ResizeArray [ for _ in 1..lines -> blank () ]
    let above = ResizeArray<char[]>()
    let pending = StringBuilder()
    let links = ResizeArray<string>()
    let mutable row, column = 0, 0
    let mutable isCursorShown = true

    let newline () =
        if row < lines - 1 then
            row <- row + 1
        else
            above.Add screen[0]
            screen.RemoveAt 0
            screen.Add(blank ())

    let put character =
        if column = columns then
            column <- 0
            newline ()

        screen[row][column] <- character
        column <- column + 1

    let clear row from =
        for at in from .. columns - 1 do
            screen[row][at] <- ' '

    let control (parameters: string) (final: char) =
        let numbers = parameters.TrimStart('?').Split ';'

        let number index =
            match Array.tryItem index numbers with
            | Some text when text <> "" -> int text
            | _ -> 1

        match final with
        | 'A' -> row <- max 0 (row - number 0)
        | 'B' -> row <- min (lines - 1) (row + number 0)
        | 'C' -> column <- min (columns - 1) (column + number 0)
        | 'D' -> column <- max 0 (column - number 0)
        | 'G' -> column <- number 0 - 1
        | 'H' ->
            row <- number 0 - 1
            column <- number 1 - 1
        | 'J' when parameters = "" ->
            clear row column

            for below in row + 1 .. lines - 1 do
                clear below 0
        | 'K' when parameters = "" -> clear row column
        | 'n' when parameters = "6" -> reply $"\u001b[{row + 1};{min columns (column + 1)}R"
        | 'h'
        | 'l' when parameters = "?25" -> isCursorShown <- (final = 'h')
        | 'h'
        | 'l' when parameters = "?1" -> ()
        | 'm' -> ()
        | _ -> failtest $"the terminal does not know ESC[{parameters}{final}"

    /// A whole escape sequence, or false: more is to come.
    let tryEscape (text: string) =
        let last = text[text.Length - 1]

        if text.Length < 2 then
            false
        elif text[1] = '[' then
            let isWhole = text.Length > 2 && Char.IsBetween(last, '@', '~')

            if isWhole then
                control (text.Substring(2, text.Length - 3)) last

            isWhole
        elif text[1] = ']' then
            let isWhole = text.EndsWith("\u001b\\", StringComparison.Ordinal)

            if isWhole && text.StartsWith("\u001b]8;;", StringComparison.Ordinal) then
                links.Add(text.Substring(5, text.Length - 7))

            isWhole
        elif last = '=' || last = '>' then
            true
        else
            failtest $"the terminal does not know ESC{last}"

    let text (line: char[]) = String(line).TrimEnd()

    /// Takes in a character that a program wrote.
    member _.Write(character: char) =
        if pending.Length > 0 || character = '\u001b' then
            pending.Append character |> ignore

            if tryEscape (string pending) then
                pending.Clear() |> ignore
        else
            match character with
            | '\r' -> column <- 0
            | '\n' -> newline ()
            | control when Char.IsControl control ->
                failtest $"the terminal does not know %x{int control}"
            | _ -> put character

    member this.Write(text: string) =
        String.iter (fun character -> this.Write(character: char)) text

    member _.IsCursorShown = isCursorShown

    /// Addresses of links, in the order in which they began.
    member _.Links = links |> Seq.filter ((<>) "") |> List.ofSeq

    /// All lines, without the spaces at their ends and the empty ones at the bottom.
    member _.Lines: string list =
        Seq.append above screen
        |> Seq.map text
        |> List.ofSeq
        |> List.rev
        |> List.skipWhile ((=) "")
        |> List.rev

/// Runs a program in a pseudo-terminal of so many columns; `look` sees the lines and types, by what it is given, after each
/// character. Its exit code and the terminal.
let inTerminal
    (columns: int)
    (command: string)
    (folder: string)
    (look: Emulator -> (string -> unit) -> unit)
    : int * Emulator =
    let shell = $"stty cols {columns} rows 40; exec {command}"

    use running =
        startWith
            (fun info ->
                info.RedirectStandardInput <- true
                info.Environment["TERM"] <- "xterm-256color"
                info.Environment.Remove "CI" |> ignore
                info.StandardOutputEncoding <- UTF8Encoding false)
            "script"
            [ "-qec"; shell; "/dev/null" ]
            folder

    let typed (text: string) =
        running.StandardInput.Write text
        running.StandardInput.Flush()

    let emulator = Emulator(columns, 40, typed)
    use late = new Timer((fun _ -> running.Kill true), null, 300_000, Timeout.Infinite)

    let rec follow () =
        match running.StandardOutput.Read() with
        | -1 -> ()
        | character ->
            emulator.Write(char character)
            look emulator typed
            follow ()

    follow ()
    running.WaitForExit()
    running.ExitCode, emulator

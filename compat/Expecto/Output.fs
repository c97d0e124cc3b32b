namespace Expecto

open System
open System.Globalization
open System.Threading
open Expecto.Logging

/// The one door to the console: whole lines, one writer at a time.
module internal Output =

    /// What a piece of text is; it decides the piece's colour.
    type Ink =
        | Plain
        | Value
        | Good
        | Bad

    let private gate = obj ()

    /// What a run prints; each flow of control has its own, so that a run inside a test is free.
    type Style =
        { Colour: ColourLevel
          Verbosity: LogLevel }

    let private chosen = AsyncLocal<Style option>()

    let private style () =
        chosen.Value |> Option.defaultValue { Colour = Colour8; Verbosity = Info }

    let private code ink =
        match style().Colour, ink with
        | Colour0, _
        | _, Plain -> ""
        | Colour8, Value -> "\027[36m"
        | Colour8, Good -> "\027[32m"
        | Colour8, Bad -> "\027[31m"
        | Colour256, Value -> "\027[38;5;45m"
        | Colour256, Good -> "\027[38;5;40m"
        | Colour256, Bad -> "\027[38;5;196m"

    /// The text in the ink's colour.
    let paint ink (text: string) =
        match code ink with
        | "" -> text
        | start -> start + text + "\027[0m"

    /// A value in its colour.
    let value (x: obj) = paint Value (string x)

    /// A number of tests, with commas from a thousand on.
    let count (tests: 'a list) =
        tests.Length.ToString("N0", CultureInfo.InvariantCulture)

    let private tag level =
        match level with
        | Verbose -> "VRB"
        | Debug -> "DBG"
        | Info -> "INF"
        | Warn -> "WRN"
        | LogLevel.Error -> "ERR"
        | Fatal -> "FTL"

    /// Prints `[time TAG] text <Expecto>` unless the level is below the run's verbosity.
    let log level (text: string) =
        if level >= style().Verbosity then
            let ink = if level >= LogLevel.Error then Bad else Value
            let time = DateTime.Now.ToString "HH:mm:ss"
            let source = paint Value "<Expecto>"
            let line = $"[{time} {paint ink (tag level)}] {text} {source}\n"
            lock gate (fun () -> Console.Out.Write line)

    /// Prints in this style until the result is disposed.
    let configure colour verbosity =
        let before = chosen.Value

        chosen.Value <-
            Some
                { Colour = colour
                  Verbosity = verbosity }

        { new IDisposable with
            member _.Dispose() = chosen.Value <- before }

    /// Prints one line of a test's own, padded so that it covers what stood there.
    let line (writer: IO.TextWriter) (text: string) =
        lock gate (fun () -> writer.Write(text.PadRight 40 + "\n"))

/// Where an exception was thrown.
module internal Trace =

    /// The first five frames that are not this library's.
    let frames (error: exn) =
        match error.StackTrace with
        | null -> ""
        | trace ->
            trace.Split '\n'
            |> Seq.skipWhile _.StartsWith("   at Expecto.", StringComparison.Ordinal)
            |> Seq.truncate 5
            |> String.concat "\n"

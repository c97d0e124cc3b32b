namespace Expecto

open System
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
    let mutable private colour = Colour8
    let mutable private verbosity = Info

    let private code ink =
        match colour, ink with
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
        if level >= verbosity then
            let ink = if level >= LogLevel.Error then Bad else Value
            let time = DateTime.Now.ToString "HH:mm:ss"
            let source = paint Value "<Expecto>"
            let line = $"[{time} {paint ink (tag level)}] {text} {source}\n"
            lock gate (fun () -> Console.Out.Write line)

    /// Sets colours and verbosity until the result is disposed.
    let configure newColour newVerbosity =
        let before = colour, verbosity
        colour <- newColour
        verbosity <- newVerbosity

        { new IDisposable with
            member _.Dispose() =
                colour <- fst before
                verbosity <- snd before }

    /// Prints one line of a test's own, padded so that it covers what stood there.
    let line (writer: IO.TextWriter) (text: string) =
        lock gate (fun () -> writer.Write(text.PadRight 40 + "\n"))

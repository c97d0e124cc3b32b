module internal Plotly.NET.Json

open System
open System.Collections
open System.Globalization
open System.Text
open DynamicObj

let private invariant (format: string) (value: IFormattable) =
    value.ToString(format, CultureInfo.InvariantCulture)

/// Whole numbers of a real type keep a decimal place; what JSON has no number for is a string.
let private real (text: string) (isFinite: bool) =
    if not isFinite then $"\"{text}\""
    elif text.AsSpan().IndexOfAny('.', 'E') < 0 then text + ".0"
    else text

let private quote (out: StringBuilder) (text: string) =
    out.Append '"' |> ignore

    for c in text do
        match c with
        | '"' -> out.Append "\\\""
        | '\\' -> out.Append @"\\"
        | '\n' -> out.Append @"\n"
        | '\r' -> out.Append @"\r"
        | '\t' -> out.Append @"\t"
        | c when c < ' ' || c = '\u0085' || c = '\u2028' || c = '\u2029' ->
            out.Append($"\\u{int c:x4}")
        | c -> out.Append c
        |> ignore

    out.Append '"' |> ignore

/// "rgba(255, 0, 0, 1.0)".
let private rgba (c: ARGB) =
    let opacity = invariant "F1" (float c.A / 255.0)
    $"rgba({c.R}, {c.G}, {c.B}, {opacity})"

let private separated
    (out: StringBuilder)
    (first: char)
    (last: char)
    (writers: (unit -> unit) seq)
    =
    out.Append first |> ignore

    writers
    |> Seq.iteri (fun i write ->
        if i > 0 then
            out.Append ',' |> ignore

        write ())

    out.Append last |> ignore

let rec private write (out: StringBuilder) (value: obj) : unit =
    match value with
    | null -> out.Append "null" |> ignore
    | :? string as text -> quote out text
    | :? char as c -> quote out (string c)
    | :? bool as flag -> out.Append(if flag then "true" else "false") |> ignore
    | :? float as x -> out.Append(real (invariant "R" x) (Double.IsFinite x)) |> ignore
    | :? float32 as x -> out.Append(real (invariant "R" x) (Single.IsFinite x)) |> ignore
    | :? decimal as x -> out.Append(real (invariant "G" x) true) |> ignore
    | :? DateTime as time -> quote out (invariant "yyyy-MM-ddTHH:mm:ss.FFFFFFFK" time)
    | :? Color as color -> write out color.Value
    | :? ARGB as color -> quote out (rgba color)
    | :? DynamicObj as item ->
        item.Properties
        |> Seq.map (fun property ->
            fun () ->
                quote out property.Key
                out.Append ':' |> ignore
                write out property.Value)
        |> separated out '{' '}'
    | :? IEnumerable as items ->
        items
        |> Seq.cast<obj>
        |> Seq.map (fun item -> fun () -> write out item)
        |> separated out '[' ']'
    | :? IFormattable as number -> out.Append(invariant null number) |> ignore
    | other -> quote out (string other)

/// A value as JSON without blanks; NaN and the infinities are the strings "NaN", "Infinity" and "-Infinity".
let text (value: obj) : string =
    let out = StringBuilder()
    write out value
    out.ToString()

/// What the tests of the file readers share: folders of their own, broken bytes, and the one error that may come out.
module Workbench.Tests.FileSupport

open System
open System.Globalization
open System.IO
open System.Text
open Expecto
open Workbench

/// The bytes of a text whose characters are all below 256.
let latin (text: string) : byte[] = Encoding.Latin1.GetBytes text

/// Hands a fresh folder to `test` and deletes it afterwards.
let inFolder (test: string -> 'T) : 'T =
    let folder = Directory.CreateTempSubdirectory "workbench-tests-"

    try
        test folder.FullName
    finally
        folder.Delete true

/// Writes `bytes` into a fresh folder under `name` and hands over the path.
let withFile (name: string) (bytes: byte[]) (test: string -> 'T) : 'T =
    inFolder (fun folder ->
        let path = Path.Combine(folder, name)
        File.WriteAllBytes(path, bytes)
        test path)

/// Runs `test` under a culture of decimal commas, points between thousands and a minus sign of its own.
let abroad (test: unit -> 'T) : 'T =
    let before = CultureInfo.CurrentCulture
    let culture = CultureInfo.InvariantCulture.Clone() :?> CultureInfo
    culture.NumberFormat.NumberDecimalSeparator <- ","
    culture.NumberFormat.NumberGroupSeparator <- "."
    culture.NumberFormat.NegativeSign <- "~"
    CultureInfo.CurrentCulture <- culture

    try
        test ()
    finally
        CultureInfo.CurrentCulture <- before

/// `action` must raise `BadInput` with one line that contains each of `words`.
let expectBad (words: string list) (action: unit -> 'T) =
    let text =
        try
            action () |> ignore
            None
        with BadInput text ->
            Some text

    match text with
    | None -> failtestf "no BadInput was raised; its text should contain %A" words
    | Some text ->
        Expect.isTrue (not (text.Contains '\n')) "the text is one line"

        for word in words do
            Expect.isTrue (text.Contains word) $"'{text}' contains '{word}'"

/// Up to four bytes changed, half the time among the first hundred, and now and then the end cut off.
let damage (seed: int) (bytes: byte[]) : byte[] =
    let random = Random seed
    let damaged = Array.copy bytes
    let reach = if random.Next 2 = 0 then min 100 bytes.Length else bytes.Length

    for _ in 0 .. random.Next 4 do
        damaged[random.Next reach] <- byte (random.Next 256)

    if random.Next 4 = 0 then
        Array.truncate (random.Next bytes.Length) damaged
    else
        damaged

/// Whether `read` of a damaged copy of `bytes` either succeeds or raises `BadInput`.
let survives (name: string) (bytes: byte[]) (read: string -> 'T) (seed: int) =
    withFile name (damage seed bytes) (fun path ->
        try
            read path |> ignore
        with BadInput _ ->
            ())

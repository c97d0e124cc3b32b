/// Outcomes in a file: what one engine's run leaves for the other's.
module Workbench.Tests.DifferentialFile

open System
open System.IO
open System.IO.Compression
open System.Threading
open TorchSharp
open Workbench.Tests.DifferentialOutcome

/// These tests' own build: the numbers of another build may be those of other cases.
let private build = typeof<Case>.Assembly.ManifestModule.ModuleVersionId

/// Where the reference is: WORKBENCH_REFERENCE, or a place for this build's own.
let path: string =
    match Environment.GetEnvironmentVariable "WORKBENCH_REFERENCE" with
    | null
    | "" -> Path.Combine(Path.GetTempPath(), $"workbench-reference-{build:N}.bin")
    | given -> given

let private writeList (writer: BinaryWriter) write items =
    writer.Write7BitEncodedInt(List.length items)
    items |> List.iter (write writer)

let private readList (reader: BinaryReader) read =
    let count = reader.Read7BitEncodedInt()
    [ for _ in 1..count -> read reader ]

let private writePart (writer: BinaryWriter) (part: Part) =
    writer.Write(sbyte part.Type)
    writeList writer (fun writer -> writer.Write7BitEncodedInt64) part.Shape
    writer.Write7BitEncodedInt part.Bytes.Length
    writer.Write part.Bytes

let private readPart (reader: BinaryReader) : Part =
    let kind = reader.ReadSByte() |> LanguagePrimitives.EnumOfValue
    let shape = readList reader _.Read7BitEncodedInt64()
    let length = reader.Read7BitEncodedInt()

    { Type = kind
      Shape = shape
      Bytes = reader.ReadBytes length }

let private writeOption (writer: BinaryWriter) (part: Part option) =
    writer.Write part.IsSome
    part |> Option.iter (writePart writer)

let private readOption (reader: BinaryReader) =
    if reader.ReadBoolean() then Some(readPart reader) else None

/// An empty exception name stands for none.
let private writeGradients (writer: BinaryWriter) (gradients: Gradients) =
    match gradients with
    | NoGradients error -> writer.Write error
    | Given parts ->
        writer.Write ""
        writeList writer writeOption parts

let private readGradients (reader: BinaryReader) =
    match reader.ReadString() with
    | "" -> Given(readList reader readOption)
    | error -> NoGradients error

let private writeOutcome (writer: BinaryWriter) (name: string, outcome: Outcome) =
    writer.Write name

    match outcome with
    | Refused error -> writer.Write error
    | Gave(results, gradients) ->
        writer.Write ""
        writeList writer writePart results
        writeGradients writer gradients

let private readOutcome (reader: BinaryReader) =
    let name = reader.ReadString()

    match reader.ReadString() with
    | "" ->
        let results = readList reader readPart
        name, Gave(results, readGradients reader)
    | error -> name, Refused error

/// Writes all outcomes, in one piece: who reads at the same time finds the old file or the new one.
let write (outcomes: (string * Outcome) list) : unit =
    let unfinished = $"{path}.{Environment.ProcessId}"

    do
        use stream = new GZipStream(File.Create unfinished, CompressionLevel.Fastest)
        use writer = new BinaryWriter(stream)
        writer.Write(build.ToByteArray())
        writeList writer writeOutcome outcomes

    File.Move(unfinished, path, overwrite = true)

/// All outcomes by the case's name; None where there is no file, or another build's. An empty file is a promise: they are being
/// computed beside this, and whoever promised takes it back by deleting the file.
let read () : Map<string, Outcome> option =
    while File.Exists path && FileInfo(path).Length = 0L do
        Thread.Sleep 100

    if not (File.Exists path) then
        None
    else
        use stream = new GZipStream(File.OpenRead path, CompressionMode.Decompress)
        use reader = new BinaryReader(stream)

        if Guid(reader.ReadBytes 16) = build then
            Some(Map.ofList (readList reader readOutcome))
        else
            None

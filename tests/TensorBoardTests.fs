/// `--tensorboard`: files of events, read by TorchSharp's own classes of TensorFlow's event.proto. The managed engine has none, so
/// these are tests of the other engine's process.
module Workbench.Tests.TensorBoardTests

open System
open System.IO
open Expecto
open Tensorboard
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.RunSupport

/// CRC-32C (Castagnoli), bit by bit, as TFRecord masks it.
let private checksum (bytes: byte[]) =
    let step (crc: uint32) =
        if crc &&& 1u = 1u then (crc >>> 1) ^^^ 0x82F63B78u else crc >>> 1

    let crc =
        bytes
        |> Array.fold
            (fun crc byte -> Seq.fold (fun crc _ -> step crc) (crc ^^^ uint32 byte) [ 1..8 ])
            0xFFFFFFFFu
        |> (~~~)

    ((crc >>> 15) ||| (crc <<< 17)) + 0xA282EAD8u

/// The events of a file, whose checksums must be right.
let private events (path: string) : Event list =
    use file = new BinaryReader(File.OpenRead path)

    let summed count =
        let bytes = file.ReadBytes count
        Expect.equal (file.ReadUInt32()) (checksum bytes) "checksum"
        bytes

    [ while file.BaseStream.Position < file.BaseStream.Length do
          let length = BitConverter.ToInt64(summed 8, 0)
          Event.Parser.ParseFrom(summed (int length)) ]

let private values (event: Event) =
    [ for value in event.Summary.Value -> value.Tag, value ]

let private began = DateTimeOffset(2026, 1, 2, 3, 4, 5, 250, TimeSpan.Zero)

let private format =
    testList
        "a file"
        [ testCase "is named by the Unix second, and says first which version it has" (fun () ->
              inFolder (fun folder ->
                  let name = TensorBoard.fileName began
                  Expect.equal name "events.out.tfevents.1767323045.workbench" "name"
                  let path = Path.Combine(folder, name)
                  TensorBoard.append path began 3 [ "a", Logged.Scalar 0.1 ]
                  TensorBoard.append path (began.AddSeconds 1.0) 4 []
                  Expect.equal (TensorBoard.files folder) [| path |] "found"

                  match events path with
                  | [ version; third; fourth ] ->
                      Expect.equal version.FileVersion "brain.Event:2" "version"

                      Expect.equal
                          (version.WallTime, third.WallTime)
                          (1767323045.25, 1767323045.25)
                          "Unix seconds"

                      Expect.equal (third.Step, fourth.Step) (3L, 4L) "steps"
                      Expect.equal fourth.WallTime 1767323046.25 "a second later"
                      let tag, value = List.exactlyOne (values third)
                      Expect.equal (tag, value.SimpleValue) ("a", 0.1f) "the scalar"
                  | others -> failtest $"{others.Length} events"))

          testCase "has pictures with their sizes" (fun () ->
              inFolder (fun folder ->
                  let path, png = Path.Combine(folder, "e"), Png.encodeGrey 3 2 [| 0uy .. 5uy |]
                  TensorBoard.append path began 1 [ "rows", Logged.Picture png ]
                  let _, value = List.exactlyOne (values (List.last (events path)))
                  Expect.equal (value.Image.Width, value.Image.Height) (3, 2) "size"
                  Expect.equal (value.Image.EncodedImageString.ToByteArray()) png "the file"))

          testProperty "has histograms that count every value once, between the least and the most"
          <| fun (first: int16) (more: int16 list) ->
              let numbers = [ for number in first :: more -> float number / 8.0 ]

              inFolder (fun folder ->
                  let path = Path.Combine(folder, "e")
                  TensorBoard.append path began 1 [ "h", Logged.Histogram numbers ]
                  let told = (snd (List.exactlyOne (values (List.last (events path))))).Histo
                  let least, most = List.min numbers, List.max numbers
                  Expect.equal (told.Min, told.Max) (least, most) "range"
                  Expect.equal told.Num (float numbers.Length) "count"
                  Expect.floatClose Accuracy.high told.Sum (List.sum numbers) "sum"

                  Expect.floatClose
                      Accuracy.high
                      told.SumSquares
                      (numbers |> List.sumBy (fun x -> x * x))
                      "squares"

                  Expect.floatClose
                      Accuracy.high
                      told.BucketLimit[told.BucketLimit.Count - 1]
                      most
                      "the last limit"

                  let counts = List.ofSeq<float> told.Bucket

                  let upTo limit =
                      numbers |> List.filter (fun x -> x < limit) |> List.length |> float

                  for index in 0 .. counts.Length - 2 do
                      let counted = List.sum (List.take (index + 1) counts)
                      let limit = told.BucketLimit[index]
                      let near = 1e-9 * (1.0 + abs limit)

                      if least < most then
                          Expect.isTrue
                              (upTo (limit - near) <= counted && counted <= upTo (limit + near))
                              $"below {limit}"

                  Expect.equal (List.sum counts) told.Num "each once") ]

/// A small VAE, as a script would have it.
let private experiment =
    experimentOf (fun run ->
        let vae = Models.denseVae run.Data.Size [ 8 ] (run.Get Tiny.Latent) 0.0

        let trained =
            run.Fit(run.Data, Objectives.vae vae run.Data, Can.vae vae, best = "test_nelbo")

        run.Report(fun () ->
            { Line = "done"
              Figures = [ "epochs", float trained.State.Epoch ]
              Pictures = []
              Sections = [] }))

let private train (arguments: string list) =
    Expect.equal (Experiment.Run(experiment, "--quiet" :: arguments)) Ending.Finished "a run"

/// The scalars of events, by step.
let private scalars (all: Event list) =
    [ for event in all do
          if not (isNull event.Summary) then
              event.Step,
              [ for tag, value in values event do
                    if value.ValueCase = Summary.Types.Value.ValueOneofCase.SimpleValue then
                        tag, value.SimpleValue ] ]

/// Those of metrics.csv.
let private ofMetrics (folder: string) =
    [ for row in (RunFiles.metrics folder).Value ->
          int64 (snd row.Head), [ for name, value in row.Tail -> name, float32 value ] ]

let private ofRuns =
    let folders test () =
        withGlyphs 60 (fun folder data ->
            let out = Path.Combine(folder, "run")
            test [ "--data"; data; "--epochs"; "2"; "--out"; out ] out)

    testList
        "a run"
        [ testCase "tells of each epoch: figures, pictures, the KL of each dimension"
          <| folders (fun settings out ->
              train settings
              Expect.isEmpty (TensorBoard.files out) "only where it is asked for"
              Directory.Delete(out, true)
              let before = DateTimeOffset.Now.ToUnixTimeSeconds()
              train (settings @ [ "--tensorboard" ])
              let all = events (Array.exactlyOne (TensorBoard.files out))
              Expect.equal (scalars all) (ofMetrics out) "the figures"

              for event in List.tail all do
                  Expect.isTrue (event.WallTime >= float before) "its time"
                  let told = Map.ofList (values event)

                  for caption in [ "test images"; "their reconstructions"; "new samples" ] do
                      let width = told[caption].Image.Width
                      Expect.isGreaterThan width (6 * 28) $"{caption}: in a row"

                  Expect.equal told["KL of each dimension"].Histo.Num 3.0 "one of each dimension"
                  let kl = float told["test_kl"].SimpleValue
                  Expect.floatClose Accuracy.low told["KL of each dimension"].Histo.Sum kl "the KL")

          testCase "that goes on has a file more, which takes steps again from there"
          <| folders (fun settings out ->
              train (settings @ [ "--tensorboard" ])
              let first = Array.exactlyOne (TensorBoard.files out)
              File.Move(first, Path.Combine(out, TensorBoard.fileName began))
              train [ "--resume"; out; "--epochs"; "3" ]

              match TensorBoard.files out with
              | [| _; second |] ->
                  let all = events second
                  Expect.equal all[0].FileVersion "brain.Event:2" "version"

                  Expect.equal
                      (all[1].SessionLog.Status, all[1].Step)
                      (SessionLog.Types.SessionStatus.Start, 3L)
                      "from the third epoch on"

                  Expect.equal (scalars all[2..]) [ List.last (ofMetrics out) ] "the third epoch"
              | others -> failtest $"{others.Length} files")

          testCase "that did not tell before tells of its earlier epochs' figures, too"
          <| folders (fun settings out ->
              train settings
              train [ "--resume"; out; "--epochs"; "3"; "--tensorboard" ]
              let all = events (Array.exactlyOne (TensorBoard.files out))
              Expect.equal (scalars all) (ofMetrics out) "three epochs") ]

[<Tests>]
let tests = testList "TensorBoard" (ProcessSupport.onceForBoth [ format; ofRuns ])

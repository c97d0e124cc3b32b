/// Damaged files of every format that the workbench reads: whatever is in them, the answer is a value or `BadInput`, with no
/// more memory than the file's size warrants. `.ci/fuzz.fsx` runs as many cases as one likes.
module Workbench.Tests.Fuzz

open System
open System.IO
open System.Text
open System.Threading.Tasks
open FsCheck
open FsCheck.FSharp
open TorchSharp
open Workbench

/// A format: how its files are damaged, under which name they are written, and how they are read.
type Format =
    {
        Name: string
        File: string
        Damaged: Gen<byte[]>
        Read: string -> unit
        /// Bytes of memory that a byte of the file may take.
        Growth: int64
    }

let private inFolder = FileSupport.inFolder

let private saved (write: string -> unit) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, "valid")
        write path
        File.ReadAllBytes path)

let private state: State =
    let tensor (sizes: int64[]) = torch.ones sizes

    { Parameters =
        Map [ "encoder.0.weight", tensor [| 2L; 3L |]; "encoder.0.bias", tensor [| 2L |] ]
      Averages = Map.empty
      Moments =
        Map
            [ "vae",
              Map
                  [ "encoder.0.bias",
                    { Mean = tensor [| 2L |]
                      Square = tensor [| 2L |]
                      Steps = 3L } ] ]
      Steps = 3L
      Seed = 1
      Epoch = 1
      History =
        [ { Epoch = 1
            Figures = [ "train_loss", 1.5 ] } ] }

let private config =
    let request =
        "--epochs 3 --clip-norm 1 --labels labels.npy --hidden 40 20 --lr-drop-at 2"
        |> _.Split(' ')
        |> List.ofArray
        |> Settings.split
        |> Request.read Vae.experiment.File

    Json.bytes (
        Json.Object(
            [ "script", Json.Text "vae" ]
            @ request.Settings
            @ [ "changed", Json.List(List.map Json.Text request.Changed)
                "data-sha256", Json.Text "0" ]
        )
    )

/// What reads a config.json: resuming, evaluating, and the index of runs.
let private readConfig (path: string) =
    let folder = Path.GetDirectoryName path
    Runs.scan (Path.GetDirectoryName folder) |> ignore

    try
        Request.evaluated Vae.experiment.File folder [] |> ignore
    with BadInput _ ->
        ()

    Request.read Vae.experiment.File [ "resume", [ folder ] ] |> ignore

let private dataset (path: string) =
    use _ = torch.NewDisposeScope()
    Data.load path None |> ignore

let private plainIdx =
    Array.append
        [| 0uy
           0uy
           8uy
           3uy
           0uy
           0uy
           0uy
           2uy
           0uy
           0uy
           0uy
           2uy
           0uy
           0uy
           0uy
           3uy |]
        [| 1uy .. 12uy |]

let private plainNpy kind (array: float32[]) =
    saved (fun path ->
        match kind with
        | "bytes" ->
            Npy.writeBytes
                path
                { Shape = [| 12; 2; 3 |]
                  Bytes = Array.map byte array }
        | _ ->
            Npy.write
                path
                { Shape = [| 12; 2; 3 |]
                  Values = array })

let private pickles =
    [ PickleSamples.protocol2
      PickleSamples.protocol3
      PickleSamples.protocol4
      PickleSamples.protocol5 ]

/// All formats.
let formats: Format list =
    let checkpoint = saved (fun path -> Checkpoint.save path state)
    let read (reader: string -> 'T) path = reader path |> ignore

    [ { Name = "IDX"
        File = "images"
        Damaged = Gen.oneof [ Damage.bytes plainIdx; Damage.idx ]
        Read = read Idx.read
        Growth = 100L }
      { Name = "gzip IDX"
        File = "images.gz"
        Damaged = Damage.gzipped (Gen.oneof [ Damage.bytes plainIdx; Damage.idx ])
        Read = read Idx.read
        Growth = 1100L }
      { Name = "npy"
        File = "images.npy"
        Damaged =
          Gen.oneof
              [ Damage.bytes (plainNpy "bytes" (Array.init 72 (fun i -> float32 (3 * i))))
                Damage.bytes (plainNpy "floats" (Array.create 72 0.5f))
                Damage.npy ]
        Read = dataset
        Growth = 100L }
      { Name = "labels"
        File = "labels.npy"
        Damaged = Gen.oneof [ Damage.bytes plainIdx; Damage.npy; Damage.idx ]
        Read = fun path -> Sources.readLabels path 10 |> ignore
        Growth = 100L }
      { Name = "pickled npy"
        File = "images.npy"
        Damaged = Damage.pickle pickles
        Read = dataset
        Growth = 300L }
      { Name = "npz"
        File = "images.npz"
        Damaged = Damage.npz (plainNpy "floats" (Array.init 72 (fun i -> float32 i / 72f)))
        Read = dataset
        Growth = 1100L }
      { Name = "PNG"
        File = "image.png"
        Damaged = Damage.png (Png.encodeRgb 6 7 (Array.init 126 (fun i -> byte (2 * i))))
        Read = ImageSamples.readFolder
        Growth = 100L }
      { Name = "JPEG"
        File = "image.jpg"
        Damaged = Damage.bytes (ImageSamples.jpeg 24 20)
        Read = ImageSamples.readFolder
        Growth = 100L }
      { Name = "text of labels"
        File = "labels.csv"
        Damaged = Damage.bytes (Encoding.UTF8.GetBytes "label\n1\n2\ncat\n1.0\n")
        Read = fun path -> Sources.readLabels path 10 |> ignore
        Growth = 100L }
      { Name = "safetensors"
        File = "a.safetensors"
        Damaged = Gen.oneof [ Damage.bytes checkpoint; Damage.safetensors checkpoint ]
        Read = read Checkpoint.load
        Growth = 300L }
      { Name = "config.json"
        File = "config.json"
        Damaged = Damage.jsonText config
        Read = readConfig
        Growth = 300L } ]

/// What any reading may take, the loading of code included.
let private allowance = 64L <<< 20

/// No reading of a few kilobytes takes that long: it hangs.
let private patience = TimeSpan.FromSeconds 60.0

let private oneLine (text: string) = not (text.Contains '\n')

/// What went wrong with one file, if anything.
let private fault (format: Format) (path: string) : string option =
    let attempt () =
        let before = GC.GetAllocatedBytesForCurrentThread()

        let outcome =
            try
                format.Read path
                None
            with
            | BadInput text when text <> "" && oneLine text -> None
            | error -> Some $"{error.GetType().Name}: {error.Message}"

        let taken = GC.GetAllocatedBytesForCurrentThread() - before
        let most = allowance + format.Growth * FileInfo(path).Length

        match outcome with
        | None when taken > most ->
            Some $"{taken} bytes allocated for a file of {FileInfo(path).Length}"
        | outcome -> outcome

    let work = Task.Factory.StartNew(attempt, TaskCreationOptions.LongRunning)
    if work.Wait patience then work.Result else Some "no answer within a minute"

/// A case by its number: the same bytes on any machine.
let case (format: Format) (seed: int) (number: int) : byte[] =
    let random = Rnd(uint64 seed * 1_000_000_007UL + uint64 number)
    Gen.sampleWithSeed random 30 1 format.Damaged |> Array.exactlyOne

/// Runs cases `first` to `last` of a format; each fault with its case's number.
let run (format: Format) (seed: int) (first: int) (last: int) : (int * string) list =
    inFolder (fun parent ->
        let folder = Directory.CreateDirectory(Path.Combine(parent, "run")).FullName
        let path = Path.Combine(folder, format.File)

        [ for number in first..last do
              File.WriteAllBytes(path, case format seed number)

              match fault format path with
              | Some fault -> number, fault
              | None -> () ])

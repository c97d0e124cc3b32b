namespace Workbench

open System
open System.IO

/// The data sets that have a name.
[<RequireQualifiedAccess>]
module NamedData =
    /// What the classes of a set are called, where it is not by their numbers.
    let classes (name: string) : string list option =
        if name = "fashion-mnist" then
            Some
                [ "T-shirt"
                  "trousers"
                  "pullover"
                  "dress"
                  "coat"
                  "sandal"
                  "shirt"
                  "sneaker"
                  "bag"
                  "boot" ]
        else
            None

    /// The folder of their files: $WORKBENCH_DATA, or `data`.
    let folder () : string =
        match Environment.GetEnvironmentVariable "WORKBENCH_DATA" with
        | null
        | "" -> "data"
        | folder -> folder

    let private part path (images: ByteArray) (labels: byte[]) name : DataPart =
        labels
        |> Array.map int64
        |> LabelArray.Numbers
        |> Some
        |> DataPart.create path name (ImageArray.ofBytes path images)

    /// Refuses a file of the published sets in the place of another: in a named set's folder, under a name. Files that nobody
    /// published are somebody's own data.
    let checkPlace (sets: RemoteSet list) (name: string) (path: string) : unit =
        match Download.tryIdentify sets path with
        | Some(set, file) when set.Name <> name || file.Name <> Path.GetFileName path ->
            let right = Path.Combine(folder (), set.Name, file.Name)

            BadInput.fail
                $"{path} is {file.Name} of {set.Name}, which belongs at {right}: take it away, and put the right one there (of mnist and fashion-mnist it is downloaded)"
        | _ -> ()

    /// Four IDX files, downloaded where they are missing and published.
    let private ofIdx download name (images: string) (trainPrefix, testPrefix) : DataPart list =
        let directory = Path.Combine(folder (), name)

        let path prefix kind =
            Path.Combine(directory, $"{prefix}-{kind}-ubyte.gz")

        let paths =
            [ for prefix in [ trainPrefix; testPrefix ] do
                  path prefix images
                  path prefix "labels-idx1" ]

        let missing = paths |> List.filter (File.Exists >> not)

        match Download.tryFind name with
        | _ when missing.IsEmpty -> ()
        | Some set -> Download.fetch download set directory
        | None ->
            let names = String.Join(", ", missing |> List.map Path.GetFileName)

            BadInput.fail
                $"{name} is not there: put {names} into {directory}, or set WORKBENCH_DATA to the folder that holds {name}/, or use --data glyphs"

        for path in List.except missing paths do
            checkPlace Remote.sets name path

        let read prefix name =
            let images, labels = path prefix images, path prefix "labels-idx1"
            let array, marks = Idx.readImages images, Idx.read labels

            if marks.Shape <> [| array.Shape[0] |] then
                BadInput.fail
                    $"{labels}: its labels do not fit the {array.Shape[0]} images beside it"

            part images array marks.Bytes name

        [ read trainPrefix "train"; read testPrefix "test" ]

    /// Drawn once a process: a session's runs one after another begin with the same.
    let private ofGlyphs name (draw: uint64 -> int -> LabelledBytes) : Lazy<DataPart list> =
        lazy
            [ for seed, count, ofPart in
                  [ Glyphs.trainSeed, Glyphs.trainCount, "train"
                    Glyphs.testSeed, Glyphs.testCount, "test" ] do
                  let glyphs = draw seed count
                  part name glyphs.Images glyphs.Labels ofPart ]

    let private grey = ofGlyphs "glyphs" Glyphs.grey
    let private coloured = ofGlyphs "glyphs-m" Glyphs.coloured

    /// Training and test examples. Files of mnist and fashion-mnist that are missing are downloaded as `download` says. `BadInput` says
    /// what is missing or wrong.
    let parts (download: DownloadOptions) (name: string) : DataPart list =
        match name with
        | "glyphs" -> grey.Value
        | "glyphs-m" -> coloured.Value
        | "mnist"
        | "fashion-mnist" -> ofIdx download name "images-idx3" ("train", "t10k")
        | "mnist-m" -> ofIdx download name "images-idx4" ("train", "test")
        | _ -> invalidArg (nameof name) name

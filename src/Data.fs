namespace Workbench

open System
open System.IO
open System.Security.Cryptography
open TorchSharp

/// Examples in order: images N x pixels (float32 in [0, 1], resident), and labels (int64) where there are any.
type Examples =
    { Images: torch.Tensor
      Labels: torch.Tensor option }

/// A data set, ready to train on.
type Dataset =
    {
        Name: string
        /// Channels, height and width of an image.
        ImageShape: int list
        Pixels: Pixels
        Train: Examples
        /// Held out of the training examples; none unless the data bring some or `Data.withValidation` carves them.
        Validation: Examples option
        Test: Examples
        /// SHA-256 of the pixels and labels as they were read, before any limit.
        Hash: string
    }

    /// Numbers of an image.
    member this.Size: int = List.reduce (*) this.ImageShape

    override this.ToString() =
        let shape = String.Join("x", this.ImageShape)
        $"{this.Name}: {this.Train.Images.shape[0]} train, {this.Test.Images.shape[0]} test, {shape}, {Pixels.name this.Pixels}"

/// Where numbers come from: load, check, split, batch.
[<RequireQualifiedAccess>]
module Data =

    /// Images as they were read, before they become tensors.
    type private Raw =
        { Shape: int[]
          Images: RawImages
          RawLabels: byte[] option }

    and private RawImages =
        | Bytes of byte[]
        | Floats of float32[]

    let private ofBytes (array: ByteArray) labels =
        { Shape = array.Shape
          Images = Bytes array.Bytes
          RawLabels = labels }

    let private ofFloats (array: FloatArray) labels =
        { Shape = array.Shape
          Images = Floats array.Values
          RawLabels = labels }

    let private imageShape (raw: Raw) =
        match List.ofArray raw.Shape with
        | [ _; pixels ] ->
            let side = int (sqrt (float pixels))
            if side * side = pixels then [ 1; side; side ] else [ 1; 1; pixels ]
        | [ _; height; width ] -> [ 1; height; width ]
        | _ :: shape -> shape
        | [] -> []

    /// Converted a piece at a time, so that the peak of memory is the tensor itself.
    let private imageTensor (raw: Raw) =
        let count = raw.Shape[0]
        let pixels = List.reduce (*) (imageShape raw)
        let images = torch.empty ([| int64 count; int64 pixels |])
        let piece = max 1 (4_000_000 / max 1 pixels)

        for first in 0..piece .. count - 1 do
            use _ = torch.NewDisposeScope()
            let rows = min piece (count - first)
            let from, length = first * pixels, rows * pixels

            let values =
                match raw.Images with
                | Bytes bytes ->
                    torch.from_array(Array.sub bytes from length).to_type(torch.float32) / 255.0
                | Floats floats -> torch.from_array (Array.sub floats from length)

            images
                .narrow(0L, int64 first, int64 rows)
                .copy_(values.reshape (int64 rows, int64 pixels))
            |> ignore

        images

    let private examples (raw: Raw) : Examples =
        { Images = imageTensor raw
          Labels =
            raw.RawLabels
            |> Option.map (fun labels -> torch.from_array(labels).to_type(torch.int64)) }

    let private append (hash: IncrementalHash) (raw: Raw) =
        match raw.Images with
        | Bytes bytes -> hash.AppendData bytes
        | Floats floats ->
            hash.AppendData(Runtime.InteropServices.MemoryMarshal.AsBytes(ReadOnlySpan floats))

        raw.RawLabels |> Option.iter hash.AppendData

    let private hashOf (parts: Raw list) =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256
        parts |> List.iter (append hash)
        Convert.ToHexStringLower(hash.GetHashAndReset())

    let private datasetOf name (train: Raw) (validation: Raw option) (test: Raw) : Dataset =
        let held = Option.toList validation

        if test :: held |> List.exists (fun part -> imageShape part <> imageShape train) then
            BadInput.fail "%s: its training and test images differ in size" name

        { Name = name
          ImageShape = imageShape train
          Pixels = Grey
          Train = examples train
          Validation = Option.map examples validation
          Test = examples test
          Hash = hashOf (train :: held @ [ test ]) }

    let private dataset name train test = datasetOf name train None test

    /// Rows of the raw images and their labels, in the given order.
    let private pick (order: int[]) (raw: Raw) : Raw =
        let pixels = List.reduce (*) (imageShape raw)

        let rows (source: 'T[]) =
            let target = Array.zeroCreate<'T>(order.Length * pixels)

            order
            |> Array.iteri (fun i row ->
                Array.blit source (row * pixels) target (i * pixels) pixels)

            target

        { Shape = Array.append [| order.Length |] raw.Shape[1..]
          Images =
            match raw.Images with
            | Bytes bytes -> Bytes(rows bytes)
            | Floats floats -> Floats(rows floats)
          RawLabels =
            raw.RawLabels
            |> Option.map (fun labels -> order |> Array.map (fun row -> labels[row])) }

    /// One array as training and test examples: after a shuffle that is always the same, the last tenth is for testing.
    let private splitOff name (raw: Raw) : Dataset =
        let count = raw.Shape[0]

        if count < 10 then
            BadInput.fail
                "%s holds %d images: at least 10 are needed, of which a tenth is for testing"
                name
                count

        use order =
            torch.randperm (int64 count, generator = Random.generator 0 Random.Split 0)

        let order = order.data<int64>().ToArray() |> Array.map int
        let train = count - count / 10
        dataset name (pick order[.. train - 1] raw) (pick order[train..] raw)

    /// The folder of named data sets: $WORKBENCH_DATA, or `data`.
    let folder () : string =
        match Environment.GetEnvironmentVariable "WORKBENCH_DATA" with
        | null
        | "" -> "data"
        | folder -> folder

    let private labelsOf (count: int) path (array: ByteArray) =
        if array.Shape.Length <> 1 || array.Shape[0] <> count then
            BadInput.fail "%s: its labels do not fit the %d images beside it" path count

        array.Bytes

    /// The four IDX files of a named data set, downloaded where they are missing and published.
    let private idx download name (images: string) (trainPrefix, testPrefix) =
        let directory = Path.Combine(folder (), name)

        let path prefix kind =
            Path.Combine(directory, $"{prefix}-{kind}-ubyte.gz")

        let files =
            [ for prefix in [ trainPrefix; testPrefix ] do
                  path prefix images
                  path prefix "labels-idx1" ]

        match Download.tryFind name, files |> List.filter (File.Exists >> not) with
        | _, [] -> ()
        | Some set, _ -> Download.fetch download set directory
        | None, missing ->
            BadInput.fail
                "%s is not there: put %s into %s, or set WORKBENCH_DATA to the folder that holds %s/, or use --data glyphs"
                name
                (String.Join(", ", missing |> List.map Path.GetFileName))
                directory
                name

        let split prefix =
            let array = Idx.read (path prefix images)

            let labels =
                labelsOf
                    array.Shape[0]
                    (path prefix "labels-idx1")
                    (Idx.read (path prefix "labels-idx1"))

            let shape, bytes =
                Arrays.channelsFirst array.Shape (Arrays.strides array.Shape) array.Bytes

            ofBytes { Shape = shape; Bytes = bytes } (Some labels)

        dataset name (split trainPrefix) (split testPrefix)

    let private ofPickle path (array: NpyArray) =
        let splits = Pickle.splits path array

        let find name =
            splits |> List.tryFind (fun (split: PickledSplit) -> split.Name = name)

        let raw (split: PickledSplit) = ofFloats split.Images split.Labels

        match find "train", find "test" with
        | Some train, Some test ->
            datasetOf path (raw train) (find "validation" |> Option.map raw) (raw test)
        | Some train, None -> splitOff path (raw train)
        | _ -> BadInput.fail "%s: the file has no split called train" path

    let private ofNpy path labels =
        let array = Npy.read path

        if array.Type.Kind = 'O' then
            ofPickle path array
        else
            let images = NpyArray.images path array
            let labels = labels |> Option.map Npy.readLabels

            match labels with
            | Some labels when labels.Length <> images.Shape[0] ->
                BadInput.fail
                    "--labels: %d labels do not fit the %d images of %s"
                    labels.Length
                    images.Shape[0]
                    path
            | _ -> splitOff path (ofFloats images labels)

    let private ofGlyphs (images: LabelledBytes) =
        ofBytes images.Images (Some images.Labels)

    /// Reads a data set by name (glyphs, glyphs-m, mnist, fashion-mnist, mnist-m) or an .npy file by path, with labels from a
    /// file of their own where one is given; files of mnist and fashion-mnist that are missing are downloaded as `download` says.
    /// `BadInput` says what is missing or wrong.
    let loadWith
        (download: DownloadOptions)
        (nameOrPath: string)
        (labels: string option)
        : Dataset =
        match nameOrPath, labels with
        | ("glyphs" | "glyphs-m" | "mnist" | "fashion-mnist" | "mnist-m"), Some _ ->
            BadInput.fail "--labels: %s has its labels already; leave the option out" nameOrPath
        | "glyphs", _ ->
            dataset
                "glyphs"
                (ofGlyphs (Glyphs.grey Glyphs.trainSeed Glyphs.trainCount))
                (ofGlyphs (Glyphs.grey Glyphs.testSeed Glyphs.testCount))
        | "glyphs-m", _ ->
            dataset
                "glyphs-m"
                (ofGlyphs (Glyphs.coloured Glyphs.trainSeed Glyphs.trainCount))
                (ofGlyphs (Glyphs.coloured Glyphs.testSeed Glyphs.testCount))
        | ("mnist" | "fashion-mnist"), _ -> idx download nameOrPath "images-idx3" ("train", "t10k")
        | "mnist-m", _ -> idx download nameOrPath "images-idx4" ("train", "test")
        | path, _ when path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ->
            ofNpy path labels
        | other, _ ->
            BadInput.fail
                "--data: %s is neither glyphs, glyphs-m, mnist, fashion-mnist, mnist-m nor the path of an .npy file"
                other

    /// `loadWith` the standard download.
    let load (nameOrPath: string) (labels: string option) : Dataset =
        loadWith Download.defaults nameOrPath labels

    let private first (count: int64) (examples: Examples) =
        let keep (tensor: torch.Tensor) = tensor.narrow(0L, 0L, count).clone()

        { Images = keep examples.Images
          Labels = examples.Labels |> Option.map keep }

    /// The first so many training examples, or all where there are no more.
    let limit (count: int option) (data: Dataset) : Dataset =
        match count with
        | Some count when int64 count < data.Train.Images.shape[0] ->
            { data with
                Train = first (int64 count) data.Train }
        | _ -> data

    let private pickRows (rows: torch.Tensor) (examples: Examples) : Examples =
        { Images = examples.Images.index_select (0L, rows)
          Labels = examples.Labels |> Option.map (fun labels -> labels.index_select (0L, rows)) }

    /// The data with validation examples: where they bring none, a tenth of the training examples, always the same ones.
    let withValidation (data: Dataset) : Dataset =
        match data.Validation with
        | Some _ -> data
        | None ->
            let count = data.Train.Images.shape[0]
            let kept = count - count / 10L
            use order = torch.randperm (count, generator = Random.generator 0 Random.Split 1)

            { data with
                Train = pickRows (order.narrow (0L, 0L, kept)) data.Train
                Validation = Some(pickRows (order.narrow (0L, kept, count - kept)) data.Train) }

    /// Draws each pixel as 0 or 1, 1 with the probability that its grey is.
    let private binarise generator (examples: Examples) =
        { examples with
            Images = torch.bernoulli (examples.Images, generator) }

    /// The data with their pixels read as the mode says: static ones are drawn here, once, always the same; dynamic ones with
    /// each batch.
    let withPixels (pixels: Pixels) (data: Dataset) : Dataset =
        match pixels with
        | Static ->
            { data with
                Pixels = Static
                Train = binarise (Random.generator 0 Random.Binarisation 0) data.Train
                Validation =
                    data.Validation
                    |> Option.map (binarise (Random.generator 0 Random.Binarisation 2))
                Test = binarise (Random.generator 0 Random.Binarisation 1) data.Test }
        | Grey
        | Dynamic -> { data with Pixels = pixels }

    /// A random order of the examples.
    let shuffle (generator: torch.Generator) (examples: Examples) : torch.Tensor =
        torch.randperm (examples.Images.shape[0], generator = generator)

    /// Batch `index` (from 0) of the training examples in an order: images, dynamic pixels drawn from the generator, and labels.
    let batch
        (data: Dataset)
        (generator: torch.Generator)
        (size: int)
        (order: torch.Tensor)
        (index: int)
        : torch.Tensor * torch.Tensor option =
        let start = int64 index * int64 size
        let length = min (int64 size) (order.shape[0] - start)
        let rows = order.narrow (0L, start, length)
        let pick (tensor: torch.Tensor) = tensor.index_select (0L, rows)

        Pixels.seen data.Pixels generator (pick data.Train.Images),
        Option.map pick data.Train.Labels

namespace Workbench

open System
open System.IO
open System.Security.Cryptography
open TorchSharp

/// What a pixel's grey is taken for.
type Pixels =
    /// A target between 0 and 1 as it is; the summed cross-entropy is then no likelihood.
    | Grey
    /// The probability of ink, drawn once, always the same.
    | Static
    /// The probability of ink, drawn anew whenever the image is used.
    | Dynamic

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Pixels =
    /// Every mode with the word that names it on the command line and beside printed figures.
    let all = [ "grey", Grey; "static", Static; "dynamic", Dynamic ]

    /// The word that names a mode.
    let name (pixels: Pixels) : string =
        all |> List.find (fun (_, mode) -> mode = pixels) |> fst

    /// Images as a model sees them: dynamic ones are drawn from the generator, others are as they are.
    let seen (pixels: Pixels) (generator: torch.Generator) (images: torch.Tensor) : torch.Tensor =
        if pixels = Dynamic then torch.bernoulli (images, generator) else images

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
    /// Examples as they were read: images N x C x H x W, of bytes or of numbers in [0, 1], and labels as bytes.
    let private asRead (shape: int[]) (images: torch.Tensor) (labels: byte[] option) : Examples =
        let sizes = if shape.Length = 3 then Array.insertAt 1 1 shape else shape

        { Images = images.reshape (Array.map int64 sizes)
          Labels = labels |> Option.map (fun labels -> torch.from_array labels) }

    let private ofBytes (array: ByteArray) labels =
        asRead array.Shape (torch.from_array array.Bytes) labels

    let private ofFloats (array: FloatArray) labels =
        asRead array.Shape (torch.from_array array.Values) labels

    let private pickRows (rows: torch.Tensor) (examples: Examples) : Examples =
        { Images = examples.Images.index_select (0L, rows)
          Labels = examples.Labels |> Option.map (fun labels -> labels.index_select (0L, rows)) }

    /// All but a tenth of the examples, and that tenth, after a shuffle that is always the same for the number.
    let private apart (number: int) (examples: Examples) : Examples * Examples =
        let count = examples.Images.shape[0]
        let kept = count - count / 10L

        use order =
            torch.randperm (count, generator = Random.generator 0 Random.Split number)

        pickRows (order.narrow (0L, 0L, kept)) examples,
        pickRows (order.narrow (0L, kept, count - kept)) examples

    /// Images as a model takes them, out of the dispose scope: bytes are converted a piece at a time, so that the peak of memory
    /// is the tensor itself.
    let private resident (read: Examples) : Examples =
        let flat = read.Images.flatten 1L

        let images =
            if flat.dtype = torch.float32 then
                flat
            else
                let count, size = flat.shape[0], flat.shape[1]
                let images = torch.empty ([| count; size |])
                let piece = max 1L (4_000_000L / max 1L size)

                for first in 0L .. piece .. count - 1L do
                    use _ = torch.NewDisposeScope()

                    let rows (tensor: torch.Tensor) =
                        tensor.narrow (0L, first, min piece (count - first))

                    (rows images).copy_((rows flat).to_type(torch.float32) / 255.0) |> ignore

                images

        { Images = images.MoveToOuterDisposeScope()
          Labels =
            read.Labels
            |> Option.map (fun labels -> labels.to_type(torch.int64).MoveToOuterDisposeScope()) }

    let private hashOf (parts: Examples list) =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256

        for part in parts do
            for tensor in part.Images :: Option.toList part.Labels do
                hash.AppendData(Span.op_Implicit tensor.bytes: ReadOnlySpan<byte>)

        Convert.ToHexStringLower(hash.GetHashAndReset())

    let private datasetOf name (train: Examples) (validation: Examples option) (test: Examples) =
        let parts = train :: Option.toList validation @ [ test ]

        let shape (part: Examples) =
            List.map int (List.tail (List.ofArray part.Images.shape))

        if parts |> List.exists (fun part -> shape part <> shape train) then
            BadInput.fail $"{name}: its training and test images differ in size"

        { Name = name
          ImageShape = shape train
          Pixels = Grey
          Train = resident train
          Validation = Option.map resident validation
          Test = resident test
          Hash = hashOf parts }

    /// One array as training and test examples: after a shuffle that is always the same, the last tenth is for testing.
    let private splitOff name (read: Examples) : Dataset =
        let count = read.Images.shape[0]

        if count < 10L then
            BadInput.fail
                $"{name} holds {count} images: at least 10 are needed, of which a tenth is for testing"

        let train, test = apart 0 read
        datasetOf name train None test

    /// The folder of named data sets: $WORKBENCH_DATA, or `data`.
    let folder () : string =
        match Environment.GetEnvironmentVariable "WORKBENCH_DATA" with
        | null
        | "" -> "data"
        | folder -> folder

    /// The four IDX files of a named data set, downloaded where they are missing and published.
    let private ofIdx download name (images: string) (trainPrefix, testPrefix) =
        let directory = Path.Combine(folder (), name)

        let path prefix kind =
            Path.Combine(directory, $"{prefix}-{kind}-ubyte.gz")

        let missing =
            [ for prefix in [ trainPrefix; testPrefix ] do
                  path prefix images
                  path prefix "labels-idx1" ]
            |> List.filter (File.Exists >> not)

        match Download.tryFind name with
        | _ when missing.IsEmpty -> ()
        | Some set -> Download.fetch download set directory
        | None ->
            let names = String.Join(", ", missing |> List.map Path.GetFileName)

            BadInput.fail
                $"{name} is not there: put {names} into {directory}, or set WORKBENCH_DATA to the folder that holds {name}/, or use --data glyphs"

        let split prefix =
            let images, labels = path prefix images, path prefix "labels-idx1"
            let array, marks = Idx.read images, Idx.read labels

            if array.Shape.Length < 3 then
                BadInput.fail
                    $"{images} has {array.Shape.Length} dimensions: images have three, or four with their channels"

            if marks.Shape <> [| array.Shape[0] |] then
                BadInput.fail
                    $"{labels}: its labels do not fit the {array.Shape[0]} images beside it"

            let shape, bytes =
                Arrays.channelsFirst array.Shape (Arrays.strides array.Shape) array.Bytes

            ofBytes { Shape = shape; Bytes = bytes } (Some marks.Bytes)

        datasetOf name (split trainPrefix) None (split testPrefix)

    let private ofPickle path (array: NpyArray) =
        let splits = Pickle.splits path array

        let find name =
            splits
            |> List.tryFind (fun split -> split.Name = name)
            |> Option.map (fun split -> ofFloats split.Images split.Labels)

        match find "train", find "test" with
        | Some train, Some test -> datasetOf path train (find "validation") test
        | Some train, None -> splitOff path train
        | None, _ -> BadInput.fail $"{path}: the file has no split called train"

    let private ofNpy path labels =
        let array = Npy.read path

        if array.Type.Kind = 'O' then
            ofPickle path array
        else
            let images = NpyArray.images path array

            match labels |> Option.map Npy.readLabels with
            | Some labels when labels.Length <> images.Shape[0] ->
                BadInput.fail
                    $"--labels: {labels.Length} labels do not fit the {images.Shape[0]} images of {path}"
            | labels -> splitOff path (ofFloats images labels)

    let private ofGlyphs name (draw: uint64 -> int -> LabelledBytes) =
        let part seed count =
            let glyphs = draw seed count
            ofBytes glyphs.Images (Some glyphs.Labels)

        datasetOf
            name
            (part Glyphs.trainSeed Glyphs.trainCount)
            None
            (part Glyphs.testSeed Glyphs.testCount)

    /// Reads a data set by name (glyphs, glyphs-m, mnist, fashion-mnist, mnist-m) or an .npy file by path, with labels from a
    /// file of their own where one is given; files of mnist and fashion-mnist that are missing are downloaded as `download` says.
    /// `BadInput` says what is missing or wrong.
    let loadWith
        (download: DownloadOptions)
        (nameOrPath: string)
        (labels: string option)
        : Dataset =
        use _ = torch.NewDisposeScope()

        match nameOrPath, labels with
        | ("glyphs" | "glyphs-m" | "mnist" | "fashion-mnist" | "mnist-m"), Some _ ->
            BadInput.fail $"--labels: {nameOrPath} has its labels already; leave the option out"
        | "glyphs", _ -> ofGlyphs nameOrPath Glyphs.grey
        | "glyphs-m", _ -> ofGlyphs nameOrPath Glyphs.coloured
        | ("mnist" | "fashion-mnist"), _ ->
            ofIdx download nameOrPath "images-idx3" ("train", "t10k")
        | "mnist-m", _ -> ofIdx download nameOrPath "images-idx4" ("train", "test")
        | path, _ when path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) ->
            ofNpy path labels
        | other, _ ->
            BadInput.fail
                $"--data: {other} is neither glyphs, glyphs-m, mnist, fashion-mnist, mnist-m nor the path of an .npy file"

    /// `loadWith` the standard download.
    let load (nameOrPath: string) (labels: string option) : Dataset =
        loadWith Download.defaults nameOrPath labels

    /// The first so many training examples, or all where there are no more.
    let limit (count: int option) (data: Dataset) : Dataset =
        match count with
        | Some count when int64 count < data.Train.Images.shape[0] ->
            use rows = torch.arange (int64 count)

            { data with
                Train = pickRows rows data.Train }
        | _ -> data

    /// The data with validation examples: where they bring none, a tenth of the training examples, always the same ones.
    let withValidation (data: Dataset) : Dataset =
        match data.Validation with
        | Some _ -> data
        | None ->
            let train, validation = apart 1 data.Train

            { data with
                Train = train
                Validation = Some validation }

    /// The data with their pixels read as the mode says: static ones are drawn here, once, always the same, as 1 with the
    /// probability that their grey is; dynamic ones with each batch.
    let withPixels (pixels: Pixels) (data: Dataset) : Dataset =
        let drawn number (examples: Examples) =
            let generator = Random.generator 0 Random.Binarisation number

            { examples with
                Images = torch.bernoulli (examples.Images, generator) }

        let data = { data with Pixels = pixels }

        if pixels = Static then
            { data with
                Train = drawn 0 data.Train
                Test = drawn 1 data.Test
                Validation = Option.map (drawn 2) data.Validation }
        else
            data

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
        let picked = pickRows (order.narrow (0L, start, length)) data.Train
        Pixels.seen data.Pixels generator picked.Images, picked.Labels

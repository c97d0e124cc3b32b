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
            BadInput.fail "%s: its training and test images differ in size" name

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
                "%s holds %d images: at least 10 are needed, of which a tenth is for testing"
                name
                count

        let order = torch.randperm (count, generator = Random.generator 0 Random.Split 0)

        let part first length =
            pickRows (order.narrow (0L, first, length)) read

        let kept = count - count / 10L
        datasetOf name (part 0L kept) None (part kept (count - kept))

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
            BadInput.fail
                "%s is not there: put %s into %s, or set WORKBENCH_DATA to the folder that holds %s/, or use --data glyphs"
                name
                (String.Join(", ", missing |> List.map Path.GetFileName))
                directory
                name

        let split prefix =
            let array = Idx.read (path prefix images)
            let labels = Idx.read (path prefix "labels-idx1")

            if array.Shape.Length < 3 then
                BadInput.fail
                    "%s has %d dimensions: images have three, or four with their channels"
                    (path prefix images)
                    array.Shape.Length

            if labels.Shape <> [| array.Shape[0] |] then
                BadInput.fail
                    "%s: its labels do not fit the %d images beside it"
                    (path prefix "labels-idx1")
                    array.Shape[0]

            let shape, bytes =
                Arrays.channelsFirst array.Shape (Arrays.strides array.Shape) array.Bytes

            ofBytes { Shape = shape; Bytes = bytes } (Some labels.Bytes)

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
        | None, _ -> BadInput.fail "%s: the file has no split called train" path

    let private ofNpy path labels =
        let array = Npy.read path

        if array.Type.Kind = 'O' then
            ofPickle path array
        else
            let images = NpyArray.images path array

            match labels |> Option.map Npy.readLabels with
            | Some labels when labels.Length <> images.Shape[0] ->
                BadInput.fail
                    "--labels: %d labels do not fit the %d images of %s"
                    labels.Length
                    images.Shape[0]
                    path
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
            BadInput.fail "--labels: %s has its labels already; leave the option out" nameOrPath
        | "glyphs", _ -> ofGlyphs nameOrPath Glyphs.grey
        | "glyphs-m", _ -> ofGlyphs nameOrPath Glyphs.coloured
        | ("mnist" | "fashion-mnist"), _ ->
            ofIdx download nameOrPath "images-idx3" ("train", "t10k")
        | "mnist-m", _ -> ofIdx download nameOrPath "images-idx4" ("train", "test")
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

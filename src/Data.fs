namespace Workbench

open System
open System.IO
open System.Security.Cryptography
open System.Text
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
        if pixels = Dynamic then Random.hits generator images else images

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
        /// The names of the classes, in the order of their labels; none without labels.
        Classes: string list
        /// SHA-256 of the pixels and labels as they were read, before any limit.
        Hash: string
    }

    /// Numbers of an image.
    member this.Size: int = List.reduce (*) this.ImageShape

    /// Where its tensors lie, and training on them takes place.
    member this.Device: torch.Device = this.Train.Images.device

    override this.ToString() =
        let shape = String.Join("x", this.ImageShape)
        $"{this.Name}: {this.Train.Images.shape[0]} train, {this.Test.Images.shape[0]} test, {shape}, {Pixels.name this.Pixels}"

/// Where numbers come from: load, check, split, batch.
[<RequireQualifiedAccess>]
module Data =
    /// Examples as they were read: images N x C x H x W, of bytes or of numbers in [0, 1], and labels, as bytes where they fit.
    let private asRead (images: ImageArray) (labels: int64[] option) : Examples =
        let pixels =
            match images.Pixels with
            | ImageNumbers.Bytes bytes -> torch.from_array (bytes, device = torch.CPU)
            | ImageNumbers.Numbers numbers -> torch.from_array (numbers, device = torch.CPU)

        let sizes =
            if images.Shape.Length = 3 then
                Array.insertAt 1 1 images.Shape
            else
                images.Shape

        { Images = pixels.reshape (Array.map int64 sizes)
          Labels =
            labels
            |> Option.map (fun labels ->
                if Array.forall (fun label -> label < 256L) labels then
                    torch.from_array (Array.map byte labels, device = torch.CPU)
                else
                    torch.from_array (labels, device = torch.CPU)) }

    let private pickRows (rows: torch.Tensor) (examples: Examples) : Examples =
        { Images = examples.Images.index_select (0L, rows)
          Labels = examples.Labels |> Option.map (fun labels -> labels.index_select (0L, rows)) }

    /// All but a tenth of the examples, and that tenth, after a shuffle that is always the same for the number.
    let private apart (number: int) (examples: Examples) : Examples * Examples =
        let count = examples.Images.shape[0]
        let kept = count - count / 10L

        use order =
            Random.order (Random.generatorOn examples.Images.device 0 Random.Split number) count

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
                let images = torch.empty ([| count; size |], device = flat.device)
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

    /// Names of classes are part of the data where they are not their labels.
    let private hashOf (classes: string list) (parts: Examples list) =
        use hash = IncrementalHash.CreateHash HashAlgorithmName.SHA256

        for part in parts do
            for tensor in part.Images :: Option.toList part.Labels do
                hash.AppendData(Span.op_Implicit tensor.bytes: ReadOnlySpan<byte>)

        if classes <> [ for label in 0 .. classes.Length - 1 -> string label ] then
            hash.AppendData(Encoding.UTF8.GetBytes(String.Join('\000', classes)))

        Convert.ToHexStringLower(hash.GetHashAndReset())

    let private isSame (a: Examples) (b: Examples) =
        a.Images.shape = b.Images.shape && a.Images.bytes.SequenceEqual b.Images.bytes

    /// All as training and test examples: after a shuffle that is always the same, the last tenth is for testing.
    let private splitOff name (read: Examples) : Examples * Examples =
        let count = read.Images.shape[0]

        if count < 10L then
            BadInput.fail
                $"{name} holds {count} images: at least 10 are needed, of which a tenth is for testing"

        apart 0 read

    /// The data set of these parts, of which one is for training. `isOfTen`: the classes are 0 to 9, whichever there are.
    let private datasetOf name isOfTen (parts: DataPart list) : Dataset =
        let classes, labels =
            match parts |> List.choose _.Labels with
            | [] -> [], [ for _ in parts -> None ]
            | labels ->
                let classes, labels = Labels.renumbered name isOfTen labels
                classes, List.map Some labels

        let images = parts |> List.map _.Images |> ImageArray.inUnit

        let read =
            List.map3
                (fun (part: DataPart) images labels -> part.Name, asRead images labels)
                parts
                images
                labels

        let find name =
            read |> List.tryFind (fst >> (=) name) |> Option.map snd

        let train, test =
            match find "train", find "test" with
            | Some train, Some test -> train, test
            | Some train, None -> splitOff name train
            | None, _ -> BadInput.fail $"{name} holds no training images"

        let parts = train :: Option.toList (find "validation") @ [ test ]

        let shape (part: Examples) =
            List.map int (List.tail (List.ofArray part.Images.shape))

        for other in parts do
            if shape other <> shape train then
                let text part = Arrays.text (Array.ofList (shape part))

                BadInput.fail
                    $"{name}: its training and test images differ in size ({text train}, {text other})"

        if isSame train test then
            BadInput.fail
                $"{name}: its test images are its training images: what is learnt by heart would pass for understood"

        { Name = name
          ImageShape = shape train
          Pixels = Grey
          Train = resident train
          Validation = Option.map resident (find "validation")
          Test = resident test
          Classes = classes
          Hash = hashOf classes parts }

    /// The folder of named data sets: $WORKBENCH_DATA, or `data`.
    let folder () : string = NamedData.folder ()

    /// Reads a data set by name (glyphs, glyphs-m, mnist, fashion-mnist, mnist-m) or what lies at a path, with labels and test images
    /// from files of their own where a source has some; files of mnist and fashion-mnist that are missing are downloaded as `download`
    /// says. `BadInput` says what is missing or wrong.
    let loadFrom (download: DownloadOptions) (source: DataSource) : Dataset =
        use _ = torch.NewDisposeScope()
        let name = source.Data

        if List.contains name Sources.named then
            Sources.checkNamed source
            let data = NamedData.parts download name |> datasetOf name true

            { data with
                Classes = NamedData.classes name |> Option.defaultValue data.Classes }
        else
            let name = String.Join(" and ", name :: Option.toList source.Test)
            Sources.read source |> datasetOf name false

    /// A data set by name or path, with labels from a file where one is given.
    let load (nameOrPath: string) (labels: string option) : Dataset =
        loadFrom
            Download.defaults
            { Data = nameOrPath
              Labels = labels
              Test = None
              TestLabels = None }

    /// The first so many training examples, or all where there are no more.
    let limit (count: int option) (data: Dataset) : Dataset =
        match count with
        | Some count when int64 count < data.Train.Images.shape[0] ->
            use rows = torch.arange (int64 count, device = data.Device)

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
                Images = Random.hits generator examples.Images }

        let data = { data with Pixels = pixels }

        if pixels = Static then
            { data with
                Train = drawn 0 data.Train
                Test = drawn 1 data.Test
                Validation = Option.map (drawn 2) data.Validation }
        else
            data

    /// The data on a device, to train and to measure there.
    let onto (device: torch.Device) (data: Dataset) : Dataset =
        let moved (examples: Examples) =
            { Images = Device.move device examples.Images
              Labels = Option.map (Device.move device) examples.Labels }

        { data with
            Train = moved data.Train
            Validation = Option.map moved data.Validation
            Test = moved data.Test }

    /// A random order of the examples.
    let shuffle (generator: torch.Generator) (examples: Examples) : torch.Tensor =
        Random.order generator examples.Images.shape[0]

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

namespace Workbench

open System

/// The numbers of images as a file has them, not yet looked at: N x H x W or N x C x H x W, and the file to name in errors.
type ImageArray =
    {
        Path: string
        Shape: int[]
        Pixels: ImageNumbers
        /// Whether the file's type has whole numbers alone; bool has.
        IsWhole: bool
        /// By how much rounding in the file's type may carry a number in [0, 1] beyond.
        Rounding: float
    }

/// As bytes, or as any numbers.
and [<RequireQualifiedAccess>] ImageNumbers =
    | Bytes of byte[]
    | Numbers of float32[]

/// What numbers of images look like: the least and the largest of those that are finite, and how many are not.
type private NumberRange =
    {
        Least: float
        Most: float
        /// Whether all numbers are whole ones.
        AllWhole: bool
        NotFinite: int
    }

/// From raw numbers to images in [0, 1]. Which numbers are read as what is told in data/README.md.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module ImageArray =
    /// Whole numbers whose largest is no more than this are no bytes of which 255 is white.
    let private darkest = 127.0

    let private saved (expression: string) = $"numpy.save('new.npy', {expression})"

    /// So many times the square of a whole number of at least 2.
    let private (|Square|_|) (times: int) (size: int) =
        let side = int (Math.Round(Math.Sqrt(float size / float times)))
        if side > 1 && times * side * side = size then Some side else None

    /// The axes of N, C, H and W, -1 where there are no channels. Where the second axis and the last could both be channels, the
    /// last one is.
    let private axes path (shape: int[]) : int[] =
        let refuse why =
            BadInput.fail
                $"{path} has the shape {Arrays.text shape}: images are N x H x W, N x 784, N x H x W x C or N x C x H x W with 1 or 3 channels; {why}"

        match shape with
        | [| _; side; other |] when side > 4 && other > 4 && (side <> shape[0] || other <= 2 * side) ->
            [| 0; -1; 1; 2 |]
        | [| _; _; _; (1 | 3) |] -> [| 0; 3; 1; 2 |]
        | [| _; (1 | 3); _; _ |] -> [| 0; 1; 2; 3 |]
        | [| _; Square 1 side |] ->
            refuse $"""squares are {saved $"x.reshape(-1, {side}, {side})"}"""
        | [| _; Square 3 side |] ->
            refuse $"""squares in colour are {saved $"x.reshape(-1, 3, {side}, {side})"}"""
        | [| _; _ |] ->
            refuse $"""a single one is {saved "x[None]"}, many are {saved "x.reshape(-1, H, W)"}"""
        | [| height; width; (3 | 4) |] when height > 4 && width > 4 ->
            refuse $"""a single one in colour is {saved "x[None, :, :, :3]"}"""
        | [| side; other; count |] when side > 4 && side = other && count > 2 * side ->
            refuse
                $"""where the last axis counts the images, {saved "numpy.moveaxis(x, -1, 0)"}; where the first does, {saved "x[:, None]"}"""
        | [| _; _; _ |] -> [| 0; -1; 1; 2 |]
        | [| _; _; (1 | 3); _ |] ->
            refuse $"""where the last axis counts the images, {saved "numpy.moveaxis(x, -1, 0)"}"""
        | [| _; _; _; (2 | 4) |] ->
            refuse $"""without the channel of opacity, {saved "x[..., :-1]"}"""
        | [| _; (2 | 4); _; _ |] ->
            refuse $"""without the channel of opacity, {saved "x[:, :-1]"}"""
        | [| _ |] -> refuse "are these labels?"
        | _ when Array.contains 1 shape ->
            refuse $"""without axes of length 1, {saved "x.squeeze()"}"""
        | _ -> refuse (saved "x.reshape(-1, H, W)")

    let private notRead path (array: NpyArray) =
        let what, remedy =
            match array.Type.Kind with
            | 'O' ->
                "Python objects where images were expected",
                saved "numpy.stack(list(x)).astype('uint8')"
            | 'U'
            | 'S' -> "texts: are these labels?", "--labels takes them"
            | 'c' -> "complex numbers", saved "abs(x).astype('float32')"
            | _ ->
                $"elements of type {NpyArray.typeText array.Type}, which is not read",
                saved "x.astype('float32')"

        BadInput.fail $"{path} holds {what}; {remedy}"

    /// Images from N x 784, N x H x W, N x H x W x C or N x C x H x W. `BadInput` for other shapes, for no images, and for types
    /// that hold no numbers; the numbers themselves are for `inUnit` to look at.
    let ofArray (path: string) (array: NpyArray) : ImageArray =
        let kind, size = array.Type.Kind, array.Type.Size

        let number =
            NpyArray.numbers array |> Option.defaultWith (fun () -> notRead path array)

        let steps = NpyArray.steps array

        let shape, steps =
            let flat axis =
                [| array.Shape[0]; 28; 28 |], [| steps[0]; 28 * steps[axis]; steps[axis] |]

            match array.Shape with
            | [| _; 784 |]
            | [| _; 784; 1 |] -> flat 1
            | [| _; 1; 784 |] -> flat 2
            | shape -> shape, steps

        let axes = axes path shape
        let count = Arrays.count shape

        if count = 0 then
            BadInput.fail $"{path} holds no images: its shape is {Arrays.text array.Shape}"

        let values =
            if kind = 'u' && size = 1 then
                Array.Parallel.map float32 (array.Data.ToArray())
            else
                Array.init count (number >> float32)

        let shape, values = Arrays.planes axes shape steps values

        { Path = path
          Shape = shape
          Pixels = ImageNumbers.Numbers values
          IsWhole = (kind <> 'f')
          Rounding = (if size = 2 then 2e-3 else 1e-5) }

    /// Bytes, N x H x W or N x C x H x W.
    let ofBytes (path: string) (array: ByteArray) : ImageArray =
        { Path = path
          Shape = array.Shape
          Pixels = ImageNumbers.Bytes array.Bytes
          IsWhole = true
          Rounding = 0.0 }

    let private rangeOf (images: ImageArray) : NumberRange =
        match images.Pixels with
        | ImageNumbers.Bytes bytes ->
            { Least = float (Array.min bytes)
              Most = float (Array.max bytes)
              AllWhole = true
              NotFinite = 0 }
        | ImageNumbers.Numbers numbers ->
            let mutable least, most, allWhole, notFinite = infinityf, -infinityf, true, 0

            for number in numbers do
                if Single.IsFinite number then
                    least <- min least number
                    most <- max most number
                    allWhole <- allWhole && number = truncate number
                else
                    notFinite <- notFinite + 1

            { Least = float least
              Most = float most
              AllWhole = allWhole
              NotFinite = notFinite }

    let private together (a: NumberRange) (b: NumberRange) =
        { Least = min a.Least b.Least
          Most = max a.Most b.Most
          AllWhole = a.AllWhole && b.AllWhole
          NotFinite = a.NotFinite + b.NotFinite }

    /// The largest number of the fewest bits that hold `most`: 1023, 4095, 65535.
    let private white (most: float) =
        2.0 ** ceil (Math.Log2(most + 1.0)) - 1.0

    /// What to do about numbers of which some are negative.
    let private ofSigned rounding (range: NumberRange) =
        let within low high =
            range.Least >= low - rounding && range.Most <= high + rounding

        if within -0.5 0.5 then
            saved "x + 0.5"
        elif within -0.2 1.2 && not range.AllWhole then
            $"""so little too far, as resizing leaves them: {saved "x.clip(0, 1)"}"""
        elif within -1.0 1.0 then
            saved "(x + 1) / 2"
        elif within -128.0 128.0 && range.Most - range.Least > 100.0 then
            if range.AllWhole then
                $"""where 0 was 128, {saved "(x + 128.0) / 255"}; where bytes became signed ones, {saved "x.astype('uint8')"}"""
            else
                saved "x / 255 + 0.5"
        elif range.AllWhole then
            saved "(x - x.min()) / (x.max() - x.min())"
        else
            $"""they look standardised: undo that, {saved "x * deviation + mean"}, or {saved "(x - x.min()) / (x.max() - x.min())"}"""

    /// What to do about numbers from 0 to beyond 1.
    let private ofUnsigned isWhole (range: NumberRange) =
        if range.Most <= 2.0 && not range.AllWhole then
            $"""where 1 is white, {saved "x.clip(0, 1)"}, else {saved "x / x.max()"}"""
        elif range.Most <= darkest then
            let most = ceil range.Most
            let bytes = saved $"(x * (255 / {most})).round().astype('uint8')"
            $"""where {most} is white, {bytes}; where 255 is, {saved "(x / 255).astype('float32')"}"""
        elif not isWhole && range.Most <= 256.0 then
            saved "(x / 255).astype('float32')"
        else
            saved $"(x / {white range.Most}).astype('float32')"

    let private notFinite (images: ImageArray) (count: int) =
        let first =
            match images.Pixels with
            | ImageNumbers.Numbers numbers -> Array.findIndex (Single.IsFinite >> not) numbers
            | ImageNumbers.Bytes _ -> 0

        let width, height = Array.last images.Shape, images.Shape[images.Shape.Length - 2]
        let image = first / (Arrays.count images.Shape / images.Shape[0])
        let row, column = first / width % height, first % width

        BadInput.fail
            $"""{images.Path} holds {count} numbers that are NaN, infinite or far too large, the first in image {image} at row {row}, column {column} (from 0): black instead is {saved "numpy.nan_to_num(x, posinf=0, neginf=0)"}"""

    let private inPlace (change: float32 -> float32) (images: ImageArray) =
        match images.Pixels with
        | ImageNumbers.Numbers numbers ->
            { images with
                Pixels = ImageNumbers.Numbers(Array.Parallel.map change numbers) }
        | ImageNumbers.Bytes bytes ->
            { images with
                Pixels = ImageNumbers.Numbers(Array.Parallel.map (float32 >> change) bytes) }

    /// What makes images of one kind of numbers lie in [0, 1].
    let private fit (images: ImageArray list) : ImageArray list =
        let ranges = images |> List.map rangeOf
        let range = List.reduce together ranges
        let first = images.Head
        let rounding = if first.IsWhole then 0.0 else first.Rounding

        for image, range in List.zip images ranges do
            if range.NotFinite > 0 then
                notFinite image range.NotFinite

        let refuse remedy =
            let holds, should =
                if first.IsWhole then
                    "whole numbers", "are 0 and 1, or bytes up to 255"
                else
                    "floats", "of floats lie in [0, 1]"

            BadInput.fail
                $"{first.Path} holds {holds} from %g{range.Least} to %g{range.Most}, where images {should}: {remedy}"

        if range.Least = 0.0 && range.Most = 0.0 then
            BadInput.fail
                $"""{first.Path} holds nothing but 0; where numbers from 0 to 1 were made whole, {saved "(x * 255).round().astype('uint8')"} of what they were"""

        if range.Least < -rounding then
            refuse (ofSigned rounding range)
        elif range.Most <= 1.0 + rounding then
            images |> List.map (inPlace (fun number -> min 1f (max 0f number)))
        elif first.IsWhole && range.Most > darkest && range.Most <= 255.0 then
            images
            |> List.map (fun images ->
                match images.Pixels with
                | ImageNumbers.Bytes _ -> images
                | ImageNumbers.Numbers _ -> inPlace (fun number -> number / 255f) images)
        else
            refuse (ofUnsigned first.IsWhole range)

    /// The same images with numbers in [0, 1], or bytes of which 255 is white. Whole numbers up to 1 are ink, up to 255 (and from 128)
    /// bytes; others are taken as they are where they lie in [0, 1]. Parts of a data set are looked at together: its test images
    /// alone may be dark. `BadInput` tells of other numbers what they look like, and the numpy call that helps.
    let inUnit (images: ImageArray list) : ImageArray list =
        let fitted =
            images
            |> List.indexed
            |> List.groupBy (fun (_, image) -> image.IsWhole)
            |> List.collect (fun (_, alike) ->
                let places, alike = List.unzip alike
                List.zip places (fit alike))

        fitted |> List.sortBy fst |> List.map snd

    /// Images of one file in [0, 1], as N x H x W or N x C x H x W.
    let numbers (images: ImageArray) : FloatArray =
        let fitted = inUnit [ images ] |> List.head

        { Shape = fitted.Shape
          Values =
            match fitted.Pixels with
            | ImageNumbers.Numbers numbers -> numbers
            | ImageNumbers.Bytes bytes -> Arrays.unit bytes }

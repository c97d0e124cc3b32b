namespace Workbench

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Text
open TorchSharp

/// How a grid of images is laid out: images a row, blank pixels between and around them, the grey of the blank (0 to 255), and by
/// how much each pixel is enlarged.
type GridLayout =
    { Columns: int
      Padding: int
      Background: byte
      Scale: int }

/// Writing PNG images (ISO/IEC 15948): 8 bits a channel, no palette, no interlacing, the same bytes every time.
[<RequireQualifiedAccess>]
module Png =
    let private signature =
        [| 0x89uy; 0x50uy; 0x4Euy; 0x47uy; 0x0Duy; 0x0Auy; 0x1Auy; 0x0Auy |]

    let private bigEndian (value: uint32) =
        let bytes = Array.zeroCreate<byte> 4
        BinaryPrimitives.WriteUInt32BigEndian(Span bytes, value)
        bytes

    let private chunk (name: string) (content: byte[]) =
        let body = Array.append (Encoding.ASCII.GetBytes name) content
        Array.concat [ bigEndian (uint32 content.Length); body; bigEndian (Arrays.crc32 body) ]

    /// Every row with a leading 0 (no filter), then zlib.
    let private compress (rowBytes: int) (pixels: byte[]) =
        use target = new MemoryStream()

        using (new ZLibStream(target, CompressionLevel.Optimal, leaveOpen = true)) (fun zlib ->
            for row in 0 .. pixels.Length / rowBytes - 1 do
                zlib.WriteByte 0uy
                zlib.Write(pixels, row * rowBytes, rowBytes))

        target.ToArray()

    let private encode (colourType: byte) channels (width: int) (height: int) (pixels: byte[]) =
        if width < 1 || height < 1 || pixels.Length <> width * height * channels then
            invalidArg
                (nameof pixels)
                $"{width} x {height} x {channels} is not {pixels.Length} bytes"

        let format = [| 8uy; colourType; 0uy; 0uy; 0uy |]

        Array.concat
            [ signature
              chunk
                  "IHDR"
                  (Array.concat [ bigEndian (uint32 width); bigEndian (uint32 height); format ])
              chunk "IDAT" (compress (width * channels) pixels)
              chunk "IEND" [||] ]

    /// A grey image of width x height bytes, row by row, 0 black and 255 white.
    let encodeGrey (width: int) (height: int) (pixels: byte[]) : byte[] =
        encode 0uy 1 width height pixels

    /// A colour image of width x height x 3 bytes: red, green, blue for each pixel, row by row.
    let encodeRgb (width: int) (height: int) (pixels: byte[]) : byte[] =
        encode 2uy 3 width height pixels

    /// Pictures of ours one below the other, but for those that have another width or other colours than the first.
    let stack (pictures: byte[] list) : byte[] =
        /// Width, channels, and the rows with their leading zeros.
        let opened (png: byte[]) =
            let number at =
                BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(png, at, 4))

            // The signature, IHDR of 13 bytes, IDAT: each chunk has its length and name before it and a checksum behind.
            let width, colourType, content = number 16, png[25], 8 + 25 + 8

            use zlib =
                new ZLibStream(
                    new MemoryStream(png, content, number (content - 8)),
                    CompressionMode.Decompress
                )

            use rows = new MemoryStream()
            zlib.CopyTo rows
            (width, colourType), rows.ToArray()

        let all = List.map opened pictures
        let width, colourType = fst all.Head
        let rows = all |> List.filter (fst >> (=) (width, colourType)) |> List.map snd
        let rowBytes = width * (if colourType = 0uy then 1 else 3)

        let pixels =
            [| for rows in rows do
                   for row in Array.chunkBySize (rowBytes + 1) rows do
                       row[1..] |]
            |> Array.concat

        encode colourType (rowBytes / width) width (pixels.Length / rowBytes) pixels

    /// Ten images a row, two blank pixels in mid-grey between them, every pixel doubled.
    let defaults: GridLayout =
        { Columns = 10
          Padding = 2
          Background = 128uy
          Scale = 2 }

    /// N images as one PNG, row by row from the upper left: N x H x W grey, or N x C x H x W with 1 or 3 channels; the shape of each
    /// image is kept and enlarged by `Scale` without smoothing.
    let gridOfBytes (layout: GridLayout) (images: ByteArray) : byte[] =
        let count, channels, height, width =
            match images.Shape with
            | [| n; h; w |] -> n, 1, h, w
            | [| n; (1 | 3) as c; h; w |] -> n, c, h, w
            | _ -> invalidArg (nameof images) "images are N x H x W or N x C x H x W with C 1 or 3"

        let columns = max 1 (min layout.Columns count)
        let rows = (count + columns - 1) / columns

        /// Where the i-th image begins, along an axis on which one has `size` pixels.
        let at size i =
            layout.Padding + i * (size * layout.Scale + layout.Padding)

        let across, down = at width columns, at height rows
        let canvas = Array.create (across * down * channels) layout.Background

        for i in 0 .. count - 1 do
            let left, top = at width (i % columns), at height (i / columns)

            for y in 0 .. height * layout.Scale - 1 do
                for x in 0 .. width * layout.Scale - 1 do
                    for c in 0 .. channels - 1 do
                        let row = (i * channels + c) * height + y / layout.Scale

                        canvas[((top + y) * across + left + x) * channels + c] <-
                            images.Bytes[row * width + x / layout.Scale]

        (if channels = 1 then encodeGrey else encodeRgb) across down canvas

    /// Numbers in [0, 1] as bytes, rounded; what lies outside is clamped, NaN is 0.
    let bytesOfUnit (values: float32[]) : byte[] =
        values
        |> Array.map (fun v -> if v > 0f then byte (min 1f v * 255f + 0.5f) else 0uy)

    /// `gridOfBytes` for pixel values in [0, 1].
    let grid (layout: GridLayout) (images: FloatArray) : byte[] =
        gridOfBytes
            layout
            { Shape = images.Shape
              Bytes = bytesOfUnit images.Values }

    /// Writes an encoded image to `path` by a temporary name and a rename.
    let save (path: string) (png: byte[]) : unit =
        Files.replace path _.Write(ReadOnlySpan png)

    /// So many bytes at its start tell a picture's size.
    let headerLength = 24

    /// Width and height of any PNG, from its first bytes; none where there are too few.
    let size (png: byte[]) : (int * int) option =
        let number at =
            BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(png, at, 4))

        if png.Length < headerLength then None else Some(number 16, number 20)

/// Images as pictures: rows of them, and what a decoder makes of a plane of codes.
[<RequireQualifiedAccess>]
module Pictures =

    /// Images in a row.
    let private columns = 16L

    /// Most images abreast in a block of a page: half a row, so that a telephone shows one below the other.
    let private blockColumns = 8

    /// Images, N x pixels, as an array of N x channels x height x width.
    let values (imageShape: int list) (images: Tensor) : FloatArray =
        use rows = images.contiguous ()

        { Shape = Array.ofList (int images.shape[0] :: imageShape)
          Values = rows.data<float32>().ToArray() }

    /// So many of the test images, picked at random by seed: N x pixels.
    let picked (data: Dataset) (seed: int) (count: int) : Tensor =
        use order =
            Data.shuffle (Random.generatorOn data.Device seed Random.Sampling 1) data.Test

        data.Test.Images.index_select (0L, order.narrow (0L, 0L, min (int64 count) order.shape[0]))

    /// The first of these images, and under them what is made of them: rows of equally many.
    let private under (data: Dataset) (examples: Examples) (made: (Tensor -> Tensor) list) =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let first = examples.Images.narrow (0L, 0L, min columns examples.Images.shape[0])
        [ for make in id :: made -> values data.ImageShape (make first) ]

    /// Three rows that tell most of an autoencoder: the first test images, their reconstructions, new samples.
    let test
        (data: Dataset)
        (reconstruct: Tensor -> Tensor)
        (generate: int -> Tensor)
        : FloatArray list =
        under data data.Test [ reconstruct; (fun images -> generate (int images.shape[0])) ]

    /// Two rows: the first training images and their reconstructions.
    let training (data: Dataset) (reconstruct: Tensor -> Tensor) : FloatArray list =
        under data data.Train [ reconstruct ]

    let private stacked (layout: GridLayout) (rows: FloatArray list) =
        Png.grid
            { layout with
                Columns = rows.Head.Shape[0] }
            { Shape = Array.append [| rows |> List.sumBy _.Shape[0] |] rows.Head.Shape[1..]
              Values = rows |> List.map _.Values |> Array.concat }

    /// For pages: unscaled, a blank pixel between images.
    let unscaled: GridLayout =
        { Png.defaults with
            Padding = 1
            Scale = 1 }

    /// Rows of equally many images, one below the other, as one PNG.
    let rows (rows: FloatArray list) : byte[] = stacked Png.defaults rows

    /// The same rows as one PNG for a page, unscaled.
    let block (rows: FloatArray list) : byte[] = stacked unscaled rows

    /// The same rows as PNGs of a few images abreast, unscaled, for a page.
    let blocks (rows: FloatArray list) : byte[] list =
        let count = rows.Head.Shape[0]
        let abreast = if count <= blockColumns + 2 then (count + 1) / 2 else blockColumns

        let part from (images: FloatArray) : FloatArray =
            let taken, size = min abreast (count - from), images.Values.Length / count

            { Shape = Array.append [| taken |] images.Shape[1..]
              Values = Array.sub images.Values (from * size) (taken * size) }

        [ for from in 0..abreast .. count - 1 -> block (List.map (part from) rows) ]

    let private planeSide = 20

    let private planeBetween
        device
        imageShape
        (left, right)
        (bottom, top)
        (decode: Tensor -> Tensor)
        =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()

        let between (from: float) (until: float) i =
            float32 (from + (until - from) * float i / float (planeSide - 1))

        let codes =
            [| for row in 0 .. planeSide - 1 do
                   for column in 0 .. planeSide - 1 do
                       between left right column
                       between top bottom row |]

        torch.tensor(codes, device = device).reshape(-1L, 2L)
        |> decode
        |> values imageShape
        |> Png.grid
            { unscaled with
                Columns = planeSide
                Padding = 0 }

    /// Half the side of the square of codes that `plane` decodes.
    let planeReach = 3.0

    /// What codes in a square round the origin decode to, where codes are like draws of N(0, I): a PNG, the first coordinate rising
    /// to the right, the second upwards. `decode` maps N x 2 codes to N x pixels.
    let plane (data: Dataset) (decode: Tensor -> Tensor) : byte[] =
        planeBetween
            data.Device
            data.ImageShape
            (-planeReach, planeReach)
            (-planeReach, planeReach)
            decode

    /// `plane` over where most of these codes, N x 2, lie: all but one in twenty at each edge.
    let planeOver (imageShape: int list) (codes: Tensor) (decode: Tensor -> Tensor) : byte[] =
        use rows = codes.contiguous ()
        let values = rows.data<float32>().ToArray()

        let middle coordinate =
            let sorted =
                Array.sort [| for i in coordinate..2 .. values.Length - 1 -> float values[i] |]

            let at share =
                sorted[int (share * float (sorted.Length - 1))]

            at 0.05, at (1.0 - 0.05)

        planeBetween codes.device imageShape (middle 0) (middle 1) decode

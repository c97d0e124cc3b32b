namespace Workbench

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Text

/// Reading back the grids that `Png` writes (no other PNG: rows are unfiltered, a channel has 8 bits, data is one chunk).
[<RequireQualifiedAccess>]
module PngReader =

    type private Raster =
        { Width: int
          Channels: int
          Pixels: byte[] }

    let private number (png: byte[]) at =
        BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(png, at, 4))

    let private headerAt, dataAt = 16, 33

    /// So many bytes at its start tell a picture's size.
    let headerLength = headerAt + 8

    /// Width and height of any PNG, from its header; None where there are too few bytes for one.
    let size (png: byte[]) : (int * int) option =
        if png.Length < headerLength then
            None
        else
            Some(number png headerAt, number png (headerAt + 4))

    let private unpacked (png: byte[]) =
        let length = number png dataAt

        if Encoding.ASCII.GetString(png, dataAt + 4, 4) <> "IDAT" then
            raise (InvalidDataException "not a picture of the workbench")

        use packed = new MemoryStream(png, dataAt + 8, length)
        use zlib = new ZLibStream(packed, CompressionMode.Decompress)
        use pixels = new MemoryStream()
        zlib.CopyTo pixels
        pixels.ToArray()

    let private decode (png: byte[]) =
        let width, height = number png headerAt, number png (headerAt + 4)
        let channels = if png[headerAt + 9] = 2uy then 3 else 1
        let line = width * channels
        let lines = unpacked png

        { Width = width
          Channels = channels
          Pixels =
            Array.concat [ for y in 0 .. height - 1 -> Array.sub lines (y * (line + 1) + 1) line ] }

    /// The row's images, where the picture has such a row.
    let private cut layout (channels: int, height: int, width: int) row (raster: Raster) =
        let across = width * layout.Scale + layout.Padding
        let count = (raster.Width - layout.Padding) / across
        let top = layout.Padding + row * (height * layout.Scale + layout.Padding)

        let value image channel y x =
            let column = layout.Padding + image * across + x * layout.Scale
            let at = ((top + y * layout.Scale) * raster.Width + column) * channels + channel
            float32 raster.Pixels[at] / 255f

        [| for image in 0 .. count - 1 do
               for channel in 0 .. channels - 1 do
                   for y in 0 .. height - 1 do
                       for x in 0 .. width - 1 do
                           value image channel y x |]

    let private sizes (imageShape: int list) =
        match imageShape with
        | [ height; width ] -> 1, height, width
        | [ channels; height; width ] -> channels, height, width
        | _ -> invalidArg (nameof imageShape) "images are H x W or C x H x W"

    /// Row `row` (from 0) of a grid of images of a shape (H x W or C x H x W), as N images with values in [0, 1]: the inverse of
    /// `Png.grid` for whole rows. None: the picture is damaged, or is no such grid.
    let row
        (layout: GridLayout)
        (imageShape: int list)
        (row: int)
        (png: byte[])
        : FloatArray option =
        let channels, height, width = sizes imageShape

        try
            let raster = decode png
            let values = cut layout (channels, height, width) row raster
            let count = values.Length / (channels * height * width)

            if raster.Channels = channels && count > 0 then
                Some
                    { Shape = Array.ofList (count :: imageShape)
                      Values = values }
            else
                None
        with
        | :? InvalidDataException
        | :? ArgumentException
        | :? IndexOutOfRangeException -> None

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
            Array.concat
                [ for y in 0 .. height - 1 -> Array.sub lines (y * (line + 1) + 1) line ] }

    /// Row `row` (from 0) of a grid of images of a shape (H x W or C x H x W), as N images with values in [0, 1]: the inverse of
    /// `Png.grid` for whole rows. A picture cut short raises an exception of its reading.
    let row (layout: GridLayout) (imageShape: int list) (row: int) (png: byte[]) : FloatArray =
        let raster = decode png

        let height, width =
            match List.rev imageShape with
            | width :: height :: _ -> height, width
            | _ -> invalidArg (nameof imageShape) "images are H x W or C x H x W"

        let across = width * layout.Scale + layout.Padding
        let count = (raster.Width - layout.Padding) / across
        let top = layout.Padding + row * (height * layout.Scale + layout.Padding)

        let value image channel y x =
            let column = layout.Padding + image * across + x * layout.Scale
            let at = ((top + y * layout.Scale) * raster.Width + column) * raster.Channels + channel
            float32 raster.Pixels[at] / 255f

        { Shape = Array.ofList (count :: imageShape)
          Values =
            [| for image in 0 .. count - 1 do
                   for channel in 0 .. raster.Channels - 1 do
                       for y in 0 .. height - 1 do
                           for x in 0 .. width - 1 do
                               value image channel y x |] }

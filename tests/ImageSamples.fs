/// Images as files.
module Workbench.Tests.ImageSamples

open System
open System.IO
open System.Runtime.InteropServices
open SkiaSharp
open Workbench

let private encoded
    (format: SKEncodedImageFormat)
    (colour: SKColorType)
    alpha
    width
    height
    (pixels: byte[])
    =
    use bitmap = new SKBitmap(SKImageInfo(width, height, colour, alpha))
    Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length)
    use data = bitmap.Encode(format, 100)
    data.ToArray()

/// A grey JPEG image that is dark to the left.
let jpeg (width: int) (height: int) : byte[] =
    Array.init (width * height) (fun i -> byte (i % width * 255 / (width - 1)))
    |> encoded SKEncodedImageFormat.Jpeg SKColorType.Gray8 SKAlphaType.Opaque width height

/// A PNG image of these red, green, blue and opacity.
let png (width: int) (height: int) (pixels: byte[]) : byte[] =
    encoded SKEncodedImageFormat.Png SKColorType.Rgba8888 SKAlphaType.Unpremul width height pixels

/// Writes files of these names below a folder.
let write (folder: string) (files: (string * byte[]) list) : unit =
    for name, bytes in files do
        let path = Path.Combine(folder, name)
        Directory.CreateDirectory(Path.GetDirectoryName path) |> ignore
        File.WriteAllBytes(path, bytes)

/// Reads the folder that a file lies in.
let readFolder (path: string) : unit =
    ImageFolder.parts (Path.GetDirectoryName path)
    |> List.map _.Images
    |> ImageArray.inUnit
    |> ignore

module Workbench.Tests.PngTests

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression
open System.Text
open Expecto
open Workbench
open Workbench.Tests.FileSupport

/// The chunks of a PNG file: name, content, checksum.
let private chunks (png: byte[]) =
    let number at =
        int (BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan(png, at, 4)))

    8
    |> List.unfold (fun at ->
        if at >= png.Length then
            None
        else
            let length = number at
            let name = Encoding.ASCII.GetString(png, at + 4, 4)

            Some(
                (name, Array.sub png (at + 8) length, uint32 (number (at + 8 + length))),
                at + 12 + length
            ))

/// Width, height, channels and pixels of a PNG file without filters.
let private decode (png: byte[]) =
    let content name =
        chunks png
        |> List.pick (fun (n, bytes, _) -> if n = name then Some bytes else None)

    let header = content "IHDR"
    let width = int (BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan(header, 0, 4)))
    let height = int (BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan(header, 4, 4)))
    let channels = if header[9] = 2uy then 3 else 1

    use zlib =
        new ZLibStream(new MemoryStream(content "IDAT"), CompressionMode.Decompress)

    use rows = new MemoryStream()
    zlib.CopyTo rows
    let rows = rows.ToArray() |> Array.chunkBySize (1 + width * channels)
    Expect.equal rows.Length height "as many rows as the header says"
    Expect.isTrue (rows |> Array.forall (fun row -> row[0] = 0uy)) "no filter"
    width, height, channels, rows |> Array.collect Array.tail

let private layout: GridLayout =
    { Columns = 2
      Padding = 1
      Background = 9uy
      Scale = 1 }

[<Tests>]
let tests =
    testList
        "Png"
        [ testProperty "what is encoded comes back" (fun (pixels: byte[]) ->
              if pixels.Length > 0 then
                  Expect.equal
                      (decode (Png.encodeGrey pixels.Length 1 pixels))
                      (pixels.Length, 1, 1, pixels)
                      "a row"

                  Expect.equal
                      (decode (Png.encodeGrey 1 pixels.Length pixels))
                      (1, pixels.Length, 1, pixels)
                      "a column"

                  let colours = Array.collect (Array.replicate 3) pixels

                  Expect.equal
                      (decode (Png.encodeRgb 1 pixels.Length colours))
                      (1, pixels.Length, 3, colours)
                      "colours")
          testCase "the frame is a PNG's" (fun () ->
              let png = Png.encodeGrey 1 1 [| 0uy |]
              Expect.equal png[..7] (latin "\137PNG\r\n\026\n") "the signature"

              Expect.equal
                  (chunks png |> List.map (fun (name, _, _) -> name))
                  [ "IHDR"; "IDAT"; "IEND" ]
                  "the chunks"
              // The checksum of an empty IEND is the same in every PNG file.
              Expect.equal (List.last (chunks png)) ("IEND", [||], 0xAE426082u) "the checksum")
          testCase "the same bytes every time" (fun () ->
              let pixels = Array.init 784 (fun i -> byte (i * i))
              Expect.equal (Png.encodeGrey 28 28 pixels) (Png.encodeGrey 28 28 pixels) "twice")
          testCase "sizes that do not fit are refused" (fun () ->
              Expect.throwsT<ArgumentException>
                  (fun () -> Png.encodeGrey 2 2 [| 0uy |] |> ignore)
                  "too few"

              Expect.throwsT<ArgumentException>
                  (fun () -> Png.encodeGrey 0 0 [||] |> ignore)
                  "nothing"

              Expect.throwsT<ArgumentException>
                  (fun () ->
                      Png.gridOfBytes
                          layout
                          { Shape = [| 1; 2; 1; 1 |]
                            Bytes = [| 0uy; 0uy |] }
                      |> ignore)
                  "two channels")
          testCase "a grid has its images in rows, padding around, and blanks at the end" (fun () ->
              let png =
                  Png.gridOfBytes
                      layout
                      { Shape = [| 3; 1; 2 |]
                        Bytes = [| 1uy .. 6uy |] }

              let expected =
                  [| [| 9; 9; 9; 9; 9; 9; 9 |]
                     [| 9; 1; 2; 9; 3; 4; 9 |]
                     [| 9; 9; 9; 9; 9; 9; 9 |]
                     [| 9; 5; 6; 9; 9; 9; 9 |]
                     [| 9; 9; 9; 9; 9; 9; 9 |] |]

              Expect.equal
                  (decode png)
                  (7, 5, 1, expected |> Array.concat |> Array.map byte)
                  "the pixels")
          testCase "pixels are enlarged, and planes become colours" (fun () ->
              let enlarged = { layout with Padding = 0; Scale = 2 }

              let png =
                  Png.gridOfBytes
                      enlarged
                      { Shape = [| 1; 3; 1; 2 |]
                        Bytes = [| 1uy .. 6uy |] }

              let row = [| 1uy; 3uy; 5uy; 1uy; 3uy; 5uy; 2uy; 4uy; 6uy; 2uy; 4uy; 6uy |]
              Expect.equal (decode png) (4, 2, 3, Array.append row row) "the pixels")
          testCase "numbers are rounded and clamped" (fun () ->
              let values = [| 0f; 1f; 0.5f; -1f; 2f; nanf; infinityf; 1f / 255f |]
              let bytes = [| 0uy; 255uy; 128uy; 0uy; 255uy; 0uy; 255uy; 1uy |]
              Expect.equal (Png.bytesOfUnit values) bytes "bytes"

              let images: FloatArray =
                  { Shape = [| 1; 1; 8 |]
                    Values = values }

              let _, _, _, pixels = decode (Png.grid { layout with Padding = 0 } images)
              Expect.equal pixels bytes "in a grid")
          testCase "pictures stand one below the other, grey or coloured, of one width" (fun () ->
              let grey (rows: byte[]) = Png.encodeGrey 2 (rows.Length / 2) rows
              let decoded (png: byte[]) = decode png
              let stacked = Png.stack [ grey [| 1uy; 2uy |]; grey [| 3uy; 4uy; 5uy; 6uy |] ]
              Expect.equal (decoded stacked) (decoded (grey [| 1uy .. 6uy |])) "three rows"

              let coloured (from: byte) =
                  Png.encodeRgb 2 1 [| from .. from + 5uy |]

              Expect.equal
                  (Png.stack [ coloured 1uy; coloured 7uy ])
                  (Png.encodeRgb 2 2 [| 1uy .. 12uy |])
                  "two in colour"

              Expect.equal
                  (Png.stack [ grey [| 1uy; 2uy |]; coloured 1uy; Png.encodeGrey 1 1 [| 9uy |] ])
                  (grey [| 1uy; 2uy |])
                  "others are left out")
          testCase "a folder that is not there is told as that" (fun () ->
              inFolder (fun folder ->
                  let path = Path.Combine(folder, "none", "a.png")
                  expectBad [ path; "its folder does not exist" ] (fun () -> Png.save path [||])))
          testCase "saving replaces the file as a whole" (fun () ->
              inFolder (fun folder ->
                  let path = Path.Combine(folder, "a.png")
                  Png.save path [| 1uy; 2uy |]
                  Png.save path [| 3uy |]
                  Expect.equal (File.ReadAllBytes path) [| 3uy |] "the second"
                  Expect.equal (Directory.GetFiles folder) [| path |] "nothing else is left"

                  expectBad [ path; "disk full"; "make room" ] (fun () ->
                      Files.replace path (fun _ -> raise (IOException "disk full")))

                  Expect.equal (File.ReadAllBytes path) [| 3uy |] "still the second"
                  Expect.equal (Directory.GetFiles folder) [| path |] "still nothing else")) ]

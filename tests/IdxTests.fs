module Workbench.Tests.IdxTests

open System
open System.IO
open System.IO.Compression
open System.Security.Cryptography
open FsCheck
open Expecto
open Workbench
open Workbench.Tests.FileSupport

let private header (elementType: byte) (sizes: uint32 list) =
    let bigEndian (n: uint32) =
        [| byte (n >>> 24); byte (n >>> 16); byte (n >>> 8); byte n |]

    Array.concat
        [ [| 0uy; 0uy; elementType; byte sizes.Length |]
          yield! List.map bigEndian sizes ]

let private gzip (bytes: byte[]) =
    use target = new MemoryStream()

    using (new GZipStream(target, CompressionLevel.Optimal, leaveOpen = true)) (fun zip ->
        zip.Write(bytes, 0, bytes.Length))

    target.ToArray()

let private plain = Array.append (header 8uy [ 2u; 2u; 3u ]) [| 1uy .. 12uy |]

let private refused name bytes words =
    withFile name bytes (fun path -> expectBad (path :: words) (fun () -> Idx.read path))

let private roundTrip name (array: ByteArray) =
    inFolder (fun folder ->
        let path = Path.Combine(folder, name)
        Idx.write path array
        Expect.equal (Idx.read path) array $"{name} comes back"
        Expect.equal (Directory.GetFiles folder) [| path |] "no temporary file is left")

let private reading =
    testList
        "reading"
        [ testCase "a plain file and a gzip one hold the same" (fun () ->
              let expected: ByteArray =
                  { Shape = [| 2; 2; 3 |]
                    Bytes = [| 1uy .. 12uy |] }

              // The content decides, not the name.
              for name, bytes in [ "a", plain; "a.gz", gzip plain; "b.gz", plain; "b", gzip plain ] do
                  Expect.equal (withFile name bytes Idx.read) expected name)
          testCase "one to four dimensions" (fun () ->
              for rank in 1..4 do
                  let bytes = Array.append (header 8uy (List.replicate rank 1u)) [| 9uy |]
                  let array = withFile "a" bytes Idx.read
                  Expect.equal array.Shape (Array.create rank 1) $"{rank} dimensions")
          testProperty "what is written comes back" (fun (bytes: byte[]) ->
              if bytes.Length > 0 then
                  roundTrip
                      "a.idx"
                      { Shape = [| bytes.Length |]
                        Bytes = bytes }

                  roundTrip
                      "a.idx.gz"
                      { Shape = [| 1; bytes.Length; 1; 1 |]
                        Bytes = bytes })
          testCase "a shape that does not fit its bytes is not written" (fun () ->
              inFolder (fun folder ->
                  let write shape () =
                      Idx.write (Path.Combine(folder, "a")) { Shape = shape; Bytes = [| 1uy |] }

                  for shape in [ [||]; [| 2 |]; [| 0 |]; [| 1; 1; 1; 1; 1 |] ] do
                      Expect.throwsT<ArgumentException> (write shape) $"%A{shape}")) ]

let private refusing =
    testList
        "refusing"
        [ testCase "a missing file, a folder, no name" (fun () ->
              inFolder (fun folder ->
                  let missing = Path.Combine(folder, "missing.gz")
                  expectBad [ missing; "does not exist" ] (fun () -> Idx.read missing)
                  expectBad [ folder; "is a folder" ] (fun () -> Idx.read folder)
                  expectBad [ "empty" ] (fun () -> Idx.read " ")))
          testCase "an empty file and other formats" (fun () ->
              refused "a" [||] [ "is empty" ]
              refused "a.gz" [||] [ "is empty" ]
              refused "a" [| 0uy |] [ "cut short" ]
              refused "a" (latin "<html>") [ "not an IDX file"; "3C68" ]
              refused "a" (Array.append (header 0x0Duy [ 1u ]) [| 0uy; 0uy; 0uy; 0uy |]) [ "0x0D" ])
          testCase "no dimension, five, and an empty one" (fun () ->
              refused "a" (header 8uy []) [ "0 dimensions" ]
              refused "a" (header 8uy [ 1u; 1u; 1u; 1u; 1u ]) [ "5 dimensions" ]
              refused "a" (header 8uy [ 3u; 0u ]) [ "3 x 0" ])
          testCase "a file cut anywhere, and one that goes on" (fun () ->
              for length in 1 .. plain.Length - 1 do
                  refused "a" (Array.truncate length plain) [ "cut short" ]

              refused "a" (Array.append plain [| 0uy |]) [ "29 bytes"; "28" ])
          testCase "a gzip file cut anywhere, one that goes on, and bad gzip" (fun () ->
              let whole = gzip plain

              for length in 1 .. whole.Length - 1 do
                  refused "a.gz" (Array.truncate length whole) []

              refused "a.gz" (Array.append whole [| 1uy; 2uy |]) [ "trailer" ]
              refused "a.gz" (gzip (Array.append plain [| 0uy |])) [ "damaged" ]

              refused
                  "a.gz"
                  (Array.append [| 0x1fuy; 0x8buy |] (Array.create 40 0xAAuy))
                  [ "damaged" ])
          testCase "absurd sizes cost no memory" (fun () ->
              let claims: (uint32 list * string) list =
                  [ [ 0x7fffffffu ], "claims"
                    [ 0xffffffffu; 0xffffffffu; 0xffffffffu; 0xffffffffu ], "claims"
                    [ 1u <<< 30 ], ""
                    [ 60_000u; 100u; 100u ], "" ]

              let before = GC.GetAllocatedBytesForCurrentThread()

              for sizes, word in claims do
                  let bytes = Array.append (header 8uy sizes) (Array.zeroCreate 100)
                  refused "a" bytes [ word ]
                  refused "a.gz" (gzip bytes) [ word ]

              let allocated = GC.GetAllocatedBytesForCurrentThread() - before
              Expect.isTrue (allocated < 50_000_000L) $"{allocated} bytes were allocated")
          testProperty
              "a damaged plain file gives BadInput or an array"
              (survives "a" plain Idx.read)
          testProperty
              "a damaged gzip file gives BadInput or an array"
              (survives "a.gz" (gzip plain) Idx.read) ]

/// SHA-256 of the uncompressed files as published.
let private published =
    [ "mnist/train-images-idx3-ubyte.gz",
      "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
      "mnist/t10k-labels-idx1-ubyte.gz",
      "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2" ]

let private real =
    testCase "the published files, where WORKBENCH_DATA has them" (fun () ->
        let folder = Environment.GetEnvironmentVariable "WORKBENCH_DATA"

        for name, hash in published do
            let path = Path.Combine((if isNull folder then "" else folder), name)

            if File.Exists path then
                let array = Idx.read path

                let content =
                    Array.append
                        (header 8uy (array.Shape |> Array.map uint32 |> List.ofArray))
                        array.Bytes

                Expect.equal (Convert.ToHexStringLower(SHA256.HashData content)) hash name)

[<Tests>]
let tests = testList "Idx" [ reading; refusing; real ]

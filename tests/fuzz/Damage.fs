/// Generators of damaged files: bytes changed anywhere, and formats put together from wrong parts.
module Workbench.Tests.Damage

open System
open System.IO
open System.IO.Compression
open System.Text
open FsCheck
open FsCheck.FSharp
open Workbench
open Workbench.Tests.FileSupport

let private anyByte = Gen.choose (0, 255) |> Gen.map byte

let private someBytes most =
    gen {
        let! count = Gen.choose (0, most)
        return! Gen.arrayOfLength count anyByte
    }

/// Whole numbers at which readers stumble.
let private hostile =
    [ 0L
      1L
      -1L
      127L
      255L
      256L
      65535L
      0x7fffffffL
      0x80000000L
      0xffffffffL
      0x100000000L
      1L <<< 62
      Int64.MaxValue
      Int64.MinValue ]

let private hostileBytes =
    gen {
        let! value = Gen.elements hostile
        let! width = Gen.elements [ 1; 2; 4; 8 ]
        let! reverse = Gen.elements [ false; true ]
        let bytes = Array.truncate width (BitConverter.GetBytes value)
        return if reverse then Array.rev bytes else bytes
    }

/// `bytes` with those from `at` on, `removed` of them, replaced.
let private splice (at: int) (removed: int) (inserted: byte[]) (bytes: byte[]) =
    let at = min at bytes.Length
    let rest = min bytes.Length (at + removed)
    Array.concat [ bytes[.. at - 1]; inserted; bytes[rest..] ]

/// A place in a file, half the time in its first hundred bytes.
let private place (bytes: byte[]) =
    Gen.oneof [ Gen.choose (0, min 100 bytes.Length); Gen.choose (0, bytes.Length) ]

let private edit (bytes: byte[]) =
    gen {
        let! at = place bytes
        let! length = Gen.choose (1, 40)
        let! value = anyByte
        let! number = hostileBytes
        let! noise = someBytes 40
        let copied = bytes[at .. at + length - 1]

        return!
            Gen.frequency
                [ 6, Gen.constant (splice at 1 [| value |] bytes)
                  3, Gen.constant (splice at number.Length number bytes)
                  1, Gen.constant (splice at length [||] bytes)
                  1, Gen.constant (splice at 0 noise bytes)
                  1, Gen.constant (splice at 0 copied bytes)
                  1, Gen.constant (Array.truncate at bytes) ]
    }

/// One to five changes of bytes: overwritten, put in, taken out, doubled, cut off.
let bytes (valid: byte[]) : Gen<byte[]> =
    let rec edits count bytes =
        if count = 0 then
            Gen.constant bytes
        else
            gen {
                let! edited = edit bytes
                return! edits (count - 1) edited
            }

    gen {
        let! count = Gen.choose (1, 5)
        return! edits count valid
    }

/// Now and then damaged, otherwise as it is.
let private seldom damage value =
    Gen.frequency [ 3, Gen.constant value; 1, damage value ]

let gzip (content: byte[]) : byte[] =
    use target = new MemoryStream()

    using (new GZipStream(target, CompressionLevel.Fastest, leaveOpen = true)) (fun zip ->
        zip.Write(content, 0, content.Length))

    target.ToArray()

/// Gzip of damaged content: whole, followed by another, with a wrong trailer, or damaged itself.
let gzipped (content: Gen<byte[]>) : Gen<byte[]> =
    gen {
        let! content = content
        let zipped = gzip content
        let! trailer = Gen.arrayOfLength 4 anyByte

        return!
            Gen.oneof
                [ Gen.constant zipped
                  Gen.constant (Array.append zipped zipped)
                  Gen.constant (splice (zipped.Length - 4) 4 trailer zipped)
                  bytes zipped ]
    }

let private bigEndian (value: int64) =
    BitConverter.GetBytes(uint32 value) |> Array.rev

/// IDX files whose header and content need not fit.
let idx: Gen<byte[]> =
    let size =
        Gen.frequency [ 5, Gen.choose (1, 5) |> Gen.map int64; 1, Gen.elements hostile ]

    gen {
        let! kind = seldom (fun _ -> anyByte) 8uy
        let! count = Gen.choose (0, 5)
        let! sizes = Gen.listOfLength count size
        let! said = seldom (fun _ -> anyByte) (byte count)
        let fitting = sizes |> List.fold (*) 1L
        let! length = seldom (fun _ -> Gen.choose (0, 200)) (int (max 0L (min 200L fitting)))
        let! content = Gen.arrayOfLength length anyByte

        return Array.concat [ [| 0uy; 0uy; kind; said |]; yield! List.map bigEndian sizes; content ]
    }

let private descriptions =
    [ "|u1"
      "<f4"
      ">f8"
      "<i8"
      ">i4"
      "|O"
      "<f2"
      "<c8"
      "|S3"
      "<U7"
      "|V16"
      "|b1"
      ""
      "<"
      "u"
      "1u" ]

let private shapes =
    [ "(10, 784)"
      "(20, 28, 28)"
      "(12, 2, 3)"
      "(2, 4, 4, 3)"
      "(12,)"
      "()"
      "(0,)"
      "(0, 784)"
      "(10, 0, 28)"
      "(4294967296, 4294967296)"
      "(1073741824, 1073741824, 1073741824)"
      "(0, 1073741824, 1073741824)"
      "(99999999999999999999,)"
      "(-1,)"
      "(1, 1, 1, 1, 1, 1)"
      "(10, 784"
      "10"
      "[10, 784]"
      "((((((((("
      "" ]

let npyHeader (version: byte) (text: string) (claimed: int) (content: byte[]) : byte[] =
    let length = BitConverter.GetBytes claimed

    Array.concat
        [ latin "\147NUMPY"
          [| version; 0uy |]
          (if version = 1uy then length[..1] else length)
          latin text
          content ]

/// .npy files whose header and content need not fit.
let npy: Gen<byte[]> =
    gen {
        let! description = Gen.elements descriptions
        let! fortran = Gen.elements [ "True"; "False"; "False"; "None"; "0" ]
        let! shape = Gen.elements shapes
        let! version = seldom (fun _ -> anyByte) 1uy
        let! last = Gen.elements [ ""; ", "; ", 'more': 1"; ", 'descr': '|u1'" ]

        let text =
            $"{{'descr': '{description}', 'fortran_order': {fortran}, 'shape': {shape}{last}}}\n"

        let! claimed = seldom (fun _ -> Gen.elements hostile |> Gen.map int) text.Length
        let! length = Gen.elements [ 0; 12; 72; 96; 784; 7840; 15680; 62720 ]
        let! filling = anyByte
        return npyHeader version text claimed (Array.create length filling)
    }

let private text (value: string) =
    Array.concat [ [| byte 'X' |]; BitConverter.GetBytes value.Length; latin value ]

let private named place name = latin $"c{place}\n{name}\n"

let private dtype (kind: string) (order: string) =
    Array.concat
        [ named "numpy" "dtype"
          text kind
          latin "\133R(K\003"
          text order
          latin "NNNJ\255\255\255\255J\255\255\255\255K\000tb" ]

/// numpy.ndarray with this state's last item.
let private ndarray kind (shape: byte[]) (content: byte[]) =
    Array.concat
        [ named "numpy.core.multiarray" "_reconstruct"
          named "numpy" "ndarray"
          latin "K\000\133C\001b\135R(K\001("
          shape
          latin "t"
          dtype kind "|"
          latin "\137"
          content
          latin "tb" ]

let private words =
    [ "train"; "test"; "images"; "labels"; "u1"; "O8"; "f8"; "latin1"; "C"; "" ]

/// What pickles are made of, whole or not.
let private pieces: byte[] list =
    [ for instruction in "(012)t\133\134\135]lae}dsubRN\136\137.\147\148" do
          latin (string instruction)
      for slot in 0..3 do
          latin $"q{char slot}"
          latin $"h{char slot}"
      for word in words do
          text word
      latin "K\002"
      latin "J\255\255\255\255"
      latin "\138\008\255\255\255\255\255\255\255\127"
      latin "G\127\240\000\000\000\000\000\000"
      latin "C\003abc"
      latin "B\255\255\255\127"
      latin "\149\255\255\255\255\255\255\255\255"
      latin "r\255\255\255\255"
      named "numpy" "ndarray"
      named "numpy" "dtype"
      named "numpy.core.multiarray" "_reconstruct"
      named "numpy.core.multiarray" "scalar"
      named "numpy._core.numeric" "_frombuffer"
      named "_codecs" "encode"
      named "os" "system"
      dtype "u1" "|"
      dtype "O8" "|"
      ndarray "u1" (latin "K\002K\001K\002K\003") (latin "C\012abcdefghijkl")
      ndarray "u1" (latin "K\000J\255\255\255\127") (latin "C\000")
      ndarray "O8" (latin "K\001") (latin "]K\001a")
      // An array, a list and a dictionary that hold themselves.
      Array.concat
          [ named "numpy.core.multiarray" "_reconstruct"
            named "numpy" "ndarray"
            latin "K\000\133C\001b\135Rq\000(K\001)"
            dtype "O8" "|"
            latin "\137]h\000atb" ]
      latin "]q\001h\001a"
      Array.concat [ latin "}q\002"; text "train"; latin "h\002s" ] ]

let private program =
    gen {
        let! count = Gen.choose (0, 40)
        let! parts = Gen.listOfLength count (Gen.elements pieces)
        return Array.concat parts
    }

/// Programs of the pickle machine: by chance, as the images of a dictionary of splits, or within a valid one.
let pickle (valid: byte[] list) : Gen<byte[]> =
    gen {
        let! sample = Gen.elements valid
        let! at = Gen.choose (2, sample.Length - 1)
        let! part = program
        let! piece = Gen.elements pieces
        let start = latin "\128\004"

        let split =
            Array.concat [ latin "}("; text "train"; piece; text "test"; piece; latin "u." ]

        let! program =
            Gen.oneof
                [ Gen.constant (Array.concat [ start; part; latin "." ])
                  Gen.constant (Array.append start split)
                  Gen.constant (splice at 0 piece sample)
                  bytes sample ]

        let header = "{'descr': '|O', 'fortran_order': False, 'shape': ()}\n"
        return npyHeader 1uy header header.Length program
    }

let private leaf =
    Gen.frequency
        [ 3, Gen.elements hostile |> Gen.map (fun value -> Json.Real(float value))
          3, Gen.choose (-3, 40) |> Gen.map Json.Whole
          1, Gen.constant (Json.Real 1e300)
          1, Gen.constant Json.Null
          1, Gen.constant (Json.Flag true)
          1,
          Gen.elements [ ""; "F32"; "BF16"; "NaN"; "-1"; "\000\n"; String('x', 3000) ]
          |> Gen.map Json.Text
          1, Gen.constant (Json.List [])
          1, Gen.constant (Json.Object [])
          1, Gen.constant (List.fold (fun json _ -> Json.List [ json ]) Json.Null [ 1..100 ]) ]

/// A tree with one place changed: replaced, left out, doubled or renamed.
let rec json (tree: Json) : Gen<Json> =
    let inside (items: 'T list) (change: 'T -> Gen<'T list>) (make: 'T list -> Json) =
        gen {
            let! at = Gen.choose (0, items.Length - 1)
            let! changed = change items[at]
            return make (items[.. at - 1] @ changed @ items[at + 1 ..])
        }

    let field (name, value) =
        Gen.frequency
            [ 6, json value |> Gen.map (fun value -> [ name, value ])
              1, Gen.constant []
              1, Gen.constant [ name, value; name, value ]
              1,
              Gen.elements [ ""; "__metadata__"; "shape"; "x/y" ]
              |> Gen.map (fun name -> [ name, value ]) ]

    let item value =
        Gen.frequency
            [ 4, json value |> Gen.map List.singleton
              1, Gen.constant []
              1, Gen.constant [ value; value ] ]

    match tree with
    | Json.Object(_ :: _ as fields) ->
        Gen.frequency [ 12, inside fields field Json.Object; 1, leaf ]
    | Json.List(_ :: _ as items) -> Gen.frequency [ 5, inside items item Json.List; 1, leaf ]
    | _ -> leaf

/// Two changes of a JSON text's tree, or of its bytes.
let jsonText (valid: byte[]) : Gen<byte[]> =
    let tree = Json.parse (Encoding.UTF8.GetString valid)

    Gen.frequency
        [ 3,
          gen {
              let! once = json tree
              let! twice = json once
              return Json.bytes twice
          }
          1, bytes valid ]

/// An .npz archive: of a damaged array, or damaged itself.
let npz (array: byte[]) : Gen<byte[]> =
    let archive (array: byte[]) =
        NpySupport.npz CompressionLevel.Optimal [ "x_train.npy", array; "notes.txt", array ]

    Gen.oneof
        [ bytes (archive array)
          bytes (NpySupport.npz CompressionLevel.NoCompression [ ("x.npy", array) ])
          bytes array |> Gen.map archive
          npy |> Gen.map archive ]

/// A PNG image with one of its parts damaged and the checksum right, or all as it comes.
let png (valid: byte[]) : Gen<byte[]> =
    let bigEndian (value: uint32) = Array.rev (BitConverter.GetBytes value)

    let rec chunks at =
        if at >= valid.Length then
            []
        else
            let length = int (BitConverter.ToUInt32(Array.rev valid[at .. at + 3], 0))
            valid[at + 4 .. at + 7 + length] :: chunks (at + 12 + length)

    let chunk (body: byte[]) =
        Array.concat
            [ bigEndian (uint32 (max 0 (body.Length - 4)))
              body
              bigEndian (Arrays.crc32 body) ]

    gen {
        let all = chunks 8
        let! at = Gen.choose (0, all.Length - 1)
        let! damaged = bytes all[at]
        let! whole = bytes valid

        let parts =
            all |> List.mapi (fun i body -> chunk (if i = at then damaged else body))

        return!
            Gen.elements
                [ Array.concat (valid[..7] :: parts)
                  Array.concat (valid[..7] :: parts)
                  whole ]
    }

/// A safetensors file whose header, its length, and its content need not fit.
let safetensors (valid: byte[]) : Gen<byte[]> =
    let length = int (BitConverter.ToInt64(valid, 0))
    let header, content = valid[8 .. 7 + length], valid[8 + length ..]

    gen {
        let! header = jsonText header
        let! content = seldom bytes content
        let! said = seldom (fun _ -> Gen.elements hostile) header.LongLength
        return Array.concat [ BitConverter.GetBytes said; header; content ]
    }

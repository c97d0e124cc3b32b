/// Files of numpy's, as it writes them.
module Workbench.Tests.NpySupport

open System
open System.IO
open System.IO.Compression
open System.Text
open Workbench.Tests.FileSupport

/// An .npy file with this dictionary as its header.
let npy (version: byte) (dictionary: string) (elements: byte[]) =
    let text =
        (if version = 3uy then Encoding.UTF8 else Encoding.Latin1).GetBytes dictionary

    let length =
        if version = 1uy then
            BitConverter.GetBytes(uint16 text.Length)
        else
            BitConverter.GetBytes(uint32 text.Length)

    Array.concat [ latin "\147NUMPY"; [| version; 0uy |]; length; text; elements ]

let dictionary descr fortran shape =
    $"{{'descr': '{descr}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n"

let file descr fortran shape elements =
    npy 1uy (dictionary descr fortran shape) elements

let floats (numbers: float32 seq) =
    numbers |> Seq.collect BitConverter.GetBytes |> Seq.toArray

let doubles (numbers: float seq) =
    numbers |> Seq.collect BitConverter.GetBytes |> Seq.toArray

/// Little-endian whole numbers of `size` bytes.
let wholes (size: int) (numbers: int seq) =
    numbers
    |> Seq.collect (int64 >> BitConverter.GetBytes >> Array.truncate size)
    |> Seq.toArray

/// `count` single-precision images of `shape` (without N), each of another grey.
let greys (count: int) (shape: int list) : byte[] =
    let size = List.reduce (*) shape
    let sizes = String.Join(", ", count :: shape)

    [| for image in 0 .. count - 1 do
           yield! Array.create size (float32 (image + 1) / float32 count) |]
    |> floats
    |> file "<f4" "False" $"({sizes})"

/// `numbers` as an .npy file of 64-bit integers.
let integers (numbers: int list) : byte[] =
    file "<i8" "False" $"({numbers.Length},)" (wholes 8 numbers)

/// An .npz archive of these members.
let npz (level: CompressionLevel) (members: (string * byte[]) list) : byte[] =
    use target = new MemoryStream()

    using (new ZipArchive(target, ZipArchiveMode.Create, leaveOpen = true)) (fun archive ->
        for name, bytes in members do
            use stream = archive.CreateEntry(name, level).Open()
            stream.Write(bytes, 0, bytes.Length))

    target.ToArray()

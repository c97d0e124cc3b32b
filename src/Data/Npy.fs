namespace Workbench

open System
open System.IO
open System.Text
open System.Text.RegularExpressions

/// The element type of a numpy array: `Kind` is numpy's letter (`u`, `i`, `f`, `O` for Python objects, ...), `Size` in bytes.
type NpyType =
    { Kind: char
      Size: int
      BigEndian: bool }

/// A numpy array as it lies in a file: raw elements, not yet looked at.
type NpyArray =
    {
        Type: NpyType
        Shape: int[]
        /// Whether the first axis, not the last, varies fastest.
        Fortran: bool
        Data: ReadOnlyMemory<byte>
    }

/// From raw numpy arrays, whatever file they came from, to images and labels. `path` is the file to name in errors.
[<RequireQualifiedAccess>]
module NpyArray =
    let private typeText (t: NpyType) =
        let order =
            if t.Size = 1 then "|"
            elif t.BigEndian then ">"
            else "<"

        $"{order}{t.Kind}{t.Size}"

    /// Reads `<f4`, `|u1`, `>i8`, `|O`, ... (no order means little-endian).
    let parseType (path: string) (text: string) : NpyType =
        let ordered = text.Length > 0 && "<>|=".Contains text[0]
        let plain = if ordered then text.Substring 1 else text

        let size =
            if plain = "O" then
                8
            elif plain.Length = 2 && Char.IsAsciiLetter plain[0] && "1248".Contains plain[1] then
                int plain[1] - int '0'
            else
                BadInput.fail
                    $"{path} holds elements of type '{text}', which is not read: save it as uint8"

        { Kind = plain[0]
          Size = size
          BigEndian = ordered && text[0] = '>' }

    /// How to read element number i, in the file's order; None for a type that holds no such number.
    let numbers (array: NpyArray) : (int -> float) option =
        let size = array.Type.Size

        let bits i =
            Arrays.bits array.Type.BigEndian (array.Data.Slice(i * size, size).Span)

        match array.Type.Kind, size with
        | 'u', _ -> Some(bits >> float)
        | 'i', _ ->
            let spare = 64 - 8 * size
            Some(fun i -> float ((int64 (bits i) <<< spare) >>> spare))
        | 'f', 4 -> Some(fun i -> float (BitConverter.UInt32BitsToSingle(uint32 (bits i))))
        | 'f', 8 -> Some(bits >> BitConverter.UInt64BitsToDouble)
        | _ -> None

    /// N x 784, N x H x W or N x H x W x C (1 or 3 channels) as N x H x W x C or N x H x W.
    let private imageShape path (array: NpyArray) =
        match array.Shape with
        | [| n; 784 |] -> [| n; 28; 28 |]
        | [| _; _; _ |]
        | [| _; _; _; (1 | 3) |] -> array.Shape
        | shape ->
            BadInput.fail
                $"{path} has the shape {Arrays.text shape}: images are N x 784, N x 28 x 28 or N x H x W x C with 1 or 3 channels"

    /// The steps in the file between neighbours along each axis of `shape`, N x 784 seen as N x 28 x 28.
    let private fileSteps (array: NpyArray) (shape: int[]) =
        if not array.Fortran then Arrays.strides shape
        elif array.Shape.Length = 2 then [| 1; 28 * shape[0]; shape[0] |]
        else Array.scan (*) 1 shape |> Array.take shape.Length

    /// Images in [0, 1] as N x H x W (grey) or N x 3 x H x W, from N x 784, N x H x W or N x H x W x C: u1 divided by 255; i4,
    /// i8, f4, f8 as they are. `BadInput` for other shapes and types, for no images, and for values outside [0, 1] (or NaN).
    let images (path: string) (array: NpyArray) : FloatArray =
        if array.Type.Kind = 'O' then
            BadInput.fail
                $"{path} holds Python objects where images were expected: save a plain uint8 array"

        let shape = imageShape path array

        if Arrays.count shape = 0 then
            BadInput.fail $"{path} holds no images: its shape is {Arrays.text array.Shape}"

        let pixel (value: float) =
            if not (value >= 0.0 && value <= 1.0) then
                BadInput.fail
                    $"{path} holds the value %g{value}: {typeText array.Type} images must lie in [0, 1]; divide by 255, or save as uint8"

            float32 value

        let values =
            match array.Type.Kind, array.Type.Size, numbers array with
            | 'u', 1, _ -> Arrays.unit (array.Data.ToArray())
            | ('i' | 'f'), (4 | 8), Some number -> Array.init (Arrays.count shape) (number >> pixel)
            | _ ->
                BadInput.fail
                    $"{path} holds elements of type {typeText array.Type}: images are u1 (0 to 255), or i4, i8, f4, f8 in [0, 1]"

        let shape, values = Arrays.channelsFirst shape (fileSteps array shape) values

        { Shape = (if shape.Length = 4 && shape[1] = 1 then Array.removeAt 1 shape else shape)
          Values = values }

    /// Labels from a one-dimensional array of integers of any size, each in 0..255; `BadInput` for anything else.
    let labels (path: string) (array: NpyArray) : byte[] =
        let label (value: float) =
            if value < 0.0 || value > 255.0 then
                BadInput.fail $"{path} holds the label %g{value}: labels are integers from 0 to 255"

            byte value

        match array.Shape, array.Type.Kind, numbers array with
        | [| n |], ('u' | 'i'), Some number -> Array.init n (number >> label)
        | _ ->
            BadInput.fail
                $"{path} holds {Arrays.text array.Shape} elements of type {typeText array.Type}: labels are a one-dimensional array of integers"

/// numpy's .npy format, versions 1 to 3 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
[<RequireQualifiedAccess>]
module Npy =
    let private magic = [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y' |]

    /// The longest header read, in bytes; numpy itself stops at 10,000 characters.
    let private longestHeader = 1UL <<< 16

    /// A Python dictionary of the three entries in any order. What else a header holds is never evaluated.
    let private header =
        let key name = $"""(?:'{name}'|"{name}")\s*:\s*"""
        let size = @"[0-9]{1,18}L?\s*"

        let entry =
            $"""\s*(?:{key "descr"}(?<descr>'[^']*'|"[^"]*")"""
            + $"""|{key "fortran_order"}(?<fortran>True|False)"""
            + $"""|{key "shape"}\(\s*(?<shape>(?:{size}(?:,\s*{size})*(?:,\s*)?)?)\))\s*"""

        Regex($@"^\s*\{{{entry},{entry},{entry}(?:,\s*)?\}}\s*$", RegexOptions.NonBacktracking)

    /// Element type, whether Fortran order, shape.
    let private parseHeader path (text: string) : NpyType * bool * int[] =
        if Regex.IsMatch(text, """['"]descr['"]\s*:\s*\[""") then
            BadInput.fail $"{path} holds records: save a plain array of uint8"

        let found = header.Match text

        let descr, fortran, shape =
            found.Groups["descr"], found.Groups["fortran"], found.Groups["shape"]

        if not (descr.Success && fortran.Success && shape.Success) then
            BadInput.fail $"{path} has a header that is not numpy's: is it damaged?"

        NpyArray.parseType path (descr.Value.Trim('\'', '"')),
        fortran.Value = "True",
        Arrays.checkShape
            path
            [| for size in Regex.Matches(shape.Value, "[0-9]+") -> int64 size.Value |]

    let private headerText path (file: Stream) =
        let start = Files.take path file (int (min file.Length 6L))

        if start <> Array.truncate start.Length magic then
            BadInput.fail $"{path} is not an .npy file: save the array with numpy.save"

        // A shorter file than the magic bytes is cut short here.
        let version = (Files.take path file (8 - start.Length))[0]

        let lengthBytes =
            match version with
            | 1uy -> 2
            | 2uy
            | 3uy -> 4
            | version -> BadInput.fail $"{path} has .npy version {version}: 1 to 3 are read"

        let length = Arrays.bits false (ReadOnlySpan(Files.take path file lengthBytes))

        if length > longestHeader then
            BadInput.fail $"{path} claims a header of {length} bytes: is it damaged?"

        let bytes = Files.take path file (int length)
        (if version = 3uy then Encoding.UTF8 else Encoding.Latin1).GetString bytes

    /// Reads the array as it is. Python objects (type `O`) come as the pickle that holds them. `BadInput` when the file is
    /// missing, damaged, above 2 GiB, or not an .npy file.
    let read (path: string) : NpyArray =
        Files.openRead path (fun file ->
            let elements, fortran, shape = parseHeader path (headerText path file)
            let rest = file.Length - file.Position
            let expected = int64 elements.Size * int64 (Arrays.count shape)

            if elements.Kind <> 'O' && rest <> expected then
                BadInput.fail
                    $"{path} is cut short or goes on after its last element: its header asks for {expected} bytes of elements, and it has {rest}; fetch it again"

            if rest > int64 Array.MaxLength then
                BadInput.fail $"{path} is larger than the 2 GiB that are read: save it as uint8"

            { Type = elements
              Shape = shape
              Fortran = fortran
              Data = ReadOnlyMemory(Files.take path file (int rest)) })

    /// The images of an .npy file, as `NpyArray.images`.
    let readImages (path: string) : FloatArray = NpyArray.images path (read path)

    /// The labels of an .npy file (integers of any type) or of an IDX file, plain or gzip: N numbers in 0..255.
    let readLabels (path: string) : byte[] =
        if Files.openRead path (fun file -> file.ReadByte() = int magic[0]) then
            NpyArray.labels path (read path)
        else
            let labels = Idx.read path

            if labels.Shape.Length <> 1 then
                BadInput.fail $"{path} has {labels.Shape.Length} dimensions: labels have one"

            labels.Bytes

    let private writeRaw (path: string) (descr: string) (shape: int[]) (elements: byte[]) =
        let sizes = shape |> Array.map (sprintf "%d,") |> String.concat " "

        let dictionary =
            $"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}), }}"
        // numpy pads the header with blanks and one line feed, so that the elements start at a multiple of 64.
        let length = (10 + dictionary.Length + 1 + 63) / 64 * 64 - 10
        let header = Encoding.Latin1.GetBytes(dictionary.PadRight(length - 1) + "\n")

        Files.replace path (fun file ->
            for part in
                [ magic; [| 1uy; 0uy; byte length; byte (length >>> 8) |]; header; elements ] do
                file.Write(ReadOnlySpan part))

    /// Writes single-precision numbers as an .npy file, version 1, little-endian, C order.
    let write (path: string) (array: FloatArray) : unit =
        array.Values
        |> Array.collect BitConverter.GetBytes
        |> writeRaw path "<f4" array.Shape

    /// Writes bytes as an .npy file, version 1, C order.
    let writeBytes (path: string) (array: ByteArray) : unit =
        writeRaw path "|u1" array.Shape array.Bytes

namespace Workbench

open System
open System.Buffers.Binary
open System.IO
open System.Text
open System.Text.RegularExpressions

/// numpy's .npy format, versions 1 to 3 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
[<RequireQualifiedAccess>]
module Npy =
    let private magic = [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y' |]

    /// The longest header read, in bytes; numpy itself stops at 10,000 characters.
    let private longestHeader = 1L <<< 16

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
            BadInput.fail "%s holds records: save a plain array of uint8" path

        let found = header.Match text

        let descr, fortran, shape =
            found.Groups["descr"], found.Groups["fortran"], found.Groups["shape"]

        if not (descr.Success && fortran.Success && shape.Success) then
            BadInput.fail "%s has a header that is not numpy's: is it damaged?" path

        NpyArray.parseType path (descr.Value.Trim('\'', '"')),
        fortran.Value = "True",
        Arrays.checkShape
            path
            [| for size in Regex.Matches(shape.Value, "[0-9]+") -> int64 size.Value |]

    let private headerText path (file: Stream) =
        let start = Files.take path file 8

        if Array.sub start 0 6 <> magic then
            BadInput.fail "%s is not an .npy file: save the array with numpy.save" path

        let length =
            match start[6] with
            | 1uy -> int64 (BinaryPrimitives.ReadUInt16LittleEndian(Files.take path file 2))
            | 2uy
            | 3uy -> int64 (BinaryPrimitives.ReadUInt32LittleEndian(Files.take path file 4))
            | version -> BadInput.fail "%s has .npy version %d: 1 to 3 are read" path version

        if length > longestHeader then
            BadInput.fail "%s claims a header of %d bytes: is it damaged?" path length

        let bytes = Files.take path file (int length)
        (if start[6] = 3uy then Encoding.UTF8 else Encoding.Latin1).GetString bytes

    /// Reads the array as it is. Python objects (type `O`) come as the pickle that holds them. `BadInput` when the file is
    /// missing, damaged, above 2 GiB, or not an .npy file.
    let read (path: string) : NpyArray =
        Files.openRead path (fun file ->
            let elements, fortran, shape = parseHeader path (headerText path file)
            let rest = file.Length - file.Position
            let expected = int64 elements.Size * int64 (Arrays.count shape)

            if elements.Kind <> 'O' && rest <> expected then
                BadInput.fail
                    "%s is cut short or goes on after its last element: its header asks for %d bytes of elements, and it has %d; fetch it again"
                    path
                    expected
                    rest

            if rest > int64 Array.MaxLength then
                BadInput.fail "%s is larger than the 2 GiB that are read: save it as uint8" path

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
                BadInput.fail "%s has %d dimensions: labels have one" path labels.Shape.Length

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

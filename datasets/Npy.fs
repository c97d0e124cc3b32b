namespace Workbench

open System
open System.IO
open System.Text
open System.Text.RegularExpressions

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

    /// Header text and the bytes that it took, of a file of this length.
    let private headerText path (file: Stream) (length: int64) =
        let start = Files.take path file (int (min length 6L))

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

        (if version = 3uy then Encoding.UTF8 else Encoding.Latin1).GetString bytes,
        int64 (8 + lengthBytes + bytes.Length)

    /// Reads the array that a stream of `length` bytes holds, as it is. Python objects (type `O`) come as the pickle that holds them.
    /// `BadInput` naming `path` when it is damaged, above 2 GiB, or no .npy file.
    let readFrom (path: string) (file: Stream) (length: int64) : NpyArray =
        let header, taken = headerText path file length
        let elements, fortran, shape = parseHeader path header
        let rest = length - taken
        let expected = int64 elements.Size * int64 (Arrays.count shape)

        if elements.Kind <> 'O' && rest <> expected then
            BadInput.fail
                $"{path} is cut short or goes on after its last element: its header asks for {expected} bytes of elements, and it has {rest}; fetch it again"

        if rest > int64 Array.MaxLength then
            BadInput.fail $"{path} is larger than the 2 GiB that are read: save it as uint8"

        { Type = elements
          Shape = shape
          Fortran = fortran
          Data = ReadOnlyMemory(Files.take path file (int rest)) }

    /// `readFrom` of the file `path`.
    let read (path: string) : NpyArray =
        Files.openRead path (fun file -> readFrom path file file.Length)

    /// Whether the file `path` begins as an .npy file does.
    let isNpy (path: string) : bool =
        Files.openRead path (fun file -> file.ReadByte() = int magic[0])

    /// The images of an .npy file in [0, 1]: N x H x W or N x C x H x W.
    let readImages (path: string) : FloatArray =
        read path |> ImageArray.ofArray path |> ImageArray.numbers

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

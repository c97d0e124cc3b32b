namespace Workbench

open System
open System.Buffers.Binary
open System.IO
open System.Text

/// The dictionary in front of an .npy file's elements: a Python literal, read by a parser that knows texts, True, False and
/// tuples of integers and nothing else.
[<RequireQualifiedAccess>]
module internal NpyHeader =
    type private Literal =
        | Text of string
        | Flag of bool
        | Sizes of int64 list

    /// The longest header read, in bytes; numpy itself stops at 10,000 characters.
    let longest = 1 <<< 16

    let private malformed path =
        BadInput.fail "%s has a header that is not numpy's: is it damaged?" path

    let rec private skipBlanks (text: string) at =
        if at < text.Length && Char.IsWhiteSpace text[at] then
            skipBlanks text (at + 1)
        else
            at

    /// The position after `symbol`, which must come next.
    let private expect path (text: string) (symbol: string) at =
        let at = skipBlanks text at

        if String.CompareOrdinal(text, at, symbol, 0, symbol.Length) = 0 then
            at + symbol.Length
        else
            malformed path

    let private nextIs (text: string) (symbol: string) at =
        let at = skipBlanks text at
        String.CompareOrdinal(text, at, symbol, 0, symbol.Length) = 0

    let private quoted path (text: string) at =
        let at = skipBlanks text at

        if at >= text.Length || (text[at] <> '\'' && text[at] <> '"') then
            malformed path

        let close = text.IndexOf(text[at], at + 1)

        if close < 0 then
            malformed path

        text.Substring(at + 1, close - at - 1), close + 1

    let private integer path (text: string) at =
        let start = skipBlanks text at

        let digit i =
            i < text.Length && Char.IsAsciiDigit text[i]

        let finish = Seq.initInfinite (fun i -> start + i) |> Seq.find (digit >> not)

        match Int64.TryParse(text.AsSpan(start, finish - start)) with
        | true, value when nextIs text "L" finish -> value, expect path text "L" finish
        | true, value -> value, finish
        | _ -> malformed path

    /// After the opening bracket: integers with commas between them, up to the closing one.
    let rec private sizes path text found at =
        if nextIs text ")" at then
            Sizes(List.rev found), expect path text ")" at
        else
            let size, at = integer path text at
            let at = if nextIs text ")" at then at else expect path text "," at
            sizes path text (size :: found) at

    let private literal path text at =
        if nextIs text "(" at then
            sizes path text [] (expect path text "(" at)
        elif nextIs text "True" at then
            Flag true, expect path text "True" at
        elif nextIs text "False" at then
            Flag false, expect path text "False" at
        elif nextIs text "[" at then
            BadInput.fail "%s holds records: save a plain array of uint8" path
        else
            let value, at = quoted path text at
            Text value, at

    let rec private entries path text found at =
        if nextIs text "}" at then
            let finish = skipBlanks text (expect path text "}" at)
            if finish = text.Length then List.rev found else malformed path
        else
            let key, at = quoted path text at
            let value, at = literal path text (expect path text ":" at)
            let at = if nextIs text "}" at then at else expect path text "," at
            entries path text ((key, value) :: found) at

    /// Element type, whether Fortran order, shape.
    let parse (path: string) (text: string) : NpyType * bool * int[] =
        match entries path text [] (expect path text "{" 0) |> List.sortBy fst with
        | [ "descr", Text t; "fortran_order", Flag fortran; "shape", Sizes shape ] ->
            NpyArray.parseType path t, fortran, NpyArray.checkShape path (List.toArray shape)
        | _ -> malformed path

/// numpy's .npy format, versions 1 to 3 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
[<RequireQualifiedAccess>]
module Npy =
    let private magic = [| 0x93uy; byte 'N'; byte 'U'; byte 'M'; byte 'P'; byte 'Y' |]

    let private take path (file: Stream) (bytes: int) =
        let buffer = Array.zeroCreate<byte> bytes

        if file.ReadAtLeast(buffer, bytes, throwOnEndOfStream = false) < bytes then
            BadInput.fail "%s is cut short: fetch it again" path

        buffer

    let private headerText path (file: FileStream) =
        let start = take path file 8

        if Array.sub start 0 6 <> magic then
            BadInput.fail "%s is not an .npy file: save the array with numpy.save" path

        let length =
            match start[6] with
            | 1uy -> int64 (BinaryPrimitives.ReadUInt16LittleEndian(take path file 2))
            | 2uy
            | 3uy -> int64 (BinaryPrimitives.ReadUInt32LittleEndian(take path file 4))
            | version -> BadInput.fail "%s has .npy version %d: 1 to 3 are read" path version

        if length > int64 NpyHeader.longest then
            BadInput.fail "%s claims a header of %d bytes: is it damaged?" path length

        let bytes = take path file (int length)
        (if start[6] = 3uy then Encoding.UTF8 else Encoding.Latin1).GetString bytes

    let private checkSize path (elements: NpyType) (shape: int[]) (rest: int64) =
        let expected = Array.fold (fun n size -> n * int64 size) (int64 elements.Size) shape

        if rest < expected then
            BadInput.fail
                "%s is cut short: it has %d bytes of elements where its header asks for %d; fetch it again"
                path
                rest
                expected

        if rest > expected then
            BadInput.fail
                "%s goes on after its last element (%d bytes too many): is it damaged?"
                path
                (rest - expected)

    /// Reads the array as it is. Python objects (type `O`) come as the pickle that holds them. `BadInput` when the file is
    /// missing, damaged, above 2 GiB, or not an .npy file.
    let read (path: string) : NpyArray =
        Files.openRead path (fun file ->
            let elements, fortran, shape = NpyHeader.parse path (headerText path file)
            let rest = file.Length - file.Position

            if elements.Kind <> 'O' then
                checkSize path elements shape rest

            if rest > int64 Array.MaxLength then
                BadInput.fail "%s is larger than the 2 GiB that are read: save it as uint8" path

            { Type = elements
              Shape = shape
              Fortran = fortran
              Data = ReadOnlyMemory(take path file (int rest)) })

    /// The images of an .npy file, as `NpyArray.images`.
    let readImages (path: string) : FloatArray = NpyArray.images path (read path)

    /// The labels of an .npy file (integers of any type) or of an IDX file, plain or gzip: N numbers in 0..255.
    let readLabels (path: string) : byte[] =
        let isNpy = Files.openRead path (fun file -> file.ReadByte() = int magic[0])

        if isNpy then
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
        let padded = (10 + dictionary.Length + 1 + 63) / 64 * 64 - 10
        let header = Encoding.Latin1.GetBytes(dictionary.PadRight(padded - 1) + "\n")

        Files.replace path (fun file ->
            file.Write(ReadOnlySpan magic)
            file.Write(ReadOnlySpan [| 1uy; 0uy; byte header.Length; byte (header.Length >>> 8) |])
            file.Write(ReadOnlySpan header)
            file.Write(ReadOnlySpan elements))

    /// Writes single-precision numbers as an .npy file, version 1, little-endian, C order.
    let write (path: string) (array: FloatArray) : unit =
        let bytes = Array.zeroCreate<byte>(4 * array.Values.Length)

        array.Values
        |> Array.iteri (fun i value ->
            BinaryPrimitives.WriteSingleLittleEndian(Span(bytes, 4 * i, 4), value))

        writeRaw path "<f4" array.Shape bytes

    /// Writes bytes as an .npy file, version 1, C order.
    let writeBytes (path: string) (array: ByteArray) : unit =
        writeRaw path "|u1" array.Shape array.Bytes

namespace Workbench

open System
open System.Text.RegularExpressions

/// The element type of a numpy array: `Kind` is numpy's letter (`u`, `i`, `f`, `b` for bool, `U` for text, `O` for Python objects,
/// ...), `Size` in bytes.
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

/// What images and labels both need of raw numpy arrays, whatever file these came from.
[<RequireQualifiedAccess>]
module NpyArray =
    /// A type as numpy writes it, `<f4`.
    let typeText (t: NpyType) : string =
        let order =
            if t.Size = 1 || t.Kind = 'S' then "|"
            elif t.BigEndian then ">"
            else "<"

        let size = if t.Kind = 'U' then t.Size / 4 else t.Size
        $"{order}{t.Kind}{size}"

    /// Reads `<f4`, `|u1`, `>i8`, `<U12`, `|S3`, `|O`, ... (no order means little-endian). `path` is the file to name in errors.
    let parseType (path: string) (text: string) : NpyType =
        let found = Regex.Match(text, @"^([<>|=]?)(?:(O)8?|([A-Za-z])([0-9]{1,4}))$")

        let kind = found.Groups[3].Value

        let size =
            match kind, found.Groups[4].Value with
            | "", _ -> if found.Success then 8 else 0
            | "U", size -> 4 * int size
            | "S", size -> int size
            | "c", ("8" | "16" as size)
            | _, ("1" | "2" | "4" | "8" as size) -> int size
            | "f", ("12" | "16" as size) -> int size
            | _ -> 0

        if size = 0 then
            BadInput.fail
                $"{path} holds elements of type '{text}', which is not read: save x.astype('uint8'), or x.astype('float32') with numbers in [0, 1]"

        { Kind = if kind = "" then 'O' else kind[0]
          Size = size
          BigEndian = found.Groups[1].Value = ">" }

    let private bits (array: NpyArray) i =
        let size = array.Type.Size
        Arrays.bits array.Type.BigEndian (array.Data.Slice(i * size, size).Span)

    /// How to read element number i, in the file's order, of whole numbers or of bools, 0 and 1; None for other types.
    let wholes (array: NpyArray) : (int -> int64) option =
        let bits = bits array

        match array.Type.Kind with
        | 'u' -> Some(bits >> int64)
        | 'b' -> Some(fun i -> if bits i = 0UL then 0L else 1L)
        | 'i' ->
            let spare = 64 - 8 * array.Type.Size
            Some(fun i -> (int64 (bits i) <<< spare) >>> spare)
        | _ -> None

    /// How to read element number i, in the file's order; None for a type that holds no such number.
    let numbers (array: NpyArray) : (int -> float) option =
        let bits = bits array

        match array.Type.Kind, array.Type.Size with
        | 'u', _ -> Some(bits >> float)
        | 'f', 2 -> Some(fun i -> float (BitConverter.UInt16BitsToHalf(uint16 (bits i))))
        | 'f', 4 -> Some(fun i -> float (BitConverter.UInt32BitsToSingle(uint32 (bits i))))
        | 'f', 8 -> Some(bits >> BitConverter.UInt64BitsToDouble)
        | _ -> wholes array |> Option.map (fun whole -> whole >> float)

    /// The steps in the file between neighbours along each axis.
    let steps (array: NpyArray) : int[] =
        if array.Fortran then
            Array.scan (*) 1 array.Shape |> Array.take array.Shape.Length
        else
            Arrays.strides array.Shape

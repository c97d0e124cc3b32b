namespace Workbench

open System
open System.Buffers.Binary

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
    /// The most elements an array may have: 2^30.
    let private mostItems = 1L <<< 30

    let private shapeText (shape: int seq) = String.Join(" x ", shape)

    let private typeText (t: NpyType) =
        let order =
            if t.Size = 1 then "|"
            elif t.BigEndian then ">"
            else "<"

        $"{order}{t.Kind}{t.Size}"

    /// The shape as 32-bit sizes; `BadInput` when a size is negative or the elements are more than 2^30.
    let checkShape (path: string) (shape: int64[]) : int[] =
        if shape.Length > 32 || Array.exists (fun n -> n < 0L || n > mostItems) shape then
            BadInput.fail "%s claims a shape that no data set has: is it damaged?" path

        let items =
            Array.fold (fun n size -> if n > mostItems then n else n * size) 1L shape

        if items > mostItems then
            BadInput.fail
                "%s claims %s elements, more than the %d that are read: is it damaged?"
                path
                (String.Join(" x ", shape))
                mostItems

        Array.map int shape

    /// The number of elements.
    let count (array: NpyArray) : int = Array.fold (*) 1 array.Shape

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
                    "%s holds elements of type '%s', which is not read: save it as uint8"
                    path
                    text

        { Kind = plain[0]
          Size = size
          BigEndian = ordered && text[0] = '>' }

    /// How to read element number i, in the file's order; None for a type that holds no such number.
    let numbers (array: NpyArray) : (int -> float) option =
        let at (i: int) =
            array.Data.Slice(i * array.Type.Size, array.Type.Size)

        match array.Type.Kind, array.Type.Size, array.Type.BigEndian with
        | 'u', 1, _ -> Some(fun i -> float ((at i).Span[0]))
        | 'i', 1, _ -> Some(fun i -> float (sbyte ((at i).Span[0])))
        | 'u', 2, false ->
            Some(fun i -> float (BinaryPrimitives.ReadUInt16LittleEndian((at i).Span)))
        | 'u', 2, true -> Some(fun i -> float (BinaryPrimitives.ReadUInt16BigEndian((at i).Span)))
        | 'i', 2, false ->
            Some(fun i -> float (BinaryPrimitives.ReadInt16LittleEndian((at i).Span)))
        | 'i', 2, true -> Some(fun i -> float (BinaryPrimitives.ReadInt16BigEndian((at i).Span)))
        | 'u', 4, false ->
            Some(fun i -> float (BinaryPrimitives.ReadUInt32LittleEndian((at i).Span)))
        | 'u', 4, true -> Some(fun i -> float (BinaryPrimitives.ReadUInt32BigEndian((at i).Span)))
        | 'i', 4, false ->
            Some(fun i -> float (BinaryPrimitives.ReadInt32LittleEndian((at i).Span)))
        | 'i', 4, true -> Some(fun i -> float (BinaryPrimitives.ReadInt32BigEndian((at i).Span)))
        | 'u', 8, false ->
            Some(fun i -> float (BinaryPrimitives.ReadUInt64LittleEndian((at i).Span)))
        | 'u', 8, true -> Some(fun i -> float (BinaryPrimitives.ReadUInt64BigEndian((at i).Span)))
        | 'i', 8, false ->
            Some(fun i -> float (BinaryPrimitives.ReadInt64LittleEndian((at i).Span)))
        | 'i', 8, true -> Some(fun i -> float (BinaryPrimitives.ReadInt64BigEndian((at i).Span)))
        | 'f', 4, false ->
            Some(fun i -> float (BinaryPrimitives.ReadSingleLittleEndian((at i).Span)))
        | 'f', 4, true -> Some(fun i -> float (BinaryPrimitives.ReadSingleBigEndian((at i).Span)))
        | 'f', 8, false -> Some(fun i -> BinaryPrimitives.ReadDoubleLittleEndian((at i).Span))
        | 'f', 8, true -> Some(fun i -> BinaryPrimitives.ReadDoubleBigEndian((at i).Span))
        | _ -> None

    let private checkPixel path (array: NpyArray) (value: float) =
        if not (value >= 0.0 && value <= 1.0) then
            BadInput.fail
                "%s holds the value %g: %s images must lie in [0, 1]; divide by 255, or save as uint8"
                path
                value
                (typeText array.Type)

    /// N x 784, N x H x W or N x H x W x C (1 or 3 channels) as N x H x W x C or N x H x W.
    let private imageShape path (array: NpyArray) =
        match array.Shape with
        | [| n; 784 |] -> [| n; 28; 28 |]
        | [| _; _; _ |] as shape -> shape
        | [| _; _; _; 1 | 3 |] as shape -> shape
        | shape ->
            BadInput.fail
                "%s has the shape %s: images are N x 784, N x 28 x 28 or N x H x W x C with 1 or 3 channels"
                path
                (shapeText shape)

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
                "%s holds Python objects where images were expected: save a plain uint8 array"
                path

        let shape = imageShape path array

        if count array = 0 then
            BadInput.fail "%s holds no images: its shape is %s" path (shapeText array.Shape)

        let steps = fileSteps array shape

        let shape, values =
            match array.Type.Kind, array.Type.Size, numbers array with
            | 'u', 1, _ ->
                let shape, bytes = Arrays.channelsFirst shape steps (array.Data.ToArray())
                shape, Arrays.unit bytes
            | ('i' | 'f'), (4 | 8), Some numberAt ->
                let value i =
                    let value = numberAt i
                    checkPixel path array value
                    float32 value

                Arrays.channelsFirst shape steps (Array.init (count array) value)
            | _ ->
                BadInput.fail
                    "%s holds elements of type %s: images are u1 (0 to 255), or i4, i8, f4, f8 in [0, 1]"
                    path
                    (typeText array.Type)

        let grey = shape.Length = 4 && shape[1] = 1

        { Shape = (if grey then Array.removeAt 1 shape else shape)
          Values = values }

    /// Labels from a one-dimensional array of integers of any size, each in 0..255; `BadInput` for anything else.
    let labels (path: string) (array: NpyArray) : byte[] =
        match array.Shape, array.Type.Kind, numbers array with
        | [| n |], ('u' | 'i'), Some numberAt ->
            let label i =
                let value = numberAt i

                if value < 0.0 || value > 255.0 then
                    BadInput.fail
                        "%s holds the label %g: labels are integers from 0 to 255"
                        path
                        value

                byte value

            Array.init n label
        | _ ->
            BadInput.fail
                "%s holds %s elements of type %s: labels are a one-dimensional array of integers"
                path
                (shapeText array.Shape)
                (typeText array.Type)

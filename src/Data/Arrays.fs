namespace Workbench

open System
open System.Buffers.Binary
open System.Threading.Tasks

/// Unsigned bytes with a shape, the last dimension varying fastest.
type ByteArray = { Shape: int[]; Bytes: byte[] }

/// Single-precision numbers with a shape, the last dimension varying fastest.
type FloatArray = { Shape: int[]; Values: float32[] }

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

/// What readers of image files share: how many elements they believe in, from bytes to [0, 1], from channels last to first.
[<RequireQualifiedAccess>]
module Arrays =
    /// The shape as 32-bit sizes; `BadInput` naming the file `path` where a size is negative or the elements are more than 2^30,
    /// five times the whole of MNIST-M at 32 x 32 x 3.
    let checkShape (path: string) (shape: int64[]) : int[] =
        let most = 1L <<< 30
        let sizes = shape |> Array.exists (fun size -> size < 0L || size > most)

        if sizes || Array.fold (fun n size -> min n (most + 1L) * size) 1L shape > most then
            BadInput.fail
                "%s claims the shape %s; up to %d elements are read: is it damaged?"
                path
                (String.Join(" x ", Array.truncate 8 shape))
                most

        Array.map int shape

    /// The number of elements of a shape.
    let count (shape: int[]) : int = Array.fold (*) 1 shape

    /// The steps between neighbours along each axis of an array whose last axis varies fastest.
    let strides (shape: int[]) : int[] =
        Array.scanBack (*) shape 1 |> Array.tail

    /// Bytes as numbers in [0, 1]: each divided by 255, in single precision.
    let unit (bytes: byte[]) : float32[] =
        Array.Parallel.map (fun (b: byte) -> float32 b / 255f) bytes

    /// N x H x W x C becomes N x C x H x W, N x H x W stays: shape and elements in order, of a source whose neighbours along each
    /// axis are `steps` apart.
    let channelsFirst (shape: int[]) (steps: int[]) (source: 'T[]) : int[] * 'T[] =
        let channels, between = if shape.Length = 4 then shape[3], steps[3] else 1, 0

        let height, width = shape[1], shape[2]
        let target = Array.zeroCreate source.Length

        let copyItem n =
            for c in 0 .. channels - 1 do
                for y in 0 .. height - 1 do
                    let from = n * steps[0] + y * steps[1] + c * between
                    let at = ((n * channels + c) * height + y) * width

                    for x in 0 .. width - 1 do
                        target[at + x] <- source[from + x * steps[2]]

        Parallel.For(0, shape[0], copyItem) |> ignore

        (if shape.Length = 4 then [| shape[0]; channels; height; width |] else shape), target

/// From raw numpy arrays, whatever file they came from, to images and labels. `path` is the file to name in errors.
[<RequireQualifiedAccess>]
module NpyArray =
    let private shapeText (shape: int[]) = String.Join(" x ", shape)

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
                    "%s holds elements of type '%s', which is not read: save it as uint8"
                    path
                    text

        { Kind = plain[0]
          Size = size
          BigEndian = ordered && text[0] = '>' }

    /// How to read element number i, in the file's order; None for a type that holds no such number.
    let numbers (array: NpyArray) : (int -> float) option =
        let size = array.Type.Size

        let data =
            if array.Type.BigEndian && size > 1 then
                let bytes = array.Data.ToArray()

                for start in 0..size .. bytes.Length - size do
                    Array.Reverse(bytes, start, size)

                ReadOnlyMemory bytes
            else
                array.Data

        let at i = data.Slice(i * size, size)

        match array.Type.Kind, size with
        | 'u', 1 -> Some(fun i -> float ((at i).Span[0]))
        | 'i', 1 -> Some(fun i -> float (sbyte ((at i).Span[0])))
        | 'u', 2 -> Some(fun i -> float (BinaryPrimitives.ReadUInt16LittleEndian((at i).Span)))
        | 'i', 2 -> Some(fun i -> float (BinaryPrimitives.ReadInt16LittleEndian((at i).Span)))
        | 'u', 4 -> Some(fun i -> float (BinaryPrimitives.ReadUInt32LittleEndian((at i).Span)))
        | 'i', 4 -> Some(fun i -> float (BinaryPrimitives.ReadInt32LittleEndian((at i).Span)))
        | 'u', 8 -> Some(fun i -> float (BinaryPrimitives.ReadUInt64LittleEndian((at i).Span)))
        | 'i', 8 -> Some(fun i -> float (BinaryPrimitives.ReadInt64LittleEndian((at i).Span)))
        | 'f', 4 -> Some(fun i -> float (BinaryPrimitives.ReadSingleLittleEndian((at i).Span)))
        | 'f', 8 -> Some(fun i -> BinaryPrimitives.ReadDoubleLittleEndian((at i).Span))
        | _ -> None

    /// N x 784, N x H x W or N x H x W x C (1 or 3 channels) as N x H x W x C or N x H x W.
    let private imageShape path (array: NpyArray) =
        match array.Shape with
        | [| n; 784 |] -> [| n; 28; 28 |]
        | [| _; _; _ |]
        | [| _; _; _; (1 | 3) |] -> array.Shape
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

        if Arrays.count shape = 0 then
            BadInput.fail "%s holds no images: its shape is %s" path (shapeText array.Shape)

        let pixel (value: float) =
            if not (value >= 0.0 && value <= 1.0) then
                BadInput.fail
                    "%s holds the value %g: %s images must lie in [0, 1]; divide by 255, or save as uint8"
                    path
                    value
                    (typeText array.Type)

            float32 value

        let values =
            match array.Type.Kind, array.Type.Size, numbers array with
            | 'u', 1, _ -> Arrays.unit (array.Data.ToArray())
            | ('i' | 'f'), (4 | 8), Some number -> Array.init (Arrays.count shape) (number >> pixel)
            | _ ->
                BadInput.fail
                    "%s holds elements of type %s: images are u1 (0 to 255), or i4, i8, f4, f8 in [0, 1]"
                    path
                    (typeText array.Type)

        let shape, values = Arrays.channelsFirst shape (fileSteps array shape) values

        { Shape = (if shape.Length = 4 && shape[1] = 1 then Array.removeAt 1 shape else shape)
          Values = values }

    /// Labels from a one-dimensional array of integers of any size, each in 0..255; `BadInput` for anything else.
    let labels (path: string) (array: NpyArray) : byte[] =
        let label (value: float) =
            if value < 0.0 || value > 255.0 then
                BadInput.fail "%s holds the label %g: labels are integers from 0 to 255" path value

            byte value

        match array.Shape, array.Type.Kind, numbers array with
        | [| n |], ('u' | 'i'), Some number -> Array.init n (number >> label)
        | _ ->
            BadInput.fail
                "%s holds %s elements of type %s: labels are a one-dimensional array of integers"
                path
                (shapeText array.Shape)
                (typeText array.Type)

namespace Workbench

open System
open System.IO
open System.IO.Compression
open System.Threading.Tasks

/// Unsigned bytes with a shape, the last dimension varying fastest.
type ByteArray = { Shape: int[]; Bytes: byte[] }

/// Single-precision numbers with a shape, the last dimension varying fastest.
type FloatArray = { Shape: int[]; Values: float32[] }

/// What readers of image files share: how many elements they believe in, from bytes to [0, 1], from channels last to first.
[<RequireQualifiedAccess>]
module Arrays =
    /// `60000 x 28 x 28`.
    let text (shape: 'T[]) : string = String.Join(" x ", shape)

    /// The shape as 32-bit sizes; `BadInput` naming the file `path` where a size is negative or the elements are more than 2^30,
    /// five times the whole of MNIST-M at 32 x 32 x 3.
    let checkShape (path: string) (shape: int64[]) : int[] =
        let most = 1L <<< 30
        let times n size = min n (most + 1L) * size

        if
            Array.exists (fun size -> size < 0L || size > most) shape
            || Array.fold times 1L shape > most
        then
            BadInput.fail
                $"{path} claims the shape {text shape}; up to {most} elements are read: is it damaged?"

        Array.map int shape

    /// The bits of a number of up to 8 bytes.
    let bits (bigEndian: bool) (bytes: ReadOnlySpan<byte>) : uint64 =
        let mutable value = 0UL

        for i in 0 .. bytes.Length - 1 do
            let at = if bigEndian then i else bytes.Length - 1 - i
            value <- (value <<< 8) ||| uint64 bytes[at]

        value

    /// The number of elements of a shape.
    let count (shape: int[]) : int = Array.fold (*) 1 shape

    /// The steps between neighbours along each axis of an array whose last axis varies fastest.
    let strides (shape: int[]) : int[] =
        Array.scanBack (*) shape 1 |> Array.tail

    let private crcTable =
        let step n =
            if n &&& 1u = 1u then 0xEDB88320u ^^^ (n >>> 1) else n >>> 1

        Array.init 256 (fun n -> Seq.fold (fun n _ -> step n) (uint32 n) (seq { 1..8 }))

    /// The checksum of PNG and zip files.
    let crc32 (bytes: byte[]) : uint32 =
        let mutable crc = 0xFFFFFFFFu

        for b in bytes do
            crc <- crcTable[int ((crc ^^^ uint32 b) &&& 0xFFu)] ^^^ (crc >>> 8)

        ~~~crc

    /// Deflate cannot shrink data by more than this factor (zlib's technical notes: 1032 to 1).
    let mostDeflation = 1032L

    /// Bytes as numbers in [0, 1]: each divided by 255, in single precision.
    let unit (bytes: byte[]) : float32[] =
        Array.Parallel.map (fun (b: byte) -> float32 b / 255f) bytes

    /// The elements in order as N x H x W, or N x C x H x W where there are several channels. `axes` says which axes of the source
    /// are N, C, H and W (-1 for C: none is), `steps` how far apart neighbours along each of its axes are.
    let planes (axes: int[]) (shape: int[]) (steps: int[]) (source: 'T[]) : int[] * 'T[] =
        let pick missing (sizes: int[]) =
            axes |> Array.map (fun axis -> if axis < 0 then missing else sizes[axis])

        let shape, steps = pick 1 shape, pick 0 steps
        let channels, height, width = shape[1], shape[2], shape[3]
        let target = Array.zeroCreate source.Length

        let copyItem n =
            for c in 0 .. channels - 1 do
                for y in 0 .. height - 1 do
                    let from = n * steps[0] + c * steps[1] + y * steps[2]
                    let at = ((n * channels + c) * height + y) * width

                    for x in 0 .. width - 1 do
                        target[at + x] <- source[from + x * steps[3]]

        Parallel.For(0, shape[0], copyItem) |> ignore
        (if channels = 1 then Array.removeAt 1 shape else shape), target

    /// `planes` of N x H x W or N x H x W x C.
    let channelsFirst (array: ByteArray) : ByteArray =
        let axes = if array.Shape.Length = 4 then [| 0; 3; 1; 2 |] else [| 0; -1; 1; 2 |]
        let shape, bytes = planes axes array.Shape (strides array.Shape) array.Bytes
        { Shape = shape; Bytes = bytes }

/// The IDX format of the MNIST files, plain or gzip-compressed: `00 00 08 D`, then D big-endian 32-bit sizes, then the items as
/// unsigned bytes (http://yann.lecun.com/exdb/mnist). A header is believed only as far as the file's own size allows.
[<RequireQualifiedAccess>]
module Idx =
    /// 1 to 4 positive sizes.
    let private readShape path (source: Stream) : int[] =
        let magic = Files.take path source 4

        if magic[0] <> 0uy || magic[1] <> 0uy then
            BadInput.fail
                $"{path} is not an IDX file (it starts with {Convert.ToHexString(magic, 0, 2)} instead of 0000): give an IDX or .npy file"

        if magic[2] <> 8uy then
            BadInput.fail
                $"{path} is an IDX file of element type 0x%02X{magic[2]}: only 0x08, unsigned bytes, is read"

        let dimensions = int magic[3]

        if dimensions < 1 || dimensions > 4 then
            BadInput.fail $"{path} claims {dimensions} dimensions: an IDX file here has 1 to 4"

        let sizes = Files.take path source (4 * dimensions)

        let shape =
            Array.init dimensions (fun i ->
                int64 (Arrays.bits true (ReadOnlySpan(sizes, 4 * i, 4))))

        if Array.contains 0L shape then
            BadInput.fail $"{path} is empty: its header says {Arrays.text shape}"

        Arrays.checkShape path shape

    /// Reads what should have `size` bytes by the file's length or gzip trailer.
    let private readItems path (source: Stream) (size: int64) : ByteArray =
        let shape = readShape path source
        let items = Arrays.count shape
        let expected = int64 items + 4L * int64 (shape.Length + 1)

        if expected <> size then
            BadInput.fail
                $"{path} is cut short or damaged: it has {size} bytes by its length or gzip trailer, where its header asks for {expected}; fetch it again"

        let bytes = Files.take path source items

        if source.ReadByte() >= 0 then
            BadInput.fail $"{path} is damaged: it goes on after its last item; fetch it again"

        { Shape = shape; Bytes = bytes }

    /// Reads an IDX file of unsigned bytes with 1 to 4 dimensions, gzip or plain (told apart by content, not by name).
    /// Raises `BadInput` when the file is missing, damaged, or holds anything else.
    let read (path: string) : ByteArray =
        Files.openRead path (fun file ->
            let at (position: int64) count =
                file.Position <- max 0L position
                let bytes = Array.zeroCreate<byte> count
                file.ReadAtLeast(bytes, count, throwOnEndOfStream = false) |> ignore
                file.Position <- 0L
                Arrays.bits false (ReadOnlySpan bytes)

            if file.Length = 0L then
                BadInput.fail $"{path} is empty: fetch it again"

            if at 0L 2 = 0x8b1fUL then
                // The last four bytes are the size of the content modulo 2^32 (RFC 1952).
                let size = int64 (at (file.Length - 4L) 4)
                use unzipped = new GZipStream(file, CompressionMode.Decompress, leaveOpen = true)
                readItems path unzipped (min size (Arrays.mostDeflation * (file.Length + 1L)))
            else
                readItems path file file.Length)

    /// Whether the file `path` begins as an IDX file does, plain or gzip.
    let isIdx (path: string) : bool =
        Files.openRead path (fun file ->
            let start = Array.zeroCreate<byte> 3
            let count = file.ReadAtLeast(start, 3, throwOnEndOfStream = false)

            count = 3
            && (start = [| 0uy; 0uy; 8uy |] || Array.truncate 2 start = [| 0x1fuy; 0x8buy |]))

    /// `read` of N x H x W or N x H x W x C images, with their channels first.
    let readImages (path: string) : ByteArray =
        let array = read path

        if array.Shape.Length < 3 then
            BadInput.fail
                $"{path} has {array.Shape.Length} dimensions: images have three, or four with their channels"

        Arrays.channelsFirst array

    /// Writes an IDX file, gzip-compressed when `path` ends in `.gz`. `ArgumentException` when the shape is not 1 to 4 positive
    /// sizes whose product is the number of bytes.
    let write (path: string) (array: ByteArray) : unit =
        let sizes = Array.map int64 array.Shape
        let rank = sizes.Length

        if
            rank < 1
            || rank > 4
            || Array.exists (fun size -> size < 1L) sizes
            || Array.fold (*) 1L sizes <> array.Bytes.LongLength
        then
            invalidArg (nameof array) "an IDX array has 1 to 4 positive sizes, and as many bytes"

        let bigEndian (n: int) =
            [| byte (n >>> 24); byte (n >>> 16); byte (n >>> 8); byte n |]

        let bytes =
            Array.concat
                [ [| 0uy; 0uy; 8uy; byte rank |]
                  Array.collect bigEndian array.Shape
                  array.Bytes ]

        Files.replace path (fun file ->
            if path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) then
                use zipped = new GZipStream(file, CompressionLevel.Optimal, leaveOpen = true)
                zipped.Write(ReadOnlySpan bytes)
            else
                file.Write(ReadOnlySpan bytes))

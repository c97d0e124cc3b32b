namespace Workbench

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression

/// The IDX format of the MNIST files, plain or gzip-compressed: `00 00 08 D`, then D big-endian 32-bit sizes, then the items as
/// unsigned bytes (http://yann.lecun.com/exdb/mnist). A header is believed only as far as the file's own size allows.
[<RequireQualifiedAccess>]
module Idx =
    /// Deflate cannot shrink data by more than this factor (zlib's technical notes: 1032 to 1).
    let private mostDeflation = 1032L

    /// 1 to 4 positive sizes.
    let private readShape path (source: Stream) : int[] =
        let magic = Files.take path source 4

        if magic[0] <> 0uy || magic[1] <> 0uy then
            BadInput.fail
                "%s is not an IDX file (it starts with %s instead of 0000): give an IDX or .npy file"
                path
                (Convert.ToHexString(magic, 0, 2))

        if magic[2] <> 8uy then
            BadInput.fail
                "%s is an IDX file of element type 0x%02X: only 0x08, unsigned bytes, is read"
                path
                magic[2]

        let dimensions = int magic[3]

        if dimensions < 1 || dimensions > 4 then
            BadInput.fail "%s claims %d dimensions: an IDX file here has 1 to 4" path dimensions

        let sizes = Files.take path source (4 * dimensions)

        let shape =
            Array.init dimensions (fun i ->
                int64 (BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan(sizes, 4 * i, 4))))

        if Array.contains 0L shape then
            BadInput.fail "%s is empty: its header says %s" path (String.Join(" x ", shape))

        Arrays.checkShape path shape

    /// Reads what should have `size` bytes by the file's length or gzip trailer.
    let private readItems path (source: Stream) (size: int64) : ByteArray =
        let shape = readShape path source
        let items = Arrays.count shape
        let expected = int64 items + 4L * int64 (shape.Length + 1)

        if expected <> size then
            BadInput.fail
                "%s is cut short or damaged: it has %d bytes by its length or gzip trailer, where its header asks for %d; fetch it again"
                path
                size
                expected

        let bytes = Files.take path source items

        if source.ReadByte() >= 0 then
            BadInput.fail "%s is damaged: it goes on after its last item; fetch it again" path

        { Shape = shape; Bytes = bytes }

    /// Reads an IDX file of unsigned bytes with 1 to 4 dimensions, gzip or plain (told apart by content, not by name).
    /// Raises `BadInput` when the file is missing, damaged, or holds anything else.
    let read (path: string) : ByteArray =
        Files.openRead path (fun file ->
            let at (position: int64) count =
                file.Position <- max 0L position
                let bytes = Array.zeroCreate<byte> 4
                file.ReadAtLeast(Span(bytes, 0, count), count, false) |> ignore
                file.Position <- 0L
                BinaryPrimitives.ReadUInt32LittleEndian bytes

            if file.Length = 0L then
                BadInput.fail "%s is empty: fetch it again" path

            if at 0L 2 = 0x8b1fu then
                // The last four bytes are the size of the content modulo 2^32 (RFC 1952).
                let size = int64 (at (file.Length - 4L) 4)
                use unzipped = new GZipStream(file, CompressionMode.Decompress, leaveOpen = true)
                readItems path unzipped (min size (mostDeflation * (file.Length + 1L)))
            else
                readItems path file file.Length)

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

namespace Workbench

open System
open System.Buffers.Binary
open System.IO
open System.IO.Compression

/// The IDX format of the MNIST files, plain or gzip-compressed: `00 00 08 D`, then D big-endian 32-bit sizes, then the items as
/// unsigned bytes (http://yann.lecun.com/exdb/mnist). A header is believed only as far as the file's own size allows.
[<RequireQualifiedAccess>]
module Idx =
    /// The most items an array may hold: 2^30, five times the whole of MNIST-M at 32x32x3.
    let private mostItems = 1L <<< 30

    /// Deflate cannot shrink data by more than this factor (zlib's technical notes: 1032 to 1).
    let private mostDeflation = 1032L

    let private isGzip (file: Stream) =
        let head = Array.zeroCreate<byte> 2
        let got = file.ReadAtLeast(head, 2, throwOnEndOfStream = false)
        file.Position <- 0L
        got = 2 && head[0] = 0x1fuy && head[1] = 0x8buy

    let private shapeText (shape: int64[]) = String.Join(" x ", shape)

    let private fill path (source: Stream) (target: byte[]) =
        if
            source.ReadAtLeast(target, target.Length, throwOnEndOfStream = false) < target.Length
        then
            BadInput.fail "%s is cut short: fetch it again" path

    /// The sizes in the header, all positive, their product within `mostItems`.
    let private readHeader path (source: Stream) : int64[] =
        let magic = Array.zeroCreate<byte> 4
        fill path source magic

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

        let sizes = Array.zeroCreate<byte>(4 * dimensions)
        fill path source sizes

        let shape =
            Array.init dimensions (fun i ->
                int64 (BinaryPrimitives.ReadUInt32BigEndian(ReadOnlySpan(sizes, 4 * i, 4))))

        let items =
            Array.fold (fun n size -> if n > mostItems then n else n * size) 1L shape

        if Array.contains 0L shape then
            BadInput.fail "%s is empty: its header says %s items" path (shapeText shape)

        if items > mostItems then
            BadInput.fail
                "%s claims %s items, more than the %d that are read: is it damaged?"
                path
                (shapeText shape)
                mostItems

        shape

    /// The last four bytes of a gzip file: the size of its content modulo 2^32 (RFC 1952).
    let private gzipContentSize path (file: FileStream) =
        let tail = Array.zeroCreate<byte> 4
        file.Position <- max 0L (file.Length - 4L)
        fill path file tail
        file.Position <- 0L
        BinaryPrimitives.ReadUInt32LittleEndian(ReadOnlySpan tail)

    let private checkPlainSize path expected (file: FileStream) =
        if file.Length < expected then
            BadInput.fail
                "%s is cut short: it has %d bytes where its header asks for %d; fetch it again"
                path
                file.Length
                expected

        if file.Length > expected then
            BadInput.fail
                "%s has %d bytes where its header asks for %d: is it damaged?"
                path
                file.Length
                expected

    let private checkGzipSize path expected (contentSize: uint32) (file: FileStream) =
        if expected / mostDeflation > file.Length then
            BadInput.fail
                "%s is cut short: its header asks for %d bytes, which %d compressed bytes cannot hold; fetch it again"
                path
                expected
                file.Length

        if contentSize <> uint32 expected then
            BadInput.fail
                "%s is cut short or damaged: its header asks for %d bytes, its gzip trailer says %d; fetch it again"
                path
                expected
                contentSize

    let private readItems path (source: Stream) checkSize : ByteArray =
        let shape = readHeader path source
        let items = Array.fold (*) 1L shape
        checkSize (items + 4L * int64 (shape.Length + 1))
        let bytes = GC.AllocateUninitializedArray<byte>(int items)
        fill path source bytes

        if source.ReadByte() >= 0 then
            BadInput.fail "%s goes on after its last item: is it damaged?" path

        { Shape = Array.map int shape
          Bytes = bytes }

    /// Reads an IDX file of unsigned bytes with 1 to 4 dimensions, gzip or plain (told apart by content, not by name).
    /// Raises `BadInput` when the file is missing, damaged, or holds anything else.
    let read (path: string) : ByteArray =
        Files.openRead path (fun file ->
            if file.Length = 0L then
                BadInput.fail "%s is empty: fetch it again" path

            if isGzip file then
                let contentSize = gzipContentSize path file
                use unzipped = new GZipStream(file, CompressionMode.Decompress, leaveOpen = true)
                readItems path unzipped (fun size -> checkGzipSize path size contentSize file)
            else
                readItems path file (fun size -> checkPlainSize path size file))

    let private writeTo (target: Stream) (array: ByteArray) =
        let header = Array.zeroCreate<byte>(4 * (array.Shape.Length + 1))
        header[2] <- 8uy
        header[3] <- byte array.Shape.Length

        array.Shape
        |> Array.iteri (fun i size ->
            BinaryPrimitives.WriteInt32BigEndian(Span(header, 4 * (i + 1), 4), size))

        target.Write(header, 0, header.Length)
        target.Write(array.Bytes, 0, array.Bytes.Length)

    /// Writes an IDX file, gzip-compressed when `path` ends in `.gz`. `ArgumentException` when the shape is not 1 to 4 positive
    /// sizes whose product is the number of bytes.
    let write (path: string) (array: ByteArray) : unit =
        if
            array.Shape.Length < 1
            || array.Shape.Length > 4
            || Array.exists (fun n -> n < 1) array.Shape
        then
            invalidArg (nameof array) "an IDX array has 1 to 4 positive sizes"

        if
            Array.fold (fun n size -> n * int64 size) 1L array.Shape
            <> array.Bytes.LongLength
        then
            invalidArg (nameof array) "the sizes do not multiply to the number of bytes"

        Files.replace path (fun file ->
            if path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) then
                use zipped = new GZipStream(file, CompressionLevel.Optimal, leaveOpen = true)
                writeTo zipped array
            else
                writeTo file array)

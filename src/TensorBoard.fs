namespace Workbench

open System
open System.Buffers.Binary
open System.IO
open System.Numerics
open Google.Protobuf

/// What TensorBoard shows of a step under one name.
[<RequireQualifiedAccess>]
type Logged =
    | Scalar of float
    /// PNG.
    | Picture of byte[]
    | Histogram of float list

/// Files of events, as TensorBoard reads them: TFRecords of `tensorflow/core/util/event.proto`. TorchSharp's own writer names them by
/// another clock, and there is none on the managed engine.
[<RequireQualifiedAccess>]
module TensorBoard =

    let private start = "events.out.tfevents."

    /// The name of a file that is begun at a time; TensorBoard reads the files of a folder in the order of their names.
    let fileName (begun: DateTimeOffset) : string =
        $"{start}{begun.ToUnixTimeSeconds()}.workbench"

    /// Those of a folder.
    let files (folder: string) : string[] =
        Directory.GetFiles(folder, start + "*") |> Array.sort

    /// A TFRecord's checksum: CRC-32C, turned and shifted, since a checksum of what holds its own says little.
    let private checksum (bytes: byte[]) : uint32 =
        let crc =
            ~~~(bytes |> Array.fold (fun crc byte -> BitOperations.Crc32C(crc, byte)) ~~~0u)

        BitOperations.RotateRight(crc, 15) + 0xA282EAD8u

    /// The length, its checksum, the bytes, theirs.
    let private record (bytes: byte[]) : byte[] =
        let length, sum = Array.zeroCreate<byte> 8, Array.zeroCreate<byte> 4
        BinaryPrimitives.WriteInt64LittleEndian(length, bytes.Length)

        let summed (bytes: byte[]) =
            BinaryPrimitives.WriteUInt32LittleEndian(sum, checksum bytes)
            Array.append bytes sum

        Array.append (summed length) (summed bytes)

    let private message (write: CodedOutputStream -> unit) : byte[] =
        use target = new MemoryStream()
        using (new CodedOutputStream(target)) write
        target.ToArray()

    let private bytes (field: int) (value: byte[]) (out: CodedOutputStream) =
        out.WriteTag(field, WireFormat.WireType.LengthDelimited)
        out.WriteBytes(UnsafeByteOperations.UnsafeWrap value)

    let private text field (value: string) =
        bytes field (Text.Encoding.UTF8.GetBytes value)

    let private whole (field: int) (value: int64) (out: CodedOutputStream) =
        out.WriteTag(field, WireFormat.WireType.Varint)
        out.WriteInt64 value

    let private real (field: int) (value: float) (out: CodedOutputStream) =
        out.WriteTag(field, WireFormat.WireType.Fixed64)
        out.WriteDouble value

    let private reals field (values: float list) =
        bytes field (message (fun out -> values |> List.iter out.WriteDouble))

    let private all (writes: (CodedOutputStream -> unit) list) : byte[] =
        message (fun out -> writes |> List.iter (fun write -> write out))

    /// Buckets of a histogram, all as wide.
    let private buckets = 30

    let private histogram (values: float list) =
        let least, most = List.min values, List.max values
        let width = (most - least) / float buckets

        let place value =
            if width = 0.0 then 0 else min (buckets - 1) (int ((value - least) / width))

        let counts = values |> List.countBy place |> Map.ofList

        all
            [ real 1 least
              real 2 most
              real 3 (float values.Length)
              real 4 (List.sum values)
              real 5 (values |> List.sumBy (fun value -> value * value))
              reals 6 [ for bucket in 1..buckets -> least + width * float bucket ]
              reals
                  7
                  [ for bucket in 0 .. buckets - 1 ->
                        counts.TryFind bucket |> Option.defaultValue 0 |> float ] ]

    let private image (png: byte[]) =
        let width, height = Png.size png |> Option.defaultValue (0, 0)
        let rgb = 3L // how TensorBoard is to show it, whatever the file has
        all [ whole 1 (int64 height); whole 2 (int64 width); whole 3 rgb; bytes 4 png ]

    let private value (name: string, logged: Logged) =
        let told (out: CodedOutputStream) =
            match logged with
            | Logged.Scalar number ->
                out.WriteTag(2, WireFormat.WireType.Fixed32)
                out.WriteFloat(float32 number)
            | Logged.Picture png -> bytes 4 (image png) out
            | Logged.Histogram values -> bytes 5 (histogram values) out

        bytes 1 (all [ text 1 name; told ])

    let private event (time: DateTimeOffset) (step: int) content =
        let seconds = float (time.ToUnixTimeMilliseconds()) / 1000.0
        record (all [ real 1 seconds; whole 2 (int64 step); content ])

    /// Appends an event to a file; a new one says first which version it has.
    let private write (path: string) time step content =
        use file = new FileStream(path, FileMode.Append)

        if file.Length = 0L then
            file.Write(ReadOnlySpan(event time 0 (text 3 "brain.Event:2")))

        file.Write(ReadOnlySpan(event time step content))

    /// Appends to a file of events what a step is told by, at a time.
    let append (path: string) (time: DateTimeOffset) (step: int) (told: (string * Logged) list) =
        bytes 5 (all (List.map value told)) |> write path time step

    /// Says in a file of events that steps from this one on are taken again: TensorBoard forgets those of earlier files.
    let restart (path: string) (time: DateTimeOffset) (step: int) =
        let isStart = 1L
        bytes 7 (all [ whole 1 isStart ]) |> write path time step

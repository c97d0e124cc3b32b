namespace Workbench

open System
open System.Buffers.Binary
open System.IO
open System.Text.Encodings.Web
open System.Text.Json
open TorchSharp

/// A tensor as the header of a safetensors file describes it.
type internal TensorEntry =
    {
        Name: string
        Type: torch.ScalarType
        TypeName: string
        /// Bytes of an element.
        Size: int64
        Shape: int64[]
        /// Where its bytes begin and end, counted from the header's end.
        Begin: int64
        End: int64
    }

/// The header of a safetensors file, as it is written: 8 bytes that tell its length, then JSON.
[<RequireQualifiedAccess>]
module internal SafetensorsHeader =

    /// Element types: the format's name, the tensor's type, bytes.
    let types =
        [ "F64", torch.ScalarType.Float64, 8L
          "I64", torch.ScalarType.Int64, 8L
          "F32", torch.ScalarType.Float32, 4L
          "I32", torch.ScalarType.Int32, 4L
          "U8", torch.ScalarType.Byte, 1L
          "BOOL", torch.ScalarType.Bool, 1L ]

    /// Under this name the header has texts instead of a tensor.
    let metadataName = "__metadata__"

    /// Headers and tensors are placed at multiples of so many bytes.
    let private alignment = 8

    let private entry name (tensor: torch.Tensor) =
        match types |> List.tryFind (fun (_, dtype, _) -> dtype = tensor.dtype) with
        | _ when name = metadataName -> invalidArg name "no tensor may have this name"
        | None -> invalidArg name $"a tensor of {tensor.dtype} can't be written"
        | Some(typeName, dtype, size) ->
            { Name = name
              Type = dtype
              TypeName = typeName
              Size = size
              Shape = tensor.shape
              Begin = 0L
              End = tensor.numel () * size }

    /// Tensors in the order in which they are to lie: large elements first, so that each lies at a multiple of its size; then by
    /// name. `ArgumentException` for other element types.
    let layOut (tensors: Map<string, torch.Tensor>) : TensorEntry list =
        let place at (entry: TensorEntry) =
            { entry with
                Begin = at
                End = at + entry.End },
            at + entry.End

        [ for KeyValue(name, tensor) in tensors -> entry name tensor ]
        |> List.sortBy (fun entry -> -entry.Size)
        |> List.mapFold place 0L
        |> fst

    let private writeJson (writer: Utf8JsonWriter) (metadata: Map<string, string>) entries =
        let numbers (name: string) (values: int64 seq) =
            writer.WriteStartArray name
            values |> Seq.iter writer.WriteNumberValue
            writer.WriteEndArray()

        writer.WriteStartObject()

        if not metadata.IsEmpty then
            writer.WriteStartObject metadataName

            for KeyValue(name, text) in metadata do
                writer.WriteString(name, text)

            writer.WriteEndObject()

        for entry in entries do
            writer.WriteStartObject entry.Name
            writer.WriteString("dtype", entry.TypeName)
            numbers "shape" entry.Shape
            numbers "data_offsets" [ entry.Begin; entry.End ]
            writer.WriteEndObject()

        writer.WriteEndObject()

    let private json metadata entries =
        use memory = new MemoryStream()

        let options =
            JsonWriterOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

        using (new Utf8JsonWriter(memory, options)) (fun writer ->
            writeJson writer metadata entries)

        while memory.Length % int64 alignment <> 0L do
            memory.WriteByte(byte ' ')

        memory.ToArray()

    /// Writes the header of these texts and tensors.
    let write (target: Stream) (metadata: Map<string, string>) (entries: TensorEntry list) : unit =
        let json = json metadata entries
        let length = Array.zeroCreate<byte> 8
        BinaryPrimitives.WriteInt64LittleEndian(length, json.LongLength)
        target.Write(length, 0, length.Length)
        target.Write(json, 0, json.Length)

namespace Workbench

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.IO
open System.Text
open System.Text.Encodings.Web
open System.Text.Json
open TorchSharp

/// Tensors by name, and texts beside them.
type SavedTensors =
    { Tensors: Map<string, torch.Tensor>
      Metadata: Map<string, string> }

/// The safetensors format: eight bytes that give the length of a JSON header, the header (of each tensor its type, its shape and
/// where it lies), then the numbers, little endian, without gaps. Nothing in a file is ever executed.
[<RequireQualifiedAccess>]
module Safetensors =

    let private types =
        [ "F32", torch.ScalarType.Float32, 4L
          "F64", torch.ScalarType.Float64, 8L
          "I64", torch.ScalarType.Int64, 8L
          "I32", torch.ScalarType.Int32, 4L
          "U8", torch.ScalarType.Byte, 1L
          "BOOL", torch.ScalarType.Bool, 1L ]

    let private metadataName = "__metadata__"

    /// Longer headers are refused, as by the format's own library.
    let private longestHeader = 100_000_000L

    /// What a header says of a tensor.
    type private Entry =
        { Name: string
          Type: torch.ScalarType
          Shape: int64[]
          From: int64
          Until: int64 }

    let private sizeOf kind =
        let _, _, size = types |> List.find (fun (_, scalar, _) -> scalar = kind)
        size

    let private nameOf (kind: torch.ScalarType) =
        match types |> List.tryFind (fun (_, scalar, _) -> scalar = kind) with
        | Some(name, _, _) -> name
        | None -> invalidArg (nameof kind) $"safetensors: {kind} has no name there"

    let private layOut (tensors: Map<string, torch.Tensor>) : Entry list =
        (([], 0L), tensors)
        ||> Map.fold (fun (entries, from) name tensor ->
            let until = from + tensor.numel () * sizeOf tensor.dtype

            { Name = name
              Type = tensor.dtype
              Shape = tensor.shape
              From = from
              Until = until }
            :: entries,
            until)
        |> fst
        |> List.rev

    let private writeEntry (json: Utf8JsonWriter) (entry: Entry) =
        let numbers (name: string) (values: int64 seq) =
            json.WriteStartArray name
            values |> Seq.iter json.WriteNumberValue
            json.WriteEndArray()

        json.WriteStartObject entry.Name
        json.WriteString("dtype", nameOf entry.Type)
        numbers "shape" entry.Shape
        numbers "data_offsets" [ entry.From; entry.Until ]
        json.WriteEndObject()

    /// The header, filled up with blanks so that the numbers start at a multiple of 8.
    let private headerOf (metadata: Map<string, string>) (entries: Entry list) =
        use memory = new MemoryStream()

        let options =
            JsonWriterOptions(Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping)

        using (new Utf8JsonWriter(memory, options)) (fun json ->
            json.WriteStartObject()

            if not metadata.IsEmpty then
                json.WriteStartObject metadataName
                metadata |> Map.iter (fun name text -> json.WriteString(name, text))
                json.WriteEndObject()

            entries |> List.iter (writeEntry json)
            json.WriteEndObject())

        while memory.Length % 8L <> 0L do
            memory.WriteByte(byte ' ')

        memory.ToArray()

    /// Writes the file under a temporary name and renames it. Equal tensors and texts give equal bytes.
    let write (path: string) (saved: SavedTensors) : unit =
        let header = headerOf saved.Metadata (layOut saved.Tensors)
        let length = Array.zeroCreate<byte> 8
        BinaryPrimitives.WriteInt64LittleEndian(length, int64 header.Length)

        Files.replace path (fun stream ->
            stream.Write(length, 0, length.Length)
            stream.Write(header, 0, header.Length)

            for KeyValue(_, tensor) in saved.Tensors do
                use cpu = tensor.detach().contiguous().cpu()
                stream.Write(Span.op_Implicit cpu.bytes: ReadOnlySpan<byte>))

    let private damaged (path: string) (what: string) =
        BadInput.fail "%s is damaged: %s; fetch it again, or take an earlier copy" path what

    let private wholeNumbers path (name: string) (field: string) (item: JsonElement) =
        match item.TryGetProperty field with
        | true, list when list.ValueKind = JsonValueKind.Array ->
            [| for number in list.EnumerateArray() do
                   match number.ValueKind with
                   | JsonValueKind.Number when fst (number.TryGetInt64()) && number.GetInt64() >= 0L ->
                       number.GetInt64()
                   | _ -> damaged path $"{field} of {name} holds {number.GetRawText()}" |]
        | _ -> damaged path $"its header does not give {field} of {name}"

    let private typeOf path (name: string) (item: JsonElement) =
        match item.TryGetProperty "dtype" with
        | true, text when text.ValueKind = JsonValueKind.String ->
            match types |> List.tryFind (fun (known, _, _) -> known = text.GetString()) with
            | Some(_, kind, _) -> kind
            | None -> damaged path $"{name} is of a type that is not known here, {text.GetString()}"
        | _ -> damaged path $"its header does not give dtype of {name}"

    /// The bytes that a shape asks for, at most `limit`.
    let private bytesOf path (name: string) kind (shape: int64[]) (limit: int64) =
        let mutable bytes = sizeOf kind

        if Array.contains 0L shape then
            0L
        else
            for side in shape do
                if side > limit / bytes then
                    damaged path $"the shape of {name} asks for more numbers than the file holds"

                bytes <- bytes * side

            bytes

    let private entryOf path (dataBytes: int64) (field: JsonProperty) : Entry =
        let name, item = field.Name, field.Value

        if item.ValueKind <> JsonValueKind.Object then
            damaged path $"its header says nothing of {name}"

        let kind = typeOf path name item
        let shape = wholeNumbers path name "shape" item

        match wholeNumbers path name "data_offsets" item with
        | [| from; until |] when from <= until && until <= dataBytes ->
            if until - from <> bytesOf path name kind shape (max 8L dataBytes) then
                damaged path $"the shape of {name} does not fit its {until - from} bytes"

            { Name = name
              Type = kind
              Shape = shape
              From = from
              Until = until }
        | _ -> damaged path $"{name} lies outside of the file"

    let private checkLayout path (dataBytes: int64) (entries: Entry list) =
        let ordered = entries |> List.sortBy (fun entry -> entry.From, entry.Until)

        let until =
            (0L, ordered)
            ||> List.fold (fun until entry ->
                if entry.From < until then damaged path $"{entry.Name} overlaps another tensor"
                elif entry.From > until then damaged path $"there is a gap before {entry.Name}"
                else entry.Until)

        if until <> dataBytes then
            damaged path "it holds more bytes than its header tells of"

    let private metadataOf path (item: JsonElement) =
        if item.ValueKind <> JsonValueKind.Object then
            damaged path "its __metadata__ is no object"

        Map.ofList
            [ for field in item.EnumerateObject() do
                  if field.Value.ValueKind <> JsonValueKind.String then
                      damaged path $"{field.Name} of its __metadata__ is no text"

                  field.Name, field.Value.GetString() ]

    let private parse path (dataBytes: int64) (header: byte[]) =
        use document =
            try
                JsonDocument.Parse(ReadOnlyMemory header)
            with :? JsonException ->
                damaged path "its header is no JSON"

        if document.RootElement.ValueKind <> JsonValueKind.Object then
            damaged path "its header is no object"

        let fields = List.ofSeq (document.RootElement.EnumerateObject())

        if (fields |> List.distinctBy _.Name).Length < fields.Length then
            damaged path "its header names a tensor twice"

        let metadata, tensors =
            fields |> List.partition (fun field -> field.Name = metadataName)

        let entries = tensors |> List.map (entryOf path dataBytes)
        checkLayout path dataBytes entries

        entries,
        metadata
        |> List.tryHead
        |> Option.map (fun field -> metadataOf path field.Value)
        |> Option.defaultValue Map.empty

    let private readHeader path (stream: Stream) =
        let length = Array.zeroCreate<byte> 8

        if stream.Length < 8L then
            damaged path "it is shorter than a header's length"

        stream.ReadExactly(Span length)
        let bytes = BinaryPrimitives.ReadInt64LittleEndian length

        if bytes < 0L || bytes > min longestHeader (stream.Length - 8L) then
            damaged path "the length of its header does not fit the file"

        let header = Array.zeroCreate<byte>(int bytes)
        stream.ReadExactly(Span header)
        header

    let private readTensor path (stream: Stream) (start: int64) (entry: Entry) =
        let tensor = torch.empty (entry.Shape, dtype = entry.Type)
        stream.Position <- start + entry.From
        stream.ReadExactly tensor.bytes

        if
            entry.Type = torch.ScalarType.Bool
            && tensor.bytes.IndexOfAnyExceptInRange(0uy, 1uy) >= 0
        then
            damaged path $"{entry.Name} holds numbers that are neither true nor false"

        entry.Name, tensor.DetachFromDisposeScope()

    /// Reads a file. What is missing, damaged or of a type unknown here raises `BadInput` that names the file.
    let read (path: string) : SavedTensors =
        Files.openRead path (fun stream ->
            let header = readHeader path stream
            let start = 8L + int64 header.Length
            let entries, metadata = parse path (stream.Length - start) header

            { Tensors = entries |> List.map (readTensor path stream start) |> Map.ofList
              Metadata = metadata })

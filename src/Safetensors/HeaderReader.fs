namespace Workbench

open System
open System.Buffers.Binary
open System.IO
open System.Text
open System.Text.Json
open TorchSharp

/// Reading the header of a safetensors file: it is believed only as far as the file's length allows.
[<RequireQualifiedAccess>]
module internal SafetensorsHeaderReader =

    /// The longest header read, as in the format's own library.
    let private mostHeader = 100_000_000L

    let private mostDimensions = 32

    let private readLength path (source: Stream) =
        if source.Length < 8L then
            BadInput.fail
                "%s is no safetensors file, or cut short: it has %d bytes, not even the 8 that tell the header's length"
                path
                source.Length

        let bytes = Array.zeroCreate<byte> 8
        source.ReadExactly bytes
        let length = BinaryPrimitives.ReadUInt64LittleEndian bytes

        if length > uint64 mostHeader then
            BadInput.fail
                "%s claims a header of %d bytes, more than the %d that are read: is it a safetensors file?"
                path
                length
                mostHeader

        if int64 length > source.Length - 8L then
            BadInput.fail
                "%s is cut short: its header should have %d bytes, and %d are left"
                path
                length
                (source.Length - 8L)

        int length

    let private readJson path (source: Stream) =
        let bytes = Array.zeroCreate<byte>(readLength path source)
        source.ReadExactly bytes

        if bytes.Length = 0 || bytes[0] <> byte '{' then
            BadInput.fail "%s is damaged: its header does not start with {" path

        try
            // Bytes that are no UTF-8 would be found only when a name is asked for.
            let text = UTF8Encoding(false, true).GetString bytes
            JsonDocument.Parse(text, JsonDocumentOptions(AllowDuplicateProperties = false))
        with
        | :? JsonException
        | :? InvalidOperationException
        | :? ArgumentException ->
            BadInput.fail "%s is damaged: its header is no JSON with unique names" path

    /// A text of the header; an escaped half of a surrogate pair is none. (In a name it is found at once.)
    let private textOf path (element: JsonElement) =
        try
            element.GetString()
        with :? InvalidOperationException ->
            BadInput.fail "%s is damaged: a text of its header is no text" path

    let private readMetadata path (element: JsonElement) =
        let notTexts () =
            BadInput.fail
                "%s is damaged: its %s are not texts by name"
                path
                SafetensorsHeader.metadataName

        if element.ValueKind <> JsonValueKind.Object then
            notTexts ()

        Map.ofList
            [ for field in element.EnumerateObject() do
                  if field.Value.ValueKind <> JsonValueKind.String then
                      notTexts ()

                  field.Name, textOf path field.Value ]

    let private wholes (element: JsonElement) : int64[] option =
        let whole (item: JsonElement) =
            match item.ValueKind with
            | JsonValueKind.Number ->
                match item.TryGetInt64() with
                | true, value when value >= 0L -> Some value
                | _ -> None
            | _ -> None

        if element.ValueKind <> JsonValueKind.Array then
            None
        else
            let values = [| for item in element.EnumerateArray() -> whole item |]

            if Array.forall Option.isSome values then
                Some(Array.map Option.get values)
            else
                None

    let private field (name: string) (element: JsonElement) =
        match element.ValueKind with
        | JsonValueKind.Object ->
            match element.TryGetProperty name with
            | true, value -> Some value
            | _ -> None
        | _ -> None

    let private checkBytes path (entry: TensorEntry) =
        let expected =
            entry.Shape |> Array.fold (fun n size -> n * bigint size) (bigint entry.Size)

        let given = entry.End - entry.Begin

        if given < 0L || expected <> bigint given then
            BadInput.fail
                "%s is damaged: tensor %s of %s %s does not fit its offsets %d to %d"
                path
                entry.Name
                entry.TypeName
                (String.Join(" x ", entry.Shape))
                entry.Begin
                entry.End

        if given > int64 Int32.MaxValue then
            BadInput.fail "%s: tensor %s has %d bytes, more than are read" path entry.Name given

    let private readEntry path (name: string) (element: JsonElement) : TensorEntry =
        let damaged what =
            BadInput.fail "%s is damaged: tensor %s has no %s" path name what

        let typeName =
            match field "dtype" element with
            | Some text when text.ValueKind = JsonValueKind.String -> textOf path text
            | _ -> damaged "dtype"

        let shape =
            match field "shape" element |> Option.bind wholes with
            | Some shape when shape.Length <= mostDimensions -> shape
            | _ -> damaged $"shape of up to {mostDimensions} sizes"

        let start, finish =
            match field "data_offsets" element |> Option.bind wholes with
            | Some [| start; finish |] -> start, finish
            | _ -> damaged "data_offsets of two numbers"

        let isNamed (known, _, _) = known = typeName

        match List.tryFind isNamed SafetensorsHeader.types with
        | None ->
            BadInput.fail
                "%s holds tensor %s of type %s: F32, F64, I32, I64, U8 and BOOL are read"
                path
                name
                typeName
        | Some(_, dtype, size) ->
            let entry =
                { Name = name
                  Type = dtype
                  TypeName = typeName
                  Size = size
                  Shape = shape
                  Begin = start
                  End = finish }

            checkBytes path entry
            entry

    /// In the order in which they lie, if they fill the bytes behind the header without overlap or gap.
    let private inOrder path (dataLength: int64) (entries: TensorEntry list) =
        let entries = entries |> List.sortBy (fun entry -> entry.Begin, entry.End)

        let follow at (entry: TensorEntry) =
            if entry.End > dataLength then
                BadInput.fail
                    "%s is cut short: tensor %s ends at byte %d of %d"
                    path
                    entry.Name
                    entry.End
                    dataLength

            if entry.Begin < at then
                BadInput.fail "%s is damaged: tensor %s overlaps another" path entry.Name

            if entry.Begin > at then
                BadInput.fail "%s is damaged: there is a gap before tensor %s" path entry.Name

            entry.End

        let reached = List.fold follow 0L entries

        if reached < dataLength then
            BadInput.fail
                "%s goes on for %d bytes after its last tensor: is it damaged?"
                path
                (dataLength - reached)

        entries

    /// The texts and the tensors, in the order in which they lie, that a header tells of; the stream is left at its end. Whatever
    /// is wrong is a `BadInput` that names `path`.
    let read (path: string) (source: Stream) : Map<string, string> * TensorEntry list =
        use document = readJson path source

        let metadata, tensors =
            [ for field in document.RootElement.EnumerateObject() -> field.Name, field.Value ]
            |> List.partition (fun (name, _) -> name = SafetensorsHeader.metadataName)

        let entries =
            tensors
            |> List.map (fun (name, element) -> readEntry path name element)
            |> inOrder path (source.Length - source.Position)

        metadata
        |> List.map (snd >> readMetadata path)
        |> List.tryExactlyOne
        |> Option.defaultValue Map.empty,
        entries

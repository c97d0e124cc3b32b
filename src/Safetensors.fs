namespace Workbench

open System
open System.Collections.Generic
open System.IO
open System.Text.Encodings.Web
open System.Text.Json
open TorchSharp

/// What a safetensors file holds: tensors by name, and texts by name.
type SavedTensors =
    { Tensors: Map<string, torch.Tensor>
      Metadata: Map<string, string> }

/// The safetensors format: 8 bytes that tell the length of a JSON header, the header, then the tensors' bytes, little-endian, one
/// behind the other (https://huggingface.co/docs/safetensors). Float32 and float64, int32 and int64, uint8 and bool. Nothing in a
/// file is ever executed.
[<RequireQualifiedAccess>]
module Safetensors =
    /// A tensor as the header describes it, under the header's own names; the offsets count from the header's end.
    type Entry =
        { dtype: string
          shape: int64[]
          data_offsets: int64[] }

    /// Element types: the format's name, the tensor's type, bytes.
    let private types =
        [ "F64", torch.ScalarType.Float64, 8L
          "I64", torch.ScalarType.Int64, 8L
          "F32", torch.ScalarType.Float32, 4L
          "I32", torch.ScalarType.Int32, 4L
          "U8", torch.ScalarType.Byte, 1L
          "BOOL", torch.ScalarType.Bool, 1L ]

    /// Under this name the header has texts instead of a tensor.
    let private metadataName = "__metadata__"

    let private options =
        JsonSerializerOptions(
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            AllowDuplicateProperties = false
        )

    /// Tensors in the order in which they are to lie: large elements first, so that each lies at a multiple of its size; then by
    /// name.
    let private layOut (tensors: Map<string, torch.Tensor>) : (string * Entry) list =
        let typeOf name (tensor: torch.Tensor) =
            match types |> List.tryFind (fun (_, dtype, _) -> dtype = tensor.dtype) with
            | Some(known, _, size) when name <> metadataName -> known, size
            | _ -> invalidArg name $"a tensor of {tensor.dtype} can't be written under this name"

        let place at (name, tensor: torch.Tensor, (dtype, size)) =
            let finish = at + tensor.numel () * size

            (name,
             { dtype = dtype
               shape = tensor.shape
               data_offsets = [| at; finish |] }),
            finish

        [ for KeyValue(name, tensor) in tensors -> name, tensor, typeOf name tensor ]
        |> List.sortBy (fun (_, _, (_, size)) -> -size)
        |> List.mapFold place 0L
        |> fst

    /// Writes tensors and texts: equal contents give equal bytes. `ArgumentException` for other element types.
    let writeTo (target: Stream) (contents: SavedTensors) : unit =
        let entries = layOut contents.Tensors
        let fields = Dictionary<string, obj>()

        if not contents.Metadata.IsEmpty then
            fields[metadataName] <- contents.Metadata

        for name, entry in entries do
            fields[name] <- entry

        let json = JsonSerializer.SerializeToUtf8Bytes(fields, options)
        // The tensors begin at a multiple of 8.
        let header = Array.append json (Array.create (-json.Length &&& 7) (byte ' '))
        target.Write(ReadOnlySpan(BitConverter.GetBytes header.LongLength))
        target.Write(ReadOnlySpan header)

        for name, _ in entries do
            use _ = torch.NewDisposeScope()
            let tensor = contents.Tensors[name].detach().cpu().contiguous()
            target.Write(Span.op_Implicit tensor.bytes)

    /// `writeTo` the file `path`, which is replaced only when all is written.
    let write (path: string) (contents: SavedTensors) : unit =
        Files.replace path (fun file -> writeTo file contents)

    /// `write` that keeps what was at `path` as the file `former`.
    let writeKeeping (former: string) (path: string) (contents: SavedTensors) : unit =
        Files.replaceKeeping former path (fun file -> writeTo file contents)

    /// The longest header read, as in the format's own library.
    let private longestHeader = 100_000_000L

    let private readHeader path (source: Stream) : byte[] =
        let left = source.Length - 8L

        if left < 0L then
            BadInput.fail
                $"{path} is no safetensors file, or cut short: it has {source.Length} bytes, not even the 8 that tell the header's length"

        let length = Arrays.bits false (ReadOnlySpan(Files.take path source 8))

        if length > uint64 (min left longestHeader) then
            BadInput.fail
                $"{path} is no safetensors file, or cut short: its header should have {length} bytes, of which {left} are left and up to {longestHeader} are read"

        Files.take path source (int length)

    let private damaged path what =
        BadInput.fail $"{path} is damaged: {what}"

    /// What is read as JSON, unless it is none or fails the check.
    let private parse path what (check: 'T -> bool) (read: unit -> 'T) : 'T =
        let value =
            try
                read ()
            with
            | :? JsonException
            | :? InvalidOperationException -> Unchecked.defaultof<'T>

        if isNull (box value) || not (check value) then
            damaged path what

        value

    let private readMetadata path (element: JsonElement) : Map<string, string> =
        let areTexts (fields: Dictionary<string, string>) = not (fields.ContainsValue null)

        let texts =
            parse path $"its {metadataName} are no texts by name" areTexts (fun () ->
                element.Deserialize(options))

        Map [ for KeyValue(name, text) in texts -> name, text ]

    /// The entry and its element type, if shape and offsets fit.
    let private readEntry path (name: string) (element: JsonElement) =
        let areSizes (numbers: int64[]) =
            not (isNull numbers)
            && numbers.Length <= 32
            && Array.forall (fun n -> n >= 0L) numbers

        let isWhole entry =
            not (isNull entry.dtype)
            && areSizes entry.shape
            && areSizes entry.data_offsets
            && entry.data_offsets.Length = 2

        let needs = "no dtype, no shape of up to 32 sizes or no data_offsets of two numbers"

        let entry =
            parse path $"tensor {name} has {needs}" isWhole (fun () -> element.Deserialize(options))

        match types |> List.tryFind (fun (known, _, _) -> known = entry.dtype) with
        | None ->
            BadInput.fail
                $"{path} holds tensor {name} of type {entry.dtype}: F32, F64, I32, I64, U8 and BOOL are read"
        | Some(_, dtype, size) ->
            let bytes = entry.data_offsets[1] - entry.data_offsets[0]

            if
                Array.fold (fun n (length: int64) -> n * bigint length) (bigint size) entry.shape
                <> bigint bytes
            then
                damaged
                    path
                    $"tensor {name} of {entry.dtype} {Arrays.text entry.shape} does not fit its offsets {entry.data_offsets[0]} to {entry.data_offsets[1]}"

            if bytes > int64 Int32.MaxValue then
                BadInput.fail $"{path}: tensor {name} has {bytes} bytes, more than are read"

            name, entry, dtype

    /// In the order in which they lie, if they fill `length` bytes without overlap or gap.
    let private inOrder path (length: int64) entries =
        let entries = entries |> List.sortBy (fun (_, entry, _) -> entry.data_offsets)

        let follow at (name, entry, _) =
            let start, finish = entry.data_offsets[0], entry.data_offsets[1]

            if finish > length then
                BadInput.fail
                    $"{path} is cut short: tensor {name} ends at byte {finish} of {length}"

            if start < at then
                damaged path $"tensor {name} overlaps another"

            if start > at then
                damaged path $"there is a gap before tensor {name}"

            finish

        let spare = length - List.fold follow 0L entries

        if spare > 0L then
            BadInput.fail $"{path} goes on for {spare} bytes after its last tensor: is it damaged?"

        entries

    let private readTensor path (source: Stream) (name: string, entry, dtype: torch.ScalarType) =
        let tensor = torch.empty (entry.shape, dtype = dtype, device = torch.CPU)
        source.ReadExactly tensor.bytes

        if dtype = torch.ScalarType.Bool && tensor.bytes.IndexOfAnyExcept(0uy, 1uy) >= 0 then
            damaged path $"tensor {name} is not only of 0 and 1"

        name, tensor.DetachFromDisposeScope()

    /// Reads what stands from a stream's start to its end: a header is believed only as far as the stream's length allows, and
    /// nothing larger than the stream is made. Whatever is wrong is a `BadInput` that names `path`.
    let readFrom (path: string) (source: Stream) : SavedTensors =
        let header = readHeader path source

        let isObject _ = header[0] = byte '{'

        let fields =
            parse path "its header is no JSON {...} with unique names" isObject (fun () ->
                JsonSerializer.Deserialize<Dictionary<string, JsonElement>>(header, options))

        let metadata =
            match fields.TryGetValue metadataName with
            | true, element -> readMetadata path element
            | _ -> Map.empty

        let tensors =
            [ for KeyValue(name, element) in fields do
                  if name <> metadataName then
                      readEntry path name element ]
            |> inOrder path (source.Length - source.Position)
            |> List.map (readTensor path source)

        { Tensors = Map tensors
          Metadata = metadata }

    /// `readFrom` the file `path`.
    let read (path: string) : SavedTensors =
        Files.openRead path (fun file -> readFrom path file)

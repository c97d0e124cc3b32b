namespace Workbench

open System
open System.IO
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

    /// Writes tensors and texts: equal contents give equal bytes. `ArgumentException` for other element types.
    let writeTo (target: Stream) (contents: SavedTensors) : unit =
        let entries = SafetensorsHeader.layOut contents.Tensors
        SafetensorsHeader.write target contents.Metadata entries

        for entry in entries do
            use _ = torch.NewDisposeScope()
            let tensor = contents.Tensors[entry.Name].detach().contiguous()
            target.Write(Span.op_Implicit tensor.bytes)

    /// `writeTo` the file `path`, which is replaced only when all is written.
    let write (path: string) (contents: SavedTensors) : unit =
        Files.replace path (fun file -> writeTo file contents)

    /// `write` that keeps what was at `path` as the file `former`.
    let writeKeeping (former: string) (path: string) (contents: SavedTensors) : unit =
        Files.replaceKeeping former path (fun file -> writeTo file contents)

    let private readTensor path (source: Stream) (entry: TensorEntry) =
        let tensor = torch.empty (entry.Shape, dtype = entry.Type)
        source.ReadExactly(tensor.bytes)

        if
            entry.Type = torch.ScalarType.Bool
            && tensor.bytes.IndexOfAnyExcept(0uy, 1uy) >= 0
        then
            BadInput.fail "%s is damaged: tensor %s is not only of 0 and 1" path entry.Name

        entry.Name, tensor.DetachFromDisposeScope()

    /// Reads what stands from a stream's start to its end: nothing larger than the stream is made. Whatever is wrong is a
    /// `BadInput` that names `path`.
    let readFrom (path: string) (source: Stream) : SavedTensors =
        let metadata, entries = SafetensorsHeaderReader.read path source

        { Tensors = entries |> List.map (readTensor path source) |> Map.ofList
          Metadata = metadata }

    /// `readFrom` the file `path`.
    let read (path: string) : SavedTensors =
        Files.openRead path (fun file -> readFrom path file)

namespace Workbench

open System
open System.Threading.Tasks

/// Unsigned bytes with a shape, the last dimension varying fastest.
type ByteArray = { Shape: int[]; Bytes: byte[] }

/// Single-precision numbers with a shape, the last dimension varying fastest.
type FloatArray = { Shape: int[]; Values: float32[] }

/// What readers of image files share: from bytes to numbers in [0, 1], from channels last to channels first.
[<RequireQualifiedAccess>]
module Arrays =
    /// The steps between neighbours along each axis of an array whose last axis varies fastest.
    let strides (shape: int[]) : int[] =
        Array.scanBack (*) shape 1 |> Array.skip 1

    /// Copies elements into an array of `shape` (2 to 4 sizes, last axis fastest): the element at index (i, j, ...) comes from
    /// `source` at i * steps[0] + j * steps[1] + ...
    let gather (shape: int[]) (steps: int[]) (source: 'T[]) : 'T[] =
        let pad (one: int) (values: int[]) =
            Array.append values (Array.create (4 - values.Length) one)

        let sizes, steps = pad 1 shape, pad 0 steps
        let target = Array.zeroCreate<'T>(Array.fold (*) 1 shape)
        let perItem = sizes[1] * sizes[2] * sizes[3]

        let copyItem n =
            let mutable at = n * perItem

            for a in 0 .. sizes[1] - 1 do
                for b in 0 .. sizes[2] - 1 do
                    let row = n * steps[0] + a * steps[1] + b * steps[2]

                    for c in 0 .. sizes[3] - 1 do
                        target[at] <- source[row + c * steps[3]]
                        at <- at + 1

        Parallel.For(0, sizes[0], copyItem) |> ignore
        target

    /// N x H x W x C with the given steps becomes N x C x H x W (shape and elements); other shapes keep their order of axes.
    let channelsFirst (shape: int[]) (steps: int[]) (source: 'T[]) : int[] * 'T[] =
        let reorder (axes: int[]) =
            if axes.Length = 4 then [| axes[0]; axes[3]; axes[1]; axes[2] |] else axes

        let target, steps = reorder shape, reorder steps

        if target.Length < 2 || steps = strides target then
            target, source
        else
            target, gather target steps source

    let private chunk = 1 <<< 20

    /// Bytes as numbers in [0, 1]: each divided by 255, in single precision.
    let unit (bytes: byte[]) : float32[] =
        let table = Array.init 256 (fun b -> float32 b / 255f)
        let values = GC.AllocateUninitializedArray<float32> bytes.Length

        let scaleChunk c =
            for i in c * chunk .. min bytes.Length ((c + 1) * chunk) - 1 do
                values[i] <- table[int bytes[i]]

        Parallel.For(0, (bytes.Length + chunk - 1) / chunk, scaleChunk) |> ignore
        values

/// The managed engine's promise of memory, kept by whole models.
module Workbench.Tests.MemoryTests

open System
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests
open Workbench.Tests.ModelSupport

/// Bytes that the managed engine's pool has from the system; None on libtorch, whose memory is its own.
let private reservedBytes =
    match typeof<torch>.Assembly.GetType "Workbench.Engine.NativePool" with
    | null -> None
    | pool ->
        let property =
            pool.GetProperty(
                "BytesReserved",
                Reflection.BindingFlags.Static ||| Reflection.BindingFlags.Public
            )

        Some(fun () -> property.GetValue null :?> int64)

/// What the default VAE's training takes between two of its steps: native bytes, and managed ones a step.
let private taken (reserved: unit -> int64) (first: int) (last: int) =
    let data = tinyData 784 (100 * last) 100
    let objective = Objectives.vae (Models.denseVae 784 [ 200 ] 32 0.1) data
    let native, managed = Array.zeroCreate 2, Array.zeroCreate 2
    let steps = ref 0

    let step _ _ =
        steps.Value <- steps.Value + 1

        match List.tryFindIndex ((=) steps.Value) [ first; last ] with
        | Some index ->
            native[index] <- reserved ()
            managed[index] <- GC.GetAllocatedBytesForCurrentThread()
        | None -> ()

    let watch = { Train.unwatched with Step = step }
    let settings = { Train.defaults with Epochs = 1 }

    Train.run settings objective watch data (Train.start objective 1) |> ignore

    native[1] - native[0], (managed[1] - managed[0]) / int64 (last - first)

/// Tensors of libtorch's that nobody has let go of; None on the managed engine.
let private aliveTensors =
    match typeof<torch.Tensor>.GetProperty "TotalCount" with
    | null -> None
    | count -> Some(fun () -> count.GetValue null :?> int64)

[<Tests>]
let tests =
    testSequenced (
        testList
            "memory of a model"
            [ match reservedBytes with
              | None -> ()
              | Some reserved ->
                  testCase "a step of the VAE takes no new memory" (fun () ->
                      let native, managed = taken reserved 30 80
                      Less.orEqual native 0L "no native memory"
                      Less.orEqual managed 65536L "64 KB of managed memory a step")
              match aliveTensors with
              | None -> ()
              | Some alive ->
                  testCase "a step of the VAE leaves no tensor behind" (fun () ->
                      let more, _ = taken alive 30 80
                      Less.orEqual more 0L "none") ]
    )

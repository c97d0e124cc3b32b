#nowarn "9" // An address is looked at.

/// The engine's memory: what is used, what is kept, what comes back.
module Workbench.Tests.PoolTests

open System
open System.Runtime.CompilerServices
open System.Runtime.InteropServices
open System.Threading
open Microsoft.FSharp.NativeInterop
open Expecto
open TorchSharp
open Workbench.Engine
open Workbench.Tests
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

let private collect () =
    for _ in 1..3 do
        GC.Collect()
        GC.WaitForPendingFinalizers()

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private leak count (bytes: int64) =
    for _ in 1..count do
        torch.zeros (bytes / 4L) |> ignore

[<MethodImpl(MethodImplOptions.NoInlining)>]
let private leakGraph () =
    let x = torch.ones (1000, requires_grad = true)
    (x * x).exp().sum() |> ignore

let private idle () =
    NativePool.BytesReserved - NativePool.BytesInUse

let private inUse =
    [ testCase "a tensor's memory is in use until it is disposed" (fun () ->
          collect ()
          let before = NativePool.BytesInUse
          let x = torch.zeros (1000, 1000)
          let used = NativePool.BytesInUse - before
          Expect.isGreaterThanOrEqual used 4_000_000L "all of it"
          Less.orEqual used 4_500_000L "an eighth more at most"
          let view = x.select (0, 3)
          x.Dispose()
          Expect.equal (NativePool.BytesInUse - before) used "a view keeps it"
          view.Dispose()
          Expect.equal NativePool.BytesInUse before "returned")
      testCase "what a graph keeps comes back with its tensors, run backwards or not" (fun () ->
          collect ()
          let before = NativePool.BytesInUse
          let x = torch.ones (1000, requires_grad = true)
          let whole = NativePool.BytesInUse

          let graph whole (act: Tensor -> unit) =
              using (torch.NewDisposeScope()) (fun _ -> act ((x.exp () * x).tanh().sum()))
              Expect.equal NativePool.BytesInUse whole "without a collection"

          graph whole ignore
          x.grad <- torch.zeros 1000
          graph NativePool.BytesInUse (fun y -> y.backward (retain_graph = true))

          // What outlives its scope keeps what its gradient reads.
          let y =
              using (torch.NewDisposeScope()) (fun _ ->
                  (x.exp () * x).sum().MoveToOuterDisposeScope())

          y.backward ()
          y.Dispose()
          x.grad.Dispose()
          x.Dispose()
          Expect.equal NativePool.BytesInUse before "all of it")
      testCase "leaked tensors come back after a collection" (fun () ->
          collect ()
          let before = NativePool.BytesInUse
          leak 20 1_000_000L
          leakGraph ()
          collect ()
          Expect.equal NativePool.BytesInUse before "all of them")
      testCase "what came back is used again, and can be leaked again" (fun () ->
          collect ()
          leak 20 1_000_000L
          collect ()
          let reserved = NativePool.BytesReserved
          let before = NativePool.BytesInUse

          for _ in 1..5 do
              leak 20 1_000_000L
              collect ()

          Expect.equal NativePool.BytesInUse before "none is lost"

          Less.orEqual NativePool.BytesReserved (reserved + 3_000_000L) "next to none is new")
      testCase "leaking without end does not reserve without end" (fun () ->
          collect ()
          let before = NativePool.BytesReserved
          // 8 GB in all; the pool asks for collections on its own.
          leak 2000 4_000_000L

          Less.than (NativePool.BytesReserved - before) 500_000_000L "far less than was leaked")
      testCase "blocks far beyond what is in use go back to the system" (fun () ->
          collect ()
          let big = List.init 4 (fun _ -> torch.empty [| 75_000_000L |])

          for tensor in big do
              tensor.Dispose()

          Expect.isGreaterThan (idle ()) (1L <<< 30) "kept at first: a step may need it again"

          for _ in 1..10_000 do
              torch.zeros(10).Dispose()

          Less.orEqual (idle ()) (256L <<< 20) "given back when it was not")
      testCase "blocks are aligned to 64 bytes" (fun () ->
          use _ = torch.NewDisposeScope()

          for n in [ 1L; 3L; 63L; 64L; 65L; 1000L; 100_000L ] do
              let x = torch.zeros n
              let start = Unsafe.AsPointer(&MemoryMarshal.GetReference x.bytes)
              let address = NativePtr.toNativeInt (NativePtr.ofVoidPtr<byte> start)
              Expect.equal (int64 address % 64L) 0L $"{n} elements"
              GC.KeepAlive x) ]

/// A convolution, normalisation, pooling, a transposed convolution, and all their gradients.
let private convolve (parameters: Tensor list) =
    use _ = torch.NewDisposeScope()
    let x = torch.ones [| 20L; 1L; 12L; 12L |]

    let y =
        torch.nn.functional.conv2d (x, parameters[0], padding = [| 2L |])
        |> fun y -> torch.nn.functional.batch_norm (y, null, null, training = true)
        |> fun y -> torch.nn.functional.max_pool2d (y.relu (), 2L)
        |> fun y -> torch.nn.functional.conv2d (y, parameters[1], strides = [| 2L |])
        |> fun y -> torch.nn.functional.conv_transpose2d (y, parameters[1], strides = [| 2L |])

    y.square().sum().backward()

let private training =
    [ testCase "a training step takes no new memory" (fun () ->
          let network = SmallNetwork.create 1L

          for _ in 1..30 do
              SmallNetwork.step network |> ignore

          collect ()
          let reserved = NativePool.BytesReserved
          let used = NativePool.BytesInUse
          let managed = GC.GetAllocatedBytesForCurrentThread()

          for _ in 1..100 do
              SmallNetwork.step network |> ignore

          let perStep = (GC.GetAllocatedBytesForCurrentThread() - managed) / 100L
          Less.orEqual NativePool.BytesReserved reserved "no native memory"
          Expect.equal NativePool.BytesInUse used "and all of it returned"
          Less.orEqual perStep 65536L "64 KB of managed memory a step"
          SmallNetwork.dispose network)
      testCase "nor does one with convolutions" (fun () ->
          let threads = torch.get_num_threads ()
          // With more threads, how many hold scratch memory at a time is up to the scheduler.
          torch.set_num_threads 1

          try
              let parameters =
                  [ for shape in [ [| 8L; 1L; 5L; 5L |]; [| 17L; 8L; 4L; 4L |] ] ->
                        torch.ones (shape, requires_grad = true) ]

              for _ in 1..10 do
                  convolve parameters

              collect ()
              let reserved, used = NativePool.BytesReserved, NativePool.BytesInUse
              let managed = GC.GetAllocatedBytesForCurrentThread()

              for _ in 1..20 do
                  convolve parameters

              let perStep = (GC.GetAllocatedBytesForCurrentThread() - managed) / 20L
              Less.orEqual NativePool.BytesReserved reserved "no native memory"
              Expect.equal NativePool.BytesInUse used "and all of it returned"
              Less.orEqual perStep 32768L "32 KB of managed memory a step"

              for parameter in parameters do
                  parameter.grad.Dispose()
                  parameter.Dispose()
          finally
              torch.set_num_threads threads)
      testCase "evaluation without gradients keeps nothing" (fun () ->
          collect ()
          let before = NativePool.BytesInUse

          for _ in 1..10 do
              use _ = torch.NewDisposeScope()
              use _ = torch.no_grad ()
              let x = torch.ones (100, 784, requires_grad = true)
              (x * 2.0).tanh().mean().item<float32>() |> ignore

          Expect.equal NativePool.BytesInUse before "all disposed with the scope") ]

/// Fills tensors with a number of its own and finds it there later, though others leak and collect meanwhile.
let private worker (failures: int ref) index =
    let random = Random(index: int)
    let mutable held: (Tensor * int64) list = []

    let verify (tensor: Tensor, expected: int64) =
        if tensor.data<int64>().ToArray() |> Array.exists ((<>) expected) then
            Interlocked.Increment failures |> ignore

    for turn in 1..3000 do
        let mark = int64 (index * 1_000_000 + turn)
        let size = int64 (1 + random.Next 3000)
        let tensor = torch.full ([| size |], mark.ToScalar())

        match random.Next 4 with
        | 0 -> tensor.Dispose()
        | 1 -> () // leaked
        | _ -> held <- (tensor, mark) :: held

        if held.Length > 20 then
            List.iter verify held

            for tensor, _ in List.truncate 10 held do
                tensor.Dispose()

            // The rest is leaked after it was looked at.
            held <- []

        if turn % 500 = 0 then
            GC.Collect 1

    List.iter verify held

let private stress =
    testCase "blocks that are leaked, disposed and used by several threads never mix" (fun () ->
        collect ()
        let before = NativePool.BytesInUse
        let failures = ref 0
        let threads = [ for i in 1..4 -> Thread(fun () -> worker failures i) ]

        for thread in threads do
            thread.Start()

        for thread in threads do
            thread.Join()

        Expect.equal failures.Value 0 "every number was where it was put"
        collect ()
        Expect.equal NativePool.BytesInUse before "and all memory came back")

/// An unused input aborts the process of the real TorchSharp: only the embedded engine can be asked.
let private unused =
    testCase "autograd.grad refuses an unused input" (fun () ->
        use _ = torch.NewDisposeScope()
        let x = torch.ones (1, requires_grad = true)
        let y = torch.ones (1, requires_grad = true)

        Expect.throwsC
            (fun () -> torch.autograd.grad ([| x * x |], [| x; y |]) |> ignore)
            (fun error -> Expect.stringContains error.Message "allow_unused" "says what to do")

        Expect.isNull (box x.grad) "nothing was counted")

[<Tests>]
let tests =
    testList
        "Memory"
        [ testSequenced (testList "in use" inUse)
          testSequenced (testList "training" training)
          testSequenced stress
          unused ]

/// No result depends on the number of threads, and no digit of the managed engine's.
module Workbench.Tests.ThreadTests

open System.Threading
open Expecto
open TorchSharp
open Workbench.Tests
open Workbench.Tests.TensorSupport
open Workbench.Tests.Refusals
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

let private train () =
    let network = SmallNetwork.create 42L
    let losses = List.init 12 (fun _ -> SmallNetwork.step network)
    let bits = SmallNetwork.bits network
    SmallNetwork.dispose network
    losses, bits

let private run threads = withThreads threads train

let private large seed (shape: int64[]) : Tensor =
    use g = new torch.Generator()
    torch.randn (shape, generator = g.manual_seed seed)

let private leaf seed (shape: int64[]) = (large seed shape).requires_grad_ true

/// An operand of a convolution. libtorch's in float32 are wrong on some processors, by other amounts on other numbers of threads.
let private operand seed (shape: int64[]) =
    let kind = if isManaged then torch.float32 else torch.float64
    ((large seed shape).to_type kind).requires_grad_ true

/// The result, and every gradient, in a row.
let private withGradients (y: Tensor) (leaves: Tensor list) =
    (y * large 20L y.shape).sum().backward()

    torch.cat (
        [| for part in y.detach () :: [ for x in leaves -> x.grad ] -> part.flatten () |],
        0L
    )

let private convolved channels features =
    let x = operand 11L [| 21L; channels; 19L; 18L |]
    let w, b = operand 12L [| features; channels; 3L; 3L |], operand 13L [| features |]

    let y =
        torch.nn.functional.conv2d (x, w, b, strides = [| 2L; 1L |], padding = [| 1L |])

    withGradients y [ x; w; b ]

let private transposed channels features =
    let x = operand 14L [| 21L; features; 9L; 8L |]
    let w, b = operand 15L [| features; channels; 4L; 4L |], operand 16L [| channels |]

    let y =
        torch.nn.functional.conv_transpose2d (x, w, b, strides = [| 2L |], padding = [| 1L |])

    withGradients y [ x; w; b ]

let private pooled (f: Tensor -> Tensor) =
    let x = leaf 17L [| 30L; 7L; 12L; 12L |]
    withGradients (f x) [ x ]

let private normalised (shape: int64[]) =
    let x, w, b = leaf 18L shape, leaf 19L [| shape[1] |], leaf 21L [| shape[1] |]
    let mean, variance = torch.zeros shape[1], torch.ones shape[1]
    let y = torch.nn.functional.batch_norm (x, mean, variance, w, b, true)
    torch.cat ([| withGradients y [ x; w; b ]; mean; variance |], 0L)

let private operations: (string * (unit -> Tensor)) list =
    [ "sum", (fun () -> (large 1L [| 999L; 1001L |]).sum())
      "sum along 0", (fun () -> (large 1L [| 999L; 1001L |]).sum 0L)
      "sum along 1", (fun () -> (large 1L [| 999L; 1001L |]).sum 1L)
      "softmax", (fun () -> (large 2L [| 501L; 777L |]).softmax 1)
      "a product", (fun () -> (large 3L [| 301L; 205L |]).mm(large 4L [| 205L; 403L |]))
      "broadcasting", (fun () -> large 5L [| 700L; 1L |] * large 6L [| 900L |])
      "gathering with repeats",
      (fun () ->
          let x = (large 7L [| 50L; 400L |]).requires_grad_ true
          use g = new torch.Generator()
          let index = torch.randint (0L, 50L, [| 2000L |], generator = g.manual_seed 8L)
          (x.index_select (0, index) * large 9L [| 2000L; 400L |]).sum().backward()
          x.grad)
      "a convolution of few channels", (fun () -> convolved 3L 32L)
      "a convolution of many channels", (fun () -> convolved 19L 35L)
      "a transposed convolution to few channels", (fun () -> transposed 2L 20L)
      "a transposed convolution to many channels", (fun () -> transposed 33L 18L)
      "maxima under windows",
      (fun () -> pooled (fun x -> torch.nn.functional.max_pool2d (x, 3L, 2L, 1L)))
      "averages under windows",
      (fun () -> pooled (fun x -> torch.nn.functional.avg_pool2d (x, 3L, 2L, 1L)))
      "normalised rows", (fun () -> normalised [| 500L; 203L |])
      "normalised images", (fun () -> normalised [| 31L; 9L; 14L; 14L |])
      "random numbers", (fun () -> large 10L [| 300_001L |]) ]

let private bitsOf threads (f: unit -> Tensor) =
    withThreads threads (fun () ->
        use _ = torch.NewDisposeScope()
        elements (f ()))

let private operationCases =
    [ for name, f in operations do
          testCase $"{name}: the same on 1, 2, 3 and 4 threads" (fun () ->
              let expected = bitsOf 1 f

              for threads in [ 2; 3; 4 ] do
                  equalBits 1e-5 (bitsOf threads f) expected $"{threads} threads") ]

/// In a thread of its own: libtorch's number of threads belongs to the thread that set it.
let private inThreads count (f: unit -> 'T) : 'T list =
    let results = Array.create count None
    let threads = List.init count (fun i -> Thread(fun () -> results[i] <- Some(f ())))

    for thread in threads do
        thread.Start()

    for thread in threads do
        thread.Join()

    List.ofArray results |> List.map Option.get

[<Tests>]
let tests =
    testSequenced (
        testList
            "Threads"
            [ testList "operations" operationCases
              testCase "training takes the same steps on 1, 2 and 4 threads" (fun () ->
                  let losses, bits = run 1
                  Less.than (List.last losses) (List.head losses) "it learns"
                  let numbers = List.map float >> Array.ofList

                  for threads in [ 2; 4 ] do
                      let otherLosses, otherBits = run threads

                      equalBits
                          1e-5
                          (numbers otherLosses)
                          (numbers losses)
                          $"losses on {threads} threads"

                      // Adam divides by the size of a gradient, and makes a whole step of a last digit.
                      if isManaged then
                          Expect.isTrue
                              (otherBits = bits)
                              $"parameters after 12 steps on {threads} threads")
              testCase "training takes the same steps again" (fun () ->
                  for threads in [ 1; 2 ] do
                      Expect.isTrue (run threads = run threads) $"{threads} threads")
              testCase "two trainings at the same time do not disturb each other" (fun () ->
                  let alone = inThreads 1 (fun () -> snd (train ())) |> List.exactlyOne

                  for bits in inThreads 2 (fun () -> snd (train ())) do
                      Expect.isTrue (bits = alone) "the same parameters")
              // libtorch ends the process.
              for test in
                  managedOnly
                      [ testCase "the number of threads is at least one" (fun () ->
                            Expect.throws
                                (fun () -> torch.set_num_threads 0)
                                "none would never finish") ] do
                  test ]
    )

/// What tests of tensors share.
module Workbench.Tests.TensorSupport

open System
open System.Reflection
open Expecto
open TorchSharp

/// Whether the managed engine runs in TorchSharp's place.
let isManaged: bool =
    let product =
        typeof<torch.Tensor>.Assembly.GetCustomAttribute<AssemblyProductAttribute>()

    product.Product = "Workbench.Engine"

/// Fails unless the action is refused by that kind of exception. Each engine has words of its own; the managed engine's name the
/// operation and what does not fit.
let refused (kind: Type) (words: string list) (action: unit -> unit) =
    Expect.throwsC action (fun error ->
        Expect.equal (error.GetType()) kind $"the kind of exception: {error.Message}"

        if isManaged then
            for word in words do
                Expect.stringContains error.Message word "says what is wrong")

/// A test whose tensors are let go of at its end.
let inScope (name: string) (test: unit -> unit) : Test =
    testCase name (fun () ->
        use _ = torch.NewDisposeScope()
        test ())

/// What a function gives with so many threads. In tests that run in sequence: the number is everybody's.
let withThreads (count: int) (f: unit -> 'T) : 'T =
    let before = torch.get_num_threads ()
    torch.set_num_threads count

    try
        f ()
    finally
        torch.set_num_threads before

/// A float32 tensor of rows.
let matrix (rows: float list list) : torch.Tensor =
    torch.from_array (array2D (rows |> List.map (List.map float32)))

let numbers (tensor: torch.Tensor) : float list =
    [ for value in tensor.to_type(torch.float64).contiguous().data<float>().ToArray() -> value ]

let number (tensor: torch.Tensor) : float = numbers tensor |> List.exactlyOne

/// Random images in [0, 1] that do not depend on any other draw.
let images (seed: int) (count: int) (pixels: int) : torch.Tensor =
    torch.rand ([| int64 count; int64 pixels |], generator = new torch.Generator(uint64 seed))

/// Equal in every bit.
let sameBits (a: torch.Tensor) (b: torch.Tensor) : bool =
    a.shape = b.shape
    && Seq.forall2
        (fun (x: float32) y -> BitConverter.SingleToInt32Bits x = BitConverter.SingleToInt32Bits y)
        (a.contiguous().data<float32>().ToArray())
        (b.contiguous().data<float32>().ToArray())

/// Fails unless all numbers are equal up to a rounding of the largest that is expected, or of 1.
let nearLargest (rounding: float) (actual: float[]) (expected: float[]) (message: string) =
    let largest = expected |> Array.fold (fun most value -> max most (abs value)) 1.0

    Expect.equal actual.Length expected.Length message

    for one, other in Array.zip actual expected do
        if not (abs (one - other) <= rounding * largest) then
            failtestf "%s: %g is not %g" message one other

/// Numbers that the managed engine promises to be equal in every bit. In libtorch the order of a sum depends on how the work is
/// cut, so there they are equal up to rounding, of the largest.
let equalBits (rounding: float) (actual: float[]) (expected: float[]) (message: string) =
    if isManaged then
        Expect.isTrue (actual = expected) message
    else
        nearLargest rounding actual expected message

let close (tolerance: float) (actual: float) (expected: float) (message: string) =
    Expect.floatClose
        { absolute = tolerance
          relative = tolerance }
        actual
        expected
        message

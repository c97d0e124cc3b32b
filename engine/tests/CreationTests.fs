/// Tensors from nothing, from arrays and numbers, and back to .NET values.
module Workbench.Tests.CreationTests

open System
open System.Runtime.InteropServices
open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

let private made: (string * (unit -> Tensor) * torch.ScalarType * int64 list * float list) list =
    [ "zeros", (fun () -> torch.zeros (2, 1)), torch.float32, [ 2; 1 ], [ 0; 0 ]
      "ones of int64", (fun () -> torch.ones (2, dtype = torch.int64)), torch.int64, [ 2 ], [ 1; 1 ]
      "full of a float",
      (fun () -> torch.full ([| 2L |], 2.5.ToScalar())),
      torch.float32,
      [ 2 ],
      [ 2.5; 2.5 ]
      "full of a whole number",
      (fun () -> torch.full ([| 2L |], (3).ToScalar())),
      torch.int64,
      [ 2 ],
      [ 3; 3 ]
      "full of a bool",
      (fun () -> torch.full_like (torch.zeros (2, dtype = torch.bool), true.ToScalar())),
      torch.bool,
      [ 2 ],
      [ 1; 1 ]
      "zeros_like",
      (fun () -> torch.zeros_like (torch.ones (1, 2, dtype = torch.float64))),
      torch.float64,
      [ 1; 2 ],
      [ 0; 0 ]
      "ones_like of another type",
      (fun () -> torch.ones_like (torch.zeros 2, dtype = torch.int32)),
      torch.int32,
      [ 2 ],
      [ 1; 1 ]
      "arange", (fun () -> torch.arange (3L.ToScalar())), torch.int64, [ 3 ], [ 0; 1; 2 ]
      "arange from to",
      (fun () -> torch.arange (2L.ToScalar(), 5L.ToScalar())),
      torch.int64,
      [ 3 ],
      [ 2; 3; 4 ]
      "arange down",
      (fun () -> torch.arange (3L.ToScalar(), 0L.ToScalar(), (-2L).ToScalar())),
      torch.int64,
      [ 2 ],
      [ 3; 1 ]
      "arange of floats",
      (fun () -> torch.arange (0.0.ToScalar(), 1.0.ToScalar(), 0.25.ToScalar())),
      torch.float32,
      [ 4 ],
      [ 0; 0.25; 0.5; 0.75 ]
      "arange of nothing", (fun () -> torch.arange (0L.ToScalar())), torch.int64, [ 0 ], []
      "linspace",
      (fun () -> torch.linspace (0.0, 1.0, 5L)),
      torch.float32,
      [ 5 ],
      [ 0; 0.25; 0.5; 0.75; 1 ]
      "linspace of one", (fun () -> torch.linspace (3.0, 4.0, 1L)), torch.float32, [ 1 ], [ 3 ]
      "eye", (fun () -> torch.eye (2L, 3L)), torch.float32, [ 2; 3 ], [ 1; 0; 0; 0; 1; 0 ]
      "tensor of a float32", (fun () -> torch.tensor 1.5f), torch.float32, [], [ 1.5 ]
      "tensor of a float", (fun () -> torch.tensor 1.5), torch.float64, [], [ 1.5 ]
      "tensor of an int", (fun () -> torch.tensor 3), torch.int32, [], [ 3 ]
      "tensor of an int64", (fun () -> torch.tensor 3L), torch.int64, [], [ 3 ]
      "tensor of a byte", (fun () -> torch.tensor 200uy), torch.uint8, [], [ 200 ]
      "from_array of float32",
      (fun () -> torch.from_array [| 1.0f; 2.0f |]),
      torch.float32,
      [ 2 ],
      [ 1; 2 ]
      "from_array of two dimensions",
      (fun () -> torch.from_array (array2D [ [ 1L; 2L ]; [ 3L; 4L ] ])),
      torch.int64,
      [ 2; 2 ],
      [ 1; 2; 3; 4 ]
      "from_array of three dimensions",
      (fun () -> torch.from_array (Array3D.init 1 2 2 (fun _ j k -> float (2 * j + k)))),
      torch.float64,
      [ 1; 2; 2 ],
      [ 0; 1; 2; 3 ]
      "from_array of bytes",
      (fun () -> torch.from_array [| 0uy; 255uy |]),
      torch.uint8,
      [ 2 ],
      [ 0; 255 ]
      "from_array of bools",
      (fun () -> torch.from_array [| true; false |]),
      torch.bool,
      [ 2 ],
      [ 1; 0 ]
      "from_array of nothing",
      (fun () -> torch.from_array (Array.empty<float32>)),
      torch.float32,
      [ 0 ],
      []
      "from_array to another type",
      (fun () -> torch.from_array ([| 1; 2 |], Nullable torch.float32)),
      torch.float32,
      [ 2 ],
      [ 1; 2 ]
      "exp of whole numbers",
      (fun () -> torch.zeros(2, dtype = torch.int64).exp()),
      torch.float32,
      [ 2 ],
      [ 1; 1 ]
      "sqrt of bytes",
      (fun () -> torch.from_array([| 0uy; 4uy |]).sqrt()),
      torch.float32,
      [ 2 ],
      [ 0; 2 ] ]

/// Sizes are given as an array, or one by one in either width of whole numbers: a compiler picks among the overloads.
let private sizes: (string * (unit -> Tensor) list) list =
    let seven = 7.0.ToScalar()

    [ "empty",
      [ fun () -> torch.empty [| 2L |]
        fun () -> torch.empty 2
        fun () -> torch.empty (2L, 3L)
        fun () -> torch.empty (2, 3)
        fun () -> torch.empty (2L, 3L, 4L)
        fun () -> torch.empty (2, 3, 4)
        fun () -> torch.empty (2L, 3L, 4L, 5L)
        fun () -> torch.empty (2, 3, 4, 5) ]
      "zeros",
      [ fun () -> torch.zeros 2L
        fun () -> torch.zeros 2
        fun () -> torch.zeros (2, 3)
        fun () -> torch.zeros (2, 3, 4)
        fun () -> torch.zeros (2, 3, 4, 5)
        fun () -> torch.zeros (2L, 3L, 4L, 5L) ]
      "ones",
      [ fun () -> torch.ones 2
        fun () -> torch.ones (2, 3)
        fun () -> torch.ones (2L, 3L, 4L)
        fun () -> torch.ones (2, 3, 4)
        fun () -> torch.ones (2L, 3L, 4L, 5L)
        fun () -> torch.ones (2, 3, 4, 5) ]
      "full",
      [ fun () -> torch.full (2, seven)
        fun () -> torch.full (2, 3, seven)
        fun () -> torch.full (2L, 3L, 4L, seven)
        fun () -> torch.full (2, 3, 4, seven)
        fun () -> torch.full (2L, 3L, 4L, 5L, seven)
        fun () -> torch.full (2, 3, 4, 5, seven) ]
      "rand",
      [ fun () -> torch.rand 2
        fun () -> torch.rand (2, 3)
        fun () -> torch.rand (2L, 3L, 4L)
        fun () -> torch.rand (2, 3, 4)
        fun () -> torch.rand (2, 3, 4, 5) ]
      "randn",
      [ fun () -> torch.randn 2
        fun () -> torch.randn (2, 3)
        fun () -> torch.randn (2L, 3L, 4L)
        fun () -> torch.randn (2, 3, 4)
        fun () -> torch.randn (2, 3, 4, 5) ]
      "randint",
      [ fun () -> torch.randint (3L, [| 2L |])
        fun () -> torch.randint (3, [| 2; 3 |])
        fun () -> torch.randint (1, 3, [| 2; 3; 4 |]) ] ]

let private sizesCases =
    [ for name, makes in sizes do
          inScope $"{name} by its sizes" (fun () ->
              for make in makes do
                  let shape = List.ofArray (make ()).shape
                  Expect.equal shape (List.truncate shape.Length [ 2L; 3L; 4L; 5L ]) "as given") ]

let private madeCases =
    [ for name, make, kind, shape, values in made do
          inScope name (fun () ->
              let tensor = make ()
              Expect.equal tensor.dtype kind "type"
              Expect.equal (List.ofArray tensor.shape) shape "shape"
              Expect.equal (List.ofArray (elements tensor)) values "elements") ]

let private access =
    [ inScope "an array that is changed later does not change the tensor" (fun () ->
          let values = [| 1.0f; 2.0f |]
          let tensor = torch.from_array(values).clone()
          values[0] <- 9.0f
          Expect.equal (elements tensor) [| 1.0; 2.0 |] "its own copy")
      inScope "elements in row-major order, whatever the strides" (fun () ->
          let x = torch.from_array (array2D [ [ 1.0f; 2.0f; 3.0f ]; [ 4.0f; 5.0f; 6.0f ] ])
          let data = x.t().data<float32>()
          Expect.equal data.Count 6L "count"
          Expect.equal (data.ToArray()) [| 1.0f; 4.0f; 2.0f; 5.0f; 3.0f; 6.0f |] "all"
          Expect.equal (List.ofSeq data) [ 1.0f; 4.0f; 2.0f; 5.0f; 3.0f; 6.0f ] "one by one"
          Expect.equal data[2L, 1L] 6.0f "by position")
      inScope "writing through an accessor" (fun () ->
          let x = torch.zeros (2, 2)
          let data = x.t().data<float32>()
          data[0L, 1L] <- 5.0f
          Expect.equal (elements x) [| 0.0; 0.0; 5.0; 0.0 |] "in the tensor itself"
          x.data<float32>().CopyFrom([| 1.0f; 2.0f; 3.0f; 4.0f |])
          Expect.equal (elements x) [| 1.0; 2.0; 3.0; 4.0 |] "all at once"
          x.t().data<float32>().CopyFrom([| 1.0f; 2.0f; 3.0f; 4.0f |])
          Expect.equal (elements x) [| 1.0; 3.0; 2.0; 4.0 |] "in the order of the view"
          x.data<float32>().CopyFrom([| 7.0f; 8.0f; 9.0f |], 1, 3L)
          Expect.equal (elements x) [| 1.0; 3.0; 2.0; 8.0 |] "as many as there is room for")
      inScope "copying a part" (fun () ->
          let x = torch.arange (10L.ToScalar())
          let target = Array.create 4 -1L
          x.data<int64>().CopyTo(target, 1, 5L)
          Expect.equal target [| -1L; 5L; 6L; 7L |] "as many as fit")
      inScope "bytes" (fun () ->
          let x = torch.zeros (2, dtype = torch.int32)
          x.bytes <- Span<byte> [| 1uy; 0uy; 0uy; 0uy; 0uy; 1uy; 0uy; 0uy |]
          Expect.equal (elements x) [| 1.0; 256.0 |] "little endian"
          Expect.equal (x.bytes.ToArray()) [| 1uy; 0uy; 0uy; 0uy; 0uy; 1uy; 0uy; 0uy |] "and back")
      inScope "numbers" (fun () ->
          let x = torch.from_array [| 2.5f |]
          Expect.equal (x.item<float32>()) 2.5f "item"
          Expect.equal (x.ToSingle()) 2.5f "ToSingle"
          Expect.equal (x.ToDouble()) 2.5 "ToDouble"
          Expect.equal (torch.tensor(7L).ToInt32()) 7 "ToInt32"
          Expect.equal (torch.tensor(7L).ToInt64()) 7L "ToInt64"
          Expect.equal (Tensor.op_Explicit x: float32) 2.5f "conversion"
          Expect.isTrue (torch.tensor(true).item<bool>()) "bool")
      inScope "to a device and a type" (fun () ->
          let x = torch.ones 2
          Expect.equal (x.``to``(torch.CPU).device.ToString()) "cpu" "where it is"
          let y = x.``to`` (torch.float64, torch.CPU)
          Expect.equal y.dtype torch.float64 "as asked"
          x.``to``(torch.CPU, copy = true).zero_() |> ignore
          Expect.equal (elements x) [| 1.0; 1.0 |] "a copy is another")
      inScope "what a tensor is" (fun () ->
          let x = torch.zeros (2, 3, 4, dtype = torch.float64)
          Expect.equal (x.numel ()) 24L "numel"
          Expect.equal (x.dim ()) 3L "dim"
          Expect.equal (x.size -1) 4L "size"
          Expect.equal (List.ofArray (x.stride ())) [ 12L; 4L; 1L ] "strides"
          Expect.equal x.ElementSize 8L "bytes of an element"
          Expect.isTrue (x.is_contiguous ()) "contiguous"
          Expect.isFalse (x.transpose(0, 1).is_contiguous()) "not when transposed"
          Expect.equal (x.select(0, 1).storage_offset()) 12L "a view's offset"
          Expect.isTrue (x.is_floating_point ()) "floating"
          Expect.isFalse (x.is_integral ()) "no whole numbers"
          Expect.isTrue (torch.zeros(1, dtype = torch.bool).is_integral()) "bools count as whole")
      inScope "allclose" (fun () ->
          let x = torch.from_array [| 1.0; nan |]
          Expect.isFalse (x.allclose x) "NaN differs from itself"
          Expect.isTrue (x.allclose (x, equal_nan = true)) "unless it may not"
          Expect.isTrue ((torch.ones 2).allclose(torch.ones 2 + 1e-7)) "close"
          Expect.isFalse ((torch.ones 2).allclose(torch.ones 2 + 1e-3)) "not close"
          let infinite = torch.from_array [| infinity; -infinity |]
          Expect.isTrue (infinite.allclose infinite) "infinities are equal") ]

let private refusals: (string * Type * string list * (unit -> unit)) list =
    [ "item of several",
      typeof<ArgumentException>,
      [ "item"; "[2]" ],
      (fun () -> torch.zeros(2).item<float32>() |> ignore)
      "item of another type",
      typeof<ArgumentException>,
      [ "item"; "Float32" ],
      (fun () -> torch.zeros(1).item<int64>() |> ignore)
      "a number of several",
      typeof<ExternalException>,
      [ "[2]" ],
      (fun () -> torch.zeros(2).ToSingle() |> ignore)
      "data of another type",
      typeof<ArgumentException>,
      [ "data"; "Float32" ],
      (fun () -> torch.zeros(1).data<float>() |> ignore)
      "a position outside",
      typeof<IndexOutOfRangeException>,
      [ "2" ],
      (fun () -> torch.zeros(2, 2).data<float32>()[0L, 2L] |> ignore)
      "bytes that do not fill",
      typeof<ArgumentException>,
      [ "bytes" ],
      (fun () -> torch.zeros(2).bytes <- Span<byte> [| 1uy |])
      "bytes of a transposed tensor",
      typeof<InvalidOperationException>,
      [ "bytes" ],
      (fun () -> torch.zeros(2, 3).t().bytes.Length |> ignore)
      "a negative size",
      typeof<ExternalException>,
      [ "-1" ],
      (fun () -> torch.zeros [| -1L |] |> ignore)
      // .NET's own exception in the managed engine, for which scripts have a line of advice.
      "more memory than there is",
      (if isManaged then typeof<OutOfMemoryException> else typeof<ExternalException>),
      [ "memory" ],
      (fun () -> torch.zeros [| 1L <<< 50 |] |> ignore)
      "more elements than can be counted",
      typeof<ExternalException>,
      [],
      (fun () -> torch.zeros [| 1L <<< 40; 1L <<< 40 |] |> ignore)
      "arange that never arrives",
      typeof<ExternalException>,
      [ "arange" ],
      (fun () -> torch.arange (0L.ToScalar(), 3L.ToScalar(), (-1L).ToScalar()) |> ignore)
      "linspace of less than nothing",
      typeof<ExternalException>,
      [ "linspace" ],
      (fun () -> torch.linspace (0.0, 1.0, -1L) |> ignore)
      "eye of less than nothing",
      typeof<ExternalException>,
      [ "eye" ],
      (fun () -> torch.eye -2L |> ignore)
      "an array of strings",
      typeof<NotSupportedException>,
      [ "String" ],
      (fun () -> torch.from_array [| "a" |] |> ignore)
      "sub of bools",
      typeof<ExternalException>,
      [ "sub"; "bool" ],
      (fun () -> (torch.from_array [| true |]) - (torch.from_array [| true |]) |> ignore)
      "allclose of other types",
      typeof<ExternalException>,
      [ "allclose"; "Float32"; "Float64" ],
      (fun () -> torch.ones(2).allclose(torch.ones (2, dtype = torch.float64)) |> ignore)
      "whole numbers that ask for a gradient",
      typeof<ExternalException>,
      [ "Int64" ],
      (fun () -> torch.zeros (1, dtype = torch.int64, requires_grad = true) |> ignore) ]

let private refusalCases =
    [ for name, kind, words, action in refusals do
          inScope name (fun () -> refused kind words action) ]

[<Tests>]
let tests =
    testList
        "Tensors and .NET"
        [ testList "made" madeCases
          testList "sizes" sizesCases
          testList "access" access
          testList "refused" refusalCases ]

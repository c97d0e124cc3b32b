/// Tensors from nothing, from arrays and numbers, and back to .NET values.
module Workbench.Tests.CreationTests

open System
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
      [ 1; 2 ] ]

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
          Expect.equal (elements x) [| 1.0; 2.0; 3.0; 4.0 |] "all at once")
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

          Expect.isFalse
              (torch.zeros(1, dtype = torch.bool).is_integral())
              "bools are no whole numbers")
      inScope "allclose" (fun () ->
          let x = torch.from_array [| 1.0; nan |]
          Expect.isFalse (x.allclose x) "NaN differs from itself"
          Expect.isTrue (x.allclose (x, equal_nan = true)) "unless it may not"
          Expect.isTrue ((torch.ones 2).allclose(torch.ones 2 + 1e-7)) "close"
          Expect.isFalse ((torch.ones 2).allclose(torch.ones 2 + 1e-3)) "not close"
          let infinite = torch.from_array [| infinity; -infinity |]
          Expect.isTrue (infinite.allclose infinite) "infinities are equal") ]

let private refusals: (string * string list * (unit -> unit)) list =
    [ "item of several", [ "item"; "[2]" ], (fun () -> torch.zeros(2).item<float32>() |> ignore)
      "item of another type",
      [ "item"; "Float32" ],
      (fun () -> torch.zeros(1).item<int64>() |> ignore)
      "data of another type",
      [ "data"; "Float32" ],
      (fun () -> torch.zeros(1).data<float>() |> ignore)
      "a position outside", [ "2" ], (fun () -> torch.zeros(2, 2).data<float32>()[0L, 2L] |> ignore)
      "a negative size", [ "-1" ], (fun () -> torch.zeros [| -1L |] |> ignore)
      "more memory than there is", [ "memory" ], (fun () -> torch.zeros [| 1L <<< 50 |] |> ignore)
      "more elements than can be counted",
      [],
      (fun () -> torch.zeros [| 1L <<< 40; 1L <<< 40 |] |> ignore)
      "arange that never arrives",
      [ "arange" ],
      (fun () -> torch.arange (0L.ToScalar(), 3L.ToScalar(), (-1L).ToScalar()) |> ignore)
      "an array of strings", [ "String" ], (fun () -> torch.from_array [| "a" |] |> ignore)
      "exp of whole numbers",
      [ "exp"; "Int64" ],
      (fun () -> torch.zeros(2, dtype = torch.int64).exp() |> ignore)
      "sub of bools",
      [ "sub"; "bool" ],
      (fun () -> (torch.from_array [| true |]) - (torch.from_array [| true |]) |> ignore) ]

let private refusalCases =
    [ for name, words, action in refusals do
          testCase name (fun () ->
              use _ = torch.NewDisposeScope()

              Expect.throwsC action (fun error ->
                  for word in words do
                      Expect.stringContains error.Message word "says what is wrong")) ]

let private show (tensor: Tensor) = tensor.npstr (newLine = "\n")

let private printed: (string * (unit -> Tensor) * string) list =
    [ "a vector", (fun () -> torch.from_array [| 1L; 20L; 3L |]), "[ 1 20  3]"
      "a number", (fun () -> torch.tensor 2.5), "2.5"
      "nothing", (fun () -> torch.zeros 0), "[]"
      "a matrix", (fun () -> torch.arange(6L.ToScalar()).reshape(2, 3)), "[[0 1 2]\n [3 4 5]]"
      "three dimensions",
      (fun () -> torch.arange(4L.ToScalar()).reshape(2, 1, 2)),
      "[[[0 1]]\n [[2 3]]]"
      "bools", (fun () -> torch.from_array [| true; false |]), "[ True False]"
      "bytes", (fun () -> torch.from_array [| 7uy |]), "[7]"
      "floats",
      (fun () -> torch.from_array [| 0.5f; -1.0f; nanf; infinityf |]),
      "[     0.5       -1      NaN Infinity]"
      "a long vector", (fun () -> torch.arange (100L.ToScalar())), "[  0   1   2 ...  97  98  99]" ]

let private printing =
    [ for name, make, expected in printed do
          inScope $"npstr of {name}" (fun () ->
              Expect.equal (show (make ())) expected "as it reads")
      inScope "many rows are cut in the middle" (fun () ->
          let lines = (show (torch.zeros (50, 2))).Split '\n'
          Expect.equal lines.Length 7 "three, a gap, three"
          Expect.stringContains lines[3] "..." "the gap")
      inScope "a long line is broken" (fun () ->
          let text =
              (torch.arange (10L.ToScalar())).npstr(width = Nullable 10, newLine = "\n")

          Expect.isTrue (text.Split '\n' |> Array.forall (fun line -> line.Length <= 12)) text)
      inScope "a watched tensor prints" (fun () ->
          Expect.equal (show (torch.ones (1, requires_grad = true))) "[1]" "its elements")
      inScope "ToString says what a tensor is" (fun () ->
          Expect.equal
              (torch.zeros(2, 3).ToString())
              "[2x3], type = Float32, device = cpu"
              "a matrix"

          Expect.equal (torch.tensor(1L).ToString()) "[], type = Int64, device = cpu" "a number"
          Expect.equal (torch.zeros(0).ToString()) "[0], type = Float32, device = cpu" "nothing") ]

[<Tests>]
let tests =
    testList
        "Tensors and .NET"
        [ testList "made" madeCases
          testList "access" access
          testList "refused" refusalCases
          testList "printing" printing ]

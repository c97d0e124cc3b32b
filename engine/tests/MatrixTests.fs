/// Matrix products and linear layers: gradients, edge shapes, refusals.
module Workbench.Tests.MatrixTests

open Expecto
open TorchSharp
open Workbench.Tests.Refusals
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

let private products: (string * int64 list * int64 list * (Tensor -> Tensor -> Tensor)) list =
    [ "mm", [ 2; 3 ], [ 3; 4 ], (fun a b -> a.mm b)
      "mm of a row and a column", [ 1; 5 ], [ 5; 1 ], (fun a b -> a.mm b)
      "mm of a column and a row", [ 4; 1 ], [ 1; 3 ], (fun a b -> a.mm b)
      "mm with a transposed view", [ 2; 3 ], [ 4; 3 ], (fun a b -> a.mm (b.t ()))
      "mm of two transposed views", [ 3; 2 ], [ 4; 3 ], (fun a b -> a.t().mm(b.t ()))
      "matmul of matrices", [ 2; 3 ], [ 3; 4 ], (fun a b -> a.matmul b)
      "matmul of vectors", [ 3 ], [ 3 ], (fun a b -> a.matmul b)
      "matmul of a vector and a matrix", [ 3 ], [ 3; 4 ], (fun a b -> a.matmul b)
      "matmul of a matrix and a vector", [ 2; 3 ], [ 3 ], (fun a b -> a.matmul b)
      "matmul of a batch and a matrix", [ 2; 2; 3 ], [ 3; 4 ], (fun a b -> torch.matmul (a, b))
      "matmul of a batch and a vector", [ 2; 2; 3 ], [ 3 ], (fun a b -> torch.matmul (a, b))
      "dot", [ 4 ], [ 4 ], (fun a b -> a.dot b)
      "outer", [ 2 ], [ 3 ], (fun a b -> a.outer b)
      "linear", [ 2; 3 ], [ 4; 3 ], (fun x w -> torch.nn.functional.linear (x, w))
      "linear of a vector", [ 3 ], [ 4; 3 ], (fun x w -> torch.nn.functional.linear (x, w))
      "linear of three dimensions",
      [ 2; 2; 3 ],
      [ 4; 3 ],
      (fun x w -> torch.nn.functional.linear (x, w)) ]

let private productCases =
    [ for name, a, b, f in products do
          gradientCase name [ apart 1 a; apart 2 b ] (fun x -> f x[0] x[1])
      for shape in [ [ 5L; 3L ]; [ 3L ]; [ 2L; 2L; 3L ] ] do
          gradientCase
              $"linear with bias of %A{shape}"
              [ apart 1 shape; apart 2 [ 4; 3 ]; apart 3 [ 4 ] ]
              (fun x -> torch.nn.functional.linear (x[0], x[1], x[2]))
      for bias in [ []; [ 1L ]; [ 2L; 1L ]; [ 1L; 4L ]; [ 2L; 4L ] ] do
          gradientCase
              $"linear with a bias of %A{bias}"
              [ apart 1 [ 2; 3 ]; apart 2 [ 4; 3 ]; apart 3 bias ]
              (fun x -> torch.nn.functional.linear (x[0], x[1], x[2]))
      gradientCase "linear with a vector of weights" [ apart 1 [ 2; 3 ]; apart 2 [ 3 ] ] (fun x ->
          torch.nn.functional.linear (x[0], x[1]))
      gradientCase "a matrix times itself" [ apart 1 [ 3; 3 ] ] (fun x -> x[0].mm x[0])
      gradientCase "a matrix times its transpose" [ apart 1 [ 2; 3 ] ] (fun x -> x[0].mm(x[0].t())) ]

/// The same product by definition, in double.
let private naive (a: float[]) (b: float[]) m k n =
    Array.init (m * n) (fun at ->
        let i, j = at / n, at % n
        Seq.sum (seq { for c in 0 .. k - 1 -> a[i * k + c] * b[c * n + j] }))

let private sizes = [ 1, 1, 1; 2, 3, 4; 5, 1, 7; 17, 33, 9; 64, 48, 96; 3, 200, 49 ]

let private valueCases =
    [ for m, k, n in sizes do
          testCase $"float32 product of {m}x{k} and {k}x{n}" (fun () ->
              use _ = torch.NewDisposeScope()
              let a, b = apart 1 [ int64 m; int64 k ], apart 2 [ int64 k; int64 n ]

              let place (input: Input) =
                  (tensorOf input.Shape input.Values).to_type torch.float32

              let x, y = place a, place b
              let expected = naive (elements x) (elements y) m k n

              for actual in [ x.mm y; x.t().contiguous().t().mm y; x.mm (y.t().contiguous().t()) ] do
                  TensorSupport.nearLargest 1e-5 (elements actual) expected "the product")
      testCase "a product over no elements is zero" (fun () ->
          use _ = torch.NewDisposeScope()
          let y = (torch.zeros (2, 0)).mm(torch.zeros (0, 3))
          Expect.equal (List.ofArray y.shape) [ 2L; 3L ] "shape"
          Expect.allEqual (elements y) 0.0 "zeros")
      testCase "the outer product of two types is of the larger" (fun () ->
          use _ = torch.NewDisposeScope()
          let a, b = torch.from_array [| 2L; 3L |], torch.from_array [| 0.5; 4.0 |]
          let y = a.outer b
          Expect.equal y.dtype torch.float64 "type"
          Expect.equal (elements y) [| 1.0; 8.0; 1.5; 12.0 |] "all products")
      testCase "a linear layer over no elements is its bias" (fun () ->
          use _ = torch.NewDisposeScope()
          let bias = torch.from_array [| 1.0f; 2.0f |]
          let y = torch.nn.functional.linear (torch.zeros (3, 0), torch.zeros (2, 0), bias)
          Expect.equal (elements y) [| 1.0; 2.0; 1.0; 2.0; 1.0; 2.0 |] "the bias in each row")
      testCase "a product of no rows is empty" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.zeros (0, 3, requires_grad = true)
          let y = torch.nn.functional.linear (x, torch.zeros (2, 3))
          Expect.equal (List.ofArray y.shape) [ 0L; 2L ] "shape"
          y.sum().backward()
          Expect.equal (List.ofArray x.grad.shape) [ 0L; 3L ] "the gradient is as empty") ]

let private zeros (shape: int64 list) = torch.zeros (Array.ofList shape)

let private refusals: (string * string list * (unit -> Tensor)) list =
    [ "mm", [ "mm"; "[2, 3]"; "[2, 3]" ], (fun () -> (zeros [ 2; 3 ]).mm(zeros [ 2; 3 ]))
      "mm of a vector", [ "mm"; "[3]"; "[3, 2]" ], (fun () -> (zeros [ 3 ]).mm(zeros [ 3; 2 ]))
      "mm of two types",
      [ "mm"; "Float32"; "Float64" ],
      (fun () -> (zeros [ 2; 2 ]).mm((zeros [ 2; 2 ]).to_type torch.float64))
      "outer", [ "outer"; "[2, 3]"; "[3]" ], (fun () -> (zeros [ 2; 3 ]).outer(zeros [ 3 ]))
      "linear",
      [ "linear"; "[2, 3]"; "[4, 5]" ],
      (fun () -> torch.nn.functional.linear (zeros [ 2; 3 ], zeros [ 4; 5 ]))
      "linear of a number",
      [ "linear"; "[]"; "[4, 3]" ],
      (fun () -> torch.nn.functional.linear (zeros [], zeros [ 4; 3 ]))
      "linear with a vector of weights and a bias",
      [ "linear"; "[3]" ],
      (fun () -> torch.nn.functional.linear (zeros [ 2; 3 ], zeros [ 3 ], zeros [ 1 ]))
      "linear with a wrong bias",
      [ "linear"; "[2, 4]"; "[5]" ],
      (fun () -> torch.nn.functional.linear (zeros [ 2; 3 ], zeros [ 4; 3 ], zeros [ 5 ]))
      "linear with a larger bias",
      [ "linear"; "[2, 4]"; "[3, 2, 4]" ],
      (fun () -> torch.nn.functional.linear (zeros [ 2; 3 ], zeros [ 4; 3 ], zeros [ 3; 2; 4 ])) ]

/// TorchSharp looks at these itself.
let private vectors: (string * string list * (unit -> Tensor)) list =
    [ "dot", [ "dot"; "[2]"; "[3]" ], (fun () -> (zeros [ 2 ]).dot(zeros [ 3 ]))
      "dot of a matrix", [ "dot"; "[2, 2]"; "[2]" ], (fun () -> (zeros [ 2; 2 ]).dot(zeros [ 2 ])) ]

/// libtorch ends the process: TorchSharp catches no error of this function.
let private endings: (string * string list * (unit -> Tensor)) list =
    [ "matmul", [ "matmul"; "[2, 3]"; "[4]" ], (fun () -> (zeros [ 2; 3 ]).matmul(zeros [ 4 ]))
      "matmul of a number", [ "matmul"; "[]"; "[4]" ], (fun () -> (zeros []).matmul(zeros [ 4 ]))
      "matmul of two types",
      [ "Float32"; "Float64" ],
      (fun () -> (zeros [ 2; 2 ]).matmul((zeros [ 2; 2 ]).to_type torch.float64)) ]

let private lacking: (string * string list * (unit -> Tensor)) list =
    let whole (shape: int64 list) = (zeros shape).to_type torch.int64

    [ "mm of whole numbers", [ "mm"; "Int64" ], (fun () -> (whole [ 2; 2 ]).mm(whole [ 2; 2 ]))
      "matmul of two batches",
      [ "matmul"; "[2, 4, 3]" ],
      (fun () -> (zeros [ 2; 3; 4 ]).matmul(zeros [ 2; 4; 3 ])) ]

[<Tests>]
let tests =
    testList
        "Matrix products"
        [ testList "gradients" productCases
          testList "values" valueCases
          testList
              "refused"
              [ yield! List.map libtorchRefuses refusals
                yield! List.map (refusal typeof<System.InvalidOperationException>) vectors
                yield! List.map managedLacks lacking
                yield! managedOnly (List.map libtorchRefuses endings) ] ]

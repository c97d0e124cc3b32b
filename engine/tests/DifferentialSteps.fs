/// Optimisers' steps, clipping, new tensors, and the graph's own functions.
module Workbench.Tests.DifferentialSteps

open System.Collections.Generic
open TorchSharp
open TorchSharp.Modules
open Workbench.Tests.DifferentialInputs
open Workbench.Tests.DifferentialOutcome
open Workbench.Tests.DifferentialTable

type private Tensor = torch.Tensor

/// A parameter and three gradients for it.
let private trajectories: Input list list =
    [ for make in [ f32; f64 ] do
          for shape in [ [ 19L ]; [ 4L; 5L ]; [ 1L ]; [ 70L ]; [] ] do
              List.replicate 4 (constant (make shape))
      let shape = [ 3L; 5L ]
      constant (transposed (f32 shape)) :: List.replicate 3 (constant (f32 shape))
      constant (f32 shape) :: List.replicate 3 (constant (transposed (f32 shape))) ]

/// The parameter after each of ten steps, whose gradients come in turn.
let private steps (optimiser: Parameter list -> OptimizerHelper) (x: Tensor[]) : Tensor list =
    let parameter = torch.nn.Parameter(x[0].clone())
    use optimiser = optimiser [ parameter ]

    [ for step in 0..9 do
          parameter.grad <- x[1 + step % 3]
          optimiser.step () |> ignore
          parameter.detach().clone() ]

let private optimisers: Operation list =
    [ "Adam", (fun (p: Parameter list) -> torch.optim.Adam(p, 0.01) :> OptimizerHelper)
      "Adam betas eps", (fun p -> torch.optim.Adam(p, 0.1, 0.5, 0.9, 1e-3))
      "Adam weight_decay", (fun p -> torch.optim.Adam(p, 0.01, weight_decay = 0.3))
      "Adam maximize", (fun p -> torch.optim.Adam(p, 0.01, weight_decay = 0.3, maximize = true))
      "SGD", (fun p -> torch.optim.SGD(p, 0.1))
      "SGD momentum", (fun p -> torch.optim.SGD(p, 0.1, 0.9))
      "SGD dampening", (fun p -> torch.optim.SGD(p, 0.1, 0.9, 0.25))
      "SGD nesterov", (fun p -> torch.optim.SGD(p, 0.1, 0.9, nesterov = true))
      "SGD weight_decay", (fun p -> torch.optim.SGD(p, 0.1, 0.5, weight_decay = 0.2))
      "SGD maximize", (fun p -> torch.optim.SGD(p, 0.1, weight_decay = 0.2, maximize = true)) ]
    |> List.map (fun (name, f) ->
        operation name (steps f) trajectories |> within (Scaled 16.0) Exact)

/// The norm of two gradients, and the gradients when they are clipped to it.
let private clip (limit: float) (kind: float) (x: Tensor[]) : Tensor list =
    let parameters =
        [ for gradient in x do
              let parameter = torch.nn.Parameter(torch.zeros_like gradient)
              parameter.grad <- gradient.clone ()
              parameter ]

    let norm = torch.nn.utils.clip_grad_norm_ (parameters, limit, kind)

    torch.tensor (norm, torch.float64)
    :: [ for parameter in parameters -> parameter.grad ]

let private clipping: Operation list =
    let gradients =
        [ for make in [ f32; f64 ] do
              [ constant (make [ 19L ]); constant (make [ 7L ]) ]
              [ constant (make [ 4L; 5L ]) ]
              [ filled (These [ 0.0 ]) (make [ 3L ]) |> constant ]
          [ constant (transposed (f32 [ 4L; 5L ])); constant (f32 []) ]
          [ filled (These [ 1.0; nan ]) (f32 [ 3L ]) |> constant ]
          [ filled (These [ 1.0; infinity ]) (f32 [ 3L ]) |> constant ]
          [] ]

    [ for limit in [ 0.5; 100.0; infinity; 0.0 ] do
          operation $"clip_grad_norm_ to {limit}" (clip limit 2.0) gradients
          |> within (Scaled 8.0) Exact ]

let private created: Operation list =
    let nothing: Input list list = [ [] ]

    let make name f =
        operation name (fun _ -> [ f () ]) nothing

    [ make "zeros" (fun () -> torch.zeros ([| 2L; 3L |]))
      make "zeros of one size" (fun () -> torch.zeros 3L)
      make "zeros of two" (fun () -> torch.zeros (2L, 3L))
      make "zeros of three" (fun () -> torch.zeros (2L, 3L, 1L))
      make "zeros of four" (fun () -> torch.zeros (2L, 0L, 1L, 3L))
      make "zeros of none" (fun () -> torch.zeros ([||]: int64[]))
      make "zeros, less than none" (fun () -> torch.zeros -1L)
      make "zeros of int64" (fun () -> torch.zeros ([| 2L |], torch.int64))
      make "ones" (fun () -> torch.ones ([| 2L; 3L |]))
      make "ones of one size" (fun () -> torch.ones 3L)
      make "ones of two" (fun () -> torch.ones (2L, 3L))
      make "ones of bool" (fun () -> torch.ones ([| 2L |], torch.bool))
      make "full" (fun () -> torch.full ([| 2L; 3L |], real 0.1))
      make "full of a whole number" (fun () -> torch.full ([| 2L |], whole 7L))
      make "full of one size" (fun () -> torch.full (3L, real 0.1, torch.float64))
      make "full of two" (fun () -> torch.full (2L, 3L, whole 2L, torch.uint8))
      make "full of true" (fun () -> torch.full ([| 2L |], true.ToScalar()))
      make "arange" (fun () -> torch.arange (whole 5L))
      make "arange of a half" (fun () -> torch.arange (real 2.5))
      make "arange from to" (fun () -> torch.arange (whole 2L, whole 7L))
      make "arange by" (fun () -> torch.arange (real 0.0, real 1.0, real 0.1))
      make "arange by -2" (fun () -> torch.arange (whole 5L, whole -4L, whole -2L))
      make "arange by 0" (fun () -> torch.arange (whole 5L, whole 4L, whole 0L))
      make "arange the wrong way" (fun () -> torch.arange (whole 5L, whole 2L))
      make "arange of float32" (fun () -> torch.arange (whole 5L, torch.float32))
      make "linspace" (fun () -> torch.linspace (-1.0, 2.0, 7L))
      make "linspace of float64" (fun () -> torch.linspace (0.0, 1.0, 11L, torch.float64))
      make "linspace of one" (fun () -> torch.linspace (3.0, 1.0, 1L))
      make "linspace of none" (fun () -> torch.linspace (3.0, 1.0, 0L))
      make "linspace, less than none" (fun () -> torch.linspace (3.0, 1.0, -1L))
      make "eye" (fun () -> torch.eye 3L)
      make "eye of two sizes" (fun () -> torch.eye (2L, 3L))
      make "eye of int64" (fun () -> torch.eye (3L, 2L, torch.int64))
      make "tensor of a float32" (fun () -> torch.tensor 0.1f)
      make "tensor of a float" (fun () -> torch.tensor 0.1)
      make "tensor of an int" (fun () -> torch.tensor 3)
      make "tensor of an int64" (fun () -> torch.tensor 3L)
      make "tensor of a bool" (fun () -> torch.tensor true)
      make "tensor of float32s" (fun () -> torch.tensor [| 0.1f; 2.0f |])
      make "tensor of floats" (fun () -> torch.tensor [| 0.1; 2.0 |])
      make "tensor of floats as float32" (fun () -> torch.tensor ([| 0.1; 2.0 |], torch.float32))
      make "tensor of int64s" (fun () -> torch.tensor [| 1L; -2L |])
      make "tensor of ints" (fun () -> torch.tensor [| 1; -2 |])
      make "tensor of bools" (fun () -> torch.tensor [| true; false |])
      make "tensor of a table" (fun () -> torch.tensor (array2D [ [ 0.1f; 2.0f ]; [ 3.0f; 4.0f ] ]))
      make "from_array of a table" (fun () -> torch.from_array (array2D [ [ 1L ]; [ 3L ] ]))
      make "from_array of a cube" (fun () -> torch.from_array (Array3D.create 2 1 3 0.5))
      make "rand's kind" (fun () -> torch.zeros_like (torch.rand ([| 2L; 3L |])))
      make "randn's kind" (fun () -> torch.zeros_like (torch.randn ([| 2L |], torch.float64)))
      make "rand of int64" (fun () -> torch.zeros_like (torch.rand ([| 2L |], torch.int64)))
      make "randint's kind" (fun () -> torch.zeros_like (torch.randint (3L, [| 2L |])))
      make "randint from to" (fun () -> torch.zeros_like (torch.randint (1L, 3L, [| 2L |])))
      make "randint of nothing" (fun () -> torch.randint (0L, [| 2L |]))
      make "randperm's kind" (fun () -> torch.zeros_like (torch.randperm 4L))
      make "randperm of less than none" (fun () -> torch.randperm -1L) |> fatal
      make "bernoulli of 0 and 1" (fun () -> torch.bernoulli (torch.tensor [| 0.0f; 1.0f |]))
      make "bernoulli above 1" (fun () -> torch.bernoulli (torch.tensor [| 1.5f |])) ]
    |> all (Ulps 2.0) Exact

let private likeForms: Input list list =
    each
        [ for make in allTypes do
              make [ 2L; 3L ]
          transposed (f32 [ 2L; 3L ])
          f32 []
          f32 [ 0L ] ]

let private alike: Operation list =
    [ one "zeros_like" (fun x -> torch.zeros_like x) likeForms
      one "ones_like" (fun x -> torch.ones_like x) likeForms
      one "ones_like as float64" (fun x -> torch.ones_like (x, torch.float64)) likeForms
      one "full_like" (fun x -> torch.full_like (x, whole 3L)) likeForms
      one "full_like 2.5" (fun x -> torch.full_like (x, real 2.5)) likeForms
      one "empty_like's kind" (fun x -> (torch.empty_like x).zero_()) likeForms
      one "rand_like's kind" (fun x -> torch.zeros_like (torch.rand_like x)) likeForms
      one "randn_like's kind" (fun x -> torch.zeros_like (torch.randn_like x)) likeForms
      one "item" (fun x -> torch.tensor (x.ToScalar().ToDouble())) likeForms
      one
          "item of one"
          (fun x -> torch.tensor (x.to_type(torch.float64).item<float>()))
          (each [ f32 [ 1L ]; f32 [ 1L; 1L ] ]) ]

let private gradientsOf (y: Tensor) (x: Tensor) : Tensor list =
    List.ofSeq (torch.autograd.grad (List [ y ], List [ x ]))

/// What the graph does beyond one operation: sharing, cutting, in-place changes of what it needs.
let private graphs: Operation list =
    let forms =
        each [ f32 [ 3L ]; f32 [ 2L; 3L ]; f64 [ 4L ]; transposed (f32 [ 3L; 2L ]) ]

    [ one "used twice" (fun x -> x * x + x) forms
      one "cut" (fun x -> x * x.detach ()) forms
      operation "grad" (fun x -> gradientsOf (x[0].square().sum()) x[0]) forms
      operation
          "grad of what was not used"
          (fun x -> gradientsOf (x[0].square().sum()) (x[0].clone()))
          forms
      |> fatal
      operation
          "backward of many"
          (fun x ->
              (x[0] * 2).backward()
              [ x[0].grad ])
          forms
      operation
          "backward twice"
          (fun x ->
              let y = x[0].exp().sum()
              y.backward ()
              y.backward ()
              [])
          forms
      one
          "changed after exp"
          (fun x ->
              let y = x.exp ()
              y.add_ (whole 1L) |> ignore
              y * 1)
          forms
      one
          "changed after mul"
          (fun x ->
              let y = x * 1
              let z = y * y
              y.add_ (whole 1L) |> ignore
              z)
          forms
      one
          "changed through a view"
          (fun x ->
              let y = x * 1
              y.select(0L, 0L).fill_(whole 5L) |> ignore
              y * y)
          forms
      one
          "without gradients"
          (fun x ->
              use _ = torch.no_grad ()
              x * 2)
          forms
      one "where of a logarithm" (fun x -> torch.where (x.gt (whole 0L), x.log (), x)) forms
      one "asked of a part" (fun x -> x.detach().select(0L, 0L).requires_grad_() * x.sum ()) forms ]
    |> all (Scaled 8.0) (Scaled 8.0)

let operations: Operation list = optimisers @ clipping @ created @ alike @ graphs

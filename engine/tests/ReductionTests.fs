/// Sums, means, variances, extremes, soft maxima and norms: gradients.
module Workbench.Tests.ReductionTests

open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.Refusals
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

let private values (struct (values: Tensor, _: Tensor)) = values

/// Reductions to one number.
let private whole: (string * (Tensor -> Tensor)) list =
    [ "sum", (fun x -> x.sum ())
      "mean", (fun x -> x.mean ())
      "max", (fun x -> x.max ())
      "min", (fun x -> x.min ())
      "norm", (fun x -> x.norm ())
      "norm 1", (fun x -> x.norm 1.0f)
      "norm 3", (fun x -> x.norm 3.0f) ]

/// As above, of two elements at least.
let private spread: (string * (Tensor -> Tensor)) list =
    [ "var", (fun x -> x.var ())
      "var, biased", (fun x -> x.var false)
      "std", (fun x -> x.std ())
      "std, biased", (fun x -> x.std false) ]

let private wholeCases =
    [ for name, f in whole do
          for shape in [ []; [ 1L ]; [ 7L ]; [ 3L; 4L ]; [ 2L; 3L; 4L ] ] do
              gradientCase $"{name} of %A{shape}" [ apart 1 shape ] (fun x -> f x[0])
      for name, f in spread do
          for shape in [ [ 7L ]; [ 3L; 4L ]; [ 2L; 3L; 4L ] ] do
              gradientCase $"{name} of %A{shape}" [ apart 1 shape ] (fun x -> f x[0]) ]

/// Reductions along one dimension of a 2 x 3 x 4 tensor.
let private along: (string * (int64 -> bool -> Tensor -> Tensor)) list =
    [ "sum", (fun d keep x -> x.sum (d, keep))
      "mean", (fun d keep x -> x.mean ([| d |], keep))
      "var", (fun d keep x -> x.var (d, true, keep))
      "var, biased", (fun d keep x -> x.var (d, false, keep))
      "std", (fun d keep x -> x.std (d, true, keep))
      "std, biased", (fun d keep x -> x.std (d, false, keep))
      "max", (fun d keep x -> values (x.max (d, keep)))
      "min", (fun d keep x -> values (x.min (d, keep)))
      "logsumexp", (fun d keep x -> x.logsumexp (d, keep)) ]

let private alongCases =
    [ for name, f in along do
          for d in [ 0L; 1L; 2L; -1L; -3L ] do
              for keep in [ false; true ] do
                  gradientCase $"{name} along {d}, keepdim {keep}" [ apart 1 [ 2; 3; 4 ] ] (fun x ->
                      f d keep x[0]) ]

/// Reductions along several dimensions.
let private severalCases =
    [ for dims in [ [| 0L; 1L |]; [| 0L; 2L |]; [| -1L; -2L |]; [| 2L; 0L; 1L |] ] do
          for keep in [ false; true ] do
              let name = $"along %A{dims}, keepdim {keep}"
              let input = [ apart 1 [ 2; 3; 4 ] ]
              gradientCase $"sum {name}" input (fun x -> x[0].sum(dims, keep))
              gradientCase $"mean {name}" input (fun x -> x[0].mean(dims, keep))
              gradientCase $"var {name}" input (fun x -> x[0].var(dims, true, keep))
              gradientCase $"std, biased {name}" input (fun x -> x[0].std(dims, false, keep)) ]

let private softCases =
    [ for d in [ 0L; 1L; 2L; -1L; -2L ] do
          gradientCase $"softmax along {d}" [ apart 1 [ 2; 3; 4 ] ] (fun x -> x[0].softmax d)

          gradientCase $"log_softmax along {d}" [ apart 1 [ 2; 3; 4 ] ] (fun x ->
              x[0].log_softmax d)
      gradientCase "softmax (functional)" [ apart 1 [ 5 ] ] (fun x ->
          torch.nn.functional.softmax (x[0], 0))
      gradientCase "log_softmax (functional)" [ apart 1 [ 5; 1 ] ] (fun x ->
          torch.nn.functional.log_softmax (x[0], -1))
      gradientCase "logsumexp of a vector" [ apart 1 [ 20 ] ] (fun x -> torch.logsumexp (x[0], 0)) ]

let private columns =
    testCase "a column's sum does not depend on how many there are beside it" (fun () ->
        use _ = torch.NewDisposeScope()
        use generator = new torch.Generator()
        generator.manual_seed 3L |> ignore

        // So wide that the threads share a block of rows by columns.
        let wide = torch.randn ([| 130L; 1023L |], generator = generator)
        let sums = elements (wide.sum 0L)

        for first, count in [ 0, 40; 500, 40; 983, 40 ] do
            let narrow = wide.narrow(1L, int64 first, int64 count).contiguous()

            equalBits
                1e-6
                (elements (narrow.sum 0L))
                sums[first .. first + count - 1]
                $"columns {first} to {first + count - 1}")

/// 1, 2, ... as a vector.
let private counted kind count : Tensor =
    (torch.arange (1L.ToScalar(), (count + 1L).ToScalar())).to_type kind

let private edges =
    [ // TorchSharp 0.107 does not heed the argument of the first of these.
      inScope "var asked to be biased is so with dimensions alone, std always" (fun () ->
          let x = counted torch.float64 4L
          close 1e-12 (number (x.var false)) (5.0 / 3.0) "var without dimensions"
          close 1e-12 (number (torch.var (x, false))) (5.0 / 3.0) "the same as a function"
          close 1e-12 (number (x.var (0L, false))) 1.25 "var along one"
          close 1e-12 (number (x.var ([| 0L |], false))) 1.25 "var along several"
          close 1e-12 (number (x.std false)) (sqrt 1.25) "std without dimensions"
          close 1e-12 (number (x.std (0L, false))) (sqrt 1.25) "std along one")
      inScope "logsumexp of whole numbers is float32" (fun () ->
          let y = (torch.zeros ([| 2L |], dtype = torch.int64)).logsumexp 0L
          Expect.equal y.dtype torch.float32 "type"
          close 1e-6 (number y) (log 2.0) "ln 2")
      inScope "a sum of bools counts" (fun () ->
          let y = ((counted torch.int64 3L).ge(2L.ToScalar())).sum()
          Expect.equal (y.dtype, number y) (torch.int64, 2.0) "as int64") ]

let private refusals: (string * string list * (unit -> Tensor)) list =
    let x () = torch.ones [| 2L; 3L |]
    let none () = torch.ones [| 0L; 2L |]
    let whole () = counted torch.int64 3L

    [ "a dimension named twice", [ "sum"; "0" ], (fun () -> (x ()).sum [| 0L; 0L |])
      "a dimension that is not there", [ "sum"; "2" ], (fun () -> (x ()).sum 2L)
      "the mean of whole numbers", [ "mean"; "Int64" ], (fun () -> (whole ()).mean())
      "the mean of bools", [ "mean"; "Bool" ], (fun () -> ((whole ()).to_type torch.bool).mean())
      "the mean as whole numbers",
      [ "mean"; "Int64" ],
      (fun () -> (x ()).mean([| 0L |], false, torch.int64))
      "the largest of none", [ "max"; "empty" ], (fun () -> (none ()).max())
      "the largest along none", [ "[0, 2]" ], (fun () -> values ((none ()).max 0L))
      "the place of the largest of none", [ "[0]" ], (fun () -> (none ()).argmax())
      "the place of the largest bool",
      [ "argmax"; "bool" ],
      (fun () -> ((whole ()).to_type torch.bool).argmax())
      "softmax of whole numbers", [ "softmax"; "Int64" ], (fun () -> (whole ()).softmax 0L) ]

let private lacking: (string * string list * (unit -> Tensor)) list =
    let x () = torch.ones [| 3L |]

    [ "norm -1", [ "norm" ], (fun () -> (x ()).norm -1.0f)
      "a sum as bool", [ "sum"; "Bool" ], (fun () -> (counted torch.int64 3L).sum torch.bool) ]

/// libtorch ends the process.
let private endings: (string * string list * (unit -> Tensor)) list =
    [ "the variance of whole numbers",
      [ "var"; "Int64" ],
      (fun () -> (counted torch.int64 3L).var()) ]

[<Tests>]
let tests =
    testList
        "Reductions"
        [ testList "gradients to one number" wholeCases
          testList "gradients along a dimension" alongCases
          testList "gradients along several" severalCases
          testList "gradients of soft maxima" softCases
          columns
          testList "edges" edges
          testList
              "refused"
              [ yield! List.map libtorchRefuses refusals
                yield! List.map managedLacks lacking
                yield! managedOnly (List.map libtorchRefuses endings) ] ]

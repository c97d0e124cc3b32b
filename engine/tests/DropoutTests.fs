/// Dropout: gradients, properties, refusals.
module Workbench.Tests.DropoutTests

open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.Refusals
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor
type private F = torch.nn.functional

/// libtorch draws for the elements in the order in which they lie in memory.
let private dropoutCase = if isManaged then gradientCase else denseGradientCase

/// Tests that draw from the default generator: nothing else may at the same time.
let private draws =
    [ dropoutCase "dropout" [ apart 1 [ 6; 5 ] ] (fun x ->
          torch.manual_seed 3L |> ignore
          F.dropout (x[0], 0.4))
      dropoutCase "dropout in place" [ apart 1 [ 6; 5 ] ] (fun x ->
          torch.manual_seed 3L |> ignore
          F.dropout (x[0] * 2.0, 0.4, true, true))
      testCase "dropout keeps the mean and scales what it keeps" (fun () ->
          use _ = torch.NewDisposeScope()
          torch.manual_seed 5L |> ignore
          let y = elements (F.dropout (torch.ones [| 100_000L |], 0.3))
          let kept = y |> Array.filter (fun v -> v <> 0.0)

          for v in kept do
              Expect.floatClose
                  { absolute = 1e-6; relative = 0.0 }
                  v
                  (1.0 / 0.7)
                  "scaled by 1 / 0.7"

          // Five standard deviations of a binomial share.
          let share = float kept.Length / 100_000.0
          Expect.isTrue (abs (share - 0.7) < 5.0 * sqrt (0.21 / 100_000.0)) $"{share} are kept")
      testCase "dropout of everything" (fun () ->
          use _ = torch.NewDisposeScope()
          Expect.allEqual (elements (F.dropout (torch.ones [| 10L |], 1.0))) 0.0 "nothing is left")
      testCase "dropout outside of training" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.ones [| 10L |]
          Expect.allEqual (elements (F.dropout (x, 0.9, false))) 1.0 "x itself")
      testCase "dropping no element leaves the input usable" (fun () ->
          use _ = torch.NewDisposeScope()
          let x = torch.ones [| 10L |]
          F.dropout(x, 0.5, false).Dispose()
          Expect.allEqual (elements x) 1.0 "the result is another object") ]

let private refusals: (string * string list * (unit -> Tensor)) list =
    let zeros () = torch.zeros [| 2L |]

    [ for p in [ 1.5; -0.5; nan ] do
          $"a probability of {p}", [ "dropout"; string p ], (fun () -> F.dropout (zeros (), p))
      "a probability above 1 outside of training",
      [ "dropout"; "1.5" ],
      (fun () -> F.dropout (zeros (), 1.5, false))
      "dropout of whole numbers",
      [ "dropout"; "Int64" ],
      (fun () -> F.dropout ((zeros ()).to_type torch.int64, 0.5)) ]

[<Tests>]
let tests =
    testList
        "Dropout"
        [ testSequenced (testList "draws" draws)
          testList "refused" (List.map libtorchRefuses refusals) ]

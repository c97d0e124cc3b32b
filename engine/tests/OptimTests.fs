/// Optimisers: trajectories, state in and out, what zero_grad leaves behind.
module Workbench.Tests.OptimTests

open Expecto
open TorchSharp
open TorchSharp.Modules
open Workbench.Tests.TensorSupport
open Workbench.Tests.Refusals
open Workbench.Tests.ReferenceGradients

type private Optimiser = torch.optim.Optimizer

/// Gradients that need no rounding.
let private gradient step n =
    Array.init n (fun i -> float ((7 * i + 3 * step) % 11 - 5) / 4.0)

let private start n =
    Array.init n (fun i -> float (i % 5 - 2) / 2.0)

let private parameter (kind: torch.ScalarType) (values: float[]) =
    torch.nn.Parameter(torch.from_array(values).to_type kind, true)

let private recipes: (string * (Parameter -> Optimiser)) list =
    [ "Adam", (fun p -> torch.optim.Adam([ p ], lr = 0.01))
      "Adam double", (fun p -> torch.optim.Adam([ p ], lr = 0.01))
      "Adam betas eps",
      (fun p -> torch.optim.Adam([ p ], lr = 0.1, beta1 = 0.5, beta2 = 0.9, eps = 1e-3))
      "Adam weight_decay", (fun p -> torch.optim.Adam([ p ], lr = 0.01, weight_decay = 0.3))
      "Adam maximize",
      (fun p -> torch.optim.Adam([ p ], lr = 0.01, weight_decay = 0.3, maximize = true))
      "SGD", (fun p -> torch.optim.SGD([ p ], 0.1))
      "SGD momentum", (fun p -> torch.optim.SGD([ p ], 0.1, momentum = 0.9))
      "SGD dampening", (fun p -> torch.optim.SGD([ p ], 0.1, momentum = 0.9, dampening = 0.25))
      "SGD nesterov", (fun p -> torch.optim.SGD([ p ], 0.1, momentum = 0.9, nesterov = true))
      "SGD weight_decay", (fun p -> torch.optim.SGD([ p ], 0.1, momentum = 0.5, weight_decay = 0.2))
      "SGD maximize", (fun p -> torch.optim.SGD([ p ], 0.1, weight_decay = 0.2, maximize = true)) ]

/// One step from the gradient of that step.
let private advance (optimiser: Optimiser) (p: Parameter) step =
    p.grad <- torch.from_array(gradient step (int (p.numel ()))).to_type(p.dtype).reshape p.shape
    optimiser.step () |> ignore

let private trajectories =
    [ for name, recipe in recipes do
          testCase $"{name}: a transposed parameter takes the same steps" (fun () ->
              use _ = torch.NewDisposeScope()
              let p = parameter torch.float64 (start 6)

              let q =
                  torch.nn.Parameter(
                      (tensorOf [ 3; 2 ] [| -1.0; 0.5; -0.5; 1.0; 0.0; -1.0 |]).t(),
                      true
                  )

              Expect.equal (elements q) (start 6) "the same elements"
              use one = recipe p
              use two = recipe q

              for step in 1..3 do
                  advance one p step
                  advance two q step

              Expect.equal (elements q) (elements p) "after three steps") ]

let private descents: (string * (Parameter -> Optimiser) * float list) list =
    [ "SGD decays towards 0 as it descends",
      (fun p -> torch.optim.SGD([ p ], 0.1, weight_decay = 0.2)),
      [ 0.93; 0.8614 ]
      // p += 0.1 (0.5 + 0.2 p); PyTorch has 0.5 - 0.2 p.
      "SGD that maximises grows by its decay",
      (fun p -> torch.optim.SGD([ p ], 0.1, weight_decay = 0.2, maximize = true)),
      [ 1.07; 1.1414 ]
      "SGD that maximises with momentum",
      (fun p -> torch.optim.SGD([ p ], 0.1, momentum = 0.9, weight_decay = 0.2, maximize = true)),
      [ 1.07; 1.2044 ]
      "Adam steps by its rate", (fun p -> torch.optim.Adam([ p ], 0.1, eps = 0.0)), [ 0.9; 0.8 ] ]

/// Steps of gradient 0.5 from 1, rate 0.1.
let private byHand =
    [ for name, recipe, expected in descents do
          testCase name (fun () ->
              use _ = torch.NewDisposeScope()
              let p = parameter torch.float64 [| 1.0 |]
              p.grad <- tensorOf [ 1 ] [| 0.5 |]
              use optimiser = recipe p

              for value in expected do
                  optimiser.step () |> ignore
                  close 1e-12 (Array.head (elements p)) value "by definition") ]

let private settings: (string * (Parameter -> Optimiser)) list =
    [ "Adam with a rate below 0", (fun p -> torch.optim.Adam([ p ], -0.1))
      "Adam with beta1 of 1", (fun p -> torch.optim.Adam([ p ], 0.1, beta1 = 1.0))
      "Adam with beta2 below 0", (fun p -> torch.optim.Adam([ p ], 0.1, beta2 = -0.1))
      "Adam with eps below 0", (fun p -> torch.optim.Adam([ p ], 0.1, eps = -1.0))
      "Adam with decay below 0", (fun p -> torch.optim.Adam([ p ], 0.1, weight_decay = -1.0))
      "SGD with a rate below 0", (fun p -> torch.optim.SGD([ p ], -0.1))
      "SGD with momentum below 0", (fun p -> torch.optim.SGD([ p ], 0.1, momentum = -1.0))
      "SGD with decay below 0", (fun p -> torch.optim.SGD([ p ], 0.1, weight_decay = -1.0))
      "nesterov without momentum", (fun p -> torch.optim.SGD([ p ], 0.1, nesterov = true))
      "nesterov with dampening",
      (fun p -> torch.optim.SGD([ p ], 0.1, momentum = 0.9, dampening = 0.5, nesterov = true)) ]

let private refusals =
    [ for name, recipe in settings do
          inScope name (fun () ->
              let p = parameter torch.float64 [| 1.0 |]
              refused typeof<System.ArgumentException> [] (fun () -> recipe p |> ignore))
      inScope "a state of other parameters" (fun () ->
          let make count =
              torch.optim.Adam [ for _ in 1..count -> parameter torch.float64 [| 1.0 |] ]

          use one = make 1
          use two = make 2

          refused typeof<System.ArgumentException> [ "1"; "2" ] (fun () ->
              two.load_state_dict (one.state_dict ())))
      // TorchSharp moves it twice a step.
      for test in
          managedOnly
              [ inScope "a parameter given twice" (fun () ->
                    let p = parameter torch.float64 [| 1.0 |]

                    refused typeof<System.ArgumentException> [ "once" ] (fun () ->
                        torch.optim.Adam [ p; p ] |> ignore)) ] do
          test
      managedLacks (
          "amsgrad",
          [ "amsgrad" ],
          fun () ->
              use _ = torch.optim.Adam([ parameter torch.float64 [| 1.0 |] ], amsgrad = true)

              torch.zeros [| 1L |]
      ) ]

let private adamState (optimiser: Adam) =
    optimiser.state_dict().State
    |> Seq.map (fun state -> state :?> Adam.State)
    |> List.ofSeq

let private resumed =
    [ testCase "Adam continues where a loaded state left off" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = parameter torch.float64 (start 7)
          use whole = torch.optim.Adam([ p ], lr = 0.1)

          for step in 1..3 do
              advance whole p step

          let q = parameter torch.float64 (elements p)
          use second = torch.optim.Adam([ q ], lr = 0.1)
          second.load_state_dict (whole.state_dict ())

          for step in 4..6 do
              advance whole p step
              advance second q step

          Expect.equal (elements q) (elements p) "the same six steps")
      testCase "a loaded state brings its options" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = parameter torch.float64 (start 3)
          let q = parameter torch.float64 (start 3)

          let recipe (p: Parameter) lr beta decay =
              torch.optim.Adam([ p ], lr, beta1 = beta, weight_decay = decay)

          use one = recipe p 0.5 0.3 0.2
          use two = recipe q 0.1 0.9 0.0
          two.load_state_dict (one.state_dict ())

          for step in 1..3 do
              advance one p step
              advance two q step

          Expect.equal (elements q) (elements p) "the same steps")
      testCase "SGD continues where a loaded state left off" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = parameter torch.float64 (start 7)
          use whole = torch.optim.SGD([ p ], 0.1, momentum = 0.9)
          advance whole p 1
          let q = parameter torch.float64 (elements p)
          use second = torch.optim.SGD([ q ], 0.1, momentum = 0.9)
          second.load_state_dict (whole.state_dict ())
          advance whole p 2
          advance second q 2
          Expect.equal (elements q) (elements p) "the same two steps")
      testCase "Adam's state is there from the start and can be written" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = parameter torch.float64 (start 7)
          let q = parameter torch.float64 (start 7)
          use one = torch.optim.Adam([ p ], lr = 0.1)
          advance one p 1
          advance one p 2
          use two = torch.optim.Adam([ q ], lr = 0.1)
          let source, target = (adamState one).Head, (adamState two).Head
          Expect.equal target.step 0L "no step yet"
          Expect.allEqual (elements target.exp_avg) 0.0 "no mean yet"
          target.step <- source.step
          target.exp_avg.copy_ source.exp_avg |> ignore
          target.exp_avg_sq.copy_ source.exp_avg_sq |> ignore
          q.detach().copy_ p |> ignore
          advance one p 3
          advance two q 3
          Expect.equal (elements q) (elements p) "the same third step")
      testCase "a learning rate set between steps counts" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = parameter torch.float64 [| 1.0 |]
          use sgd = torch.optim.SGD([ p ], 0.1)
          p.grad <- tensorOf [ 1 ] [| 1.0 |]

          for group in sgd.ParamGroups do
              group.LearningRate <- 0.5

          sgd.step () |> ignore
          Expect.equal (elements p) [| 0.5 |] "1 - 0.5") ]

let private gradients =
    [ testCase "zero_grad zeroes in place" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = parameter torch.float32 [| 1.0; 2.0 |]
          use adam = torch.optim.Adam [ p ]
          adam.zero_grad ()
          Expect.isTrue (isNull (box p.grad)) "nothing to zero before the first backward"
          (p * p).sum().backward()
          let gradient = p.grad
          adam.zero_grad ()
          Expect.isFalse (isNull (box p.grad)) "never null again"
          Expect.equal (elements gradient) [| 0.0; 0.0 |] "a tensor held from before shows it"
          (p * 3.0).sum().backward()
          Expect.equal (elements p.grad) [| 3.0; 3.0 |] "the next gradient starts from zero"
          (p * 3.0).sum().backward()
          Expect.equal (elements p.grad) [| 6.0; 6.0 |] "and adds up")
      testCase "a parameter without gradient is left alone" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = parameter torch.float64 [| 1.0 |]
          let q = parameter torch.float64 [| 1.0 |]
          use adam = torch.optim.Adam([ p; q ], lr = 0.1)
          p.grad <- tensorOf [ 1 ] [| 1.0 |]
          adam.step () |> ignore

          Expect.floatClose
              Accuracy.high
              (Array.head (elements p))
              0.9
              "moved by the learning rate"

          Expect.equal (elements q) [| 1.0 |] "not moved")
      testCase "a step calls the closure first and returns its loss" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = parameter torch.float64 [| 3.0 |]
          use sgd = torch.optim.SGD([ p ], 0.1)

          let loss =
              sgd.step (fun () ->
                  let loss = (p * p).sum()
                  loss.backward ()
                  loss)

          Expect.equal (elements loss) [| 9.0 |] "the loss before the step"
          Expect.floatClose Accuracy.high (Array.head (elements p)) 2.4 "3 - 0.1 * 6")
      testCase "a parameter takes the place of its tensor" (fun () ->
          let data = torch.ones [| 3L |]
          let p = torch.nn.Parameter(data, true)
          Expect.isTrue data.IsInvalid "the tensor is gone"
          Expect.isTrue p.requires_grad "the parameter is watched"
          Expect.isTrue p.is_leaf "and a leaf"
          Expect.equal (elements p) [| 1.0; 1.0; 1.0 |] "with the same elements"
          p.Dispose())
      testCase "a parameter is disposed with its tensor's scope" (fun () ->
          let p =
              use _ = torch.NewDisposeScope()
              torch.nn.Parameter(torch.ones [| 3L |], true)

          Expect.isTrue p.IsInvalid "it took over the tensor's place in the scope") ]

[<Tests>]
let tests =
    testList
        "Optimisers"
        [ testList "trajectories" trajectories
          testList "by definition" byHand
          testList "refused" refusals
          testList "state" resumed
          testList "gradients" gradients ]

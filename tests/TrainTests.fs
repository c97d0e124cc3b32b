module Workbench.Tests.TrainTests

open System
open System.Threading
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport
open Workbench.Tests.ModelSupport

let private vae = Models.denseVae 20 [ 16 ] 3 0.1

let private data = tinyData 20 70 30

let private objective = Objectives.weightedVae vae (Schedule.warmup 3 1.0) data

let private settings epochs =
    { Train.defaults with
        Epochs = epochs
        Batch = 16
        LearningRate = Schedule.drops [ 2 ] 0.5 3e-3 }

let private finished outcome =
    match outcome with
    | Finished state -> state
    | Diverged(_, divergence) -> failtestf "diverged: %O" divergence
    | Interrupted _ -> failtest "interrupted"

let private train epochs state =
    finished (Train.run (settings epochs) objective Train.unwatched data state)

let private start seed = Train.start objective seed

let private sameMoments (a: State) (b: State) =
    a.Moments
    |> Map.forall (fun update moments ->
        moments
        |> Map.forall (fun name moments ->
            let others = b.Moments[update][name]

            sameBits moments.Mean others.Mean
            && sameBits moments.Square others.Square
            && moments.Steps = others.Steps))

let private sameStates (a: State) (b: State) =
    sameParameters a.Parameters b.Parameters
    && sameMoments a b
    && a.History = b.History
    && a.Steps = b.Steps
    && a.Epoch = b.Epoch

let private losses (state: State) =
    state.History
    |> List.map (fun epoch -> (Map.ofList epoch.Figures)["train_loss"])

/// The objective, whose losses at a batch are what this makes of them.
let private changed (change: Pass -> Batch -> StepLosses -> StepLosses) : Objective =
    let update (update: Update) =
        { update with
            Losses = fun pass batch -> update.Losses pass batch |> change pass batch }

    { objective with
        Updates = List.map update objective.Updates }

/// An objective whose loss is NaN from the given epoch on.
let private failingFrom epoch : Objective =
    changed (fun _ batch losses ->
        if batch.Epoch >= epoch then
            { losses with
                Figures = losses.Figures |> List.map (fun (name, loss) -> name, loss * nan) }
        else
            losses)

/// An objective to whose loss `term parameters` is added at one batch, counted from 1 over the whole training.
let private spoiledAt number (term: Parameters -> torch.Tensor) : Objective =
    let seen = ref 0

    changed (fun pass _ losses ->
        seen.Value <- seen.Value + 1

        if seen.Value = number then
            { losses with
                Losses =
                    losses.Losses
                    |> List.map (fun (nets, loss) -> nets, loss + term pass.Parameters) }
        else
            losses)

let private divergence objective settings =
    match Train.run settings objective Train.unwatched data (start 1) with
    | Diverged(state, divergence) -> state, divergence
    | _ -> failtest "the run should have diverged"

/// The square root of 0 has no finite slope: the loss stays, a gradient does not.
let private rootOfNothing name (parameters: Parameters) = (parameters[name].sum() * 0.0).sqrt()

/// The state after one step over all examples, with other settings.
let private afterStep (change: TrainSettings -> TrainSettings) =
    let settings = change { settings 1 with Batch = 100 }
    finished (Train.run settings objective Train.unwatched data (start 1))

/// Adam's memory after one step holds a tenth of the gradient: its length.
let private firstMean clip =
    let state = afterStep (fun settings -> { settings with ClipNorm = clip })

    state.Moments["vae"].Values
    |> Seq.sumBy (fun moments -> (moments.Mean * moments.Mean).sum().item<float32>() |> float)
    |> sqrt

/// A rate that leaves parameters infinite at once, or, as libtorch's Adam refuses rates beyond float32, with products that are.
let private tooFast = if Engine.isManaged then 1e39 else 3e37

let private sameForAnyThreads () =
    let threads = torch.get_num_threads ()

    try
        let runs =
            (if Engine.isManaged then [ 1; 2; 4 ] else [ 2; 2 ])
            |> List.map (fun count ->
                torch.set_num_threads count
                train 2 (start 1))

        Expect.isTrue
            (runs |> List.forall (sameStates runs.Head))
            "no bit depends on threads, or on the run"
    finally
        torch.set_num_threads threads

[<Tests>]
let tests =
    bitwise
    <| testList
        "training"
        [ testCase "two epochs and then three are five, bit for bit"
          <| fun () ->
              let straight = train 5 (start 1)
              let inTwo = start 1 |> train 2 |> train 5
              Expect.isTrue (sameStates straight inTwo) "parameters, moments and history"

          testCase "a kept state is not touched by training on from it"
          <| fun () ->
              let kept = train 1 (start 1)
              let before = kept.Parameters |> Map.map (fun _ tensor -> tensor.clone ())
              let once = train 3 kept
              let again = train 3 kept
              Expect.isTrue (sameParameters kept.Parameters before) "the state is as it was"
              Expect.isTrue (sameStates once again) "and training from it again gives the same"

          testCase "the loss falls"
          <| fun () ->
              let losses = losses (train 12 (start 1))
              Less.than (List.last losses) (List.head losses) "last below first"

          testCase "equal seeds give equal runs, different ones do not"
          <| fun () ->
              Expect.isTrue (sameStates (train 2 (start 5)) (train 2 (start 5))) "same seed"
              Expect.isFalse (sameStates (train 2 (start 5)) (train 2 (start 6))) "other seed"

          testCase
              "weights that ask for gradients, or were computed from such, begin as their numbers do"
          <| fun () ->
              let asking name (tensor: torch.Tensor) : torch.Tensor =
                  if Net.isStatistic name then tensor else torch.nn.Parameter(tensor, true) * 1.0f

              let leavesOnly =
                  changed (fun pass _ losses ->
                      for KeyValue(name, tensor) in pass.Parameters do
                          Expect.isTrue tensor.is_leaf name

                      losses)

              let asked =
                  { leavesOnly with
                      Init = objective.Init >> Map.map asking }

              let begun = Train.start asked 5

              for KeyValue(name, tensor) in begun.Parameters do
                  Expect.isFalse tensor.requires_grad name

              let trained = finished (Train.run (settings 2) asked Train.unwatched data begun)
              Expect.isTrue (sameStates trained (train 2 (start 5))) "the same"

          testSequenced (testCase "1, 2 and 4 threads give the same bits" sameForAnyThreads)

          testCase
              "figures of an epoch: losses in evaluation mode, the weight and the parts of the bound"
          <| fun () ->
              let epoch = (train 1 (start 1)).History.Head

              Expect.equal
                  (epoch.Figures |> List.map fst)
                  [ "train_loss"
                    "kl_weight"
                    "train_reconstruction"
                    "train_kl"
                    "train_nelbo"
                    "test_reconstruction"
                    "test_kl"
                    "test_nelbo" ]
                  "names, in order"

              let figure name = (Map.ofList epoch.Figures)[name]

              close
                  1e-9
                  (figure "test_nelbo")
                  (figure "test_reconstruction" + figure "test_kl")
                  "the bound is the sum at weight 1"

              close 1e-9 (figure "kl_weight") (1.0 / 3.0) "the schedule's weight"

          testCase "the learning rate of an epoch is the schedule's"
          <| fun () ->
              let still =
                  Train.run
                      { settings 2 with
                          LearningRate = fun _ -> 0.0 }
                      objective
                      Train.unwatched
                      data
                      (start 1)

              Expect.isTrue
                  (sameParameters (finished still).Parameters (start 1).Parameters)
                  "rate 0 changes nothing"

          testCase "dynamic pixels are drawn anew each epoch, static ones once"
          <| fun () ->
              let binary (images: torch.Tensor) =
                  numbers images |> List.forall (fun pixel -> pixel = 0.0 || pixel = 1.0)

              let still = Data.withPixels Static data
              let order = torch.arange (70L.ToScalar())

              let drawn seed =
                  let dynamic = { data with Pixels = Dynamic }
                  fst (Data.batch dynamic (new torch.Generator(seed)) 70 order 0)

              Expect.isTrue (binary still.Train.Images) "static pixels are 0 or 1"

              Expect.isTrue
                  (sameBits still.Test.Images (Data.withPixels Static data).Test.Images)
                  "and always the same"

              Expect.isTrue (binary (drawn 1UL)) "dynamic pixels are 0 or 1"
              Expect.isFalse (sameBits (drawn 1UL) (drawn 2UL)) "and differ from draw to draw"

          testCase "each epoch has an order of its own, the same for the same seed"
          <| fun () ->
              let orders seed =
                  let seen = ResizeArray()

                  let watched =
                      changed (fun _ batch losses ->
                          seen.AddRange
                              [ for row in 0L .. batch.Images.shape[0] - 1L ->
                                    batch.Epoch, numbers batch.Images[row] ]

                          losses)

                  Train.run (settings 2) watched Train.unwatched data (start seed) |> ignore

                  [ for epoch in 1..2 ->
                        [ for number, image in seen do
                              if number = epoch then
                                  image ] ]

              let all = List.init 70 (fun row -> numbers data.Train.Images[int64 row])

              match orders 1 with
              | [ first; second ] ->
                  for order in [ first; second ] do
                      Expect.equal (List.sort order) (List.sort all) "every image once"

                  Expect.notEqual first all "not as they lie"
                  Expect.notEqual second first "nor as in the epoch before"
                  Expect.equal (orders 1) [ first; second ] "the same seed"
                  Expect.notEqual (orders 2).Head first "another seed"
              | _ -> failtest "two epochs"

          testCase "weights that a step does not use stay where they are"
          <| fun () ->
              let used, idle =
                  Net.create "used" [ Linear(20, 1) ], Net.create "idle" [ Linear(20, 1) ]

              let seen = ResizeArray()

              // Of five batches the first alone trains both networks.
              let losses (pass: Pass) (batch: Batch) : StepLosses =
                  seen.Add(pass.Parameters["idle.0.weight"].clone().DetachFromDisposeScope())

                  let loss net =
                      (Net.apply pass net batch.Images).square().mean()

                  let both = seen.Count = 1

                  { Losses = [ [ used; idle ], (if both then loss used + loss idle else loss used) ]
                    Figures = [ "train_loss", loss used ] }

              let update = Update.create "both" [ used; idle ] losses
              let objective = Objective.create [ used; idle ] [ update ] (fun _ _ -> [])
              let watch = Train.unwatched

              let state =
                  finished (Train.run (settings 1) objective watch data (Train.start objective 1))

              Expect.isFalse (sameBits seen[0] seen[1]) "the first step moves them"

              for later in state.Parameters["idle.0.weight"] :: List.ofSeq (Seq.skip 2 seen) do
                  Expect.isTrue (sameBits later seen[1]) "no other does"

          testCase "a running statistic that is not finite is named, and not kept"
          <| fun () ->
              let net = Net.create "net" [ Linear(20, 3); Standardise 3 ]

              let loss (pass: Pass) (batch: Batch) =
                  let loss = (Net.apply pass net batch.Images).square().mean()
                  loss, [ ("train_loss", loss) ]

              let objective =
                  Objective.create [ net ] [ Update.minimise "net" [ net ] loss ] (fun _ _ -> [])

              // The 70th image, alone in the last batch, has no variance. No later step would come across that.
              let alone = { settings 2 with Batch = 23 }

              match Train.run alone objective Train.unwatched data (Train.start objective 1) with
              | Diverged(state, divergence) ->
                  Expect.equal state.Epoch 0 "the state before"

                  Expect.equal
                      divergence
                      { Epoch = 1
                        Step = 4
                        Tensor = "net.1.running_var" }
                      "where"
              | _ -> failtest "the run should have diverged"

          testCase "a loss that is not finite ends the run as diverged, with the last good state"
          <| fun () ->
              match Train.run (settings 5) (failingFrom 3) Train.unwatched data (start 1) with
              | Diverged(state, divergence) ->
                  Expect.equal
                      divergence
                      { Epoch = 3
                        Step = 1
                        Tensor = "train_loss" }
                      "where"

                  Expect.isTrue (sameStates state (train 2 (start 1))) "the state of epoch 2"
              | _ -> failtest "the run should have diverged"

          testCase "a gradient that is not finite is named, with its step"
          <| fun () ->
              let name = "encoder.0.bias"
              let state, divergence = divergence (spoiledAt 8 (rootOfNothing name)) (settings 5)

              Expect.equal
                  divergence
                  { Epoch = 2
                    Step = 3
                    Tensor = $"the gradient of {name}" }
                  "five batches an epoch"

              Expect.isTrue (sameStates state (train 1 (start 1))) "the state of epoch 1"

          testCase "what a step leaves without numbers is named"
          <| fun () ->
              let wild =
                  { settings 5 with
                      LearningRate = fun epoch -> if epoch = 2 then tooFast else 1e-3 }

              let state, divergence = divergence objective wild
              Expect.equal (divergence.Epoch, divergence.Step) (2, 2) "seen at the next step"

              if Engine.isManaged then
                  Expect.isTrue (state.Parameters.ContainsKey divergence.Tensor) divergence.Tensor

              Expect.equal state.Epoch 1 "the state of epoch 1"

          testCase "a parameter that the last step leaves infinite is named"
          <| fun () ->
              let wild =
                  { settings 5 with
                      Batch = 100
                      LearningRate = fun epoch -> if epoch = 2 then tooFast else 1e-3 }

              let _, divergence = divergence objective wild

              Expect.equal (divergence.Epoch, divergence.Step) (2, 1) "the epoch's only step"

          testCase "Adam's first mean is what beta1 leaves of the gradient"
          <| fun () ->
              let gradients beta1 =
                  let state = afterStep (fun settings -> { settings with Beta1 = beta1 })
                  state.Moments["vae"] |> Map.map (fun _ moments -> moments.Mean / (1.0 - beta1))

              let few, many = gradients 0.5, gradients 0.99

              for KeyValue(name, gradient) in few do
                  Expect.isTrue (gradient.allclose (many[name], 1e-4, 1e-6)) name

          testCase "Adam's first step is the rate times g / (|g| + epsilon)"
          <| fun () ->
              for beta1, epsilon in [ 0.9, 1e-8; 0.5, 1e-8; 0.9, 0.1; 0.99, 10.0 ] do
                  let before = start 1

                  let after =
                      afterStep (fun settings ->
                          { settings with
                              Beta1 = beta1
                              Epsilon = epsilon })

                  for KeyValue(name, moments) in after.Moments["vae"] do
                      let gradient = moments.Mean / (1.0 - beta1)

                      let step =
                          gradient / (gradient.abs () + epsilon) * (settings 1).LearningRate 1

                      let expected = before.Parameters[name] - step

                      Expect.isTrue
                          (after.Parameters[name].allclose(expected, 1e-4, 2e-6))
                          $"{name}, {beta1}, {epsilon}"

          testCase "clipped gradients have the asked norm, short ones stay"
          <| fun () ->
              let whole = firstMean None
              close 1e-4 (firstMean (Some 0.5)) (0.1 * 0.5) "a tenth of the gradient is kept"
              close 1e-6 (firstMean (Some 1e6)) whole "nothing to clip"
              Expect.isGreaterThan whole 0.05 "the gradient is longer than that"

          testCase "a cancelled run gives the state of the last whole epoch"
          <| fun () ->
              use source = new CancellationTokenSource()

              let watch =
                  { Train.unwatched with
                      Cancel = source.Token
                      Epoch =
                          fun state ->
                              if state.Epoch = 2 then
                                  source.Cancel() }

              match Train.run (settings 5) objective watch data (start 1) with
              | Interrupted state ->
                  Expect.isTrue (sameStates state (train 2 (start 1))) "two whole epochs"
              | _ -> failtest "the run should have been interrupted"

          testCase "a run that was trained to its end trains no more"
          <| fun () ->
              let state = train 2 (start 1)
              Expect.isTrue (sameStates state (train 2 state)) "nothing happens" ]

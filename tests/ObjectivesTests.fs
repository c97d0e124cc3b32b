/// What the models that stand beside others are trained for: every step follows its own loss and moves its own networks.
module Workbench.Tests.ObjectivesTests

open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport
open Workbench.Tests.ModelSupport

let private data = tinyData 16 40 20

let private generator seed = new torch.Generator(uint64 (seed: int))

let private batch: Batch =
    { Epoch = 1
      Generator = generator 3
      Images = data.Train.Images
      Labels = None }

let private ganOf dropout =
    Models.gan
        5
        (Stacks.perceptron Stacks.normalisedRelu [ 5; 8; 16 ] @ [ Activation Sigmoid ])
        [ if dropout > 0.0 then
              Dropout dropout
          yield! Stacks.perceptron Stacks.normalisedRelu [ 16; 8; 1 ] ]

let private gan = ganOf 0.3

let private nets = [ gan.Generator; gan.Discriminator ]

/// What training one epoch changes when only one of the updates takes place.
let private changedBy (update: string) (objective: Objective) =
    let alone =
        { objective with
            Updates = objective.Updates |> List.filter (fun other -> other.Name = update) }

    changed (objective.Init 1) (trainTo 1 alone data).Parameters

let private vae = Models.denseVae 16 [ 12 ] 3 0.1

[<Tests>]
let tests =
    testList
        "objectives"
        [ for step, other in [ "generator", "discriminator"; "discriminator", "generator" ] do
              testCase $"the {step}'s step leaves the {other}'s parameters and statistics alone"
              <| fun () ->
                  let names = changedBy step (Objectives.gan gan)
                  Expect.isEmpty (names |> List.filter (belongsTo step >> not)) "nothing else"
                  Expect.isTrue (names |> List.exists Net.isStatistic) "its statistics move, too"

          testCase "no image of the discriminator's step carries a gradient to the generator"
          <| fun () ->
              let parameters = recording (init 1 nets)
              let update = (Objectives.gan gan).Updates.Head
              let _, loss = (lossesOf update parameters batch).Losses.Head
              loss.backward ()

              for KeyValue(name, tensor) in parameters do
                  if belongsTo "generator" name && not (Net.isStatistic name) then
                      Expect.isNull tensor.grad name

          testCase "the discriminator sees real and generated images as batches of their own"
          <| fun () ->
              let gan = ganOf 0.0
              let parameters = init 1 [ gan.Generator; gan.Discriminator ]
              let update = (Objectives.gan gan).Updates.Head
              let pass = Pass.training (generator 3) parameters
              update.Losses pass batch |> ignore

              let made =
                  gan.Generate
                      (Pass.training (generator 4) parameters)
                      (Gaussian.prior (generator 3) 40L gan.Noise)

              let mean images =
                  numbers ((Net.linear parameters "discriminator.0" images).mean [| 0L |])

              let means = List.zip (mean batch.Images) (mean made)

              for moved, (real, fake) in
                  List.zip (numbers pass.Moved["discriminator.1.running_mean"]) means do
                  // From 0 a tenth of the way to the real batch's mean, then a tenth to the other's.
                  close 1e-5 moved (0.09 * real + 0.1 * fake) "two moves"

          testCase "a straight discriminator is as steep everywhere as its weights are long"
          <| fun () ->
              let net = Net.create "straight" [ Linear(16, 1) ]
              let parameters = recording (init 1 [ net ])
              let weight = parameters["straight.0.weight"]
              let judge pass = Net.apply pass net
              let pass = Pass.training (generator 3) parameters
              let inputs = torch.rand ([| 20_000L; 16L |], generator = generator 4)
              let steep = Objectives.steepness 0.1 judge pass inputs (judge pass inputs)
              let expected = 0.5 * number (weight.detach().square().sum())
              // The square of a normal number: its deviation is sqrt 2 of its mean, here by sqrt 20,000 less.
              close (0.04 * expected) (number steep) expected "half the squared length"
              steep.backward ()
              let along = number ((weight.grad * weight.detach ()).sum())
              close (0.08 * expected) along (2.0 * expected) "which the gradient makes shorter"
              let bias = number (parameters["straight.0.bias"].grad.abs().sum())
              close 1e-4 bias 0.0 "and nothing else"
              let judged = inputs, judge pass inputs
              let loss, figures = Objectives.restrained (3.0, 0.1) judge pass steep judged judged
              let price = number (figures |> List.find (fst >> (=) "gradient_penalty") |> snd)
              close (0.06 * expected) price (2.0 * expected) "at real and at made ones"
              close (1e-4 * expected) (number loss) (number steep + 3.0 * price) "so much of it"

          for noise in [ 0.1; 0.5 ] do
              testCase $"noise of deviation {noise} feels the slope of the surroundings"
              <| fun () ->
                  let judge _ (images: torch.Tensor) = images.square().sum(1L, true)
                  let pass = Pass.training (generator 3) Map.empty
                  let inputs = torch.rand ([| 20_000L; 4L |], generator = generator 4)
                  let steep = Objectives.steepness noise judge pass inputs (judge pass inputs)
                  // (2 s x n + s^2 n^2) / s squared, n of N(0, I): 4 x^2 + s^2 (sum of n^2)^2 on average, the last 4^2 + 2 * 4.
                  let slope = 4.0 * number (inputs.square().sum(1L).mean())
                  let expected = 0.5 * (slope + noise * noise * 24.0)
                  close (0.05 * expected) (number steep) expected "half of the mean square"

          for every in [ 1; 2; 3 ] do
              testCase
                  $"with {every} discriminator steps the generator steps at every batch of that number"
              <| fun () ->
                  let objective = Objectives.ganWith gan every false

                  let settings =
                      { Train.defaults with
                          Epochs = 1
                          Batch = 4 }

                  match
                      Train.run settings objective Train.unwatched data (Train.start objective 1)
                  with
                  | Finished state ->
                      let steps update =
                          (state.Moments[update] |> Map.values |> Seq.head).Steps

                      Expect.equal (steps "discriminator") 10L "at each of the ten batches"
                      Expect.equal (steps "generator") (10L / int64 every) "at every k-th"
                  | _ -> failtest "the run should have finished"

          testCase "the weight of the KL term is that of the epoch"
          <| fun () ->
              let parameters = init 1 vae.Nets

              let loss weight =
                  let update = (Objectives.weightedVae vae weight data).Updates.Head
                  let pass = Pass.training (generator 3) parameters
                  number (snd (update.Losses pass batch).Losses.Head)

              let slope = loss (fun _ -> 1.0) - loss (fun _ -> 0.0)
              let warm = Schedule.warmup 4 1.0
              close 1e-3 (loss warm - loss (fun _ -> 0.0)) (0.25 * slope) "a quarter at the first"

          testCase "training for the importance-weighted bound is for what is measured as such"
          <| fun () ->
              let parameters = init 1 vae.Nets
              let images = torch.bernoulli (batch.Images, generator 5)
              let pass = Pass.evaluation parameters
              let model = Likelihood.ofBernoulli (vae.Encode pass) (vae.Decode pass)

              let measured = Likelihood.bounds model (generator 3) 7 images |> Array.averageBy snd

              let trained =
                  Objectives.importanceWeighted
                      vae
                      7
                      { pass with Generator = generator 3 }
                      { batch with Images = images }

              close 1e-3 (number trained) -measured "on the same noise"

          testCase "a tighter bound: the importance-weighted loss falls with the draws"
          <| fun () ->
              let parameters = init 1 vae.Nets

              let loss draws =
                  [ for seed in 1..20 ->
                        let pass = Pass.training (generator seed) parameters
                        number (Objectives.importanceWeighted vae draws pass batch) ]
                  |> List.average

              let one, many = loss 1, loss 50
              Less.than many one "50 draws and 1"
              let elbo = (Objectives.vae vae data).Updates.Head

              let exact =
                  [ for seed in 1..20 ->
                        let pass = Pass.training (generator seed) parameters
                        number (snd (elbo.Losses pass batch).Losses.Head) ]
                  |> List.average

              close 0.3 one exact "one draw: the ELBO, whose KL is drawn as well"

          testCase
              "from the mean image: a code of nothing is decoded to it, weights are Glorot's, other biases 0"
          <| fun () ->
              let pixel number =
                  torch.arange(16).eq((number: float).ToScalar()).to_type(torch.float32)

              let images = data.Train.Images * (1.0 - pixel 0.0) + pixel 15.0

              let edged =
                  { data with
                      Train =
                          { data.Train with
                              Images = images.clamp_max (1.0.ToScalar()) } }

              let objective = Objectives.vae vae edged |> Objectives.fromMeanImage vae edged
              let parameters = objective.Init 1
              let decoded = vae.Decode (Pass.evaluation parameters) (torch.zeros 3L)
              let means = edged.Train.Images.mean ([| 0L |])

              Expect.equal
                  (numbers means[0], numbers means[15])
                  ([ 0.0 ], [ 1.0 ])
                  "always black, always white"

              let held = means.clamp_min(0.001.ToScalar()).clamp_max(0.999.ToScalar())
              Expect.isTrue (decoded.sigmoid().allclose(held, 1e-4, 1e-6)) "the mean image"

              for KeyValue(name, values) in parameters do
                  let largest = values.abs().max().item<float32>() |> float

                  if values.dim () = 2L then
                      let bound = sqrt (6.0 / float (values.shape[0] + values.shape[1]))
                      Less.orEqual largest (bound + 1e-6) name
                      Expect.isGreaterThan largest (0.75 * bound) $"{name} is not smaller either"
                  elif name <> "decoder.2.bias" then
                      Expect.equal largest 0.0 name

          testCase "from the mean image: other layers are refused"
          <| fun () ->
              let normalised =
                  Models.vae Exponential 3 (Stacks.linear Stacks.normalisedRelu [ 16; 12 ])

              let objective = Objectives.vae vae data

              for other in
                  [ normalised (Stacks.perceptron Stacks.relu [ 3; 12; 16 ])
                    Models.vae
                        Exponential
                        3
                        [ Linear(16, 12) ]
                        (Stacks.linear Stacks.relu [ 3; 16 ]) ] do
                  Expect.throwsT<System.ArgumentException>
                      (fun () -> Objectives.fromMeanImage other data objective |> ignore)
                      "a beginning that is not for them"

          testCase
              "from a share: the named parameters are that much of what they were, the others the same"
          <| fun () ->
              let objective = Objectives.vae vae data
              let drawn = objective.Init 1
              let begun = (objective |> Objectives.fromShare 0.25 [ "encoder.0.weight" ]).Init 1

              for KeyValue(name, values) in drawn do
                  let share = if name = "encoder.0.weight" then 0.25 else 1.0
                  let expected = [ for value in numbers values -> value * share ]
                  Expect.equal (numbers begun[name]) expected name

              Expect.throwsT<System.ArgumentException>
                  (fun () ->
                      (Objectives.fromShare 0.25 [ "else.0.weight" ] objective).Init 1 |> ignore)
                  "no such parameter"

          testCase "every weight of a VAE and of a GAN is trained"
          <| fun () ->
              for objective in [ Objectives.vae vae data; Objectives.ganWith gan 1 true ] do
                  let state = trainTo 2 objective data

                  let weights =
                      state.Parameters |> Map.filter (fun name _ -> name.EndsWith "weight")

                  Expect.hasLength
                      (changed (objective.Init 1) state.Parameters
                       |> List.filter weights.ContainsKey)
                      weights.Count
                      "every weight"

          testCase "networks of one name, whose weights would be one another's, are refused"
          <| fun () ->
              let twins = [ Net.create "a" [ Linear(4, 2) ]; Net.create "a" [ Linear(2, 4) ] ]

              Expect.throwsT<System.ArgumentException>
                  (fun () -> Objective.create twins [] (fun _ _ -> []) |> ignore)
                  "two of them"

          testCase "a batch of one is refused where a network normalises over the batch"
          <| fun () ->
              let settings = { Train.defaults with Batch = 39 }

              Workbench.Tests.FileSupport.expectBad [ "--batch"; "39"; "alone" ] (fun () ->
                  Train.rehearse settings (Objectives.gan gan) data 1)

              Train.rehearse settings (Objectives.vae vae data) data 1 ]

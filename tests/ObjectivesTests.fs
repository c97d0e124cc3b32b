module Workbench.Tests.ObjectivesTests

open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport
open Workbench.Tests.ModelSupport

let private tiny = tinyData 16 40 20

let private batchOf (data: Dataset) : Batch =
    { Epoch = 1
      Generator = new torch.Generator(3UL)
      Images = data.Train.Images
      Labels = data.Train.Labels }

/// Parameters that record gradients, as an epoch's copies do.
let private recording (parameters: Parameters) : Parameters =
    parameters
    |> Map.map (fun name tensor ->
        if Net.isStatistic name then
            tensor.clone ()
        else
            torch.nn.Parameter(tensor.clone (), true))

let private belongsTo (networks: string list) (name: string) =
    List.contains (name.Substring(0, name.IndexOf '.')) networks

/// Which parameters get a gradient that is not 0 from a loss.
let private reached (parameters: Parameters) (loss: torch.Tensor) =
    loss.backward (retain_graph = true)

    [ for KeyValue(name, tensor) in parameters do
          if not (isNull tensor.grad) && number (tensor.grad.abs().sum()) > 0.0 then
              name ]

let private lossOf network (losses: StepLosses) =
    losses.Losses
    |> List.find (fun (nets, _) -> nets |> List.exists (fun net -> net.Name = network))
    |> snd

let private vaeGanSpec: VaeGan.Spec =
    { ImageShape = [ 1; 4; 4 ]
      Networks = VaeGan.FullyConnected [ 12; 8 ]
      Latent = 3 }

let private vaeGanLosses loss =
    let objective = AdversarialObjectives.vaeGan vaeGanSpec loss tiny
    let parameters = recording (VaeGan.init 1 vaeGanSpec)
    parameters, lossesOf objective.Updates.Head parameters (batchOf tiny)

let private trainTo epochs objective data =
    let settings =
        { Train.defaults with
            Epochs = epochs
            Batch = 20 }

    match Train.run settings objective Train.unwatched data (Train.start objective 1) with
    | Finished state -> state
    | _ -> failtest "the run should have finished"

let private changed (before: Parameters) (after: Parameters) =
    [ for KeyValue(name, tensor) in before do
          if not (sameBits tensor after[name]) then
              name ]

let private autoencoderSpec: Autoencoder.Spec =
    { ImageShape = [ 1; 4; 4 ]
      Networks = Autoencoder.FullyConnected [ 10 ]
      Latent = 2
      Bottleneck = Autoencoder.Normalised }

let private aaeSpec: AdversarialAutoencoder.Spec =
    { Pixels = 16
      Hidden = [ 12 ]
      Latent = 4 }

[<Tests>]
let tests =
    testList
        "objectives"
        [ testCase "vae-gan, similarity: the encoder's loss does not depend on the verdict"
          <| fun () ->
              let parameters, losses = vaeGanLosses (AdversarialObjectives.Similarity 0.1)
              let names = reached parameters (lossOf "encoder" losses)

              Expect.isFalse
                  (names |> List.exists (fun name -> name.Contains "verdict"))
                  "no gradient of L_GAN"

              Expect.contains names "encoder.0.weight" "but one of L_prior and L_like"

          testCase "vae-gan, similarity: the decoder follows gamma times the similarity"
          <| fun () ->
              let loss gamma =
                  let _, losses = vaeGanLosses (AdversarialObjectives.Similarity gamma)
                  number (lossOf "decoder" losses)

              let similarity =
                  let _, losses = vaeGanLosses (AdversarialObjectives.Similarity 0.0)
                  losses.Figures |> List.find (fst >> (=) "similarity") |> snd |> number

              close 1e-4 (loss 2.0 - loss 1.0) similarity "one gamma more"

          testCase
              "vae-gan, basic: encoder and decoder share one loss, the prior's and the generator's"
          <| fun () ->
              let parameters, losses = vaeGanLosses AdversarialObjectives.Basic

              let figure name =
                  losses.Figures |> List.find (fst >> (=) name) |> snd |> number

              close
                  1e-5
                  (number (lossOf "encoder" losses))
                  (figure "train_kl" + figure "generator_loss")
                  "no reconstruction term"

              Expect.isTrue
                  (obj.ReferenceEquals(lossOf "encoder" losses, lossOf "decoder" losses))
                  "the same loss"

              Expect.contains
                  (reached parameters (lossOf "encoder" losses))
                  "discriminator.verdict.weight"
                  "the encoder hears the discriminator"

          testCase "vae-gan: a step gives every network the gradient of its own loss alone"
          <| fun () ->
              let gammaZero =
                  AdversarialObjectives.vaeGan
                      vaeGanSpec
                      (AdversarialObjectives.Similarity 0.0)
                      tiny

              let gammaTen =
                  AdversarialObjectives.vaeGan
                      vaeGanSpec
                      (AdversarialObjectives.Similarity 10.0)
                      tiny

              let settings =
                  { Train.defaults with
                      Epochs = 1
                      Batch = 40 }

              let after objective =
                  match
                      Train.run settings objective Train.unwatched tiny (Train.start objective 1)
                  with
                  | Finished state -> state.Parameters
                  | _ -> failtest "the run should have finished"

              let names = changed (after gammaZero) (after gammaTen)

              Expect.isNonEmpty names "the weight matters"

              Expect.all
                  names
                  (belongsTo [ "decoder" ])
                  "after one step gamma has changed the decoder alone"

          testCase "a normalised bottleneck gives codes of mean 0 and variance 1 over the batch"
          <| fun () ->
              let parameters = Autoencoder.init 1 autoencoderSpec

              let pass =
                  Network.forward
                      parameters
                      (Training(new torch.Generator(1UL)))
                      "encoder"
                      (Autoencoder.encoder autoencoderSpec)
                      tiny.Train.Images

              for column in numbers (pass.Output.mean ([| 0L |])) do
                  close 1e-5 column 0.0 "mean"

              for column in numbers (pass.Output.var (0L, unbiased = false)) do
                  close 1e-2 column 1.0 "variance"

          testCase "running statistics come back as new state and move a tenth of the way"
          <| fun () ->
              let parameters = Autoencoder.init 1 autoencoderSpec
              let layers = Autoencoder.encoder autoencoderSpec

              let pass =
                  Network.forward
                      parameters
                      (Training(new torch.Generator(1UL)))
                      "encoder"
                      layers
                      tiny.Train.Images

              let before = layers |> List.take (layers.Length - 1)
              let plain = Network.evaluate parameters "encoder" before tiny.Train.Images
              let name = "encoder.3.running_mean"

              Expect.equal
                  (List.ofSeq (Map.keys pass.Statistics))
                  [ name; "encoder.3.running_var" ]
                  "names"

              for moved, mean in
                  List.zip (numbers pass.Statistics[name]) (numbers (plain.mean ([| 0L |]))) do
                  close 1e-5 moved (0.1 * mean) "from 0 towards the batch's mean"

              Expect.isTrue
                  (numbers parameters[name] |> List.forall ((=) 0.0))
                  "what was given stays as it was"

              Expect.isEmpty
                  (Network.forward parameters Evaluation "encoder" layers tiny.Train.Images)
                      .Statistics
                  "evaluation moves nothing"

          testCase "training an autoencoder moves its running statistics"
          <| fun () ->
              let objective = Objectives.autoencoder autoencoderSpec tiny
              let state = trainTo 1 objective tiny

              Expect.contains
                  (changed (objective.Init 1) state.Parameters)
                  "encoder.3.running_mean"
                  "the bottleneck's"

          testCase "an autoencoder has one bottleneck: its code is narrower than every other layer"
          <| fun () ->
              let widths layers =
                  layers
                  |> List.choose (function
                      | Linear(_, outputs) -> Some outputs
                      | _ -> None)

              let spec = Autoencoder.defaults

              let all =
                  spec.ImageShape.Head * 784 :: widths (Autoencoder.encoder spec)
                  @ widths (Autoencoder.decoder spec)

              Expect.equal
                  (all |> List.filter (fun width -> width <= spec.Latent))
                  [ spec.Latent ]
                  "once"

          testCase "adversarial autoencoder: each phase trains its own networks"
          <| fun () ->
              let objective =
                  AdversarialObjectives.adversarialAutoencoder
                      aaeSpec
                      AdversarialObjectives.SquaredError
                      false
                      1
                      tiny

              let parameters = recording (AdversarialAutoencoder.init 1 aaeSpec)

              let losses =
                  objective.Updates
                  |> List.map (fun update ->
                      update.Name, (lossesOf update parameters (batchOf tiny)).Losses)

              Expect.equal
                  [ for name, losses in losses -> name, [ for nets, _ in losses do yield! nets |> List.map (fun (net: Net) -> net.Name) ] ]
                  [ "reconstruction", [ "encoder"; "decoder" ]
                    "discriminator", [ "discriminator" ]
                    "generator", [ "encoder" ] ]
                  "three phases"

          testCase
              "adversarial autoencoder: the norm is the root of the squared error of each image"
          <| fun () ->
              let x = matrix [ [ 3.0; 4.0 ]; [ 0.0; 0.0 ] ]
              let zero = torch.zeros_like x
              close 1e-4 (number (Losses.normError x zero)) 2.5 "the mean of 5 and 0"
              close 1e-6 (number (Losses.squaredError x zero)) 12.5 "the mean of 25 and 0"

          testCase
              "adversarial objectives train: their figures are finite and their parameters change"
          <| fun () ->
              let gan =
                  { Gan.defaults with
                      Pixels = 16
                      Noise = 4
                      Generator = [ 8 ]
                      Discriminator = [ 8 ] }

              for objective in
                  [ AdversarialObjectives.gan gan 1 false
                    AdversarialObjectives.vaeGan
                        vaeGanSpec
                        (AdversarialObjectives.Similarity 0.1)
                        tiny
                    AdversarialObjectives.vaeGan vaeGanSpec AdversarialObjectives.Basic tiny
                    AdversarialObjectives.adversarialAutoencoder
                        aaeSpec
                        AdversarialObjectives.Norm
                        true
                        2
                        tiny ] do
                  let state = trainTo 2 objective tiny

                  let weights =
                      state.Parameters |> Map.filter (fun name _ -> name.EndsWith "weight")

                  Expect.hasLength
                      (changed (objective.Init 1) state.Parameters
                       |> List.filter weights.ContainsKey)
                      weights.Count
                      "every weight" ]

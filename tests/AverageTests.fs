/// Averages of the parameters over steps (`--ema`).
module Workbench.Tests.AverageTests

open System
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport
open Workbench.Tests.ModelSupport

let private gan = Models.denseGan 20 3
let private data = tinyData 20 64 32

/// What is measured of a state: a number of the generator's images.
let private objective =
    { Objectives.gan gan with
        Measure =
            fun _ pass ->
                let noise = Gaussian.prior (Random.generator 0 Random.Evaluation 0) 16L gan.Noise
                [ "test_mean", (gan.Generate pass noise).mean().item<float32>() |> float ] }

let private trainBy average batch epochs state =
    let settings =
        { Train.defaults with
            Epochs = epochs
            Batch = batch
            Average = average }

    match Train.run settings objective Train.unwatched data state with
    | Finished state -> state
    | _ -> failtest "did not finish"

let private start = Train.start objective 1

let private measured (state: State) =
    EpochFigures.value "test_mean" (List.last state.History)

let private same (a: State) (b: State) =
    sameParameters a.Parameters b.Parameters
    && sameParameters a.Averages b.Averages
    && a.History = b.History

[<Tests>]
let tests =
    bitwise
    <| testList
        "averages"
        [ testCase "follow the formula at each step, of parameters and of batch statistics"
          <| fun () ->
              // One step an epoch.
              let states =
                  [ 1..4 ] |> List.scan (fun state n -> trainBy (Some 0.3) 64 n state) start

              let expected =
                  states.Tail
                  |> List.indexed
                  |> List.scan
                      (fun (averages: Map<string, float list>) (index, state) ->
                          let t = float (index + 1)
                          let keep = min 0.3 ((1.0 + t) / (10.0 + t))

                          averages
                          |> Map.map (fun name before ->
                              List.map2
                                  (fun a p -> keep * a + (1.0 - keep) * p)
                                  before
                                  (numbers state.Parameters[name])))
                      (start.Parameters |> Map.map (fun _ tensor -> numbers tensor))

              for state, expected in List.zip states.Tail expected.Tail do
                  for KeyValue(name, numbers') in expected do
                      for value, wanted in List.zip (numbers state.Averages[name]) numbers' do
                          Less.than (abs (value - wanted)) (1e-6 * (1.0 + abs wanted)) name

          testCase "leave training as it is, and are what is measured"
          <| fun () ->
              let without, averaged = trainBy None 16 3 start, trainBy (Some 0.9) 16 3 start
              Expect.isTrue (sameParameters without.Parameters averaged.Parameters) "parameters"
              Expect.isTrue without.Averages.IsEmpty "none where none are asked for"
              Expect.isFalse (sameParameters averaged.Averages averaged.Parameters) "averages"
              Expect.notEqual (measured without) (measured averaged) "figures"

              let shown = objective.Measure 3 (Pass.evaluation averaged.Averages)
              Expect.equal (measured averaged) (snd shown.Head) "of the averages"

          testCase "that keep nothing are the parameters"
          <| fun () ->
              let without, averaged = trainBy None 16 2 start, trainBy (Some 0.0) 16 2 start
              Expect.isTrue (sameParameters averaged.Averages without.Parameters) "the last ones"
              Expect.equal (measured averaged) (measured without) "figures"

          testCase "are part of the state: two epochs and then three are five, a kept state stays"
          <| fun () ->
              let train = trainBy (Some 0.9) 16
              let kept = train 2 start
              let before = kept.Averages |> Map.map (fun _ tensor -> tensor.clone ())
              Expect.isTrue (same (train 5 start) (train 5 kept)) "bit for bit"
              Expect.isTrue (sameParameters kept.Averages before) "as it was"

          testCase "are in the checkpoint, all or none"
          <| fun () ->
              FileSupport.inFolder (fun folder ->
                  let path = IO.Path.Combine(folder, Checkpoint.name)
                  let state = trainBy (Some 0.9) 16 1 start
                  Checkpoint.save path state
                  let loaded = Checkpoint.load path
                  Expect.isTrue (same loaded state) "the same"
                  Checkpoint.fits path start.Parameters loaded

                  let name = Seq.head state.Averages.Keys

                  Checkpoint.save
                      path
                      { state with
                          Averages = state.Averages.Remove name }

                  FileSupport.expectBad [ path; "no checkpoint" ] (fun () ->
                      Checkpoint.load path |> ignore)

                  Checkpoint.save
                      path
                      { state with
                          Averages = state.Averages.Add(name, torch.zeros (3L, 5L)) }

                  FileSupport.expectBad [ path; "another model" ] (fun () ->
                      Checkpoint.fits path start.Parameters (Checkpoint.load path))) ]

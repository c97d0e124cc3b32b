/// What is said of runs that end badly, and not of others.
module Workbench.Tests.WarningsTests

open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.ModelSupport

let private told (words: string list) (warnings: Section list) =
    match Sections.warnings warnings with
    | [ text ] ->
        for word in words do
            Expect.stringContains text word word
    | texts -> failtestf "one warning, not %A" texts

let private silent (warnings: Section list) =
    Expect.isEmpty (Sections.warnings warnings) "nothing to warn of"

let private history (values: float list) =
    [ for index, value in List.indexed values ->
          { Epoch = index + 1
            Figures = [ "test_nelbo", value ] } ]

let private pastBest =
    testList
        "a last epoch far from the best"
        [ testCase "is told with both figures and the best one's epoch" (fun () ->
              history [ 200.0; 100.0; 111.0 ]
              |> Warnings.pastBest "--lr" "test_nelbo"
              |> told [ "111.0"; "100.0"; "epoch 2"; "smaller --lr"; "--patience"; "--best" ]

              history [ 200.0; 100.0; 111.0 ]
              |> Warnings.pastBest "--vae-lr" "test_nelbo"
              |> told [ "smaller --vae-lr" ])

          testCase "within a tenth it is no matter, nor is the best one itself" (fun () ->
              Warnings.pastBest "--lr" "test_nelbo" (history [ 200.0; 100.0; 109.0 ])
              |> silent

              Warnings.pastBest "--lr" "test_nelbo" (history [ 200.0; 100.0 ]) |> silent)

          testCase "so with figures below 0" (fun () ->
              Warnings.pastBest "--lr" "test_nelbo" (history [ -100.0; -95.0 ]) |> silent

              Warnings.pastBest "--lr" "test_nelbo" (history [ -100.0; -80.0 ])
              |> told [ "-80.00" ])

          testCase "not where the last epoch's KL weight is another than the figure's" (fun () ->
              let under weights =
                  [ for epoch, weight in List.zip (history [ 100.0; 200.0 ]) weights ->
                        { epoch with
                            Figures = ("kl_weight", weight) :: epoch.Figures } ]
                  |> Warnings.pastBest "--lr" "test_nelbo"

              silent (under [ 0.0; 0.0 ])
              silent (under [ 0.5; 0.9 ])
              under [ 0.5; 1.0 ] |> told [ "200.0"; "epoch 1" ]) ]

/// The guess of every image: the training images' mean, with half an image each of 0 and 1 beside them.
let private guess (data: Dataset) =
    let images = data.Train.Images.to_type torch.float64
    (images.sum [| 0L |] + 0.5) / (float images.shape[0] + 1.0)

let private mean (perImage: torch.Tensor) = perImage.mean().item<float>()

/// A figure just below and just above what the guess gets on the test images.
let private around (what: string) (least: float) (warn: float -> Section list) =
    silent (warn (least * 0.999))
    told [ what; "the mean of the training images"; "--epochs" ] (warn (least * 1.001))

/// What the guess gets in nats.
let private guessed (data: Dataset) =
    let p, x = guess data, data.Test.Images.to_type torch.float64
    mean (-(x * p.log () + (1.0 - x) * (1.0 - p).log()).sum([| 1L |]))

/// The last epoch of a VAE under this KL weight, after a better one.
let private under (weight: float) (reconstruction: float) (kl: float) =
    [ for epoch, more in [ 1, 0.0; 2, 1.0 ] ->
          { Epoch = epoch
            Figures =
              [ "kl_weight", weight
                "test_reconstruction", reconstruction
                "test_kl", kl
                "test_nelbo", reconstruction + kl * more ] } ]

let private constant =
    testList
        "figures worse than a constant guess"
        [ testCase "a negative ELBO is held against the cross-entropy of their mean" (fun () ->
              use _ = torch.NewDisposeScope()
              let data = tinyData 6 40 30
              around "A negative ELBO of" (guessed data) (Warnings.negativeElbo data))

          testCase "under another KL weight, what was minimised is held against it" (fun () ->
              use _ = torch.NewDisposeScope()
              let data = tinyData 6 40 30
              let least = guessed data

              let bound weight kl =
                  Warnings.bound (under weight (0.9 * least) kl) data

              silent (bound 0.0 (10.0 * least))
              silent (bound 0.5 (0.19 * least))

              bound 0.5 (0.21 * least)
              |> told [ "A loss (reconstruction + 0.5 KL) of"; "nats" ]

              // The best epoch here is better than the last by less than a tenth.
              Warnings.bound (under 1.0 (1.1 * least) (0.05 * least)) data
              |> told [ "A negative ELBO of" ])

          testCase "nothing more is said where the last epoch is far worse than the best" (fun () ->
              use _ = torch.NewDisposeScope()
              let data = tinyData 6 40 30
              let history = under 1.0 (1.1 * guessed data) (guessed data)
              Warnings.pastBest "--lr" "test_nelbo" history |> told [ "epoch 1" ]
              Warnings.vae history data 0 3 0.01 |> silent
              Warnings.autoencoder "test_nelbo" history data 1e9 |> silent)

          testCase "a squared error, too" (fun () ->
              use _ = torch.NewDisposeScope()
              let data = tinyData 6 40 30
              let p, x = guess data, data.Test.Images.to_type torch.float64
              let least = mean ((x - p).square().sum([| 1L |]))
              around "A squared error of" least (Warnings.squaredError data))

          testCase "of images that are drawn anew, the mean over the draws" (fun () ->
              use _ = torch.NewDisposeScope()

              let data =
                  { tinyData 6 40 30 with
                      Pixels = Dynamic }

              let p, x = guess data, data.Test.Images.to_type torch.float64
              let perImage = (x * (1.0 - p).square() + (1.0 - x) * p.square ()).sum([| 1L |])
              around "A squared error of" (mean perImage) (Warnings.squaredError data)) ]

let private varied (rows: int) (size: int) (width: float) =
    use generator = new torch.Generator(3UL)
    torch.randn ([| int64 rows; int64 size |], generator = generator) * width

let private share value =
    { Value = value
      StandardError = 0.0
      Count = 1000 }

/// So many classes are drawn, evenly.
let private classes (count: int) =
    [ "recall", share 0.01
      for label in 0 .. Classifier.classes - 1 do
          $"class_share_{label}", share (if label < count then 1.0 / float count else 0.0) ]

let private ofCode also (meanCodes: torch.Tensor) =
    Warnings.collapsedCode also (Codes.activeUnits meanCodes) (int meanCodes.shape[1])

let private collapse =
    testList
        "collapse"
        [ testCase
              "a code without an active dimension is told, one active dimension is enough"
              (fun () ->
                  use _ = torch.NewDisposeScope()
                  let still = varied 200 3 0.05

                  ofCode " or this" still 0.02 |> told [ "0 of 3"; "0.02"; "or this" ]

                  ofCode "" (torch.cat ([| still; varied 200 1 1.0 |], 1L)) 2.0 |> silent)

          testCase
              "generated images that are all alike are told, without a classifier, too"
              (fun () ->
                  use _ = torch.NewDisposeScope()
                  let data = tinyData 6 40 30
                  let one = data.Test.Images.narrow (0L, 0L, 1L)
                  let warn = Warnings.collapsedGenerator " or that" data

                  warn (one.expand (50L, -1L)) []
                  |> told [ "0 %"; "try more --epochs, a smaller --lr or that." ]

                  warn data.Train.Images [] |> silent
                  warn data.Train.Images [ "parzen", share 100.0 ] |> silent)

          testCase "so are varied images of few classes, with recall" (fun () ->
              let data = tinyData 6 40 30
              let warn = Warnings.collapsedGenerator "" data data.Train.Images

              warn (classes 5)
              |> told
                  [ "5 of 10 classes"
                    "recall is 1.000 %"
                    "try more --epochs or a smaller --lr." ]

              warn (classes 6) |> silent)

          testCase "so are varied images that miss the test images, not precise ones" (fun () ->
              let data = tinyData 6 40 30

              let warn recall precision count =
                  [ for name, value in [ "recall", recall; "precision", precision ] ->
                        name, { share value with Count = count } ]
                  @ List.tail (classes 10)
                  |> Warnings.collapsedGenerator "" data data.Train.Images

              warn 0.0 0.4 1000
              |> told [ "unlike"; "10 of 10 classes"; "recall is 0 of 1,000" ]

              warn 0.0 0.6 1000 |> silent
              warn 0.01 0.4 1000 |> silent
              warn 0.0 0.4 20 |> silent)

          testCase "of several models each is named, and its sentence goes on" (fun () ->
              Warnings.collapsedCode "" 0 3 0.01
              |> Warnings.ofModel "VAE-GAN"
              |> told [ "VAE-GAN: the code tells nothing" ]

              history [ 1.0; 2.0 ]
              |> Warnings.pastBest "--lr" "test_nelbo"
              |> Warnings.ofModel "VAE"
              |> told [ "VAE: test_nelbo" ]) ]

[<Tests>]
let tests = testList "Warnings" [ pastBest; constant; collapse ]

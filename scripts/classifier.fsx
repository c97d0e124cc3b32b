#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open System.IO
open Argu
open TorchSharp
open Workbench

let question = "How well does a small network tell ten classes apart?"

/// Options beside the common ones (--data, --epochs, --lr, --seed, ...). A field's name tells its range.
[<Unique>]
type Setting =
    | [<Help "pixels by which training images are moved at most, each way">] Shift of pixels: int
    | [<Help "factor of the learning rate after each epoch">] Decay of factor: float
    | [<Help "safetensors file that gets the weights">] Weights of path: string

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let defaults = [ Shift 1; Decay 0.85 ]

let body (run: Run<Setting>) =
    let shift, decay, weights = run.Get Shift, run.Get Decay, run.TryGet Weights
    let most = Classifier.side - 1
    BadInput.require (shift <= most) $"--shift: must be at most {most}, not {shift}"

    // To find out only after the training would be a pity.
    for path in Option.toList weights do
        let folder = Path.GetDirectoryName(Path.GetFullPath path)

        BadInput.require
            (not (Directory.Exists path))
            $"--weights: {path} is a folder: give the path of a file"

        BadInput.require
            (Directory.Exists folder)
            $"--weights: {folder} is no folder: make it first"

    // The data: grey images N x 784 in [0, 1], and N labels from 0 to 9.
    let data = run.Data

    let labels (given: torch.Tensor option) =
        match given with
        | Some labels -> labels
        | None -> BadInput.fail "--data: %s has no labels to learn; --labels brings them" data.Name

    BadInput.require
        (data.ImageShape = Classifier.imageShape)
        $"--data: the classifier takes images of 1 x 28 x 28, these are {Arrays.text (Array.ofList data.ImageShape)}"

    BadInput.require
        ((labels data.Train.Labels).max().item<int64>() < int64 Classifier.classes)
        $"--data: the classifier tells {Classifier.classes} classes apart"

    // The model: LeNet-5's kind, in the layers of the judge that the weights are for (src/Classifier.fs). Another Net does as
    // well, as long as nobody judges with it.
    let trunk, head = Classifier.trunk, Classifier.head

    let logits pass images =
        images |> Net.apply pass trunk |> Net.apply pass head

    // The loss: the cross-entropy of images that are moved a little, in nats.
    let loss (pass: Pass) (batch: Batch) =
        let moved = Augmentation.shifted batch.Generator shift batch.Images

        let loss =
            torch.nn.functional.cross_entropy (logits pass moved, labels batch.Labels)

        loss, [ ("train_loss", loss) ]

    // The training, with the test images as they are.
    let measure _ pass =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let logits = Batches.map (logits pass) data.Test.Images
        let labels = labels data.Test.Labels
        let loss = torch.nn.functional.cross_entropy (logits, labels)
        let right = logits.argmax(1L).eq(labels).to_type(torch.float32).mean()

        [ "test_loss", float (loss.item<float32>())
          "test_accuracy", float (right.item<float32>()) ]

    let nets = [ trunk; head ]

    let trained =
        run.Fit(
            data,
            Objective.create nets [ Update.minimise "classifier" nets loss ] measure,
            (fun _ -> Can.nothing "classifier"),
            rate = (fun rate epoch -> rate * decay ** float (epoch - 1)),
            shown = [ "train_loss"; "test_loss"; "test_accuracy" ]
        )

    // The page, and the weights.
    run.Report(fun () ->
        let accuracy = Sections.fixed2 (100.0 * trained.Figure "test_accuracy")

        let about =
            [ "data", data.Name
              "data-sha256", data.Hash
              "epochs", string trained.State.Epoch
              "test-accuracy", $"{accuracy} %%" ]

        weights
        |> Option.iter (fun path -> Classifier.save path (Map.ofList about) trained.State.Shown)

        { Line =
            $"{accuracy} %% of the test images classified correctly; higher is better ({Sections.testSet data})"
          Figures = ("epochs", float trained.State.Epoch) :: (List.last trained.History).Figures
          Pictures = []
          Sections =
            [ Sections.testTiles
                  data
                  [ Sections.tile
                        "Accuracy"
                        "%"
                        (Some Higher)
                        (100.0 * trained.Figure "test_accuracy") ]
              Section.Words
                  "The classifier judges what generators make: its last layer but one gives the features of FID-LeNet, precision, recall, density and coverage."
              Sections.curves
                  trained.History
                  "Cross-entropy"
                  "nats per image"
                  [ "test", "test_loss"; "training, moved images", "train_loss" ]
              Sections.curves
                  trained.History
                  "Share of right answers"
                  "share"
                  [ ("test", "test_accuracy") ] ] })

let experiment =
    Experiment.Create(question, defaults, body, common = [ Common.Lr 2e-3 ])

Experiment.Main experiment

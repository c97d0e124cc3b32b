namespace Workbench

open TorchSharp

/// What the classifier is trained for.
[<RequireQualifiedAccess>]
module ClassifierObjective =

    let private labels (data: Dataset) (labels: torch.Tensor option) =
        match labels with
        | Some labels -> labels
        | None -> BadInput.fail "--data: %s has no labels to learn; --labels brings them" data.Name

    let private check (data: Dataset) =
        if data.ImageShape <> [ 1; Classifier.side; Classifier.side ] then
            BadInput.fail
                "--data: the classifier takes grey images of 28 x 28, these are %A"
                data.ImageShape

        if (labels data data.Train.Labels).max().item<int64>() >= int64 Classifier.classes then
            BadInput.fail "--data: the classifier tells %d classes apart" Classifier.classes

    /// Cross-entropy (nats) and the share of right answers, over all examples.
    let private measure (data: Dataset) (parameters: Parameters) (examples: Examples) =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let logits = Batches.map (Classifier.logits parameters) examples.Images
        let labels = labels data examples.Labels
        let loss = torch.nn.functional.cross_entropy (logits, labels)
        let right = logits.argmax(1L).eq(labels).to_type(torch.float32).mean()
        float (loss.item<float32>()), float (right.item<float32>())

    /// Cross-entropy of images moved by up to `shift` pixels each way.
    let create (shift: int) (data: Dataset) : Objective =
        check data

        let losses parameters (batch: Batch) : Objectives.Losses =
            let images = Augmentation.shifted batch.Generator shift batch.Images
            let logits = Classifier.logits parameters images

            let loss = torch.nn.functional.cross_entropy (logits, labels data batch.Labels)

            { Losses = [ Classifier.networks, loss ]
              Statistics = Map.empty
              Figures = [ "train_loss", loss ] }

        { Init = Classifier.init
          Updates = [ Objectives.update "classifier" Classifier.networks losses ]
          Measure =
            fun _ pass ->
                let parameters = pass.Parameters

                let loss, accuracy = measure data parameters data.Test
                [ "test_loss", loss; "test_accuracy", accuracy ] }

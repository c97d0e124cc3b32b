namespace Workbench

open TorchSharp

/// What the classifier is trained for.
[<RequireQualifiedAccess>]
module ClassifierObjective =

    /// Images, N x 784, each moved by up to so many pixels each way; what comes in is 0. The moves are drawn from the generator.
    let shifted (generator: torch.Generator) (most: int) (images: torch.Tensor) : torch.Tensor =
        let count, side, most = images.shape[0], int64 Classifier.side, int64 most
        let wide = side + 2L * most
        let padded = torch.zeros ([| count; wide; wide |])

        padded
            .narrow(1L, most, side)
            .narrow(2L, most, side)
            .copy_(images.reshape (count, side, side))
        |> ignore

        let moves () =
            let start =
                torch.randint (0L, 2L * most + 1L, [| count; 1L |], generator = generator)

            start + torch.arange (side.ToScalar())

        let rows, columns = moves (), moves ()
        let places = (rows * wide).unsqueeze 2L + columns.unsqueeze 1L
        padded.reshape(count, wide * wide).gather(1L, places.reshape (count, side * side))

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
            let images = shifted batch.Generator shift batch.Images
            let logits = Classifier.logits parameters images

            let loss = torch.nn.functional.cross_entropy (logits, labels data batch.Labels)

            { Losses =
                [ Classifier.networks, loss ]
              Statistics = Map.empty
              Figures = [ "train_loss", loss ] }

        { Init = Classifier.init
          Updates = [ Objectives.update "classifier" Classifier.networks losses ]
          Measure =
            fun _ pass ->
                let parameters = pass.Parameters

                let loss, accuracy = measure data parameters data.Test
                [ "test_loss", loss; "test_accuracy", accuracy ] }

namespace Workbench

open System.IO
open System.Reflection
open TorchSharp

/// A small convolutional network that tells the ten classes of 28 x 28 grey images apart, after LeNet-5 (LeCun et al., 1998).
/// Figures about generated images are made with it, so its weights are frozen: they come with the workbench, named by the data set
/// that they were trained on.
type Classifier =
    { Data: string; Parameters: Parameters }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Classifier =

    /// Rows and columns of an image, and how many classes there are.
    let side, classes = 28, 10

    /// Colours, rows and columns.
    let imageShape = [ 1; side; side ]

    /// Features of an image.
    let width = 84

    let private window inputs outputs padding =
        Convolution
            { Inputs = inputs
              Outputs = outputs
              Kernel = 5
              Stride = 1
              Padding = padding }

    /// The judge's two networks, to be trained: N x 784 images to N x 84 features, by convolutions 1-12-24 of 5 x 5, each followed by
    /// ReLU and the largest of 2 x 2, and dense 600-84, ReLU; and features to the logits of the classes, N x 10.
    let trunk, head =
        Net.create
            "features"
            [ Unflatten(1, side, side)
              window 1 12 2
              Activation Relu
              MaxPool 2
              window 12 24 0
              Activation Relu
              MaxPool 2
              Flatten
              yield! Stacks.linear Stacks.relu [ 600; width ] ],
        Net.create "classes" [ Linear(width, classes) ]

    /// The layer before the classes, N x 84: the features of FID-LeNet and of all other comparisons of sets.
    let features (classifier: Classifier) (images: Tensor) : Tensor =
        images |> Batches.map (Net.apply (Pass.evaluation classifier.Parameters) trunk)

    /// The probability of each class, N x 10, from the features of N images.
    let private probabilitiesOf (classifier: Classifier) (features: Tensor) : Tensor =
        use _ = torch.no_grad ()
        (Net.apply (Pass.evaluation classifier.Parameters) head features).softmax 1L

    /// The probability of each class, N x 10, for N x 784 images.
    let probabilities (classifier: Classifier) (images: Tensor) : Tensor =
        probabilitiesOf classifier (features classifier images)

    /// The likeliest class and its probability, from the features of N images.
    let verdictsOfFeatures (classifier: Classifier) (features: Tensor) : (int * float)[] =
        use _ = torch.NewDisposeScope()

        (probabilitiesOf classifier features).data<float32>().ToArray()
        |> Array.chunkBySize classes
        |> Array.map (fun row ->
            let best = Array.max row
            Array.findIndex ((=) best) row, float best)

    /// The likeliest class of each of N x 784 images, and its probability.
    let verdicts (classifier: Classifier) (images: Tensor) : (int * float)[] =
        use _ = torch.NewDisposeScope()
        verdictsOfFeatures classifier (features classifier images)

    // In a file, `head` is one layer by itself, as an nn.Linear is.
    let private inFile, inMemory = $"{head.Name}.", $"{head.Name}.0."

    let private renamed (before: string) (after: string) (parameters: Parameters) : Parameters =
        Map.ofSeq
            [ for KeyValue(name, tensor) in parameters -> name.Replace(before, after), tensor ]

    let private resource (data: string) = $"classifiers/{data}.safetensors"

    /// The classifier of a data set (mnist, fashion-mnist, glyphs), where the workbench has one.
    let load (data: string) : Classifier option =
        let assembly = Assembly.GetExecutingAssembly()

        match assembly.GetManifestResourceStream(resource data) with
        | null -> None
        | stream ->
            use stream = stream

            Some
                { Data = data
                  Parameters =
                    (Safetensors.readFrom (resource data) stream).Tensors |> renamed inFile inMemory }

    /// The classifier with its weights on a device.
    let onto (device: torch.Device) (classifier: Classifier) : Classifier =
        { classifier with
            Parameters = classifier.Parameters |> Map.map (fun _ -> Device.move device) }

    /// The classifier of these data, where they lie.
    let ofData (data: Dataset) : Classifier option =
        load data.Name |> Option.map (onto data.Device)

    /// The classifier of weights that `save` wrote, the file that an option names; bad input where they are another network's.
    let read (option: string) (path: string) : Classifier =
        let model = (load "glyphs").Value.Parameters

        { Data = path
          Parameters =
            Checkpoint.weights option path (renamed inMemory inFile model)
            |> renamed inFile inMemory }

    /// Writes the weights of `trunk` and `head` as `load` and `read` read them. `about` tells where they come from.
    let save (path: string) (about: Map<string, string>) (parameters: Parameters) : unit =
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath path))
        |> ignore

        Safetensors.write
            path
            { Tensors = renamed inMemory inFile parameters
              Metadata = about }

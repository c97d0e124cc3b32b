namespace Workbench

/// The pieces that the models' networks are built of.
[<RequireQualifiedAccess>]
module Stacks =

    /// Linear layers of these widths, each followed by the given layers for its outputs.
    let linear (after: int -> Layer list) (widths: int list) : Layer list =
        List.pairwise widths
        |> List.collect (fun (inputs, outputs) -> Linear(inputs, outputs) :: after outputs)

    /// `linear`, but for the last layer, which nothing follows.
    let perceptron (after: int -> Layer list) (widths: int list) : Layer list =
        let hidden, outputs = List.splitAt (widths.Length - 1) widths
        linear after hidden @ [ Linear(List.last hidden, List.head outputs) ]

    /// ReLU alone.
    let relu (_: int) : Layer list = [ Activation Relu ]

    /// Batch normalisation, then ReLU.
    let normalisedRelu (outputs: int) : Layer list = [ BatchNorm outputs; Activation Relu ]

    let private downKernel = 5

    /// An image's side after a convolution of stride 2: half of it, rounded up.
    let private halved (side: int) = (side + 1) / 2

    /// An image's side before and after each of so many halvings.
    let sides (side: int) (count: int) : int list =
        List.scan (fun side _ -> halved side) side [ 1..count ]

    /// Convolutions of 5 x 5 and stride 2 through these channels, each followed by the given layers for its channels.
    let down (after: int -> Layer list) (channels: int list) : Layer list =
        List.pairwise channels
        |> List.collect (fun (inputs, outputs) ->
            Convolution
                { Inputs = inputs
                  Outputs = outputs
                  Kernel = downKernel
                  Stride = 2
                  Padding = downKernel / 2 }
            :: after outputs)

    /// A transposed convolution of stride 2 to an image of this side: 4 x 4 doubles exactly, 3 x 3 gives one less.
    let private up (side: int) (inputs: int, outputs: int) =
        TransposedConvolution
            { Inputs = inputs
              Outputs = outputs
              Kernel = (if side % 2 = 0 then 4 else 3)
              Stride = 2
              Padding = 1 }

    /// Back through the channels of `down`, given in its order, to an image of this side: transposed convolutions, each but the
    /// last followed by the given layers for its channels.
    let back (after: int -> Layer list) (side: int) (channels: int list) : Layer list =
        let targets = sides side (channels.Length - 2) |> List.rev
        let steps = List.zip targets (List.pairwise (List.rev channels))
        let last = steps.Length - 1

        steps
        |> List.indexed
        |> List.collect (fun (index, (side, (inputs, outputs))) ->
            up side (inputs, outputs) :: (if index = last then [] else after outputs))

    /// Convolutions through these channels, each followed by the given layers: those from rows of square images (channels, height,
    /// width) to rows of numbers, how many numbers that are, and those from as many back to rows of images.
    let convolutional (after: int -> Layer list) (imageShape: int list) (channels: int list) =
        match imageShape with
        | [ colours; side; width ] when side = width ->
            let small, last = List.last (sides side channels.Length), List.last channels

            [ Unflatten(colours, side, side)
              yield! down after (colours :: channels)
              Flatten ],
            last * small * small,
            [ Unflatten(last, small, small)
              yield! back after side (colours :: channels)
              Flatten ]
        | shape -> BadInput.fail "--data: convolutions need square images, these are %A" shape

namespace Workbench

open System
open System.Collections.Concurrent
open TorchSharp

/// A convolution as far as its arithmetic goes: channels, square kernel and image, the way it moves, which gradients it has.
[<Struct>]
type internal ConvolutionShape =
    { IsTransposed: bool
      Inputs: int64
      Outputs: int64
      Kernel: int64
      Stride: int64
      Padding: int64
      Height: int64
      Width: int64
      InputGradient: bool
      WeightGradient: bool }

/// On some processors libtorch's float32 convolutions (oneDNN 3.7.1 in libtorch 2.10.0) are off by whole units for shapes whose
/// channels do not fill a vector: what lies in the padding of its blocked layouts is taken for zero. So each shape is compared
/// with sums of products in float64 before it is used.
[<RequireQualifiedAccess>]
module internal ConvolutionCheck =

    let private images = 4L

    /// Rounding of float32 is below 1e-5 of the largest number; what the fault leaves is above 1e-1.
    let private tolerance = 1e-3f

    /// Memory that is used again holds numbers that no padding may have.
    let private leaveNumbers () =
        for count in [ 1_000L; 10_000L; 100_000L; 1_000_000L ] do
            torch.full([| count |], 1e3.ToScalar()).Dispose()

    let private square (side: int64) = [| side; side |]

    let private convolve shape (x: torch.Tensor) (weight: torch.Tensor) =
        let strides, padding = square shape.Stride, square shape.Padding

        if shape.IsTransposed then
            torch.nn.functional.conv_transpose2d (x, weight, strides = strides, padding = padding)
        else
            torch.nn.functional.conv2d (x, weight, strides = strides, padding = padding)

    /// Every stride-th row and column from one place of the kernel on: as many as an image has that the other side is made of.
    let private seenFrom shape (image: torch.Tensor) (rows, columns) (row, column) =
        let every dimension start count (image: torch.Tensor) =
            image.slice (dimension, start, start + shape.Stride * (count - 1L) + 1L, shape.Stride)

        image |> every 2L row rows |> every 3L column columns

    let private places shape =
        [ for row in 0L .. shape.Kernel - 1L do
              for column in 0L .. shape.Kernel - 1L -> row, column ]

    /// The weights of one place times each pixel's channels.
    let private atPlace (weight: torch.Tensor) (row: int64, column: int64) (image: torch.Tensor) =
        let count, rows, columns = image.shape[0], image.shape[2], image.shape[3]
        let weights = weight.select(3, column).select(2, row)
        let pixels = image.reshape (count, image.shape[1], rows * columns)
        weights.matmul(pixels).reshape(count, weights.shape[0], rows, columns)

    /// The same sums place by place, by products of matrices: nothing of libtorch's convolutions is in it.
    let private byPlaces shape (x: torch.Tensor) (weight: torch.Tensor) =
        let padded channels height width =
            let sides = [| height + 2L * shape.Padding; width + 2L * shape.Padding |]
            torch.zeros (Array.append [| images; channels |] sides, dtype = x.dtype)

        let inside (image: torch.Tensor) height width =
            image.narrow(2, shape.Padding, height).narrow(3, shape.Padding, width)

        if shape.IsTransposed then
            let side length =
                (length - 1L) * shape.Stride + shape.Kernel - 2L * shape.Padding

            let height, width = side shape.Height, side shape.Width
            let large = padded shape.Outputs height width

            for place in places shape do
                (seenFrom shape large (shape.Height, shape.Width) place)
                    .add_(atPlace (weight.transpose (0, 1)) place x)
                |> ignore

            inside large height width
        else
            let side length =
                (length + 2L * shape.Padding - shape.Kernel) / shape.Stride + 1L

            let large = padded shape.Inputs shape.Height shape.Width
            (inside large shape.Height shape.Width).copy_ x |> ignore

            places shape
            |> List.map (fun place ->
                seenFrom shape large (side shape.Height, side shape.Width) place
                |> atPlace weight place)
            |> List.reduce (fun sum next -> sum + next)

    /// The result, and the gradients of the inputs that ask for one.
    let private outcome compute (inputs: (torch.Tensor * bool) list) (kind: torch.ScalarType) =
        let leaves =
            inputs
            |> List.map (fun (input, gradient) ->
                input.detach().to_type(kind).requires_grad_ gradient)

        leaveNumbers ()
        let y: torch.Tensor = compute leaves[0] leaves[1]

        if y.requires_grad then
            leaveNumbers ()
            y.square().sum().backward()

        y.detach ()
        :: [ for leaf in leaves |> List.filter _.requires_grad -> leaf.grad ]

    let private agree (single: torch.Tensor) (double: torch.Tensor) =
        let double = double.to_type torch.float32
        let error = (single - double).abs().max().item<float32>()
        error <= tolerance * double.abs().max().item<float32>()

    let private isRight (shape: ConvolutionShape) =
        use _ = torch.NewDisposeScope()
        use _ = torch.enable_grad ()
        use generator = new torch.Generator(1UL)

        let first, second =
            if shape.IsTransposed then
                shape.Inputs, shape.Outputs
            else
                shape.Outputs, shape.Inputs

        let inputs =
            [ [| images; shape.Inputs; shape.Height; shape.Width |], shape.InputGradient
              [| first; second; shape.Kernel; shape.Kernel |], shape.WeightGradient ]
            |> List.map (fun (size, gradient) ->
                torch.randn (size, generator = generator), gradient)

        List.forall2
            agree
            (outcome (convolve shape) inputs torch.float32)
            (outcome (byPlaces shape) inputs torch.float64)

    let private known = ConcurrentDictionary<ConvolutionShape, bool>()

    let private describe shape =
        let kind = if shape.IsTransposed then "transposed convolution" else "convolution"

        $"a {kind} of {shape.Kernel}x{shape.Kernel} from {shape.Inputs} to {shape.Outputs} channels"

    /// Raises `BadInput` where this machine's libtorch computes the shape wrongly: its result, or a gradient that is asked for. Looked
    /// at once a process and shape, in milliseconds.
    let demand (shape: ConvolutionShape) : unit =
        if not (known.GetOrAdd(shape, isRight)) then
            BadInput.fail
                "libtorch computes %s wrongly on this machine (float32 differs from float64): set ONEDNN_MAX_CPU_ISA=SSE41 before the start, or take --engine managed"
                (describe shape)

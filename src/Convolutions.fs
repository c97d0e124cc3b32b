namespace Workbench

open System.Collections.Concurrent
open TorchSharp

/// A square window over an image: what it reads and writes (channels), its side, and how it moves.
type Window =
    { Inputs: int
      Outputs: int
      Kernel: int
      Stride: int
      Padding: int }

/// On some processors libtorch's float32 convolutions (oneDNN 3.7.1 in libtorch 2.10.0) are off by whole units for shapes whose
/// channels do not fill a vector: what lies in the padding of its blocked layouts is taken for zero. So before a shape is used,
/// it is compared with sums of products in float64. (A convolution in float64 would do, but for NNPACK, which complains of some
/// processors on standard error each time.)
[<RequireQualifiedAccess>]
module internal Convolutions =

    let private convolve isTransposed window (x: Tensor) (weight: Tensor) (bias: Tensor) =
        let square (side: int) = [| int64 side; int64 side |]
        let strides, padding = square window.Stride, square window.Padding

        if isTransposed then
            torch.nn.functional.conv_transpose2d (x, weight, bias, strides, padding)
        else
            torch.nn.functional.conv2d (x, weight, bias, strides, padding)

    /// The weights of one place of the kernel, outputs x inputs, times each pixel's channels.
    let private atPlace (weights: Tensor) (image: Tensor) =
        let count, rows, columns = image.shape[0], image.shape[2], image.shape[3]
        let pixels = image.reshape (count, image.shape[1], rows * columns)
        weights.matmul(pixels).reshape(count, weights.shape[0], rows, columns)

    /// The same place by place of the kernel, by products of matrices: nothing of libtorch's convolutions is in it.
    let private byPlaces isTransposed window (x: Tensor) (weight: Tensor) =
        let kernel, stride, padding =
            int64 window.Kernel, int64 window.Stride, int64 window.Padding

        let height, width = x.shape[2], x.shape[3]

        let padded (channels: int64) height width =
            torch.zeros (
                [| x.shape[0]; channels; height + 2L * padding; width + 2L * padding |],
                dtype = x.dtype,
                device = x.device
            )

        let inside (image: Tensor) height width =
            image.narrow(2, padding, height).narrow(3, padding, width)

        // Every stride-th row and column from one place on: as many as the other side has.
        let seen (image: Tensor) rows columns (row: int64, column: int64) =
            image
                .slice(2, row, row + stride * (rows - 1L) + 1L, stride)
                .slice(3, column, column + stride * (columns - 1L) + 1L, stride)

        let places = List.allPairs [ 0L .. kernel - 1L ] [ 0L .. kernel - 1L ]
        let weights (row: int64, column: int64) = weight.select(3, column).select(2, row)

        if isTransposed then
            let side length =
                (length - 1L) * stride + kernel - 2L * padding

            let large = padded weight.shape[1] (side height) (side width)

            for place in places do
                (seen large height width place).add_(atPlace ((weights place).transpose(0, 1)) x)
                |> ignore

            inside large (side height) (side width)
        else
            let side length =
                (length + 2L * padding - kernel) / stride + 1L

            let large = padded weight.shape[1] height width
            (inside large height width).copy_ x |> ignore

            places
            |> List.map (fun place ->
                atPlace (weights place) (seen large (side height) (side width) place))
            |> List.reduce (fun sum next -> sum + next)

    /// Memory that is used again holds numbers that no padding may have.
    let private leaveNumbers () =
        for count in [ 1_000L; 10_000L; 100_000L; 1_000_000L ] do
            torch.full([| count |], 1e3.ToScalar(), device = torch.CPU).Dispose()

    /// The result, and the gradients of the inputs that ask for one.
    let private outcome compute (inputs: (Tensor * bool) list) (kind: torch.ScalarType) =
        let leaves =
            [ for input, hasGradient in inputs ->
                  input.detach().to_type(kind).requires_grad_ hasGradient ]

        leaveNumbers ()
        let y: Tensor = compute leaves[0] leaves[1]

        if y.requires_grad then
            leaveNumbers ()
            y.square().sum().backward()

        y.detach ()
        :: [ for leaf in leaves |> List.filter _.requires_grad -> leaf.grad ]

    /// Rounding of float32 is below 1e-5 of the largest number; what the fault leaves is above 1e-1.
    let private agree (single: Tensor) (double: Tensor) =
        let double = double.to_type torch.float32

        (single - double).abs().max().item<float32>()
        <= 1e-3f * double.abs().max().item<float32>()

    /// Of four random images and random weights of these shapes, with the gradients that are asked for.
    let private isRight
        (isTransposed, window, image: int64 list, kernel: int64 list, (ofImages, ofWeight))
        =
        use _ = torch.NewDisposeScope()
        use _ = torch.enable_grad ()
        use generator = new torch.Generator(1UL, torch.CPU)

        let inputs =
            [ 4L :: image, ofImages; kernel, ofWeight ]
            |> List.map (fun (shape, hasGradient) ->
                Random.normal generator (Array.ofList shape), hasGradient)

        List.forall2
            agree
            (outcome
                (fun x weight -> convolve isTransposed window x weight null)
                inputs
                torch.float32)
            (outcome (byPlaces isTransposed window) inputs torch.float64)

    let private known = ConcurrentDictionary<_, bool>()

    /// A convolution, or the gradient of one as a layer, of N x C x H x W images. Raises `BadInput` where this machine's libtorch
    /// computes the shape, or a gradient that is asked for, wrongly: looked at once a process and shape, in milliseconds.
    let compute isTransposed window (x: Tensor) (weight: Tensor) (bias: Tensor) : Tensor =
        if not Engine.isManaged && x.device.``type`` = DeviceType.CPU then
            let hasGradient (tensor: Tensor) =
                torch.is_grad_enabled () && tensor.requires_grad

            let shape =
                isTransposed,
                window,
                List.ofArray x.shape[1..],
                List.ofArray weight.shape,
                (hasGradient x, hasGradient weight)

            if not (known.GetOrAdd(shape, isRight)) then
                BadInput.fail
                    "libtorch computes a %sconvolution of %dx%d from %d to %d channels wrongly on this machine (float32 differs from float64): set ONEDNN_MAX_CPU_ISA=SSE41 before the start, or take --engine managed"
                    (if isTransposed then "transposed " else "")
                    window.Kernel
                    window.Kernel
                    window.Inputs
                    window.Outputs

        convolve isTransposed window x weight bias

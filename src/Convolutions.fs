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
/// it is compared with float64, which oneDNN has no convolutions of.
[<RequireQualifiedAccess>]
module internal Convolutions =

    let private convolve isTransposed window (x: Tensor) (weight: Tensor) (bias: Tensor) =
        let square (side: int) = [| int64 side; int64 side |]
        let strides, padding = square window.Stride, square window.Padding

        if isTransposed then
            torch.nn.functional.conv_transpose2d (x, weight, bias, strides, padding)
        else
            torch.nn.functional.conv2d (x, weight, bias, strides, padding)

    /// Memory that is used again holds numbers that no padding may have.
    let private leaveNumbers () =
        for count in [ 1_000L; 10_000L; 100_000L; 1_000_000L ] do
            torch.full([| count |], 1e3.ToScalar()).Dispose()

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
        use generator = new torch.Generator(1UL)

        let inputs =
            [ 4L :: image, ofImages; kernel, ofWeight ]
            |> List.map (fun (shape, hasGradient) ->
                torch.randn (Array.ofList shape, generator = generator), hasGradient)

        let outcome =
            outcome (fun x weight -> convolve isTransposed window x weight null) inputs

        List.forall2 agree (outcome torch.float32) (outcome torch.float64)

    let private known = ConcurrentDictionary<_, bool>()

    /// A convolution, or the gradient of one as a layer, of N x C x H x W images. Raises `BadInput` where this machine's libtorch
    /// computes the shape, or a gradient that is asked for, wrongly: looked at once a process and shape, in milliseconds.
    let compute isTransposed window (x: Tensor) (weight: Tensor) (bias: Tensor) : Tensor =
        if not Engine.isManaged then
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

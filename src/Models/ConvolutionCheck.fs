namespace Workbench

open System
open System.Collections.Concurrent
open TorchSharp

/// A convolution as far as its arithmetic goes: channels, square kernel and image, the way it moves.
[<Struct>]
type internal ConvolutionShape =
    { IsTransposed: bool
      Inputs: int64
      Outputs: int64
      Kernel: int64
      Stride: int64
      Padding: int64
      Height: int64
      Width: int64 }

/// On some processors libtorch's float32 convolutions (oneDNN 3.7.1 in libtorch 2.10.0) are off by whole units for shapes whose
/// channels do not fill a vector: what lies in the padding of its blocked layouts is taken for zero. So each shape is compared
/// with float64, which is right there, before it is used.
[<RequireQualifiedAccess>]
module internal ConvolutionCheck =

    let private images = 4L

    /// Rounding of float32 is below 1e-5 of the largest number; what the fault leaves is above 1e-1.
    let private tolerance = 1e-3f

    /// Memory that is used again holds numbers that no padding may have.
    let private leaveNumbers () =
        for count in [ 1_000L; 10_000L; 100_000L; 1_000_000L ] do
            torch.full([| count |], 1e3.ToScalar()).Dispose()

    let private apply shape (x: torch.Tensor) (weight: torch.Tensor) =
        let strides, padding = [| shape.Stride; shape.Stride |], [| shape.Padding; shape.Padding |]

        if shape.IsTransposed then
            torch.nn.functional.conv_transpose2d (x, weight, strides = strides, padding = padding)
        else
            torch.nn.functional.conv2d (x, weight, strides = strides, padding = padding)

    let private outcome shape gradients (inputs: torch.Tensor list) (kind: torch.ScalarType) =
        let leaves =
            inputs
            |> List.map (fun input -> input.to_type(kind).detach().requires_grad_ gradients)

        leaveNumbers ()
        let y = apply shape leaves[0] leaves[1]

        if gradients then
            leaveNumbers ()
            y.square().sum().backward ()

        [ yield y.detach ()
          if gradients then
              for leaf in leaves do
                  yield leaf.grad ]

    let private agree (single: torch.Tensor) (double: torch.Tensor) =
        let double = double.to_type torch.float32
        let error = (single - double).abs().max().item<float32>()
        error <= tolerance * double.abs().max().item<float32>()

    let private isRight (shape: ConvolutionShape) (gradients: bool) =
        use _ = torch.NewDisposeScope()
        use _ = torch.set_grad_enabled gradients
        use generator = new torch.Generator(1UL)

        let first, second =
            if shape.IsTransposed then shape.Inputs, shape.Outputs else shape.Outputs, shape.Inputs

        let inputs =
            [ [| images; shape.Inputs; shape.Height; shape.Width |]
              [| first; second; shape.Kernel; shape.Kernel |] ]
            |> List.map (fun size -> torch.randn (size, generator = generator))

        List.forall2
            agree
            (outcome shape gradients inputs torch.float32)
            (outcome shape gradients inputs torch.float64)

    let private known = ConcurrentDictionary<struct (ConvolutionShape * bool), bool>()

    let private describe shape =
        let kind = if shape.IsTransposed then "transposed convolution" else "convolution"

        $"a {kind} of {shape.Kernel}x{shape.Kernel} from {shape.Inputs} to {shape.Outputs} channels"

    /// Raises `BadInput` where this machine's libtorch computes the shape wrongly: its result or, where a graph is recorded, its
    /// gradients. Asked once a process and shape; milliseconds.
    let demand (shape: ConvolutionShape) : unit =
        let gradients = torch.is_grad_enabled ()

        if not (known.GetOrAdd(struct (shape, gradients), (fun _ -> isRight shape gradients))) then
            BadInput.fail
                "libtorch computes %s wrongly on this machine (float32 differs from float64): set ONEDNN_MAX_CPU_ISA=SSE41 before the start, or take --engine managed"
                (describe shape)

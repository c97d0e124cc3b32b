/// No network computes a convolution that is wrong on this machine.
module Workbench.Tests.ConvolutionTests

open System
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport

/// Kernels of 5 x 5 from and to so many channels: those of the models, and some that do not fill a vector.
let private channels = [ 1, 32; 32, 64; 1, 4; 3, 5; 12, 24; 20, 33 ]

let private window (inputs, outputs) =
    Convolution
        { Inputs = inputs
          Outputs = outputs
          Kernel = 5
          Stride = 1
          Padding = 2 }

let private isRefused (compute: unit -> torch.Tensor) =
    try
        compute () |> ignore
        false
    with BadInput text ->
        Expect.stringContains text "ONEDNN_MAX_CPU_ISA=SSE41" "one way out"
        Expect.stringContains text "--engine managed" "the other"
        Expect.isFalse (text.Contains Environment.NewLine) "one line"
        true

let private forward (parameters: Parameters) layer (x: torch.Tensor) =
    Net.apply (Pass.evaluation parameters) (Net.create "net" [ layer ]) x

/// The network's result and the gradient of its input, in float32 as the models have them or in float64.
let private outcome parameters layer (x: torch.Tensor) (kind: torch.ScalarType) =
    let parameters =
        parameters |> Map.map (fun _ (tensor: torch.Tensor) -> tensor.to_type kind)

    let x = x.detach().to_type(kind).requires_grad_ true
    let y = forward parameters layer x
    y.square().sum().backward()
    [ y.detach (); x.grad ]

let private agree (single: torch.Tensor) (double: torch.Tensor) =
    let double = double.to_type torch.float32
    number ((single - double).abs().max()) <= 1e-3 * number (double.abs().max())

[<Tests>]
let tests =
    testList
        "convolutions of this machine"
        [ for inputs, outputs in channels do
              inScope $"{inputs} to {outputs} channels: right, or refused" (fun () ->
                  let layer = window (inputs, outputs)

                  let parameters =
                      Net.init (new torch.Generator(1UL)) (Net.create "net" [ layer ])
                      |> Map.ofList

                  let x = images 2 6 (inputs * 14 * 14)
                  let x = x.reshape (6L, int64 inputs, 14L, 14L)

                  let y () =
                      forward parameters layer (x.requires_grad_ true)

                  if isRefused y then
                      Expect.isFalse Engine.isManaged "the managed engine is right everywhere"
                  else
                      List.forall2
                          agree
                          (outcome parameters layer x torch.float32)
                          (outcome parameters layer x torch.float64)
                      |> fun right -> Expect.isTrue right "as in float64") ]

/// Networks of layers: names, initial values, dropout, batch statistics.
module Workbench.Tests.LayersTests

open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport
open Workbench.Tests.ModelSupport

let private training seed parameters =
    Pass.training (new torch.Generator(uint64 (seed: int))) parameters

let private normalised =
    Net.create "encoder" [ Linear(16, 10); Activation Relu; Linear(10, 2); Standardise 2 ]

let private x = images 1 40 16

[<Tests>]
let tests =
    testList
        "layers"
        [ testCase "parameters have the names and shapes of nn.Sequential, where every layer counts"
          <| fun () ->
              let net = Net.create "net" (Stacks.perceptron Stacks.normalisedRelu [ 12; 8; 3 ])

              let shapes =
                  init 1 [ net ]
                  |> Map.map (fun _ tensor -> List.ofArray tensor.shape)
                  |> Map.toList

              Expect.equal
                  shapes
                  [ "net.0.bias", [ 8L ]
                    "net.0.weight", [ 8L; 12L ]
                    "net.1.bias", [ 8L ]
                    "net.1.running_mean", [ 8L ]
                    "net.1.running_var", [ 8L ]
                    "net.1.weight", [ 8L ]
                    "net.3.bias", [ 3L ]
                    "net.3.weight", [ 3L; 8L ] ]
                  "names and shapes"

          testCase "weights begin within one over the square root of the inputs"
          <| fun () ->
              let weight = (init 1 [ Net.create "net" [ Linear(784, 200) ] ])["net.0.weight"]
              let largest = number (weight.abs().max())
              Less.orEqual largest (1.0 / sqrt 784.0) "no weight is outside"
              Expect.isGreaterThan largest (0.99 / sqrt 784.0) "and the range is used"

          testCase "equal seeds give equal parameters, different ones do not"
          <| fun () ->
              let of' seed = init seed [ normalised ]
              Expect.isTrue (sameParameters (of' 3) (of' 3)) "same seed"
              Expect.isFalse (sameParameters (of' 3) (of' 4)) "other seed"

          testCase "fresh weights and biases differ from each other"
          <| fun () ->
              let window: Window =
                  { Inputs = 3
                    Outputs = 4
                    Kernel = 3
                    Stride = 2
                    Padding = 1 }

              let layers = [ Linear(5, 7); Convolution window; TransposedConvolution window ]

              for KeyValue(name, tensor) in init 1 [ Net.create "net" layers ] do
                  let values = numbers tensor
                  Expect.equal (List.distinct values).Length values.Length name

          testCase "dropout is active in training alone, and its masks come from the generator"
          <| fun () ->
              let net = Net.create "net" [ Dropout 0.5 ]

              let trained seed =
                  Net.apply (training seed Map.empty) net x

              let evaluated () =
                  Net.apply (Pass.evaluation Map.empty) net x

              Expect.isTrue (sameBits (evaluated ()) x) "evaluation drops nothing"
              Expect.isTrue (sameBits (trained 1) (trained 1)) "same generator, same mask"
              Expect.isFalse (sameBits (trained 1) (trained 2)) "another generator, another mask"

          testCase "dropout keeps the mean"
          <| fun () ->
              let ones = torch.ones ([| 1000L; 100L |])
              let dropped = Net.apply (training 1 Map.empty) (Net.create "" [ Dropout 0.3 ]) ones
              close 0.01 (number (dropped.mean ())) 1.0 "the mean stays"

              close
                  1e-6
                  (number (dropped.max ()))
                  (1.0 / 0.7)
                  "what is kept is scaled by 1 / (1 - p)"

          testCase "a standardised code has mean 0 and variance 1 over the batch"
          <| fun () ->
              let codes = Net.apply (training 1 (init 1 [ normalised ])) normalised x

              for column in numbers (codes.mean ([| 0L |])) do
                  close 1e-5 column 0.0 "mean"

              for column in numbers (codes.var (0L, unbiased = false)) do
                  close 1e-2 column 1.0 "variance"

          testCase
              "convolutions lead to rows of numbers and back to images of any side, and none of stride 2 draws them"
          <| fun () ->
              for colours, side, channels in
                  [ 1, 28, [ 32; 64 ]; 3, 32, [ 4; 6; 5 ]; 2, 7, [ 3 ]; 1, 5, [ 1; 2 ] ] do
                  let down, inner, up =
                      Stacks.convolutional Stacks.normalisedRelu [ colours; side; side ] channels

                  let nets = [ Net.create "down" down; Net.create "up" up ]
                  let pass = Pass.evaluation (init 1 nets)
                  let pixels = images 1 2 (colours * side * side)
                  let codes = Net.apply pass nets[0] pixels
                  Expect.equal (List.ofArray codes.shape) [ 2L; int64 inner ] "numbers"
                  let drawn = Net.apply pass nets[1] codes
                  Expect.equal (List.ofArray drawn.shape) (List.ofArray pixels.shape) "images"

                  let windows =
                      up
                      |> List.choose (function
                          | Convolution window -> Some(1, window)
                          | TransposedConvolution window -> Some(2, window)
                          | _ -> None)

                  for stride, window in windows do
                      Expect.equal window.Stride stride "by the kind of layer"

                  let _, last = List.last windows
                  let full = max 1 (channels.Head / 2)
                  Expect.equal (last.Stride, last.Inputs) (1, full) "what draws the image"

          testCase
              "a pass notes running statistics, a tenth of the way to the batch's, and leaves the parameters"
          <| fun () ->
              let parameters = init 1 [ normalised ]
              let pass = training 1 parameters
              Net.apply pass normalised x |> ignore
              let before = Net.create "encoder" (List.take 3 normalised.Layers)
              let plain = Net.apply (Pass.evaluation parameters) before x
              let name = "encoder.3.running_mean"

              Expect.equal
                  (List.sort (List.ofSeq pass.Moved.Keys))
                  [ name; "encoder.3.running_var" ]
                  "names"

              for moved, mean in
                  List.zip (numbers pass.Moved[name]) (numbers (plain.mean ([| 0L |]))) do
                  close 1e-5 moved (0.1 * mean) "from 0 towards the batch's mean"

              Expect.isTrue (numbers parameters[name] |> List.forall ((=) 0.0)) "as it was"

          testCase "a second batch of the same pass moves them on"
          <| fun () ->
              let parameters = init 1 [ normalised ]
              let once, twice = training 1 parameters, training 1 parameters
              Net.apply once normalised x |> ignore

              for _ in 1..2 do
                  Net.apply twice normalised x |> ignore

              let mean (pass: Pass) =
                  numbers pass.Moved["encoder.3.running_mean"]

              for one, two in List.zip (mean once) (mean twice) do
                  close 1e-5 two (1.9 * one) "0.1 + 0.9 * 0.1"

          testCase "evaluation moves nothing and normalises by the running statistics"
          <| fun () ->
              let pass = Pass.evaluation (init 1 [ normalised ])
              let rows = Net.apply pass normalised x
              Expect.equal pass.Moved.Count 0 "nothing is noted"
              let alone = Net.apply pass normalised (x.narrow (0L, 0L, 1L))
              close 1e-5 (number (rows[0L, 0L])) (number (alone[0L, 0L])) "each row by itself"

          testCase "a constant passes no gradient"
          <| fun () ->
              let parameters = recording (init 1 [ normalised ])
              let code = Pass.constant (fun () -> Net.apply (training 1 parameters) normalised x)
              Expect.isFalse code.requires_grad "nothing to follow" ]

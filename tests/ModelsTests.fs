module Workbench.Tests.ModelsTests

open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport
open Workbench.Tests.ModelSupport

let private small =
    { Vae.defaults with
        Pixels = 12
        Hidden = [ 8; 6 ]
        Latent = 3 }

let private shapes (parameters: Parameters) =
    parameters |> Map.map (fun _ tensor -> List.ofArray tensor.shape) |> Map.toList

[<Tests>]
let tests =
    testList
        "models"
        [ testCase "parameters of the VAE have PyTorch's names and shapes"
          <| fun () ->
              Expect.equal
                  (shapes (Vae.init 1 small))
                  [ "decoder.0.bias", [ 6L ]
                    "decoder.0.weight", [ 6L; 3L ]
                    "decoder.2.bias", [ 8L ]
                    "decoder.2.weight", [ 8L; 6L ]
                    "decoder.4.bias", [ 12L ]
                    "decoder.4.weight", [ 12L; 8L ]
                    "encoder.0.bias", [ 8L ]
                    "encoder.0.weight", [ 8L; 12L ]
                    "encoder.3.bias", [ 6L ]
                    "encoder.3.weight", [ 6L; 8L ]
                    "mean.bias", [ 3L ]
                    "mean.weight", [ 3L; 6L ]
                    "variance.bias", [ 3L ]
                    "variance.weight", [ 3L; 6L ] ]
                  "names and shapes"

          testCase "weights begin within one over the square root of the inputs"
          <| fun () ->
              let weight = (Vae.init 1 Vae.defaults)["encoder.0.weight"]
              let largest = number (weight.abs().max())
              Expect.isLessThanOrEqual largest (1.0 / sqrt 784.0) "no weight is outside"
              Expect.isGreaterThan largest (0.99 / sqrt 784.0) "and the range is used"

          testCase "equal seeds give equal parameters, different ones do not"
          <| fun () ->
              Expect.isTrue (sameParameters (Vae.init 3 small) (Vae.init 3 small)) "same seed"
              Expect.isFalse (sameParameters (Vae.init 3 small) (Vae.init 4 small)) "other seed"

          testCase "the exponential head is the logarithm of the variance"
          <| fun () ->
              let code = Vae.encode small (Vae.init 1 small) Evaluation (images 5 4 12)
              let expected = (code.LogVariance * 0.5).exp()
              Expect.isTrue (code.Deviation.allclose expected) "deviation = e^(head / 2)"

          testCase "the squared head is the deviation"
          <| fun () ->
              let spec = { small with Variance = Square }
              let code = Vae.encode spec (Vae.init 1 spec) Evaluation (images 5 4 12)
              let expected = (code.Deviation.square () + Gaussian.squareEpsilon).log()

              Expect.isTrue
                  (code.LogVariance.allclose expected)
                  "log variance = ln(head^2 + epsilon)"

          testCase "activation changes what the encoder computes"
          <| fun () ->
              let mean activation =
                  let spec = { small with Activation = activation }
                  (Vae.encode spec (Vae.init 1 spec) Evaluation (images 5 4 12)).Mean

              Expect.isFalse ((mean Tanh).allclose(mean Relu)) "tanh and relu differ"

          testCase "dropout is active in training alone, and its masks come from the generator"
          <| fun () ->
              let spec = { small with Dropout = 0.5 }
              let parameters = Vae.init 1 spec
              let x = images 5 4 12

              let trained seed =
                  (Vae.encode spec parameters (Training(new torch.Generator(seed))) x).Mean

              let evaluated () =
                  (Vae.encode spec parameters Evaluation x).Mean

              Expect.isTrue (sameBits (evaluated ()) (evaluated ())) "evaluation draws nothing"
              Expect.isTrue (sameBits (trained 1UL) (trained 1UL)) "same generator, same mask"

              Expect.isFalse
                  (sameBits (trained 1UL) (trained 2UL))
                  "another generator, another mask"

              Expect.isFalse
                  (sameBits (trained 1UL) (evaluated ()))
                  "training differs from evaluation"

          testCase "dropout keeps the mean"
          <| fun () ->
              let layers = [ Dropout 0.3 ]
              let ones = torch.ones ([| 1000L; 100L |])

              let dropped =
                  (Network.forward Map.empty (Training(new torch.Generator(1UL))) "" layers ones)
                      .Output

              close 0.01 (number (dropped.mean ())) 1.0 "the mean stays"

              close
                  1e-6
                  (number (dropped.max ()))
                  (1.0 / 0.7)
                  "what is kept is scaled by 1 / (1 - p)"

          testCase "sampling is mean plus deviation times the generator's noise"
          <| fun () ->
              let code: Gaussian =
                  { Mean = matrix [ [ 1.0; 2.0 ] ]
                    Deviation = matrix [ [ 0.0; 3.0 ] ]
                    LogVariance = matrix [ [ 0.0; 0.0 ] ] }

              let noise = torch.randn ([| 1L; 2L |], generator = new torch.Generator(9UL))
              let z = Gaussian.sample (new torch.Generator(9UL)) code

              Expect.isTrue
                  (z.allclose (code.Mean + code.Deviation * noise))
                  "the reparametrisation"

          testCase "generated and reconstructed pixels are probabilities"
          <| fun () ->
              let parameters = Vae.init 1 small

              for pixels in
                  [ Vae.generate small parameters (new torch.Generator(1UL)) 5
                    Vae.reconstruct small parameters (images 5 5 12) ] do
                  Expect.equal (List.ofArray pixels.shape) [ 5L; 12L ] "N x pixels"
                  Expect.isGreaterThan (number (pixels.min ())) 0.0 "above 0"
                  Expect.isLessThan (number (pixels.max ())) 1.0 "below 1" ]

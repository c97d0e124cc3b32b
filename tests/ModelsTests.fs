/// Models of layers.
module Workbench.Tests.ModelsTests

open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport
open Workbench.Tests.ModelSupport

let private small = Models.denseVae 12 [ 8; 6 ] 3 0.1

let private x = images 5 4 12

let private withVariance variance =
    Models.vae
        variance
        3
        (Stacks.linear (fun _ -> [ Activation Tanh ]) [ 12; 8 ])
        (Stacks.perceptron (fun _ -> [ Activation Tanh ]) [ 3; 8; 12 ])

let private encoded variance =
    let vae = withVariance variance
    vae.Encode (Pass.evaluation (init 1 vae.Nets)) x

[<Tests>]
let tests =
    testList
        "models"
        [ testCase "parameters of a VAE: encoder, two heads, decoder"
          <| fun () ->
              let shapes =
                  init 1 small.Nets
                  |> Map.map (fun _ tensor -> List.ofArray tensor.shape)
                  |> Map.toList

              Expect.equal
                  shapes
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
                    "mean.0.bias", [ 3L ]
                    "mean.0.weight", [ 3L; 6L ]
                    "variance.0.bias", [ 3L ]
                    "variance.0.weight", [ 3L; 6L ] ]
                  "names and shapes"

          testCase "the exponential head is the logarithm of the variance"
          <| fun () ->
              let code = encoded Exponential

              Expect.isTrue
                  (code.Deviation.allclose ((code.LogVariance * 0.5).exp()))
                  "e^(head / 2)"

          testCase "the squared head is the deviation"
          <| fun () ->
              let code = encoded Square
              let expected = (code.Deviation.square () + Gaussian.squareEpsilon).log()
              Expect.isTrue (code.LogVariance.allclose expected) "ln(head^2 + epsilon)"

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
              let pass = Pass.evaluation (init 1 small.Nets)

              for pixels in
                  [ Models.generate small pass (new torch.Generator(1UL)) 5
                    Models.reconstruct small pass (images 5 5 12) ] do
                  Expect.equal (List.ofArray pixels.shape) [ 5L; 12L ] "N x pixels"
                  Expect.isGreaterThan (number (pixels.min ())) 0.0 "above 0"
                  Less.than (number (pixels.max ())) 1.0 "below 1"

          testCase "an autoencoder decodes what it encodes"
          <| fun () ->
              let model =
                  Models.autoencoder
                      2
                      (Stacks.perceptron Stacks.relu [ 12; 8; 2 ])
                      (Stacks.perceptron Stacks.relu [ 2; 8; 12 ])

              let pass = Pass.evaluation (init 1 model.Nets)
              let codes = model.Encode pass x
              Expect.equal (List.ofArray codes.shape) [ 4L; 2L ] "codes"
              Expect.equal (List.ofArray (model.Decode pass codes).shape) [ 4L; 12L ] "images"

          testCase "a GAN's images are in 0 to 1, its verdicts a logit an image"
          <| fun () ->
              let gan = Models.denseGan 12 5
              let pass = Pass.evaluation (init 1 [ gan.Generator; gan.Discriminator ])
              let made = gan.Generate pass (Gaussian.prior pass.Generator 4L gan.Noise)
              Expect.equal (List.ofArray made.shape) [ 4L; 12L ] "images"
              Expect.isTrue (number (made.min ()) > 0.0 && number (made.max ()) < 1.0) "in 0 to 1"
              Expect.equal (List.ofArray (gan.Discriminate pass made).shape) [ 4L; 1L ] "verdicts" ]

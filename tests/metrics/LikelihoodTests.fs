module Workbench.Tests.LikelihoodTests

open System
open Expecto
open FsCheck
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport

let private generator (seed: int) = new torch.Generator(uint64 seed)

let private draw seed (shape: int64 list) =
    torch.randn (Array.ofList shape, dtype = torch.float64, generator = generator seed)

/// x = W z + bias + noise: three pixels, two dimensions of z. W's columns are orthogonal, so that the posterior's covariance
/// is diagonal, and a Gaussian encoder can be exact.
let private weights =
    torch.from_array (array2D [ [ 0.8; -0.3 ]; [ 0.0; 0.9 ]; [ 0.6; 0.4 ] ])

let private bias = torch.from_array [| 0.2; -0.1; 0.3 |]
let private noise = 0.5

let private decoder (images: torch.Tensor) (z: torch.Tensor) =
    let errors = (images - z.matmul (weights.t ()) - bias) / noise
    errors.square().sum 1L * -0.5 - 3.0 * log (noise * sqrt (2.0 * Math.PI))

/// The posterior, widened and moved.
let private encoder (stretch: float) (shift: float) (images: torch.Tensor) : Gaussian =
    let precisions = weights.square().sum 0L / (noise * noise) + 1.0
    let mean = (images - bias).matmul weights / (noise * noise) / precisions
    let deviation = precisions.rsqrt().expand(images.shape[0], 2L) * stretch

    { Mean = mean + shift
      Deviation = deviation
      LogVariance = deviation.log () * 2.0 }

let private model stretch shift =
    { Encode = encoder stretch shift
      LogLikelihood = decoder }

/// ln N(x; bias, W W^T + noise^2 I).
let private exact (images: torch.Tensor) =
    let covariance =
        weights.matmul (weights.t ())
        + torch.eye (3L, dtype = torch.float64) * (noise * noise)

    let density =
        Normal.logDensity
            { Mean = Array.ofList (numbers bias)
              Covariance = array2D (numbers covariance |> List.chunkBySize 3) }

    numbers images |> List.chunkBySize 3 |> List.map (Array.ofList >> density)

let private importanceWeighted model generator samples images =
    Likelihood.bounds model generator samples images |> Array.map snd

let private evidenceBound model generator samples images =
    Likelihood.bounds model generator samples images |> Array.map fst

let private linear =
    testList
        "linear-Gaussian model"
        [ testCase "with the posterior as encoder every sample gives ln p(x) exactly"
          <| fun () ->
              let images = draw 1 [ 250L; 3L ]
              let one = importanceWeighted (model 1.0 0.0) (generator 2) 1 images

              for actual, expected in Seq.zip one (exact images) do
                  close 1e-9 actual expected "ln p(x)"

          testCase "with another encoder many samples come near, from below on average"
          <| fun () ->
              let images = draw 3 [ 60L; 3L ]
              let model = model 1.4 0.2
              let truth = List.average (exact images)

              let bound samples =
                  Array.average (importanceWeighted model (generator 4) samples images)

              let one, ten, many = bound 1, bound 10, bound 5000
              close 0.005 many truth "5,000 samples"
              Less.than one ten "1 and 10"
              Less.than ten truth "10 and the truth"

          testCase "the ELBO's gap is the KL of encoder and posterior"
          <| fun () ->
              let images = draw 5 [ 40L; 3L ]
              let gap = 2.0 * (0.5 * (1.4 * 1.4 - 1.0) - log 1.4)

              let elbo = evidenceBound (model 1.4 0.0) (generator 6) 4000 images |> Array.average

              close 0.01 (List.average (exact images) - elbo) gap "2 (s^2 - 1 - ln s^2) / 2"

          testProperty "the bound of many weights is never below the ELBO on the same draws"
          <| fun (PositiveInt seed) ->
              let images = draw seed [ 5L; 3L ]

              for elbo, weighted in Likelihood.bounds (model 1.5 0.3) (generator seed) 7 images do
                  Less.orEqual elbo (weighted + 1e-12) "Jensen" ]

let private vae = Models.denseVae 30 [ 16 ] 4 0.1

let private pass = Pass.evaluation (ModelSupport.init 1 vae.Nets)

let private bernoulli = Likelihood.ofBernoulli (vae.Encode pass) (vae.Decode pass)

let private binary seed count =
    torch.bernoulli (images seed count 30, generator seed)

let private vaes =
    testList
        "VAE"
        [ testCase "one sample is the Monte-Carlo ELBO on the same noise"
          <| fun () ->
              let images = binary 2 80
              let actual = importanceWeighted bernoulli (generator 3) 1 images
              let code = vae.Encode pass images
              let z = Gaussian.sample (generator 3) code
              let logits = vae.Decode pass z
              let logPixels = images * logits - torch.nn.functional.softplus logits

              let logNormal (x: torch.Tensor) =
                  (x.square () * -0.5 - 0.5 * log (2.0 * Math.PI)).sum 1L

              let logPosterior =
                  logNormal ((z - code.Mean) / code.Deviation) - code.Deviation.log().sum(1L)

              let expected = logPixels.sum 1L + logNormal z - logPosterior

              for actual, expected in Seq.zip actual (numbers expected) do
                  close 1e-4 actual expected "ln p(x, z) - ln q(z|x)"

          testCase "an estimate carries count and standard error, and samples go over pieces"
          <| fun () ->
              let images = binary 4 130

              let bound images =
                  importanceWeighted bernoulli (generator 5) 120 images

              let values = bound images

              // 100 images are encoded at a time: the first of them do not know of the others.
              Expect.equal values[..99] (bound (images.narrow (0L, 0L, 100L))) "the first piece"
              let estimate = Estimate.ofValues values
              Expect.equal estimate.Count 130 "the count"
              close 1e-12 estimate.Value (Array.average values) "the mean"

              let deviation = sqrt (Array.averageBy (fun v -> (v - estimate.Value) ** 2.0) values)

              close 1e-6 estimate.StandardError (deviation / sqrt 129.0) "the standard error"

          testCase "dynamic pixels are drawn, always the same"
          <| fun () ->
              let grey = images 5 20 30

              let parts pixels =
                  Likelihood.elboParts bernoulli pixels grey

              Expect.equal (parts Dynamic) (parts Dynamic) "twice"
              Expect.notEqual (parts Dynamic) (parts Grey) "not the greys"

          testCase "the logarithm of a mean of powers neither overflows nor vanishes"
          <| fun () ->
              close 1e-12 (Likelihood.logMeanExp [| 1000.0; 1000.0 |]) 1000.0 "large"

              close
                  1e-9
                  (Likelihood.logMeanExp [| -5000.0; -5000.0 + log 3.0 |])
                  (log 2.0 - 5000.0)
                  "small"

              Expect.equal (Likelihood.logMeanExp [| -infinity; -infinity |]) -infinity "nothing" ]

let private codes =
    testList
        "codes"
        [ testCase "a copied prior has no active units"
          <| fun () ->
              // Whatever the image, the encoder says N(0, I).
              let parameters =
                  pass.Parameters
                  |> Map.map (fun name tensor ->
                      if name.StartsWith "mean" then torch.zeros_like tensor else tensor)

              let code = vae.Encode (Pass.evaluation parameters) (images 1 50 30)
              Expect.equal (Codes.activeUnits code.Mean) 0 "none"

          testCase "dimensions whose mean varies by more than 0.01 are active"
          <| fun () ->
              let scales = torch.from_array [| 0.05; 0.2; 0.0; 3.0 |]
              let codes = draw 1 [ 2000L; 4L ] * scales + 7.0
              Expect.equal (Codes.activeUnits codes) 2 "variances 0.0025, 0.04, 0, 9"
              let mean, variance = (Codes.moments codes)[3]
              close 0.3 mean 7.0 "the mean"
              close 0.1 variance 9.0 "the variance"

          testCase "dimensions with a mean near 0 and a variance near 1 match N(0, 1)"
          <| fun () ->
              let scales = torch.from_array [| 1.0; 1.0; 0.5; 1.5 |]
              let shifts = torch.from_array [| 0.0; 0.5; 0.0; 0.0 |]
              let codes = draw 1 [ 4000L; 4L ] * scales + shifts
              Expect.equal (Codes.matched codes) 1 "the first"

          testCase "a traversal goes through the first code along a dimension that varies"
          <| fun () ->
              let scales = torch.from_array [| 1f; 3f; 2f |]
              let codes = (draw 1 [ 200L; 3L ]).to_type torch.float32 * scales
              let lines = Codes.traversals codes 2
              Expect.equal (List.map fst lines) [ "dimension 2"; "dimension 3" ] "by variance"

              let numbers (tensor: torch.Tensor) =
                  tensor.contiguous().data<float32>().ToArray()

              let line, first = snd lines.Head, Array.head (numbers codes)

              Expect.equal (numbers (line.select (1L, 0L))) (Array.create 10 first) "it stays"

              let moved = numbers (line.select (1L, 1L))
              Expect.equal (moved[0], moved[9], moved.Length) (-3f, 3f, 10) "from -3 to 3" ]

let private placement =
    testList
        "placement"
        [ testCase "codes keep their groups in the plane, and too few are not placed"
          <| fun () ->
              let settings =
                  Workbench.NeighbourEmbedding.TSneSettings(Threads = 1, Iterations = 300)

              let place count =
                  let groups = torch.tensor [| for i in 0 .. count - 1 -> 20.0 * float (i % 2) |]
                  let codes = draw 1 [ int64 count; 5L ] + groups.unsqueeze 1L
                  let none = System.Threading.CancellationToken.None
                  Placement.tsne settings ignore none (codes.to_type torch.float32)

              let placed = (place 80).Value
              Expect.equal (List.ofArray placed.Positions.shape) [ 80L; 2L ] "a place for each"
              Expect.isGreaterThan placed.Trustworthiness 0.8 "neighbours stay"

              Expect.equal
                  (List.map fst (Placement.figures (Some placed)))
                  [ "tsne_kl"; "tsne_trustworthiness" ]
                  "names"

              Expect.isNone (place 30) "as few as the perplexity"

              Expect.isEmpty (Placement.figures None) "no figures"

              Expect.isEmpty
                  (Placement.sections "" Unchecked.defaultof<_> Unchecked.defaultof<_> None)
                  "nothing to show" ]

[<Tests>]
let tests = testList "Likelihood" [ linear; vaes; codes; placement ]

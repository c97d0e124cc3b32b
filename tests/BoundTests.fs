/// log p(x) = KL + L where everything is exact.
module Workbench.Tests.BoundTests

open System
open Expecto
open Workbench
open Workbench.Tests.BoundSupport
open Workbench.Tests.TensorSupport

let private normals =
    testList
        "normal distributions"
        [ testCase "KL and density have the textbook's values in one dimension" (fun () ->
              let normal mean variance =
                  { Mean = [| mean |]
                    Covariance = array2D [ [ variance ] ] }

              close
                  1e-12
                  (Normal.kl (normal 1.0 4.0) (normal 0.0 1.0))
                  (0.5 * (4.0 + 1.0 - 1.0 - log 4.0))
                  "KL(N(1, 4) || N(0, 1))"

              close
                  1e-12
                  (Normal.logDensity (normal 1.0 4.0) [| 3.0 |])
                  (-0.5 * (log (8.0 * Math.PI) + 1.0))
                  "log N(3; 1, 4)")

          property "KL is 0 where q is p, and above 0 elsewhere" (fun draws ->
              let q, p = draws.Normal 3, draws.Normal 3
              close 1e-9 (Normal.kl q q) 0.0 "q = p"
              Expect.isGreaterThan (Normal.kl q p) 1e-6 "another q")

          property
              "KL of a moved mean is half its squared distance, and 0 only where it is"
              (fun draws ->
                  let p = draws.Normal 2
                  let far = draws.Between(0.01, 3.0)

                  // The first column of the factor is one deviation away.
                  let moved =
                      { p with
                          Mean =
                              [| for i in 0..1 ->
                                     p.Mean[i] + far * p.Covariance[i, 0] / sqrt p.Covariance[0, 0] |] }

                  close 1e-8 (Normal.kl moved p) (0.5 * far * far) "far deviations away")

          property "KL of a stretched covariance is k (c - 1 - ln c) / 2" (fun draws ->
              let p, c = draws.Normal 3, draws.Between(0.05, 5.0)

              let stretched =
                  { p with
                      Covariance = Array2D.map (fun v -> c * v) p.Covariance }

              close 1e-8 (Normal.kl stretched p) (1.5 * (c - 1.0 - log c)) "three dimensions")

          testCase "a matrix that is no covariance is refused" (fun () ->
              Expect.throwsT<ArgumentException>
                  (fun () ->
                      Normal.kl
                          { Mean = [| 0.0; 0.0 |]
                            Covariance = array2D [ [ 1.0; 2.0 ]; [ 2.0; 1.0 ] ] }
                          (Normal.standard 2)
                      |> ignore)
                  "not positive definite") ]

let private gaussian =
    testList
        "linear-Gaussian model"
        [ testCase "log p(x) is the textbook's in one dimension" (fun () ->
              let model =
                  { Weights = array2D [ [ 2.0 ] ]
                    Offset = [| 1.0 |]
                    Deviation = 0.5 }

              close
                  1e-12
                  (LinearGaussian.logEvidence model [| 3.0 |])
                  (-0.5 * (log (2.0 * Math.PI * 4.25) + 4.0 / 4.25))
                  "x ~ N(1, 4.25)")

          property "for any q, log p(x) = KL + L and L <= log p(x)" (fun draws ->
              let model, x, q = draws.Gaussian(), draws.Vector 3, draws.Normal 2
              let parts = LinearGaussian.decompose model x q
              close 1e-9 (parts.Kl + parts.Bound) parts.LogEvidence "the identity"
              notBelow parts.Bound parts.LogEvidence "a lower bound"
              Expect.isGreaterThan parts.Kl 0.0 "a gap")

          property
              "the gap closes where q is the posterior, and only there on the way"
              (fun draws ->
                  let model, x = draws.Gaussian(), draws.Vector 3

                  let gap t =
                      (LinearGaussian.decompose model x (LinearGaussian.tempered model x t)).Kl

                  let parts = LinearGaussian.decompose model x (LinearGaussian.posterior model x)
                  close 1e-9 parts.Bound parts.LogEvidence "L = log p(x)"
                  close 1e-12 (gap 1.0) 0.0 "no gap"

                  for t in [ 0.0; 0.5; 1.5; 3.0 ] do
                      Expect.isGreaterThan (gap t) 1e-8 $"a gap at {t}")

          property "with the posterior every draw has the weight p(x)" (fun draws ->
              let model, x = draws.Gaussian(), draws.Vector 3
              let logWeight = LinearGaussian.logWeight model x (LinearGaussian.posterior model x)
              let logWeights = Array.init 5 (fun _ -> logWeight (draws.Vector 2))
              let evidence = LinearGaussian.logEvidence model x

              for weight in logWeights do
                  close 1e-7 weight evidence "any z"

              close 1e-7 (Likelihood.logMeanExp logWeights) evidence "so the bound is exact")

          property
              "of all independent dimensions the factorised q has the highest bound"
              (fun draws ->
                  let model, x = draws.Gaussian(), draws.Vector 3
                  let best = LinearGaussian.factorised model x

                  let other =
                      { Mean = Array.map (fun m -> m + draws.Between(-0.5, 0.5)) best.Mean
                        Covariance =
                          Array2D.map (fun v -> v * draws.Between(0.5, 2.0)) best.Covariance }

                  Expect.isGreaterThan
                      (LinearGaussian.bound model x best)
                      (LinearGaussian.bound model x other)
                      "the best")

          testCase "L in closed form is the mean of log w" (fun () ->
              let study = BoundStudy.linearGaussian
              let weights = study.Draw (Random.generator 1 Random.Sampling 9) 200_000
              let mean = Estimate.ofValues weights

              Less.than
                  (abs (mean.Value - (study.Path 0.0).Bound))
                  (4.0 * mean.StandardError)
                  "within four standard errors") ]

let private discrete =
    testList
        "discrete model"
        [ property "KL is at least half the squared distance, and 0 where q is p" (fun draws ->
              let q, p = draws.Probabilities(5, true), draws.Probabilities(5, false)
              let distance = Array.sum (Array.map2 (fun a b -> abs (a - b)) q p)
              notBelow (0.5 * distance * distance) (DiscreteModel.kl q p) "Pinsker's inequality"
              Expect.equal (DiscreteModel.kl q q) 0.0 "q = p")

          testCase "KL is infinite where q has what p lacks" (fun () ->
              Expect.equal
                  (DiscreteModel.kl [| 0.5; 0.5 |] [| 1.0; 0.0 |])
                  Double.PositiveInfinity
                  "no density"

              close 1e-12 (DiscreteModel.kl [| 1.0; 0.0 |] [| 0.5; 0.5 |]) (log 2.0) "0 ln 0 is 0")

          property "for any q, log p(x) = KL + L and L <= log p(x)" (fun draws ->
              let model, q = draws.Discrete(), draws.Probabilities(4, true)

              for x in 0..4 do
                  let parts = DiscreteModel.decompose model x q
                  close 1e-12 (parts.Kl + parts.Bound) parts.LogEvidence "the identity"
                  notBelow parts.Bound parts.LogEvidence "a lower bound")

          property
              "probabilities of all x are 1, and those of the posterior are Bayes'"
              (fun draws ->
                  let model = draws.Discrete()

                  let total =
                      Seq.sum (Seq.init 5 (fun x -> exp (DiscreteModel.logEvidence model x)))

                  close 1e-12 total 1.0 "p(x)"
                  let posterior = DiscreteModel.posterior model 2

                  close
                      1e-12
                      posterior[1]
                      (model.Prior[1] * model.Likelihood[1][2]
                       / exp (DiscreteModel.logEvidence model 2))
                      "p(z|x)")

          property
              "the gap closes where q is the posterior, where every draw has the weight p(x)"
              (fun draws ->
                  let model, x = draws.Discrete(), 3
                  let posterior = DiscreteModel.posterior model x
                  let parts = DiscreteModel.decompose model x posterior
                  close 1e-12 parts.Bound parts.LogEvidence "L = log p(x)"
                  let logWeight = DiscreteModel.logWeight model x posterior

                  for z in 0..3 do
                      close 1e-12 (logWeight z) parts.LogEvidence "any z")

          property "draws fall into each value's share of [0, 1)" (fun draws ->
              let q = draws.Probabilities(4, true)
              let draw = DiscreteModel.draw q
              let count = 10_000
              let shares = Array.init count (fun i -> draw ((float i + 0.5) / float count))

              for z in 0..3 do
                  let share = shares |> Array.filter ((=) z) |> Array.length
                  Less.than (abs (float share / float count - q[z])) 2e-4 $"{z}") ]

[<Tests>]
let tests = testList "Bound" [ normals; gaussian; discrete ]

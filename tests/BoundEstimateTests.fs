/// Bounds on log p(x) from draws.
module Workbench.Tests.BoundEstimateTests

open System
open System.Threading
open Expecto
open Workbench
open Workbench.Tests.BoundSupport
open Workbench.Tests.TensorSupport

[<Tests>]
let tests =
    testList
        "Bound estimates"
        [ property "the mean of log w is never above the logarithm of the mean" (fun draws ->
              let weights = draws.Vector 6

              notBelow
                  (Array.average weights)
                  (Likelihood.logMeanExp weights)
                  "Jensen's inequality"

              close 1e-12 (Likelihood.logMeanExp weights[..0]) weights[0] "equal for one")

          property "one draw fewer is never a better bound on average" (fun draws ->
              let weights = draws.Vector 6

              let without =
                  Array.averageBy
                      (fun i -> Likelihood.logMeanExp (Array.removeAt i weights))
                      [| 0..5 |]

              notBelow without (Likelihood.logMeanExp weights) "K = 5 and 6")

          testCase "counts are 1, 2, 5, 10, ... and the last" (fun () ->
              let counts = BoundStudy.sampleCounts
              Expect.equal (counts 1) [ 1 ] "one"
              Expect.equal (counts 20) [ 1; 2; 5; 10; 20 ] "a round number"
              Expect.equal (counts 70) [ 1; 2; 5; 10; 20; 50; 70 ] "another")

          testList
              "estimates"
              [ for number, study in List.indexed BoundStudy.all do
                    testCase $"of the {study.Name} model rise to log p(x) from below" (fun () ->
                        let estimates =
                            BoundStudy.estimates
                                CancellationToken.None
                                (Random.generator 0 Random.Sampling number)
                                200
                                study

                        let exact = study.Path 0.0

                        for estimate in estimates do
                            let near error = 4.0 * error + 1e-12

                            Less.than
                                estimate.Importance.Value
                                (exact.LogEvidence + near estimate.Importance.StandardError)
                                $"K = {estimate.Samples} below log p(x)"

                            Less.than
                                (abs (estimate.Elbo.Value - exact.Bound))
                                (near estimate.Elbo.StandardError)
                                $"K = {estimate.Samples}: the ELBO stays at L"

                        for fewer, more in List.pairwise (List.map _.Importance estimates) do
                            let noise = 4.0 * (fewer.StandardError + more.StandardError) + 1e-12

                            Expect.isGreaterThan
                                more.Value
                                (fewer.Value - noise)
                                "the more samples, the higher"

                        Less.than
                            (exact.LogEvidence - (List.last estimates).Importance.Value)
                            (0.05 * exact.Kl)
                            "nearly all of the gap is gone") ]

          testCase "asked to stop, estimates stop" (fun () ->
              Expect.throwsT<OperationCanceledException>
                  (fun () ->
                      BoundStudy.estimates
                          (CancellationToken true)
                          (Random.generator 0 Random.Sampling 0)
                          2
                          BoundStudy.discreteModel
                      |> ignore)
                  "at once") ]

#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

open System
open Argu
open Workbench

let question =
    "How far is the variational bound below log p(x), and when does it touch it?"

[<Unique>]
type Setting =
    | [<Help "the most samples in a bound: K = 1, 2, 5, 10, ... up to this">] Samples of draws: int

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

/// Four decimals, and six; -0 is 0.
let short, long =
    sprintf "%.4f", (fun (value: float) -> sprintf "%.6f" (Math.Round(value, 6) + 0.0))

/// What there is to see of a model.
let ofStudy (study: BoundStudy, estimates: BoundEstimate list) =
    let atPrior = study.Path BoundStudy.prior
    let exact = atPrior.LogEvidence
    let most = float (List.last estimates).Samples

    let along figure =
        [ for t in BoundStudy.prior .. 0.05 .. BoundStudy.farthest -> t, figure (study.Path t), 0.0 ]

    let measured (figure: BoundEstimate -> Estimate) =
        [ for estimate in estimates ->
              float estimate.Samples, (figure estimate).Value, (figure estimate).StandardError ]

    [ Section.Words $"The {study.Name} model: {study.Model}"
      Section.Chart(
          "The bound on the way to the posterior, and beyond",
          [ "log p(x)", along _.LogEvidence; "L(q; x)", along _.Bound ]
          |> Plots.estimates "t, the power of p(x|z) in q" "nats"
      )
      Section.Chart(
          "Bounds from draws of the prior",
          [ "log p(x)", [ 1.0, exact, 0.0; most, exact, 0.0 ]
            "importance-weighted", measured _.Importance
            "Monte-Carlo ELBO", measured _.Elbo
            "L(prior; x)", [ 1.0, atPrior.Bound, 0.0; most, atPrior.Bound, 0.0 ] ]
          |> Plots.estimates "samples K" "nats"
      )
      Section.Table(
          $"The two parts of log p(x), {study.Name} model, in nats. The sum and log p(x) are computed separately.",
          [ "q(z|x)"; "KL(q || p(z|x))"; "L(q; x)"; "KL + L"; "log p(x)" ],
          [ for name, q in BoundStudy.choices study ->
                name :: List.map long [ q.Kl; q.Bound; q.Kl + q.Bound; q.LogEvidence ] ]
      )
      Section.Table(
          $"Bounds from K draws of the prior, {study.Name} model, in nats: means of {BoundStudy.repetitions} repetitions, with their standard errors (SE).",
          [ "K"
            "Monte-Carlo ELBO"
            "SE"
            "importance-weighted"
            "SE"
            "log p(x) - importance-weighted" ],
          [ for estimate in estimates ->
                let elbo, bound = estimate.Elbo, estimate.Importance
                let pairs = [ elbo.Value; elbo.StandardError; bound.Value; bound.StandardError ]
                let figures = pairs @ [ exact - bound.Value ]
                Report.count estimate.Samples :: List.map long figures ]
      ) ]

let tile name value note =
    { Sections.tile name "nats" None value with
        Note = note }

let body (run: Run<Setting>) =
    run.Report(fun () ->
        // Two models in which everything is exact, and for each the bounds from 1, 2, 5, 10, ... draws of the prior.
        let studies =
            [ for number, study in List.indexed BoundStudy.all ->
                  study,
                  BoundStudy.estimates run.Stop (run.Generator number) (run.Get Samples) study ]

        // metrics.csv: a row for each count of draws.
        let rows =
            [ for row, count in List.indexed (BoundStudy.sampleCounts (run.Get Samples)) ->
                  [ "samples", float count
                    for study, estimates in studies do
                        $"{study.Key}_elbo", estimates[row].Elbo.Value
                        $"{study.Key}_elbo_error", estimates[row].Elbo.StandardError
                        $"{study.Key}_importance", estimates[row].Importance.Value
                        $"{study.Key}_importance_error", estimates[row].Importance.StandardError ] ]

        run.Folder |> Option.iter (fun folder -> RunFolder.writeMetrics folder rows)
        let final = [ for study, estimates in studies -> study, List.last estimates ]
        let largest = final |> List.map (fst >> BoundStudy.residual) |> List.reduce max

        { Line =
            Terminal.table
                [ [ "nats"; "log p(x)"; $"importance-weighted bound, K = {run.Get Samples}" ]
                  for study, last in final do
                      [ study.Name
                        short (study.Path BoundStudy.posterior).LogEvidence
                        $"{short last.Importance.Value} ± {short last.Importance.StandardError}" ] ]
            + "\nThe bound is log p(x) or lower, but for chance; nearer is better."
          Figures =
            [ for study, last in final do
                  $"{study.Key}_log_evidence", (study.Path BoundStudy.posterior).LogEvidence
                  $"{study.Key}_importance_bound", last.Importance.Value
              for study, last in final do
                  $"{study.Key}_importance_bound_error", last.Importance.StandardError
                  $"{study.Key}_elbo_estimate", last.Elbo.Value
                  $"{study.Key}_elbo_estimate_error", last.Elbo.StandardError
                  $"{study.Key}_bound_at_prior", (study.Path BoundStudy.prior).Bound
                  $"{study.Key}_kl_at_prior", (study.Path BoundStudy.prior).Kl
                  $"{study.Key}_bound_at_posterior", (study.Path BoundStudy.posterior).Bound
                  $"{study.Key}_kl_at_posterior", (study.Path BoundStudy.posterior).Kl
                  $"{study.Key}_largest_residual", BoundStudy.residual study
              "samples", float (run.Get Samples) ]
          Pictures = []
          Sections =
            [ Section.Tiles(
                  "Of one x in each model.",
                  [ for study, last in final do
                        let bound = last.Importance
                        let exact = (study.Path BoundStudy.posterior).LogEvidence
                        tile "log p(x)" exact $"{study.Name} model, exact"

                        tile
                            "Importance-weighted bound"
                            bound.Value
                            $"{study.Name} model, K = {Report.count last.Samples}, {Sections.withError bound.Value bound.StandardError}"
                    tile
                        "Largest error of the identity"
                        largest
                        "of log p(x) = KL + L, over every q in the tables" ]
              )
              Section.Words
                  "For every q, log p(x) = KL(q || p(z|x)) + L(q; x), where L(q; x) = E[log p(x, z) - log q(z|x)] over z ~ q. KL is never negative, so L is a lower bound on log p(x), and it is log p(x) itself only where q is the posterior. Here q moves from the prior to the posterior and past it: q is p(z) p(x|z)^t, normalised. docs/variational-bound.md has the proofs."
              Section.Words
                  "From K draws z of the prior, with weights w = p(x, z) / q(z), the mean of log w estimates L(q; x) for every K: more draws make it surer, not higher. The logarithm of the mean of w, the importance-weighted bound, is below log p(x) on average, too, and comes the nearer the more draws there are. Bars are standard errors; by chance, an estimate may lie above."
              yield! List.collect ofStudy studies ] })

let defaults, takes =
    [ Samples 1000 ], [ "seed"; "engine"; "out"; "name"; "one-file"; "quiet" ]

let experiment =
    Experiment.Create(question, defaults, body, common = [ Common.Threads 1 ], takes = takes)

Experiment.Main experiment

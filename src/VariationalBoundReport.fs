namespace Workbench

open System
open System.Globalization

/// What the variational bound's page and files say.
[<RequireQualifiedAccess>]
module VariationalBoundReport =

    /// -0 is 0.
    let private shown (value: float) =
        (Math.Round(value, 6) + 0.0).ToString("F6", CultureInfo.InvariantCulture)

    let private short (value: float) =
        value.ToString("F4", CultureInfo.InvariantCulture)

    let private small (value: float) =
        value.ToString("0.#E+0", CultureInfo.InvariantCulture)

    let private prior, posterior, farthest = 0.0, 1.0, 2.0

    /// Every q of the page, by name.
    let private choices (study: BoundStudy) : (string * Decomposition) list =
        let word t =
            if t = prior then "prior, t = 0"
            elif t = posterior then "posterior, t = 1"
            else $"t = {Json.number t}"

        [ for t in prior .. 0.25 .. farthest -> word t, study.Path t ] @ study.Others

    let private decompositionTable (study: BoundStudy) =
        let row (name, parts: Decomposition) =
            name
            :: List.map shown [ parts.Kl; parts.Bound; parts.Kl + parts.Bound; parts.LogEvidence ]

        Section.Table(
            $"The two parts of log p(x), {study.Name} model, in nats. The sum and log p(x) are computed separately.",
            [ "q(z|x)"; "KL(q || p(z|x))"; "L(q; x)"; "KL + L"; "log p(x)" ],
            choices study |> List.map row
        )

    let private pathChart (study: BoundStudy) =
        let values = [ for t in prior .. 0.05 .. farthest -> t, study.Path t ]

        let line figure =
            [ for t, parts in values -> t, figure parts, 0.0 ]

        Section.Chart(
            "The bound on the way to the posterior, and beyond",
            Plots.estimates
                "t, the power of p(x|z) in q"
                "nats"
                [ "log p(x)", line _.LogEvidence; "L(q; x)", line _.Bound ]
        )

    let private estimateTable (study: BoundStudy) (estimates: BoundEstimate list) =
        let logEvidence = (study.Path prior).LogEvidence

        let row (estimate: BoundEstimate) =
            Report.count estimate.Samples
            :: List.map
                shown
                [ estimate.Elbo.Value
                  estimate.Elbo.StandardError
                  estimate.Importance.Value
                  estimate.Importance.StandardError
                  logEvidence - estimate.Importance.Value ]

        Section.Table(
            $"Bounds from K draws of the prior, {study.Name} model, in nats: means of {BoundStudy.repetitions} repetitions, with their standard errors (SE).",
            [ "K"
              "Monte-Carlo ELBO"
              "SE"
              "importance-weighted"
              "SE"
              "log p(x) - importance-weighted" ],
            List.map row estimates
        )

    let private estimateChart (study: BoundStudy) (estimates: BoundEstimate list) =
        let parts = study.Path prior
        let last = float (List.last estimates).Samples
        let exact value = [ 1.0, value, 0.0; last, value, 0.0 ]

        let measured (figure: BoundEstimate -> Estimate) =
            [ for estimate in estimates ->
                  float estimate.Samples, (figure estimate).Value, (figure estimate).StandardError ]

        Section.Chart(
            "Bounds from draws of the prior",
            Plots.estimates
                "samples K"
                "nats"
                [ "log p(x)", exact parts.LogEvidence
                  "importance-weighted", measured _.Importance
                  "Monte-Carlo ELBO", measured _.Elbo
                  "L(prior; x)", exact parts.Bound ]
        )

    let private residual (study: BoundStudy) =
        choices study |> List.map (fun (_, parts) -> abs parts.Residual) |> List.max

    let private final (estimates: BoundEstimate list) = List.last estimates

    let private tiles (studies: (BoundStudy * BoundEstimate list) list) =
        let tile name value unit note : Tile =
            { Name = name
              Value = value
              Unit = unit
              Note = note }

        let ofStudy (study: BoundStudy, estimates) =
            let parts, last = study.Path posterior, final estimates

            let error =
                last.Importance.StandardError.ToString("F4", CultureInfo.InvariantCulture)

            [ tile "log p(x)" (short parts.LogEvidence) "nats" $"{study.Name} model, exact"
              tile
                  "Importance-weighted bound"
                  (short last.Importance.Value)
                  "nats"
                  $"{study.Name} model, K = {Report.count last.Samples}, standard error {short last.Importance.StandardError}" ]

        Section.Tiles(
            List.collect ofStudy studies
            @ [ tile
                    "Largest error of the identity"
                    (studies |> List.map (fst >> residual) |> List.max |> small)
                    "nats"
                    "of log p(x) = KL + L, over every q in the tables" ]
        )

    let private identity =
        "For every q, log p(x) = KL(q || p(z|x)) + L(q; x), where L(q; x) = E[log p(x, z) - log q(z|x)] over z ~ q. "
        + "KL is never negative, so L is a lower bound on log p(x), and it is log p(x) itself only where q is the posterior. "
        + "Here q moves from the prior to the posterior and past it: q is p(z) p(x|z)^t, normalised. "
        + "docs/variational-bound.md has the proofs."

    let private drawn =
        "From K draws z of the prior, with weights w = p(x, z) / q(z), the mean of log w estimates L(q; x) for every K: more draws "
        + "make it surer, not higher. The logarithm of the mean of w, the importance-weighted bound, is below log p(x) on average, too, "
        + "and comes the nearer the more draws there are. Bars are standard errors; by chance, an estimate may lie above."

    /// The page's sections.
    let sections (studies: (BoundStudy * BoundEstimate list) list) : Section list =
        [ tiles studies
          Section.Words identity
          Section.Words drawn
          for study, estimates in studies do
              Section.Words $"The {study.Name} model: {study.Model}"
              pathChart study
              estimateChart study estimates
              decompositionTable study
              estimateTable study estimates ]

    /// The final figures of `metrics.json`; the index of runs shows the first four.
    let figures (studies: (BoundStudy * BoundEstimate list) list) : (string * float) list =
        [ for study, estimates in studies do
              $"{study.Key}_log_evidence", (study.Path posterior).LogEvidence
              $"{study.Key}_importance_bound", (final estimates).Importance.Value
          for study, estimates in studies do
              let atPrior, atPosterior, last =
                  study.Path prior, study.Path posterior, final estimates

              $"{study.Key}_importance_bound_error", last.Importance.StandardError
              $"{study.Key}_elbo_estimate", last.Elbo.Value
              $"{study.Key}_elbo_estimate_error", last.Elbo.StandardError
              $"{study.Key}_bound_at_prior", atPrior.Bound
              $"{study.Key}_kl_at_prior", atPrior.Kl
              $"{study.Key}_bound_at_posterior", atPosterior.Bound
              $"{study.Key}_kl_at_posterior", atPosterior.Kl
              $"{study.Key}_largest_residual", residual study
          "samples", float (final (snd studies.Head)).Samples ]

    /// The rows of `metrics.csv`: one for each count of samples.
    let rows (studies: (BoundStudy * BoundEstimate list) list) : (string * float) list list =
        let cells (study: BoundStudy) (estimate: BoundEstimate) =
            [ $"{study.Key}_elbo", estimate.Elbo.Value
              $"{study.Key}_elbo_error", estimate.Elbo.StandardError
              $"{study.Key}_importance", estimate.Importance.Value
              $"{study.Key}_importance_error", estimate.Importance.StandardError ]

        let counts = snd studies.Head |> List.map (fun estimate -> float estimate.Samples)

        studies
        |> List.map (fun (study, estimates) -> List.map (cells study) estimates)
        |> List.transpose
        |> List.map2 (fun count cells -> ("samples", count) :: List.concat cells) counts

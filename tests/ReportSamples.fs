/// Pages to test, made without a run.
module Workbench.Tests.ReportSamples

open System
open Plotly.NET
open Workbench

let private series name start : Series =
    { Name = name
      Points = [ for epoch in 1..20 -> float epoch, start + 60.0 / float epoch ] }

let private images count : FloatArray =
    { Shape = [| count; 1; 28; 28 |]
      Values = Array.init (count * 784) (fun i -> float32 (i % 28) / 27f) }

let tile = Sections.tile "Negative ELBO" "nats" (Some Lower) 104.52

let private measured = "Measured on 10,000 test images of mnist, grey pixels."

let curves title =
    Section.Chart(
        title,
        Plots.lines "nats per image" [ series "test" 104.0; series "training" 102.0 ]
    )

let rows =
    Section.Images("Three rows of sixteen.", Pictures.blocks (List.replicate 3 (images 16)))

/// What a run keeps as `samples/samples.png`.
let samples = Pictures.rows (List.replicate 3 (images 16))

/// A picture of 20 x 20 images without gaps: 560 pixels wide.
let plane =
    let layout =
        { Png.defaults with
            Columns = 20
            Padding = 0
            Scale = 1 }

    Section.Images("What codes decode to.", [ Png.grid layout (images 400) ])

/// Wider than a telephone.
let table =
    Section.Table(
        "Final figures.",
        "KL weight" :: [ for i in 1..8 -> $"figure number {i}" ] @ [ "trained" ],
        [ for weight in [ "0"; "0.5" ] ->
              weight :: [ for i in 1..8 -> $"{i}.25" ] @ [ "4 of 4 epochs" ] ]
    )

let tradeOff =
    Section.Chart(
        "Trade-off",
        Plots.path
            "KL, nats"
            "reconstruction, nats"
            [ "0", 400.0, 80.0; "1", 20.0, 90.0; "4", 5.0, 120.0 ]
    )

let bounds =
    Section.Chart(
        "Bounds",
        Plots.estimates
            "samples K"
            "nats"
            [ "exact", [ 1.0, -2.0, 0.0; 100.0, -2.0, 0.0 ]
              "estimate", [ 1.0, -4.0, 0.5; 10.0, -3.0, 0.2; 100.0, -2.1, 0.1 ] ]
    )

/// A chart that an author makes himself, with no option of its own.
let histogram =
    Section.Chart("A histogram", Chart.Histogram(X = [ for i in 0..99 -> sqrt (float i) ]))

/// Every kind of section but labelled rows.
let page: Page =
    RunPage.alone
        "How well does a VAE explain handwritten digits?"
        "vae/20261128-162752"
        "started 2026-11-28 16:27 +01:00"
        "vae on mnist, grey pixels"
        [ Section.Tiles(measured, List.replicate 5 tile)
          Section.Words "Lower is better."
          curves "ELBO"
          curves "Reconstruction"
          curves "KL"
          Section.Chart(
              "KL of each latent dimension",
              Plots.columns
                  "latent dimension"
                  "nats per image"
                  [ for i in 1..32 -> string i, float i ]
          )
          rows
          plane
          curves "Alone"
          table
          tradeOff
          bounds
          histogram ]
        [ for i in 1..24 -> $"setting-{i}", Json.Text(String('v', i)) ]
        "dotnet fsi scripts/vae.fsx --data mnist"
        [ "Data", $"mnist, SHA-256 {String('a', 64)}"; "Wall-clock", "3 min 12 s" ]

/// A page of a run that ended before its first epoch did.
let diverged: Page =
    { page with
        Notices = [ "The run diverged: the loss is not finite at epoch 1, step 3." ]
        Sections = [] }

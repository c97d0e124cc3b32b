/// Decoders that the page runs give the engine's pixels.
module Workbench.Tests.ExplorerBrowserTests

open System
open System.IO
open System.Threading.Tasks
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.BrowserSupport
open Workbench.Tests.ModelSupport

let private data = tinyData 20 60 40

/// A page of sections alone, in a file.
let private opened (view: View) (sections: Section list) look : Task =
    task {
        let path = Path.Combine(Path.GetTempPath(), $"workbench-{Guid.NewGuid():N}.html")
        File.WriteAllText(path, Report.plain "explorer" sections)

        try
            do! showing view path look
        finally
            File.Delete path
    }

/// A model after some training, so that batch statistics have moved.
let private trained (objective: Objective) =
    match
        Train.run
            { Train.defaults with
                Epochs = 2
                Batch = 20 }
            objective
            Train.unwatched
            data
            (Train.start objective 1)
    with
    | Finished state -> Pass.evaluation state.Parameters
    | _ -> failtest "did not finish"

/// For several codes the page's pixels are those of `decode`.
let private agrees
    (latent: int)
    (decode: torch.Tensor -> torch.Tensor)
    (sections: Section list)
    : Task =
    opened desk sections (fun page heard ->
        task {
            for number in 0..4 do
                let code =
                    (Gaussian.prior (Random.generator number Random.Sampling 0) 1L latent)
                        .data<float32>()
                        .ToArray()

                let pixels = (decode (torch.tensor(code).unsqueeze 0L)).data<float32>().ToArray()
                let values = String.Join(",", code |> Array.map (fun value -> value.ToString "R"))

                let! shown =
                    evaluate<float[]>
                        page
                        $"(() => {{ const e = document.querySelector('.explorer'); e.choose([{values}]); return [...e.pixels] }})()"

                Expect.equal shown.Length pixels.Length "as many pixels"

                for one, other in Array.zip shown pixels do
                    Less.than (abs (one - float other)) 1e-4 "a pixel"

            Expect.isEmpty heard.Complaints "nothing on the console"
        })

let private vae latent activation =
    let widths = [ 20; 8 ]

    Models.vae
        Exponential
        latent
        (widths |> Stacks.linear (fun _ -> [ Activation activation ]))
        (latent :: List.rev widths
         |> Stacks.perceptron (fun _ -> [ Activation activation ]))

let private ofVae (latent: int) (activation: Activation) =
    let vae = vae latent activation
    let pass = trained (Objectives.vae vae data)

    Explorer.sections false data (Can.vae vae pass) pass
    |> agrees latent (fun z -> (vae.Decode pass z).sigmoid())

let private ofGan () =
    let gan = Models.denseGan 20 3
    let pass = trained (Objectives.gan gan)

    Explorer.sections false data (Can.gan gan.Noise gan.Generator pass) pass
    |> agrees 3 (gan.Generate pass)

/// A slider, the buttons, and a place in the plane change the code.
let private isMoved (view: View) =
    let model = vae 2 Tanh
    let pass = trained (Objectives.vae model data)

    opened view (Explorer.sections false data (Can.vae model pass) pass) (fun page heard ->
        task {
            let pixels () =
                evaluate<float[]> page "[...document.querySelector('.explorer').pixels]"

            let! before = pixels ()
            do! page.Locator(".explorer input").First.FillAsync "2"
            let! slid = pixels ()
            Expect.notEqual slid before "a slider"
            do! page.Locator(".explorer button").Last.ClickAsync()
            let! zeros = pixels ()
            Expect.equal zeros before "zeros"
            do! page.Locator(".explorer button").First.ClickAsync()
            let! drawn = pixels ()
            Expect.notEqual drawn before "a draw"
            do! page.Locator(".explorer .codes").ClickAsync()
            let! placed = pixels ()
            Expect.notEqual placed drawn "a place"

            let! over =
                evaluate<float>
                    page
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"

            Expect.equal over 0.0 "no sideways scrolling"
            Expect.isEmpty heard.Complaints "nothing on the console"
        })

[<Tests>]
let tests =
    testSequenced (
        testList
            "Explorer in a browser"
            [ case "a VAE's pixels, ReLU" (fun () -> ofVae 5 Relu)
              case "a VAE's pixels, tanh, in a plane" (fun () -> ofVae 2 Tanh)
              case "a GAN's pixels, by its batch statistics" ofGan
              case "sliders, buttons and places" (fun () -> isMoved desk)
              case "so on a telephone" (fun () -> isMoved telephone)
              case "so in the dark" (fun () ->
                  isMoved
                      { desk with
                          Scheme = Microsoft.Playwright.ColorScheme.Dark }) ]
    )

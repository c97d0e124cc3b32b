#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

// Are published figures reached? Each is a run that goes on where the last call of this script left it.
open System.IO
open Argu
open Workbench

[<Unique>]
type Setting =
    | [<Help "folder of the runs and of results.md; by default runs/reproduce">] Out of dir: string
    | [<Help "measurements of each row: a long schedule is measured at several epochs (4)">] Stages of
        n: int
    | [<Help "torch: TorchSharp on libtorch; managed: the workbench's own, faster on a CPU">] Engine of
        EngineName

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let words (options: string) = options.Split ' ' |> List.ofArray

/// Burda, Grosse and Salakhutdinov (2016), one stochastic layer: 3^i epochs at the rate 0.001 x 10^(-i/7), i from 0 to 7. The rest is as in
/// their code but for what `Differs` lists: its beta1 is not the paper's 0.9, and it keeps 400 images apart. Its gradients are sums over
/// batches of 20, ours are means: epsilon is a twentieth.
let iwae (draws: int) (value: float) =
    { Name = $"iwae-{draws}"
      What = $"IWAE 784-200-200-50, tanh, k = {draws}, MNIST, dynamic; NLL by 5,000 samples"
      Script = "vae"
      Options =
        words
            $"--data mnist --pixels dynamic --limit 59600 --hidden 200 200 --latent 50 --activation tanh --dropout 0 --from-mean-image --batch 20 --importance-samples {draws} --beta1 0.99 --adam-epsilon 5e-6 --lr-drop-at 1 4 13 40 121 364 1093 --lr-drop 0.7197"
      Stages = [ 1; 4; 13; 40; 121; 364; 1093; 3280 ]
      Evaluation = [ "--importance"; "5000"; "--limit"; "10000" ]
      Figure = "nll"
      Value = value
      Source = "Burda et al. (2016), table 1"
      Differs =
        "there batches come in one order, rates have two digits, and Adam's mean squares begin at 1 (here at 0) and are not corrected before epsilon"
        + (if draws = 1 then "; the KL is exact (there drawn)" else "") }

/// New images of MNIST, by Parzen windows: what was published of generators before there was anything better.
let parzen (script: string) (what: string) (value: float) (source: string) =
    { Name = script
      What = $"{what}, MNIST; log-likelihood by Parzen windows"
      Script = script
      Options = words "--data mnist"
      Stages = [ 40 ]
      Evaluation = []
      Figure = "parzen"
      Value = value
      Source = source
      Differs = "the networks: there maxout and dropout" }

let rows =
    [ { Name = "pytorch-vae"
        What = "VAE 784-400-20, ReLU, MNIST, grey; negative ELBO"
        Script = "vae"
        Options =
          words "--data mnist --hidden 400 --latent 20 --activation relu --dropout 0 --batch 128"
        Stages = [ 10 ]
        Evaluation = []
        Figure = "nelbo"
        Value = 105.6
        Source = "PyTorch's examples/vae, its log"
        Differs = "" }
      { Name = "pythae-vae"
        What = "VAE 784-400-40, ReLU, MNIST, static; NLL by 200 samples"
        Script = "vae"
        Options =
          words
              "--data mnist --pixels static --hidden 400 --latent 40 --activation relu --dropout 0 --limit 50000 --lr 1e-4 --lr-drop-at 200 350 500 750 --lr-drop 0.631"
        Stages = [ 200; 350; 500; 750; 1000 ]
        Evaluation = [ "--importance"; "200"; "--limit"; "10000" ]
        Figure = "nll"
        Value = 89.78
        Source = "pythae, its reproducibility table"
        Differs =
          "which pixels are white (there the files of Larochelle and Murray, 2011); the last epoch (there the best of 10,000 other images); their number of epochs is not told" }
      { Name = "fashion-vae"
        What = "VAE 784-300-300-50, tanh, Fashion-MNIST, dynamic; NLL by 1,000 samples"
        Script = "vae"
        Options =
          words
              "--data fashion-mnist --pixels dynamic --hidden 300 300 --latent 50 --activation tanh --dropout 0 --batch 128 --lr 3e-4"
        Stages = [ 50; 200; 800 ]
        Evaluation = [ "--importance"; "1000"; "--limit"; "10000" ]
        Figure = "nll"
        Value = 228.68
        Source = "Bauer and Mnih (2019), VAE with one stochastic layer"
        Differs = "the rate, the batch, the number of epochs and which pixels are white are our own" }
      iwae 1 86.76
      iwae 5 85.54
      iwae 50 84.78
      parzen "gan" "GAN" 225.0 "Goodfellow et al. (2014), table 1"
      parzen "conditional-gan" "conditional GAN" 132.0 "Mirza and Osindero (2014), table 1"
      { parzen
            "adversarial-autoencoder"
            "adversarial autoencoder with a code of 8"
            340.0
            "Makhzani et al. (2016), table 1" with
          Options = words "--data mnist --latent 8"
          Stages = [ 20 ]
          Differs =
              "the code is a Gaussian (there a mean); Adam (there gradient descent in phases, 1,000 epochs and more)" } ]

let names = rows |> List.map _.Name
let listed = String.concat ", " names

let help () =
    [ "Usage: dotnet fsi scripts/reproduce.fsx [<row> ...] [options]"
      ""
      "Are published figures reached? Trains and measures these rows, by default all, and writes results.md. What was measured before is not done again; interrupted, the same call goes on."
      ""
      "Rows:"
      for row in rows do
          $"  {row.Name}: {row.What} ({row.Value}, {row.Source})"
      ""
      yield! Settings.helpLines Terminal.screen.Width [ ("Options:", Settings.help<Setting> []) ]
      ""
      "Example:"
      "  dotnet fsi scripts/reproduce.fsx pytorch-vae --engine managed" ]

let reproduce (arguments: string list) : int =
    let wanted, settings = Settings.readWithWords<Setting> arguments

    for name in wanted do
        if not (List.contains name names) then
            Settings.refuse $"no row is called {name}; they are {listed}"

    let out = Settings.tryGet settings <@ Out @> |> Option.defaultValue "runs/reproduce"

    let stages = Settings.tryGet settings <@ Stages @> |> Option.defaultValue 4

    let engine =
        Settings.describe settings
        |> List.filter (fst >> (=) "engine")
        |> Settings.options
        |> Settings.commandLine

    let folder (row: Published) = Path.Combine(out, row.Name)

    let reach code (row: Published) =
        let script = Path.Combine(__SOURCE_DIRECTORY__, row.Script + ".fsx")

        if code <> 0 then
            code
        else
            Terminal.screen.Print $"{row.Name}: {row.What}"
            Reproduction.reach (ScriptProcess.run script) engine stages row (folder row)

    let code =
        rows
        |> List.filter (fun row -> wanted.IsEmpty || List.contains row.Name wanted)
        |> List.fold reach 0

    // All that was ever measured here, of this call and of others.
    let table =
        rows
        |> List.map (fun row -> row, List.choose (Reproduction.tryRead row (folder row)) row.Stages)
        |> Reproduction.table

    Directory.CreateDirectory out |> ignore
    let file = "results.md"
    RunFolder.writeFile { Path = out } file (System.Text.Encoding.UTF8.GetBytes table)
    Terminal.screen.Print $"the figures are in {Path.Combine(out, file)}"
    code

exit (Tool.run help reproduce (List.tail (List.ofArray fsi.CommandLineArgs)))

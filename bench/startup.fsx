// From nothing to the first training step: what `dotnet fsi` of a script costs. bench/StartUp.cs times it.
#load "../scripts/prelude.fsx"

open TorchSharp
open Workbench

let images = torch.rand (100L, 784L)
let examples: Examples = { Images = images; Labels = None }

let data =
    { Name = "noise"
      ImageShape = [ 1; 28; 28 ]
      Pixels = Grey
      Train = examples
      Validation = None
      Test = examples
      Hash = "" }

let objective =
    { Objectives.vae Vae.defaults (fun _ -> 1.0) data with
        Evaluate = fun _ _ -> [] }

Train.start objective 1
|> Train.run { Train.defaults with Epochs = 1 } objective Train.unwatched data
|> ignore

// Weights go from the workbench to PyTorch and back: a VAE trained here gives the same output there, by the names of its
// state_dict, and weights that PyTorch wrote give PyTorch's output here. `dotnet fsi .ci/torch.fsx PYTHON` with a Python that has
// torch; bench/safetensors_peer.py is the other side.
#load "../scripts/prelude.fsx"

open System
open System.Diagnostics
open System.IO
open TorchSharp
open Workbench

let python = fsi.CommandLineArgs[1]
let folder = (Directory.CreateTempSubdirectory "workbench-torch-").FullName

let path name = Path.Combine(folder, name)

let vae = Models.denseVae 784 [ 200 ] 32 0.1

/// What a VAE makes of images: as the other side's `outputs`.
let outputs (parameters: Parameters) (images: torch.Tensor) =
    use _ = torch.no_grad ()
    let pass = Pass.evaluation parameters
    let code = vae.Encode pass images

    Map.ofList
        [ "mean", code.Mean
          "log_variance", code.LogVariance
          "reconstruction", Models.reconstruct vae pass images ]

let write name tensors =
    Safetensors.write
        (path name)
        { Tensors = tensors
          Metadata = Map.empty }

let peer () =
    let script =
        Path.Combine(__SOURCE_DIRECTORY__, "..", "bench", "safetensors_peer.py")

    use peer = Process.Start(python, [ script; folder ])
    peer.WaitForExit()
    peer.ExitCode = 0

let largest (a: torch.Tensor) (b: torch.Tensor) =
    float ((a - b).abs().max().item<float32>())

let data = Data.load "glyphs" None |> Data.limit (Some 1000)
let objective = Objectives.vae vae data
let settings = { Train.defaults with Epochs = 3 }

let trained =
    Train.run settings objective Train.unwatched data (Train.start objective 0)
    |> Train.stateOf

let images = data.Test.Images.narrow (0L, 0L, 200L)
Checkpoint.save (path Checkpoint.name) trained
write "ours.safetensors" (outputs trained.Parameters images |> Map.add "images" images)

let there = peer ()

let back =
    if there then
        let made = outputs (Safetensors.read (path "theirs.safetensors")).Tensors images

        let expected = (Safetensors.read (path "theirs-output.safetensors")).Tensors

        [ for KeyValue(name, values) in expected do
              let difference = largest made[name] values

              printfn
                  $"the workbench with PyTorch's weights, {name}: max abs difference {difference:G2}"

              difference < 1e-5 ]
        |> List.forall id
    else
        false

Directory.Delete(folder, true)
exit (if there && back then 0 else 1)

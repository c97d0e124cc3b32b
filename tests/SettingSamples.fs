/// Random settings, each in its range.
module Workbench.Tests.SettingSamples

open System
open FsCheck
open FsCheck.FSharp
open Workbench

/// Positive numbers: short ones, whole ones, powers of two, and any pattern of bits.
let private positive: Gen<float> =
    let anyBits =
        gen {
            let! high = Gen.choose (0, Int32.MaxValue)
            let! low = Gen.choose (0, Int32.MaxValue)
            let value = BitConverter.Int64BitsToDouble(int64 high <<< 32 ||| int64 low)
            return if Double.IsFinite value && value > 0.0 then value else 1.0
        }

    Gen.oneof
        [ Gen.choose (1, 1_000_000) |> Gen.map (fun n -> float n / 1000.0)
          Gen.choose (1, 1000) |> Gen.map float
          Gen.choose (-1074, 1023) |> Gen.map (fun power -> Math.ScaleB(1.0, power))
          anyBits ]

let private share: Gen<float> = positive |> Gen.map (fun x -> x - floor x)
let private factor: Gen<float> = share |> Gen.map (fun share -> 1.0 - share)
let private weight: Gen<float> = Gen.oneof [ Gen.elements [ 0.0; 1.0 ]; positive ]

let private whole (low: int) (high: int) : Gen<int> =
    Gen.oneof [ Gen.choose (low, min high (low + 9)); Gen.choose (low, high) ]

let private several (items: Gen<'T>) : Gen<'T list> =
    gen {
        let! count = Gen.choose (1, 4)
        return! Gen.listOfLength count items
    }

/// Names and paths: not blank, and no options.
let text: Gen<string> =
    let characters = List.ofSeq "ab1 =,;.-_/@é\"'\\%<"

    gen {
        let! odd = Gen.elements [ "-h"; "/?"; "@x"; "a=b"; "-1"; "help"; "x y" ]
        let! length = Gen.choose (1, 12)
        let! free = Gen.arrayOfLength length (Gen.elements characters)
        let free = String free

        let isPlain =
            not (String.IsNullOrWhiteSpace free)
            && not (free.StartsWith("--", StringComparison.Ordinal))

        return! Gen.elements [ odd; (if isPlain then free else odd) ]
    }

/// Each of the cases, or not.
let rec private some (cases: Gen<'S> list) : Gen<'S list> =
    match cases with
    | [] -> Gen.constant []
    | case :: rest ->
        gen {
            let! isGiven = Gen.elements [ true; false ]
            let! value = case
            let! others = some rest
            return if isGiven then value :: others else others
        }

/// Settings of the VAE's script.
let vae: Gen<Vae.Setting list> =
    some
        [ Gen.map Vae.Latent (whole 1 65536)
          Gen.map Vae.Hidden (several (whole 1 65536))
          Gen.map Vae.Activation (Gen.elements [ Tanh; Relu; Sigmoid ])
          Gen.map Vae.Dropout share
          Gen.map Vae.Kl_Weight weight
          Gen.map Vae.Kl_Warmup (whole 0 Int32.MaxValue)
          Gen.map Vae.Importance_Samples (whole 1 1_000_000)
          Gen.map Vae.Beta1 share
          Gen.map Vae.Adam_Epsilon positive
          Gen.constant Vae.From_Mean_Image
          Gen.map Vae.Variance (Gen.elements [ Exponential; Square ])
          Gen.map Vae.Lr_Drop_At (several (whole 1 Int32.MaxValue))
          Gen.map Vae.Lr_Drop factor ]

/// What a resumed run takes over.
let common: Gen<Common list> =
    some
        [ Gen.map Common.Data text
          Gen.map Common.Labels text
          Gen.map Common.Epochs (whole 1 Int32.MaxValue)
          Gen.map Common.Batch (whole 1 Int32.MaxValue)
          Gen.map Common.Lr positive
          Gen.map Common.Clip_Norm positive
          Gen.map Common.Ema share
          Gen.map Common.Seed (whole 0 Int32.MaxValue)
          Gen.map Common.Limit (whole 1 Int32.MaxValue)
          Gen.map Common.Device (Gen.elements [ "cpu"; "cuda"; "cuda:1" ])
          Gen.map Common.Pixels (Gen.elements [ Grey; Static; Dynamic ])
          Gen.map Common.Checkpoint_Every (whole 1 Int32.MaxValue)
          Gen.map Common.Name text ]

/// The other common options.
let others: Gen<Common list> =
    some
        [ Gen.map Common.Engine (Gen.elements [ Torch; Managed ])
          Gen.map Common.Threads (whole 1 1024)
          Gen.map Common.Out text
          Gen.map Common.Init text
          Gen.map Common.Resume text
          Gen.constant Common.Script_Changed
          Gen.map Common.Jobs (whole 1 Int32.MaxValue)
          Gen.constant Common.One_File
          Gen.constant Common.Tensorboard
          Gen.constant Common.Quiet ]

/// Where a run computes. No test has a graphics card: on libtorch, tensors that hold nothing (on the device `meta`) stand for those of
/// another device.
module Workbench.Tests.DeviceTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ModelSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport
open Workbench.Tests.ScriptSupport

/// Not made where the managed engine, which has no such device, would have to know of it.
let private meta () = torch.Device(DeviceType.META, -1)

let private isOnMeta (tensor: Tensor) =
    tensor.device.``type`` = DeviceType.META

let private onLibtorch (tests: unit -> Test list) : Test list =
    if Engine.isManaged then [] else tests ()

let private words =
    testCase "a word names a device, or none" (fun () ->
        for word in [ "cpu"; "cuda"; "cuda:0"; "cuda:12" ] do
            Expect.isTrue (Device.isWord word) word

        for word in
            [ ""
              "gpu"
              "CUDA"
              "cpu:0"
              "cuda:"
              "cuda:x"
              "cuda:-1"
              "cuda:01"
              "cuda:1\n"
              "cuda:1000" ] do
            Expect.isFalse (Device.isWord word) word)

let private isBuiltForCuda =
    Directory.GetFiles(AppContext.BaseDirectory, "*torch_cuda.*").Length > 0

/// What a device that is not there is refused with.
let private refusal =
    if Engine.isManaged then
        [ "--device cuda"
          "the managed engine computes on the CPU alone"
          "--engine torch" ]
    else
        [ "--device cuda"; "-p:Libtorch=cuda"; "--device cpu" ]

let private refused =
    testCase "a device that is not there is refused before anything is written" (fun () ->
        inFolder (fun folder ->
            let out = Path.Combine(folder, "run")

            for name in [ "vae"; "kl-sweep" ] do
                expectBad refusal (fun () ->
                    (Scripts.find name).Run
                        [ "--data"; "glyphs"; "--device"; "cuda:1"; "--out"; out ])

            Expect.isFalse (Directory.Exists out) "nothing is written"))

/// The page's words.
let private page (out: string) =
    Regex.Replace(File.ReadAllText(Path.Combine(out, "report.html")), "<[^>]+>", "")

let private fact (file: string) (out: string) (name: string) =
    Json.parse (File.ReadAllText(Path.Combine(out, file)))
    |> Json.fields
    |> List.find (fst >> (=) name)
    |> snd

let private told =
    testCase "config.json, timing.json and the page's foot name it" (fun () ->
        withRun "vae" [ "--latent"; "2" ] (fun out _ config ->
            Expect.equal config["device"] (Json.Text "cpu") "config.json"
            Expect.equal (fact "timing.json" out "device") (Json.Text "cpu") "timing.json"
            Expect.stringContains (page out) "Devicecpu" "the page"))

let private vae = lazy (Scripts.find "vae")

/// A run of one epoch, as if it had been trained on a graphics card.
let private ofCuda (folder: string) =
    let out = runIn folder "run" vae.Value [ "--latent"; "2"; "--epochs"; "1" ]
    let config = Path.Combine(out, "config.json")

    let text =
        File.ReadAllText(config).Replace("\"device\": \"cpu\"", "\"device\": \"cuda\"")

    File.WriteAllText(config, text)
    out

let private goingOn =
    testList
        "a run of another device"
        [ testCase "goes on there, unless it is told where" (fun () ->
              inFolder (fun folder ->
                  let out = ofCuda folder
                  let resume = [ "--resume"; out; "--epochs"; "2"; "--quiet" ]

                  if not isBuiltForCuda then
                      expectBad refusal (fun () -> vae.Value.Run resume)

                  let ending = vae.Value.Run(resume @ [ "--device"; "cpu" ])
                  Expect.equal ending Ending.Finished "it goes on here"
                  Expect.equal (RunFiles.metrics out).Value.Length 2 "two epochs"

                  Expect.equal
                      (fact "config.json" out "device")
                      (Json.Text "cpu")
                      "where it is now"

                  for part in [ "--device cuda --data"; "--resume again --device cpu --epochs 2" ] do
                      Expect.stringContains (page out) part "the commands that make it again"

                  let ending = vae.Value.Run [ "--resume"; out; "--epochs"; "3"; "--quiet" ]
                  Expect.equal ending Ending.Finished "and stays here"
                  Expect.stringContains (page out) "--device cuda --data" "as it was first"))

          testCase "is measured there, unless it is told where" (fun () ->
              inFolder (fun folder ->
                  let out = ofCuda folder

                  if not isBuiltForCuda then
                      expectBad refusal (fun () ->
                          EvaluateSupport.evaluate vae.Value out EvaluateSupport.quick)

                  let here = EvaluateSupport.quick @ [ "--device"; "cpu" ]
                  let ending = EvaluateSupport.evaluate vae.Value out here
                  Expect.equal ending Ending.Finished "it is measured here")) ]

/// What is asked of a generator that is for another device.
let private draws: (string * (torch.Generator -> Tensor)) list =
    [ "uniform", (fun g -> Random.uniform g [| 2L; 3L |])
      "normal", (fun g -> Random.normal g [| 2L; 3L |])
      "float64", (fun g -> Random.normalOf torch.float64 g [| 2L; 3L |])
      "whole", (fun g -> Random.below 5L g [| 2L; 3L |])
      "an order", (fun g -> Random.order g 5L)
      "a prior", (fun g -> Gaussian.prior g 4L 2) ]

/// All tensors of a state.
let private tensorsOf (state: State) =
    [ yield! state.Parameters.Values
      yield! state.Averages.Values
      for moments in state.Moments.Values do
          for moments in moments.Values do
              moments.Mean
              moments.Square ]

let private moved () =
    [ testCase "what is drawn is where its generator wants it" (fun () ->
          use _ = torch.NewDisposeScope()

          for name, draw in draws do
              use generator = Random.generatorOn (meta ()) 1 Random.Sampling 0
              Expect.isTrue (isOnMeta (draw generator)) name)

      testCase "data and a state, with averages and moments, are moved whole" (fun () ->
          use _ = torch.NewDisposeScope()
          let data = tinyData 16 40 20 |> Data.withValidation
          let model = Models.denseVae 16 [ 5 ] 2 0.1

          let state =
              let settings =
                  { Train.defaults with
                      Epochs = 1
                      Average = Some 0.9 }

              let objective = Objectives.vae model data

              Train.run settings objective Train.unwatched data (Train.start objective 1)
              |> Train.stateOf
              |> Train.onto (meta ())

          let data = Data.onto (meta ()) data

          let all =
              [ yield! tensorsOf state
                for part in [ data.Train; data.Test; data.Validation.Value ] do
                    part.Images ]

          Expect.isGreaterThan all.Length 30 "parameters, averages and moments"
          Expect.all all isOnMeta "none is left behind"
          Expect.isTrue (data.Device.``type`` = DeviceType.META) "the data's device")

      testCase "losses and gradients are where data and parameters are" (fun () ->
          use _ = torch.NewDisposeScope()
          let layers = Stacks.perceptron (fun _ -> [ Activation Tanh; Dropout 0.2 ])
          let model = Models.autoencoder 2 (layers [ 16; 5; 2 ]) (layers [ 2; 5; 16 ])
          let data = tinyData 16 20 10 |> Data.onto (meta ())
          let objective = Objectives.autoencoder model data
          let state = Train.start objective 1 |> Train.onto (meta ())
          let parameters = recording state.Parameters

          let batch =
              { Epoch = 1
                Generator = Random.generatorOn data.Device 1 Random.Epoch 1
                Images = data.Train.Images
                Labels = None }

          let losses = lossesOf objective.Updates.Head parameters batch
          let loss = snd losses.Losses.Head
          loss.backward ()
          Expect.isTrue (isOnMeta loss) "the loss"
          Expect.all parameters.Values (fun parameter -> isOnMeta parameter.grad) "gradients") ]

/// With `meta` where TorchSharp would take the CPU, a tensor that is made without a device meets those of the run, and raises.
let private named (name: string) (options: string list) =
    testCase (String.Join(' ', name :: options)) (fun () ->
        withConvolutions (fun () ->
            inFolder (fun folder ->
                let script = Scripts.find name
                torch.set_default_device (meta ())

                try
                    let out = runIn folder "run" script (options @ [ "--epochs"; "1" ])
                    let more = [ "--resume"; out; "--epochs"; "2"; "--quiet" ]
                    Expect.equal (script.Run more) Ending.Finished "it goes on"

                    if name <> "classifier" then
                        let ending = EvaluateSupport.evaluate script out EvaluateSupport.quick
                        Expect.equal ending Ending.Finished "it is measured"
                finally
                    torch.set_default_device torch.CPU)))

let private everyScript () =
    [ "vae", "--latent 2 --pixels dynamic --ema 0.9 --clip-norm 5"
      "vae", "--hidden 9 --pixels static"
      "autoencoder", ""
      "naive-generation", "--images 25"
      "gan", ""
      "conditional-gan", ""
      "interpolation", "--data glyphs --limit 120"
      "vae-gan", ""
      "vae-gan", "--conv"
      "conv-autoencoder", "--data glyphs-m --limit 120"
      "adversarial-autoencoder", "--hidden 40"
      "classifier", "" ]
    |> List.map (fun (name, options) ->
        named name (List.ofArray (options.Split(' ', StringSplitOptions.RemoveEmptyEntries))))

/// Where the CPU is named: files are read to it and written from it, numbers drawn on it, distances sorted there; oneDNN's
/// convolutions are its.
let private onCpu =
    testCase "no more than this names the CPU, and draws" (fun () ->
        let using (pattern: string) =
            [ for folder in [ "src"; "scripts" ] do
                  for file in
                      Directory.GetFiles(
                          Path.Combine(root.Value, folder),
                          "*.fs*",
                          SearchOption.AllDirectories
                      ) do
                      if Regex.IsMatch(File.ReadAllText file, pattern) then
                          Path.GetFileName file ]
            |> List.sort

        Expect.equal
            (using @"torch\.CPU|\.cpu\s*\(")
            [ "Checkpoint.fs"
              "Convolutions.fs"
              "Data.fs"
              "Device.fs"
              "Layers.fs"
              "Random.fs"
              "Repl.fs"
              "Safetensors.fs"
              "Sections.fs"
              "TwoSample.fs" ]
            "the CPU"

        Expect.equal
            (using @"torch\.(rand|randn|randint|randperm|bernoulli|normal|multinomial)\s*\(")
            [ "Random.fs" ]
            "draws"

        // Of what is moved afterwards: parameters; and of pixels, where these are.
        Expect.equal
            (using @"Random\.generator\s")
            [ "Data.fs"; "State.fs" ]
            "generators for the CPU"

        Expect.equal
            (using @"Classifier\.load|torch\.Generator\s*\(")
            [ "Convolutions.fs"; "Random.fs" ]
            "generators of one's own, and a classifier that stays on the CPU")

/// A build for CUDA is told by its packages alone: nothing is fetched.
let private packages =
    testCase "a build for CUDA takes TorchSharp's packages for it, of the same version" (fun () ->
        let items (flavour: string) =
            let command =
                [ "msbuild"
                  Path.Combine(root.Value, "src", "Workbench.fsproj")
                  "-getItem:PackageReference,PackageVersion"
                  $"-p:Libtorch={flavour}" ]

            let result = finish (start "dotnet" command root.Value) ""
            Expect.equal result.Code 0 result.Errors
            let items = Json.parse result.Output |> Json.fields |> List.head |> snd

            let read name =
                Map.ofList (Json.fields items) |> Map.find name |> Json.items

            let torch field (item: Json) =
                let fields = Map.ofList (Json.fields item)
                let name = Json.plain fields["Identity"]
                if name.StartsWith "TorchSharp-" then Some(name, field fields) else None

            read "PackageReference" |> List.choose (torch ignore) |> List.map fst,
            read "PackageVersion"
            |> List.choose (torch (fun fields -> Json.plain fields["Version"]))

        let platform = if OperatingSystem.IsWindows() then "windows" else "linux"
        let cuda = $"TorchSharp-cuda-{platform}"
        let usual, versions = items ""
        Expect.equal usual [ "TorchSharp-cpu" ] "without the property"
        let version = snd versions.Head
        Expect.equal (items "cuda") ([ cuda ], [ cuda, version ]) "with it")

[<Tests>]
let tests =
    testList
        "device"
        [ words
          onCpu
          if not isBuiltForCuda then
              refused
          told
          goingOn
          yield! onceForBoth [ packages ]
          yield! onLibtorch moved
          testSequenced (
              testList
                  "every tensor of a run is made on a device of the run's"
                  (onLibtorch everyScript)
          ) ]

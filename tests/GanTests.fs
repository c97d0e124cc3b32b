/// The GAN and the conditional GAN: what each step learns from, where the label goes, what each option changes.
module Workbench.Tests.GanTests

open System
open System.IO
open System.Text.Json
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.TensorSupport
open Workbench.Tests.ModelSupport
open Workbench.Tests.RunSupport

let private spec: Gan.Spec =
    { Pixels = 16
      Noise = 5
      Generator = [ 8; 8 ]
      Discriminator = [ 8; 8 ]
      Dropout = 0.3
      Classes = 0 }

let private withClasses = { spec with Classes = 3 }

let private generator seed = new torch.Generator(uint64 seed)

let private data = tinyData 16 40 20

let private labels (count: int) =
    torch.tensor (Array.init count (fun i -> int64 (i % 3)))

/// All examples as one batch, whose noise is that of a seed.
let private batchOf seed : Batch =
    { Epoch = 1
      Generator = generator seed
      Images = data.Train.Images
      Labels = Some(labels 40) }

let private batch = batchOf 3

/// Parameters that record gradients, as an epoch's copies do.
let private recording (parameters: Parameters) : Parameters =
    parameters
    |> Map.map (fun name tensor ->
        if Net.isStatistic name then
            tensor.clone ()
        else
            torch.nn.Parameter(tensor.clone (), true))

let private belongsTo (network: string) (name: string) =
    name.StartsWith(network + ".", StringComparison.Ordinal)

/// What training one epoch changes when only some of the updates take place.
let private changedBy (updates: string list) (objective: Objective) =
    let objective =
        { objective with
            Updates = objective.Updates |> List.filter (fun u -> List.contains u.Name updates) }

    let settings =
        { Train.defaults with
            Epochs = 1
            Batch = 20 }

    let start = Train.start objective 1

    match Train.run settings objective Train.unwatched data start with
    | Finished state ->
        [ for KeyValue(name, tensor) in start.Parameters do
              if not (sameBits tensor state.Parameters[name]) then
                  name ]
    | _ -> failtest "the run should have finished"

let private others network (names: string list) =
    names |> List.filter (belongsTo network >> not)

let private statistics network (names: string list) =
    names
    |> List.filter (fun name -> belongsTo network name && Net.isStatistic name)

let private steps =
    testList
        "steps"
        [ testCase "the generator's step leaves the discriminator's parameters and statistics alone"
          <| fun () ->
              let changed = changedBy [ "generator" ] (AdversarialObjectives.gan spec 1 false)
              Expect.isEmpty (others "generator" changed) "nothing but the generator's"
              Expect.isNonEmpty (statistics "generator" changed) "whose statistics move too"

          testCase "the discriminator's step leaves the generator's parameters and statistics alone"
          <| fun () ->
              let changed = changedBy [ "discriminator" ] (AdversarialObjectives.gan spec 1 false)
              Expect.isEmpty (others "discriminator" changed) "nothing but the discriminator's"
              Expect.isNonEmpty (statistics "discriminator" changed) "whose statistics move too"

          testCase "a step gives gradients to its own network alone"
          <| fun () ->
              let parameters = recording (Gan.init 1 spec)
              let objective = AdversarialObjectives.gan spec 1 false

              for update in objective.Updates do
                  let nets, _ = (lossesOf update parameters batch).Losses |> List.exactlyOne
                  Expect.equal (nets |> List.map (fun (net: Net) -> net.Name)) [ update.Name ] "its network"

          testCase "no image of the discriminator's step carries a gradient to the generator"
          <| fun () ->
              let parameters = recording (Gan.init 1 spec)
              let update = (AdversarialObjectives.gan spec 1 false).Updates.Head
              let _, loss = (lossesOf update parameters batch).Losses.Head
              loss.backward ()

              for KeyValue(name, tensor) in parameters do
                  if belongsTo "generator" name && not (Net.isStatistic name) then
                      Expect.isNull tensor.grad name

          testCase "the discriminator sees real and generated images as batches of their own"
          <| fun () ->
              let spec = { spec with Dropout = 0.0 }
              let parameters = Gan.init 1 spec
              let update = (AdversarialObjectives.gan spec 1 false).Updates.Head
              let pass = Pass.training (generator 3) parameters
              update.Losses pass (batchOf 3) |> ignore
              let after = pass.Moved

              let made =
                  Gaussian.prior (generator 3) 40L spec.Noise
                  |> Gan.generate spec parameters (Training(generator 4)) None

              let mean images =
                  numbers ((Net.linear parameters "discriminator.0" images).mean [| 0L |])

              let means = List.zip (mean batch.Images) (mean made.Output)

              for moved, (real, fake) in
                  List.zip (numbers after["discriminator.1.running_mean"]) means do
                  // From 0 a tenth of the way to the real batch's mean, then a tenth to the other's.
                  close 1e-5 moved (0.09 * real + 0.1 * fake) "two moves"

          testList
              "--discriminator-steps"
              [ for every in [ 1; 2; 3 ] ->
                    testCase $"{every}: the generator steps at every batch of that number"
                    <| fun () ->
                        let objective = AdversarialObjectives.gan spec every false

                        let settings =
                            { Train.defaults with
                                Epochs = 1
                                Batch = 4 }

                        match
                            Train.run
                                settings
                                objective
                                Train.unwatched
                                data
                                (Train.start objective 1)
                        with
                        | Finished state ->
                            let steps update =
                                (state.Moments[update] |> Map.values |> Seq.head).Steps

                            Expect.equal (steps "discriminator") 10L "at each of the ten batches"
                            Expect.equal (steps "generator") (10L / int64 every) "at every k-th"
                        | _ -> failtest "the run should have finished" ] ]

let private losses =
    testList
        "losses"
        [ testCase "the discriminator's loss is 2 ln 2 where it cannot tell"
          <| fun () ->
              let logits = torch.zeros (7L, 1L)
              close 1e-6 (number (Losses.discriminator logits logits)) (2.0 * log 2.0) "2 ln 2"

          testCase "the saturating loss is ln(1 - D), the other -ln D"
          <| fun () ->
              let logits = matrix [ [ 2.0 ]; [ -1.0 ] ]
              let d x = 1.0 / (1.0 + exp -x)
              let mean f = (f (d 2.0) + f (d -1.0)) / 2.0

              close
                  1e-6
                  (number (Losses.generator true logits))
                  (mean (fun d -> log (1.0 - d)))
                  "saturating"

              close
                  1e-6
                  (number (Losses.generator false logits))
                  (mean (fun d -> -(log d)))
                  "non-saturating"

          testCase
              "both forms push the logit up, and equally hard where the discriminator cannot tell"
          <| fun () ->
              let slope saturating (logit: float) =
                  let logits = torch.tensor ([| float32 logit |], requires_grad = true)
                  (Losses.generator saturating logits).backward()
                  number logits.grad

              for logit in [ -4.0; -1.0; 0.0; 1.0; 4.0 ] do
                  Expect.isLessThan (slope true logit) 0.0 "saturating"
                  Expect.isLessThan (slope false logit) 0.0 "non-saturating"

              close 1e-6 (slope true 0.0) -0.5 "half a nat a unit"
              close 1e-6 (slope false 0.0) -0.5 "the same"

              Expect.isLessThan
                  (abs (slope true -4.0))
                  0.05
                  "sure of a fake, the one has little slope"

              Expect.isGreaterThan (abs (slope false -4.0)) 0.9 "the other has much" ]

let private discriminated parameters mode labels images =
    (Gan.discriminate withClasses parameters mode labels images).Output

let private conditional =
    testList
        "labels"
        [ testCase "another label changes what both networks give"
          <| fun () ->
              let parameters = Gan.init 1 withClasses
              let noise = Gaussian.prior (generator 1) 4L spec.Noise

              let of' (label: int64) =
                  Some(torch.tensor (Array.replicate 4 label))

              let made label =
                  (Gan.generate withClasses parameters Evaluation (of' label) noise).Output

              let judged label =
                  discriminated parameters Evaluation (of' label) (images 1 4 16)

              Expect.isFalse (sameBits (made 0L) (made 1L)) "the generator's images"
              Expect.isFalse (sameBits (judged 0L) (judged 1L)) "the discriminator's verdict"

          testCase "every row has its own label"
          <| fun () ->
              let parameters = Gan.init 1 withClasses
              let one = images 1 1 16
              let rows = torch.cat ([| one; one; one |], 0L)
              let verdicts = numbers (discriminated parameters Evaluation (Some(labels 3)) rows)
              Expect.hasLength (List.distinct verdicts) 3 "three labels, three verdicts"

          testCase "dropout hides pixels and never the label"
          <| fun () ->
              // Of pixels, everything is hidden but for one in a million: what is left is the label.
              let spec = { withClasses with Dropout = 0.999999 }
              let parameters = Gan.init 1 spec

              let judged image label =
                  (Gan.discriminate
                      spec
                      parameters
                      (Training(generator 5))
                      (Some(torch.tensor [| 0L; label |]))
                      image)
                      .Output

              Expect.isTrue
                  (sameBits (judged (images 1 2 16) 1L) (judged (images 2 2 16) 1L))
                  "other pixels, the same verdicts"

              Expect.isFalse
                  (sameBits (judged (images 1 2 16) 1L) (judged (images 1 2 16) 2L))
                  "another label, another verdict"

          testCase "a training step sees the batch's labels in both networks"
          <| fun () ->
              let objective = AdversarialObjectives.gan withClasses 1 false
              let parameters = Gan.init 1 withClasses

              let loss (update: Update) labels =
                  let batch = { batchOf 3 with Labels = Some labels }

                  number (snd (lossesOf update parameters batch).Losses.Head)

              for update in objective.Updates do
                  Expect.notEqual
                      (loss update (labels 40))
                      (loss update (torch.zeros_like (labels 40)))
                      update.Name ]

let private ganScript =
    { Name = "gan"
      Question = "?"
      Common = GanOptions.common
      Own = GanOptions.own }

/// What a run left in its folder.
let private text folder name =
    File.ReadAllText(Path.Combine(folder, name))

/// A GAN's run in this process on 60 glyphs, its folder handed over.
let private run (options: string list) (check: string -> 'T) : 'T =
    withGlyphs 60 (fun folder path ->
        let out = Path.Combine(folder, "run")

        let common =
            [ "--data"; path; "--epochs"; "2"; "--batch"; "20"; "--quiet"; "--out"; out ]

        let code =
            Cli.exitCode ("gan.fsx" :: common @ options) ganScript (fun run ->
                GanReport.train run run.Own)

        Expect.equal code 0 "the run ends well"
        check out)

let private metrics options =
    run options (fun folder -> text folder "metrics.csv")

let private saved (options: string list) (name: string) (value: string) =
    testCase $"{name} stands in config.json"
    <| fun () ->
        run options (fun folder ->
            use json = JsonDocument.Parse(text folder "config.json")
            Expect.equal (json.RootElement.GetProperty(name).ToString()) value "as it was given")

let private options =
    testList
        "options"
        [ for options in
              [ [ "--noise"; "7" ]
                [ "--discriminator-steps"; "2" ]
                [ "--saturating" ]
                [ "--lr"; "0.002" ]
                [ "--clip-norm"; "0.1" ]
                [ "--seed"; "2" ] ] do
              testCase $"""{String.concat " " options} changes the figures"""
              <| fun () -> Expect.notEqual (metrics options) (metrics []) "other figures"

          saved [] "beta1" "0.5"
          saved [] "lr-steady" "0.25"
          saved [ "--noise"; "7" ] "noise" "7"
          saved [ "--discriminator-steps"; "2" ] "discriminator-steps" "2"
          saved [ "--saturating" ] "saturating" "True"

          testCase "Adam's beta1 is 0.5 for both networks"
          <| fun () ->
              let stage =
                  GanExperiment.stage GanOptions.common "" GanOptions.defaults spec data (fun _ ->
                      data.Test.Images)

              Expect.equal stage.Settings.Beta1 0.5 "what is trained with"

          testCase
              "the learning rate is full for a quarter of the epochs, then fades in equal steps"
          <| fun () ->
              let stage =
                  GanExperiment.stage GanOptions.common "" GanOptions.defaults spec data (fun _ ->
                      data.Test.Images)

              let rates = [ for epoch in 1..40 -> stage.Settings.LearningRate epoch ]
              Expect.all rates[..9] ((=) 1e-3) "ten epochs"

              for step, rate in List.indexed rates[10..] do
                  close 1e-9 rate (1e-3 * (1.0 - float step / 30.0)) "thirty equal steps"

          testCase "more discriminator steps than batches are bad input"
          <| fun () ->
              let ask () =
                  GanExperiment.stage
                      { GanOptions.common with Batch = 20 }
                      ""
                      { GanOptions.defaults with
                          DiscriminatorSteps = 3 }
                      spec
                      data
                      (fun _ -> data.Test.Images)

              expectBad [ "--discriminator-steps"; "2" ] ask

          testCase "--wide-noise asks for ten times the noise and no label"
          <| fun () ->
              let gan wide =
                  ConditionalGanOptions.gan { WideNoise = wide }

              Expect.equal (gan true).Noise (10 * (gan false).Noise) "ten times"

          testCase "data without labels have none to ask for"
          <| fun () ->
              expectBad [ "--data"; "labels"; "--labels" ] (fun () ->
                  ConditionalGanOptions.classes data)

          testCase "a picture of the same noise for each epoch"
          <| fun () ->
              run [] (fun folder ->
                  let pictures = RunFiles.epochSamples folder
                  Expect.equal (List.map fst pictures) [ 1; 2 ] "both epochs"
                  Expect.notEqual (snd pictures[0]) (snd pictures[1]) "the generator has moved")

          testCase "what has no classifier is left out, with a word why"
          <| fun () ->
              run [] (fun folder ->
                  Expect.stringContains (text folder "report.html") "left out" "the word"
                  Expect.stringContains (text folder "metrics.json") "epochs" "the rest is there") ]

[<Tests>]
let tests = testList "gan" [ steps; losses; conditional; options ]

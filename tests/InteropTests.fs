module Workbench.Tests.InteropTests

open System
open System.Collections.Generic
open System.IO
open System.Threading
open Expecto
open Workbench.Interop
open Workbench.Tests.FileSupport

/// Progress in the order in which it is told, without a thread in between.
type private Told() =
    let reports = List<EpochReport>()
    member _.Reports = reports

    interface IProgress<EpochReport> with
        member _.Report report = reports.Add report

let private tinyVae =
    VaeOptions(
        Epochs = 2,
        Limit = Nullable 60,
        BatchSize = 20,
        Latent = 3,
        Hidden = [| 12 |],
        Threads = Nullable 1
    )

let private tinyGan =
    GanOptions(Epochs = 1, Limit = Nullable 40, BatchSize = 20, Noise = 5, Threads = Nullable 1)

let private vae = lazy (TrainedVae.TrainAsync(tinyVae).Result)
let private gan = lazy (TrainedGan.TrainAsync(tinyGan).Result)

let private pixels (images: ImageBatch) = images.Pixels.ToArray()

let private throwsArgument (name: string) (call: unit -> unit) =
    try
        call ()
        failtestf "%s should have been refused" name
    with :? ArgumentException as error ->
        Expect.stringContains error.Message name "the message names what is wrong"

let private codes (rows: float32 list list) = array2D rows

[<Tests>]
let tests =
    testSequenced
    <| testList
        "interop"
        [ testCase "a VAE trains, and tells each epoch"
          <| fun () ->
              let told = Told()
              let trained = TrainedVae.TrainAsync(tinyVae, told).Result

              Expect.equal
                  [ for report in told.Reports -> report.Epoch, report.Epochs ]
                  [ 1, 2; 2, 2 ]
                  "epochs"

              Expect.isTrue (told.Reports[1].Figures.ContainsKey "test_nelbo") "figures by name"
              Expect.equal trained.History.Count 2 "the history has them, too"
              Expect.equal (List.ofSeq trained.ImageShape) [ 1; 28; 28 ] "the size of images"

          testCase "equal options give equal models, another seed another one"
          <| fun () ->
              let again = TrainedVae.TrainAsync(tinyVae).Result

              let other =
                  TrainedVae
                      .TrainAsync(
                          VaeOptions(
                              Epochs = 2,
                              Limit = Nullable 60,
                              BatchSize = 20,
                              Latent = 3,
                              Hidden = [| 12 |],
                              Seed = 1
                          )
                      )
                      .Result

              Expect.equal (pixels (again.Sample 2)) (pixels (vae.Value.Sample 2)) "the same bits"
              Expect.notEqual (pixels (other.Sample 2)) (pixels (vae.Value.Sample 2)) "others"

          testCase "samples are images, the same ones for the same seed"
          <| fun () ->
              let images = vae.Value.Sample(5, 7)

              Expect.equal
                  (images.Count, images.Channels, images.Height, images.Width)
                  (5, 1, 28, 28)
                  "shape"

              Expect.all (pixels images) (fun pixel -> pixel >= 0f && pixel <= 1f) "in 0 to 1"
              Expect.equal (pixels images) (pixels (vae.Value.Sample(5, 7))) "the same seed"
              Expect.notEqual (pixels images) (pixels (vae.Value.Sample(5, 8))) "another seed"

          testCase "reconstructing is decoding what was encoded"
          <| fun () ->
              let images = vae.Value.TestImages 4
              let codes = vae.Value.Encode images
              Expect.equal (codes.GetLength 0, codes.GetLength 1) (4, 3) "N x latent"

              Expect.equal
                  (pixels (vae.Value.Decode codes))
                  (pixels (vae.Value.Reconstruct images))
                  "the same images"

          testCase "an interpolation has both ends"
          <| fun () ->
              let images = vae.Value.TestImages 2
              let first, second = images.Slice(0, 1), images.Slice(1, 1)
              let strip = vae.Value.Interpolate(first, second, 5)
              Expect.equal strip.Count 5 "five images"

              let isAt end' (images: ImageBatch) name =
                  let differences =
                      Array.map2
                          (fun (a: float32) b -> abs (a - b))
                          (pixels (strip.Slice(end', 1)))
                          (pixels (vae.Value.Reconstruct images))

                  // libtorch's last digits depend on how many images are decoded at once.
                  let most = if Workbench.Engine.isManaged && end' = 0 then 0f else 1e-5f
                  Expect.all differences (fun difference -> difference <= most) name

              isAt 0 first "one end"
              isAt 4 second "the other"

          testCase "a GAN trains, samples and interpolates"
          <| fun () ->
              let noise = gan.Value.Draw(2, 3)
              Expect.equal (noise.GetLength 0, noise.GetLength 1) (2, 5) "count x width"

              Expect.equal
                  (pixels (gan.Value.Decode noise))
                  (pixels (gan.Value.Sample(2, 3)))
                  "a sample is decoded noise"

              Expect.equal (gan.Value.Interpolate(noise, gan.Value.Draw 1, 4)).Count 4 "points"
              Expect.isTrue (gan.Value.History[0].Figures.ContainsKey "generator_loss") "figures"

          testCase "pages and pictures are written whole"
          <| fun () ->
              inFolder (fun folder ->
                  let page name = Path.Combine(folder, name)
                  vae.Value.WriteReport(page "vae.html")
                  gan.Value.WriteReport(page "gan.html")
                  vae.Value.Sample(6).WritePng(page "samples.png", 3)

                  Expect.stringContains
                      (File.ReadAllText(page "vae.html"))
                      "A variational autoencoder"
                      "the page"

                  Expect.isTrue (FileInfo(page "gan.html").Length > 1000L) "the other page"
                  Expect.equal (File.ReadAllBytes(page "samples.png")[1..3]) "PNG"B "a PNG")

          testCase "options out of their range are refused before anything is done"
          <| fun () ->
              let refused name (options: VaeOptions) =
                  throwsArgument name (fun () -> TrainedVae.TrainAsync options |> ignore)

              refused "Epochs" (VaeOptions(Epochs = 0))
              refused "BatchSize" (VaeOptions(BatchSize = 0))
              refused "LearningRate" (VaeOptions(LearningRate = nan))
              refused "Latent" (VaeOptions(Latent = 0))
              refused "Hidden" (VaeOptions(Hidden = [||]))
              refused "Dropout" (VaeOptions(Dropout = 1.0))
              refused "KlWeight" (VaeOptions(KlWeight = -1.0))
              refused "Limit" (VaeOptions(Limit = Nullable 0))
              refused "Threads" (VaeOptions(Threads = Nullable 0))
              refused "Seed" (VaeOptions(Seed = -1))

              throwsArgument "Noise" (fun () ->
                  TrainedGan.TrainAsync(GanOptions(Noise = 0)) |> ignore)

              throwsArgument "DiscriminatorSteps" (fun () ->
                  TrainedGan.TrainAsync(GanOptions(DiscriminatorSteps = 0)) |> ignore)

          testCase "data that are not there end the task with what to do"
          <| fun () ->
              throwsArgument "nowhere.npy" (fun () ->
                  TrainedVae.TrainAsync(VaeOptions(Data = "nowhere.npy")).GetAwaiter().GetResult()
                  |> ignore)

          testCase "batches that a model cannot be trained on end the task before its first step"
          <| fun () ->
              let refused words (options: GanOptions) =
                  throwsArgument words (fun () ->
                      TrainedGan.TrainAsync(options).GetAwaiter().GetResult() |> ignore)

              refused "would be alone" (GanOptions(Data = "glyphs", Limit = Nullable 501))
              refused "would be alone" (GanOptions(Data = "glyphs", Limit = Nullable 1))

              GanOptions(Data = "glyphs", Limit = Nullable 500, DiscriminatorSteps = 50)
              |> refused "never comes in an epoch of 5"

          testCase "a page or a picture in a folder that is not there is an IOException"
          <| fun () ->
              let path = Path.Combine(Path.GetTempPath(), "not-there", "file")

              let write (action: unit -> unit) =
                  Expect.throwsT<IOException> action "the reason"

              write (fun () -> vae.Value.Sample(2).WritePng path)
              write (fun () -> vae.Value.WriteReport path)

          testCase "numbers that are not finite make no picture"
          <| fun () ->
              for wrong in [ nanf; infinityf ] do
                  throwsArgument "not finite" (fun () ->
                      vae.Value.Decode(codes [ [ wrong; 0f; 0f ] ]) |> ignore)

          testCase "test images of one's own are looked for"
          <| fun () ->
              for options, words in
                  [ VaeOptions(Test = "t.npy"), "--test: glyphs has its test images already"
                    VaeOptions(TestLabels = "t.txt"), "--test: glyphs has its test images already" ] do
                  throwsArgument words (fun () ->
                      TrainedVae.TrainAsync(options).GetAwaiter().GetResult() |> ignore)

          testCase "images and codes of another size are refused"
          <| fun () ->
              let small = ImageBatch(ReadOnlySpan(Array.zeroCreate<float32> 4), 1, 1, 2, 2)
              throwsArgument "1 x 28 x 28" (fun () -> vae.Value.Encode small |> ignore)

              throwsArgument "rows of 3 numbers" (fun () ->
                  vae.Value.Decode(codes [ [ 1f; 2f ] ]) |> ignore)

              throwsArgument "do not fill" (fun () ->
                  ImageBatch(ReadOnlySpan [| 0f |], 1, 1, 2, 2) |> ignore)

              throwsArgument "0 to 1" (fun () ->
                  ImageBatch(ReadOnlySpan [| 2f |], 1, 1, 1, 1) |> ignore)

          testCase "a cancelled training ends as cancelled"
          <| fun () ->
              use stop = new CancellationTokenSource()

              let cancelling =
                  { new IProgress<EpochReport> with
                      member _.Report _ = stop.Cancel() }

              let task =
                  TrainedVae.TrainAsync(
                      VaeOptions(Epochs = 1000, Limit = Nullable 60),
                      cancelling,
                      stop.Token
                  )

              Expect.throwsT<OperationCanceledException>
                  (fun () -> task.GetAwaiter().GetResult() |> ignore)
                  "cancelled"

              Expect.isTrue task.IsCanceled "and the task says so"

          testCase "a training that diverges names where"
          <| fun () ->
              let task =
                  TrainedVae.TrainAsync(
                      VaeOptions(Epochs = 3, Limit = Nullable 200, LearningRate = 1e30)
                  )

              try
                  task.GetAwaiter().GetResult() |> ignore
                  failtest "it should have diverged"
              with :? TrainingDivergedException as error ->
                  Expect.equal error.Epoch 1 "the epoch"
                  Expect.stringContains error.Message "not finite" "what" ]

/// What the packages do otherwise than one would guess, where no unit of the workbench is its home. docs/packages.md has all of it.
module Workbench.Tests.FactsTests

open System
open System.IO
open System.Text.RegularExpressions
open System.Threading
open Expecto
open TorchSharp
open Workbench
open Workbench.Interop
open Workbench.Tests.FileSupport
open Workbench.Tests.ModelSupport
open Workbench.Tests.RunSupport
open Workbench.Tests.ScriptSupport
open Workbench.Tests.TensorSupport

/// Parts of TorchSharp that mislead (docs/packages.md tells how), as references in an assembly have them.
let private misleading =
    [ "nn+Module"
      "nn+init"
      "Sequential"
      "GroupNorm"
      "DataLoader"
      "distributions"
      "baddbmm"
      "inv_ex"
      "erfcx"
      "erfinv"
      "quantile"
      "aminmax"
      "RoundingMode"
      " normal("
      "elu_"
      "SGD"
      "CyclicLR"
      "Embedding"
      "MultiheadAttention"
      "Transformer"
      "RReLU"
      "zero_grad"
      "load_state_dict"
      "ParamGroup"
      "AdamW"
      "RAdam"
      "kl_div"
      "gaussian_nll_loss"
      "GaussianNLLLoss"
      "hinge_embedding_loss"
      "upsample_bilinear"
      "take_along_dim"
      "matrix_norm"
      "hamming_window"
      "printoptions"
      " roll(Int64[]"
      "clamp_max_(TorchSharp.torch+Tensor"
      "clamp_min_(TorchSharp.torch+Tensor"
      "functional: static TorchSharp.torch+Tensor pad(TorchSharp.torch+Tensor, Int64,"
      "LBFGS"
      "LRScheduler"
      "Modules.RNN"
      "ModuleList"
      "ModuleDict"
      "hardtanh"
      "binary_cross_entropy("
      " var(Boolean"
      " std(Boolean"
      "var_mean"
      "autograd: static System.Collections"
      "torchvision"
      "tensorboard"
      " normal_("
      " uniform_(" ]

let private asked (assembly: string) =
    [ let path = Path.Combine(AppContext.BaseDirectory, assembly)

      for one in Surface.membersAsked "TorchSharp" path do
          $"{one.Owner}: {one.Reference}"

      yield! Surface.typesAsked "TorchSharp" path ]

let private avoided =
    testCase "what misleads is not used" (fun () ->
        let asked =
            List.collect
                asked
                [ "Workbench.dll"; "Workbench.Interop.dll"; "Workbench.Scripts.dll" ]

        let using (part: string) =
            asked |> List.filter _.Contains(part, StringComparison.Ordinal)

        for used in [ "Modules.Adam"; " rand("; " var(Int64"; "binary_cross_entropy_with_logits(" ] do
            Expect.isNonEmpty (using used) $"what is used is found: {used}"

        for part in misleading do
            Expect.isEmpty (using part) part)

/// The F# files of folders of the repository.
let private sources (folders: string list) =
    let files =
        folders
        |> List.collect (fun folder ->
            Directory.GetFiles(
                Path.Combine(ProcessSupport.root.Value, folder),
                "*.fs",
                SearchOption.AllDirectories
            )
            |> List.ofArray)

    Expect.isGreaterThan files.Length 20 "there are some"
    files

/// No test has any of these words.
let private notWritten (words: string list) =
    for file in sources [ "tests"; "engine/tests"; "tsne/tests" ] do
        let text = File.ReadAllText file

        let found =
            words |> List.filter (fun word -> text.Contains(word, StringComparison.Ordinal))

        Expect.isEmpty found file

let private idle =
    testCase
        "no test is green for nothing: what Expecto never looks at, or skips all others for, is not written"
        (fun () ->
            notWritten
                [ "test" + "Theory"
                  "Expect." + "distribution"
                  "Test." + "timeout"
                  "f" + "test" ])

let private comparisons =
    testList
        "NaN"
        [ testCase "is less than nothing, and nothing than it" (fun () ->
              for value, bound in [ nan, 1.0; 1.0, nan; nan, nan ] do
                  for compare in [ Less.than; Less.orEqual ] do
                      let compare () = compare value bound ""
                      Expect.throws compare $"{value}, {bound}"

              Less.than 0.5 1.0 "less"
              Less.orEqual 1.0 1.0 "equal"
              Expect.throws (fun () -> Less.than 1.0 1.0 "") "not less"
              Expect.throws (fun () -> Less.orEqual 1.5 1.0 "") "more")

          testCase
              "behind a number is passed over by List.max and its kin, and kept by max"
              (fun () ->
                  Expect.equal (List.max [ 1.0; nan ], List.min [ 1.0; nan ]) (1.0, 1.0) "lists"

                  Expect.equal
                      (Array.max [| 2.0; nan; 1.0 |], Seq.max (seq [ 1.0; nan ]))
                      (2.0, 1.0)
                      "others"

                  let kept = [ List.max [ nan; 1.0 ]; List.reduce max [ 1.0; nan ]; min nan 1.0 ]
                  Expect.all kept Double.IsNaN "in front, or by the operator")

          testCase "passes no test: none compares by what lets it" (fun () ->
              notWritten [ "Expect.isLess" + "Than"; "ThanOr" + "Close" ]) ]

let private bytes =
    testList
        "bytes"
        [ testCase
              "a number minus them is the number and their negative, which is a byte"
              (fun () ->
                  let bytes = torch.tensor [| 0uy; 10uy; 255uy |]

                  Expect.equal
                      (numbers (255.0.ToScalar() - bytes))
                      [ 255.0; 501.0; 256.0 ]
                      "too large"

                  for right in
                      [ 255.0.ToScalar() - bytes.``to`` torch.float32; (255L).ToScalar() - bytes ] do
                      Expect.equal (numbers right) [ 255.0; 245.0; 0.0 ] "right") ]

/// What a function gives on a thread that is new, and so has no settings of its own.
let private onNewThread (f: unit -> 'T) : 'T =
    let mutable result = Error(exn "no result")

    let thread =
        Thread(fun () ->
            result <-
                try
                    Ok(f ())
                with error ->
                    Error error)

    thread.Start()
    thread.Join()

    match result with
    | Ok value -> value
    | Error error -> raise error

/// An experiment of a small VAE that tells on how many threads each of its steps computes.
let private watching (tell: int -> unit) =
    experimentOf (fun run ->
        let vae = Models.denseVae run.Data.Size [ 8 ] 2 0.0
        let objective = Objectives.vae vae run.Data

        let watched (update: Update) =
            { update with
                Losses =
                    fun pass batch ->
                        tell (torch.get_num_threads ())
                        update.Losses pass batch }

        let objective =
            { objective with
                Updates = List.map watched objective.Updates }

        run.Fit(run.Data, objective, Can.vae vae) |> ignore

        run.Report(fun () ->
            { Line = ""
              Figures = []
              Pictures = []
              Sections = [] }))

let private threads =
    testSequenced
    <| testList
        "threads"
        [ testCase
              "a run computes on as many as were asked for, also on a thread that is new"
              (fun () ->
                  withGlyphs 60 (fun folder data ->
                      let seen = ResizeArray()

                      for count in [ 3; 2 ] do
                          let out = Path.Combine(folder, $"run-{count}")

                          [ "--data"
                            data
                            "--epochs"
                            "1"
                            "--batch"
                            "20"
                            "--quiet"
                            "--out"
                            out ]
                          @ [ "--threads"; string count ]
                          |> fun line -> onNewThread (fun () -> finishes (watching seen.Add) line)

                      Expect.equal (List.distinct (List.ofSeq seen)) [ 3; 2 ] "in every step"))

          testCase "so does a program's training, on a thread of the pool" (fun () ->
              let seen = ResizeArray()

              let progress =
                  { new IProgress<EpochReport> with
                      member _.Report _ = seen.Add(torch.get_num_threads ()) }

              for count in [ 3; 2 ] do
                  let options =
                      VaeOptions(
                          Epochs = 1,
                          Limit = Nullable 40,
                          BatchSize = 20,
                          Latent = 2,
                          Hidden = [| 8 |],
                          Threads = Nullable count
                      )

                  TrainedVae.TrainAsync(options, progress).Result |> ignore

              Expect.equal (List.ofSeq seen) [ 3; 2 ] "at each epoch's end")

          testCase "after a run, gradients are recorded as before" (fun () ->
              withGlyphs 60 (fun folder data ->
                  let out = Path.Combine(folder, "run")
                  let line = [ "--data"; data; "--epochs"; "1"; "--quiet"; "--out"; out ]

                  let isOn =
                      onNewThread (fun () ->
                          finishes (watching ignore) line
                          torch.is_grad_enabled ())

                  Expect.isTrue isOn "on its thread")) ]

/// Every weight of a script's models, after one epoch, is another than before it.
let private trained (script: Script) (options: string list) =
    testCase (String.concat " " (script.Name :: options)) (fun () ->
        withConvolutions (fun () ->
            inFolder (fun folder ->
                let data =
                    if script.Name = "interpolation" then
                        [ "--data"; "glyphs"; "--limit"; "60" ]
                    else
                        tinyFiles folder 60

                for fit, data in
                    script.Plan(data @ [ "--epochs"; "1"; "--batch"; "20" ] @ options) do
                    let objective =
                        { fit.Objective with
                            Measure = fun _ _ -> [] }

                    let first = Train.start objective 1

                    match Train.run fit.Settings objective Train.unwatched data first with
                    | Finished state ->
                        let weights =
                            state.Parameters.Keys
                            |> Seq.filter _.EndsWith(".weight", StringComparison.Ordinal)

                        Expect.containsAll
                            (changed first.Parameters state.Parameters)
                            weights
                            fit.Name
                    | other -> failtest $"finished, not {other}")))

let private training =
    Scripts.all
    |> List.filter (fun script ->
        List.contains "data" script.File.Takes
        && not (List.contains "jobs" script.File.Takes))

/// A run's files as texts, without what tells of time.
let private texts (out: string) =
    [ for name in [ "metrics.csv"; "metrics.json"; "config.json"; "report.html" ] do
          let text = File.ReadAllText(Path.Combine(out, name))
          name, Regex.Replace(text, @"\d+(\.\d+)? (s|min|h)\b|\d+:\d\d", "T") ]

let private cultures =
    testCase "a run leaves the same files under every culture" (fun () ->
        inFolder (fun folder ->
            let train () =
                let out = runIn folder "run" (Scripts.find "vae") [ "--kl-weight"; "0.5" ]
                let left = texts out
                Directory.Delete(out, true)
                left

            for (name, here), (_, there) in List.zip (train ()) (abroad train) do
                // Not Expect.equal, which would print the pages.
                Expect.isTrue (there = here) name))

/// The names of tests in the last column of the page's tables.
let private named =
    testCase "docs/packages.md names tests that there are" (fun () ->
        let root = ProcessSupport.root.Value

        let text =
            sources [ "tests"; "engine/tests" ]
            |> List.map File.ReadAllText
            |> String.concat "\n"

        let names =
            [ for line in File.ReadAllLines(Path.Combine(root, "docs", "packages.md")) do
                  match line.Split '|' with
                  | [| _; _; tests; _ |] ->
                      for name in Regex.Matches(tests, "`([^`]+)`") -> name.Groups[1].Value
                  | _ -> () ]

        Expect.isGreaterThan names.Length 30 "the tables are read"

        for name in names do
            Expect.stringContains text $"\"{name}\"" "a test's name")

[<Tests>]
let tests =
    testList
        "facts"
        [ avoided
          idle
          comparisons
          bytes
          threads
          cultures
          named
          testList
              "every weight of a script's models is trained"
              [ for script in training do
                    trained script []
                trained (Scripts.find "vae-gan") [ "--conv"; "--channels"; "4"; "6" ] ] ]

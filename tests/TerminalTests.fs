/// Scripts in a pseudo-terminal: what stands on its screen at the end.
module Workbench.Tests.TerminalTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport
open Workbench.Tests.TerminalSupport

/// Seconds and what is left of them as `T`.
let private masked (line: string) =
    Regex.Replace(line, @"\d+\.\d s|\d+ s\b|\d+:\d\d(:\d\d)?", "T")

let private command (script: string) (options: string) =
    $"dotnet fsi {scriptPath script} --data glyphs --engine managed {options}"

/// Four digits, three of what is below 1.
let private four (value: float) =
    let digits = if value < 1.0 then 3 else 4
    let decimals = digits - 1 - int (Math.Floor(Math.Log10 value))
    value.ToString($"F{max 0 decimals}", Globalization.CultureInfo.InvariantCulture)

/// The line of an epoch by metrics.csv.
let private epochLine (tail: int -> string) (figures: (string * float) list) =
    let known = Map.ofList figures
    let epoch = int known["epoch"]
    let loss, kl, elbo = known["train_loss"], known["test_kl"], known["test_nelbo"]
    $"epoch {epoch}/3  train {four loss}  nelbo {four elbo}  kl {four kl}{tail epoch}"

/// What a run's page has at its head, as the terminal says it.
let private warnings (columns: int) (folder: string) =
    (RunFiles.times (Path.Combine(folder, "run"))).Notices
    |> List.collect ((+) "warning: " >> Text.wrap columns)

let private vae (columns: int) (tail: int -> string) =
    testCase $"vae at {columns} columns" (fun () ->
        inFolder (fun folder ->
            let run = command "vae.fsx" "--limit 200 --epochs 3 --out run"
            let code, terminal = inTerminal columns run folder (fun _ _ -> ())
            Expect.equal code 0 (String.concat "\n" terminal.Lines)
            let epochs = (RunFiles.metrics (Path.Combine(folder, "run"))).Value
            let told, rest = terminal.Lines |> List.map masked |> List.splitAt 3
            Expect.equal told (List.map (epochLine tail) epochs) "a line an epoch"
            let figures = Map.ofList (RunFiles.figures (Path.Combine(folder, "run"))).Value

            let value name = Sections.fixed2 figures[name] + " nats"

            let rows =
                [ "negative ELBO   ", value "test_nelbo", "lower is better; the sum of"
                  "  reconstruction", value "test_reconstruction", "the pixels' cross-entropy"
                  "  KL            ",
                  value "test_kl",
                  $"""{figures["active_units"]} of 32 units active""" ]

            let widest = rows |> List.map (fun (_, value, _) -> value.Length) |> List.max
            let note = "(2,000 test images of glyphs, grey pixels, one noise sample each)"

            Expect.equal
                rest
                [ for name, value, meaning in rows do
                      $"{name}  {value.PadRight widest}  {meaning}"
                  yield! Text.wrap columns note
                  yield! warnings columns folder
                  "the page is run/report.html" ]
                "what was reached, and the page"

            let page = Path.Combine(folder, "run", "report.html")
            Expect.equal terminal.Links [ Uri(page).AbsoluteUri ] "which is a link"
            Expect.isTrue terminal.IsCursorShown "the cursor is back"))

let private whole epoch =
    if epoch < 3 then "  T  T left" else "  T"

let private narrow epoch = if epoch < 3 then "  T left" else "  T"

let private sweep =
    testCase "kl-sweep" (fun () ->
        inFolder (fun folder ->
            let columns = 80
            let options = "--limit 100 --epochs 2 --kl-weight 0.5 1 --jobs 1 --out run"
            let seen, early = ref Set.empty, ref ""
            let page = Path.Combine(folder, "run", "report.html")

            let code, terminal =
                inTerminal columns (command "kl-sweep.fsx" options) folder (fun terminal _ ->
                    seen.Value <- List.foldBack Set.add terminal.Lines seen.Value

                    if
                        early.Value = ""
                        && terminal.Lines |> List.exists _.StartsWith("1    starting")
                    then
                        early.Value <- if File.Exists page then File.ReadAllText page else "none")

            let shown = String.concat "\n" terminal.Lines
            Expect.equal code 0 shown

            let parts (label: string) =
                let figures =
                    Map.ofList
                        (RunFiles.figures (Path.Combine(folder, $"run/kl-weight-{label}"))).Value

                [ label.PadRight 3
                  "2 of 2 epochs"
                  for name in [ "reconstruction"; "kl"; "nelbo" ] do
                      name + " " + four figures["test_" + name]
                  "T" ]

            let result = parts >> Text.wrapParts columns 5

            Expect.equal
                (terminal.Lines |> List.map masked)
                ("2 points, 1 at a time" :: List.collect result [ "0.5"; "1" ]
                 @ [ "2 of 2 runs finished"
                     yield! warnings columns folder
                     "the page is run/report.html" ])
                "what stays"

            for began in [ "0.5  starting"; "1    starting"; "0.5  epoch 1/2  train" ] do
                Expect.exists seen.Value (fun line -> line.StartsWith began) "shown meanwhile"

            for told in [ "under way; the page renews itself"; "test nelbo"; "1 of 2 are done." ] do
                Expect.stringContains early.Value told "a page before the end"

            Expect.isFalse (File.ReadAllText(page).Contains "under way") "and another at the end"
            Expect.isTrue terminal.IsCursorShown "the cursor is back"))

let private interrupted =
    testCase "Ctrl-C's hint stands alone, and the end says how to go on" (fun () ->
        inFolder (fun folder ->
            let sent = ref false

            let code, terminal =
                inTerminal
                    80
                    (command "vae.fsx" "--limit 500 --epochs 100000 --out run")
                    folder
                    (fun terminal typed ->
                        if
                            not sent.Value
                            && terminal.Lines |> List.exists _.StartsWith("epoch      2/")
                        then
                            sent.Value <- true
                            typed "\u0003")

            let lines = terminal.Lines
            Expect.equal code 130 (String.concat "\n" lines)

            let reached = lines |> List.filter _.StartsWith("epoch ") |> List.length

            let hint = "stopping; once more stops at once"
            Expect.contains lines hint "the hint, whole"
            Expect.isFalse (lines |> List.exists _.Contains('━')) "no bar"
            let after = List.skip (1 + List.findIndex ((=) hint) lines) lines

            Expect.contains
                after
                $"stopped in epoch {reached + 1}; what was reached is saved"
                "where"

            let script = scriptPath "vae.fsx"
            let goOn = $"to go on: dotnet fsi {script} --resume run"
            Expect.stringContains (String.concat "" after) (goOn.Replace("\n", "")) "one command"))

let private share (value: float) (count: int) : Estimate =
    { Value = value
      StandardError = 0.0
      Count = count }

let private said =
    testList
        "last lines"
        [ testCase "of what is shown only the last stays, and long lines break at spaces" (fun () ->
              let long = String.replicate 30 "word "

              let result =
                  exitOf
                      (experimentOf (fun run ->
                          run.Show "t-SNE 50/1000"
                          run.Show "t-SNE 1000/1000"
                          run.Say long
                          run.Show "other"
                          run.Say "end"
                          Ending.Finished))
                      []

              let line = (String.replicate 16 "word ").TrimEnd()
              let rest = (String.replicate 14 "word ").TrimEnd()
              let lines = [ "t-SNE 1000/1000"; line; rest; "other"; "end"; "" ]
              Expect.equal (result.Output.Split Environment.NewLine |> List.ofArray) lines "lines")

          testCase "brackets in paths and names are written as they are" (fun () ->
              inFolder (fun folder ->
                  let data = Directory.CreateDirectory(Path.Combine(folder, "[0, 1]"))
                  let out = Path.Combine(data.FullName, "[red]")

                  let result =
                      exitOf
                          (experimentOf (fun run ->
                              run.Say $"{run.Data.Name} [/]"

                              run.Report(fun () ->
                                  { Line = "[bold]"
                                    Figures = []
                                    Pictures = []
                                    Sections = [] })))
                          [ "--data"
                            writeGlyphs data.FullName 60
                            "--name"
                            "[a]"
                            "--out"
                            out ]

                  Expect.equal result.Errors "" "no complaint"

                  for line in [ "1]/glyphs.npy [/]"; "[bold]"; $"the page is {out}/report.html" ] do
                      Expect.stringContains result.Output line "a line"))

          testCase "a GAN's figures have a meaning, and a share of none is a count" (fun () ->
              let figures =
                  [ "clear_share", share 0.0 10_000
                    "clear_share_of_test", share 0.997 2_000
                    "recall", share 0.0 2_000
                    "class_share_0", share 0.0 10_000
                    "class_share_1", share 0.009 10_000
                    "class_share_2", share 0.991 10_000
                    "fid_lenet", share 4134.4 10_000
                    "fid_lenet_floor", share 29.61 20 ]

              Expect.equal
                  ((GanPage.line [] figures).Split '\n' |> List.ofArray)
                  [ "clear images    0 of 10,000  a class likelier than 0.9; higher is better"
                    "of test images  99.7 %       the same of these"
                    "recall          0 of 2,000   test images like a generated one; higher is better"
                    "FID-LeNet       4134         distance from test images; lower is better"
                    "its floor       29.61        of 20 images; its 84 features need more"
                    "classes drawn   1 of 10      with at least 1 % of generated images" ]
                  "within 80 columns") ]

[<Tests>]
let tests =
    testList
        "Terminal"
        (said
         :: onManaged
             [ testList
                   "a pseudo-terminal"
                   [ vae 120 whole; vae 80 whole; vae 60 narrow; sweep; interrupted ] ])

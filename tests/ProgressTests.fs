module Workbench.Tests.ProgressTests

open System
open System.Text
open Expecto
open Workbench
open Workbench.Tests.TerminalSupport

/// A clock that goes when it is told to.
type private Clock() =
    inherit TimeProvider()
    let mutable now = 0L
    override _.TimestampFrequency = 1000L
    override _.GetTimestamp() = now
    member _.Advance(milliseconds: int) = now <- now + int64 milliseconds

/// A file of so many columns, were it a screen.
let private file (columns: int) (text: StringBuilder) =
    Screen((fun written -> text.Append written |> ignore), (fun () -> columns, 24), false)

let private lines (text: StringBuilder) =
    text.ToString().Split([| '\r'; '\n' |], StringSplitOptions.RemoveEmptyEntries)
    |> List.ofArray

/// Epochs of 1,000 examples in ten steps; a step takes 100 ms.
let private train (progress: Progress) (clock: Clock) (epochs: int) figures =
    for epoch in 1..epochs do
        for step in 1..10 do
            clock.Advance 100
            progress.Step 100 (200.0 / float step)

        progress.Epoch epoch figures

let private usual =
    [ "train_loss", 112.3451; "test_nelbo", 110.2; "test_kl", 9.87654 ]

let private plain (epochs: int) =
    let text, clock = StringBuilder(), Clock()
    use progress = Progress.startOn (file 80 text) clock 0 20 1000
    train progress clock epochs usual
    progress.Finish()
    lines text

/// A terminal with a screen on it. The system begins lines at their beginning.
let private terminal (columns: int) =
    let emulator = Emulator(columns, 10, ignore)

    let write (text: string) =
        emulator.Write(text.Replace("\n", "\r\n"))

    emulator, Screen(write, (fun () -> columns, 10), true)

let private onTerminal (columns: int) (epochs: int) figures =
    let emulator, screen = terminal columns
    let clock = Clock()
    use progress = Progress.startOn screen clock 0 20 1000
    train progress clock epochs figures
    progress.Finish()
    emulator

let private gan =
    [ "discriminator_loss", 1.23456
      "generator_loss", 0.81234
      "d_real", 0.5
      "d_fake", 0.49876 ]

let private epochLines =
    testList
        "an epoch's line"
        [ testCase "a redirected run prints a plain line an epoch" (fun () ->
              Expect.equal
                  (plain 3)
                  [ "epoch  1/20  train 112.3  nelbo 110.2  kl 9.877  1.0 s  0:19 left"
                    "epoch  2/20  train 112.3  nelbo 110.2  kl 9.877  1.0 s  0:18 left"
                    "epoch  3/20  train 112.3  nelbo 110.2  kl 9.877  1.0 s  0:17 left" ]
                  "lines")

          testCase "the last epoch has no time left to tell" (fun () ->
              Expect.equal
                  (List.last (plain 20))
                  "epoch 20/20  train 112.3  nelbo 110.2  kl 9.877  1.0 s"
                  "last line")

          testCase "the time between epochs counts for what is left" (fun () ->
              let text, clock = StringBuilder(), Clock()
              use progress = Progress.startOn (file 80 text) clock 0 3 1000
              clock.Advance 1000
              progress.Step 1000 1.0
              progress.Epoch 1 []
              clock.Advance 65000
              progress.Step 1000 1.0
              progress.Epoch 2 []
              clock.Advance 12000
              progress.Epoch 3 []

              Expect.equal
                  (lines text)
                  [ "epoch 1/3  1.0 s  0:02 left"
                    "epoch 2/3  1:05  0:33 left"
                    "epoch 3/3  12 s  0:39 left" ]
                  "lines")

          testCase "a line wider than the console is not broken when redirected" (fun () ->
              let text, clock = StringBuilder(), Clock()
              use progress = Progress.startOn (file 10 text) clock 0 20 1000
              train progress clock 2 usual
              Expect.equal (lines text).Length 2 "a line an epoch")

          testCase "figures that are no numbers, and large and small ones, are printed" (fun () ->
              let text, clock = StringBuilder(), Clock()
              use progress = Progress.startOn (file 80 text) clock 0 1 1000

              progress.Epoch
                  1
                  [ "train_loss", nan
                    "test_kl", infinity
                    "a", 12345.678
                    "b", 1.2345e9
                    "validation_error", 0.00123456
                    "c", -254.5731
                    "d", 0.0 ]

              Expect.equal
                  (lines text)
                  [ "epoch 1/1  train NaN  kl Infinity  a 12346  b 1.234E+09  val_error 0.00123  c -254.6  d 0  0.0 s" ]
                  "line") ]

/// The last epoch's line but one, by the width of the terminal.
let private widths =
    [ 120, usual, "epoch  2/20  train 112.3  nelbo 110.2  kl 9.877  1.0 s  0:18 left"
      80, usual, "epoch  2/20  train 112.3  nelbo 110.2  kl 9.877  1.0 s  0:18 left"
      60, usual, "epoch  2/20  train 112.3  nelbo 110.2  kl 9.877  0:18 left"
      40, usual, "epoch  2/20  train 112.3  nelbo 110.2"
      30, usual, "epoch  2/20  train 112.3"
      14, usual, "epoch  2/20"
      7, usual, "epoch"
      120,
      gan,
      "epoch  2/20  d_loss 1.235  g_loss 0.812  d_real 0.500  d_fake 0.499  1.0 s  0:18 left"
      80, gan, "epoch  2/20  d_loss 1.235  g_loss 0.812  d_real 0.500  d_fake 0.499  0:18 left"
      60, gan, "epoch  2/20  d_loss 1.235  g_loss 0.812  0:18 left" ]

let private screens =
    testList
        "a terminal"
        [ for columns, figures, expected in widths do
              testCase
                  $"of {columns} columns, {fst figures.Head}: whole parts, and nothing is left of the bar"
                  (fun () ->
                      let emulator = onTerminal columns 3 figures

                      if columns > 11 then
                          Expect.equal emulator.Lines.Length 3 "a line an epoch"
                          Expect.equal emulator.Lines[1] expected "the second"

                      Expect.isFalse (emulator.Lines |> List.exists _.Contains('━')) "no bar"
                      Expect.isTrue emulator.IsCursorShown "the cursor is back")

          for columns in [ 1; 2; 25; 79; 200 ] do
              testCase $"of {columns} columns will do" (fun () ->
                  Expect.isTrue (onTerminal columns 3 usual).IsCursorShown "ran to its end")

          testCase "the epoch under way has a line of its own, below the others" (fun () ->
              let emulator, screen = terminal 80
              let clock = Clock()
              use progress = Progress.startOn screen clock 0 20 1000
              Expect.equal emulator.Lines [ "epoch  1/20  " + String('─', 20) ] "from the start"
              Expect.isFalse emulator.IsCursorShown "the cursor is hidden"
              train progress clock 1 usual

              Expect.equal
                  emulator.Lines[1]
                  ("epoch  2/20  ━" + String('─', 19) + "  0:19 left")
                  "the next epoch, at once"

              clock.Advance 4000
              progress.Step 1000 123.4

              Expect.equal
                  emulator.Lines
                  [ "epoch  1/20  train 112.3  nelbo 110.2  kl 9.877  1.0 s  0:19 left"
                    "epoch  2/20  ━━──────────────────  train 123.4  0:45 left" ]
                  "both")

          testCase "what is written meanwhile stands above the line, whole" (fun () ->
              let emulator, screen = terminal 80
              let clock = Clock()
              use progress = Progress.startOn screen clock 0 20 1000
              train progress clock 1 usual
              emulator.Write "^C" // as a terminal echoes it
              screen.Above(fun () -> emulator.Write "stopping; once more stops at once\r\n")
              Expect.equal emulator.Lines[1] "stopping; once more stops at once" "the hint"
              Expect.stringStarts emulator.Lines[2] "epoch  2/20  ━" "and the line again"
              progress.Finish()
              Expect.equal emulator.Lines.Length 2 "which goes at the end")

          testCase
              "several lines are drawn in place of one, and as many as there is room for"
              (fun () ->
                  let emulator, screen = terminal 20
                  screen.Print "first"
                  screen.Show [ "a 1"; "b 1" ]
                  screen.Show [ "a 2"; "b 2"; "c 2" ]
                  screen.Print "second"
                  Expect.equal emulator.Lines [ "first"; "second"; "a 2"; "b 2"; "c 2" ] "below"
                  screen.Show [ "c 3" ]
                  Expect.equal emulator.Lines [ "first"; "second"; "c 3" ] "the others are gone"
                  screen.Show [ for line in 1..30 -> string line ]
                  screen.Show []

                  Expect.equal
                      emulator.Lines
                      [ "first"; "second" ]
                      "what does not fit is not drawn") ]

let private texts =
    testList
        "text"
        [ testCase "lines break at spaces, and later ones are indented as the first" (fun () ->
              for width, line, expected in
                  [ 10, "one two three", [ "one two"; "three" ]
                    7, "one two three", [ "one two"; "three" ]
                    6, "one two", [ "one"; "two" ]
                    9, "  one two three", [ "  one two"; "  three" ]
                    3, "a longer word", [ "a"; "longer"; "word" ]
                    80, "", [ "" ]
                    80, "two  columns", [ "two  columns" ] ] do
                  Expect.equal (Text.wrap width line) expected $"%A{line} in {width}")

          testCase "parts of a line stay whole, and later lines are indented" (fun () ->
              let parts = [ "0.5"; "2 of 2 epochs"; "kl 16.00"; "nelbo 185.9" ]
              Expect.equal (Text.wrapParts 80 5 parts) [ String.concat "  " parts ] "room for all"

              Expect.equal
                  (Text.wrapParts 30 5 parts)
                  [ "0.5  2 of 2 epochs  kl 16.00"; "     nelbo 185.9" ]
                  "in 30")

          testCase "a table's widest column gives way" (fun () ->
              let rows = [ [ "a"; "12"; "the meaning of a figure" ]; [ "bb"; "3"; "short" ] ]

              Expect.equal
                  (TextTable.fitted 20 rows)
                  [ [ "a   12  the meaning"; "        of a figure" ]; [ "bb  3   short" ] ]
                  "in 20"

              Expect.equal
                  (TextTable.fitted 80 rows |> List.concat)
                  [ "a   12  the meaning of a figure"; "bb  3   short" ]
                  "in 80") ]

/// Three points, two at a time; `between` sees the screen.
let private sweep (screen: Screen) (clock: Clock) (between: int -> unit) =
    use progress = new SweepProgress(screen, clock, false, 2, [ "0"; "0.5"; "1" ], 3)
    progress.Start 0
    progress.Start 1
    between 0
    clock.Advance 5000
    progress.Hear(0, "a line of something else")
    progress.Hear(0, "epoch 1/3  train 254.6  kl 10.64  nelbo 202.5  1.0 s  0:10 left")
    between 1
    clock.Advance 10000
    progress.Hear(0, "epoch 3/3  train 240.1  kl 11.21  nelbo 199.0  1.0 s")
    progress.End(0, Ending.Finished, "3 of 3 epochs  nelbo 199.0  0:15")
    progress.Start 2
    between 2
    progress.End(1, Ending.Failed "", "failed after 0 of 3 epochs  0:15")
    progress.End(2, Ending.Finished, "3 of 3 epochs  nelbo 300.0  0:00")

let private sweeps =
    testList
        "a sweep"
        [ testCase
              "on a terminal, a line for each point under way, and the finished stay"
              (fun () ->
                  let emulator, screen = terminal 60

                  sweep screen (Clock()) (fun moment ->
                      Expect.equal
                          emulator.Lines
                          (match moment with
                           | 0 ->
                               [ "3 points, 2 at a time"
                                 "0    starting  0:00"
                                 "0.5  starting  0:00"
                                 "0 of 3 points done" ]
                           | 1 ->
                               // 15 seconds each: this one has 10 left, the last begins then.
                               [ "3 points, 2 at a time"
                                 "0    epoch 1/3  train 254.6  kl 10.64  nelbo 202.5  0:05"
                                 "0.5  starting  0:05"
                                 "0 of 3 points done, about 0:25 left" ]
                           | _ ->
                               [ "3 points, 2 at a time"
                                 "0    3 of 3 epochs  nelbo 199.0  0:15"
                                 "0.5  starting  0:15"
                                 "1    starting  0:00"
                                 "1 of 3 points done, about 0:15 left" ])
                          $"moment {moment}")

                  Expect.equal
                      emulator.Lines
                      [ "3 points, 2 at a time"
                        "0    3 of 3 epochs  nelbo 199.0  0:15"
                        "0.5  failed after 0 of 3 epochs  0:15"
                        "1    3 of 3 epochs  nelbo 300.0  0:00" ]
                      "at the end"

                  Expect.isTrue emulator.IsCursorShown "the cursor is back")

          testCase "elsewhere, lines as points start, at each quarter, and as they end" (fun () ->
              let text = StringBuilder()
              sweep (file 80 text) (Clock()) ignore

              Expect.equal
                  (lines text)
                  [ "3 points, 2 at a time"
                    "0    started"
                    "0.5  started"
                    "0    epoch 1/3  train 254.6  kl 10.64  nelbo 202.5"
                    "0    3 of 3 epochs  nelbo 199.0  0:15  about 0:15 left"
                    "1    started"
                    "0.5  failed after 0 of 3 epochs  0:15  about 0:15 left"
                    "1    3 of 3 epochs  nelbo 300.0  0:00" ]
                  "lines")

          testCase "of a hundred epochs, three are told" (fun () ->
              let text = StringBuilder()
              use progress = new SweepProgress(file 80 text, Clock(), false, 1, [ "a" ], 1)
              progress.Start 0

              for epoch in 1..100 do
                  progress.Hear(0, $"epoch {epoch}/100  train 1.0  0:01 left")

              Expect.equal
                  (lines text)
                  [ "1 point, 1 at a time"
                    "a  started"
                    "a  epoch 25/100  train 1.0"
                    "a  epoch 50/100  train 1.0"
                    "a  epoch 75/100  train 1.0" ]
                  "lines")

          testCase
              "the epochs of one of several models do not tell how long a point takes"
              (fun () ->
                  let emulator, screen = terminal 80
                  use progress = new SweepProgress(screen, Clock(), false, 1, [ "a"; "b" ], 1)
                  progress.Start 1
                  progress.Hear(1, "vae-gan:")
                  Expect.equal emulator.Lines[1] "b  vae-gan  0:00" "the model that begins"
                  progress.Hear(1, "epoch 1/2  train 1.0  0:01 left")

                  Expect.equal
                      emulator.Lines
                      [ "2 points, 1 of them finished, 1 at a time"
                        "b  epoch 1/2  train 1.0  0:00"
                        "1 of 2 points done" ]
                      "no estimate")

          testCase
              "a point that is interrupted is not done, and nobody knows when it will be"
              (fun () ->
                  let emulator, screen = terminal 80
                  use progress = new SweepProgress(screen, Clock(), false, 2, [ "a"; "b" ], 2)
                  progress.Start 0
                  progress.Start 1

                  for point in 0..1 do
                      progress.Hear(point, "epoch 1/2  train 1.0  0:01 left")

                  progress.End(0, Ending.Interrupted, "interrupted after 1 of 2 epochs")

                  Expect.equal
                      (List.skip 1 emulator.Lines)
                      [ "a  interrupted after 1 of 2 epochs"
                        "b  epoch 1/2  train 1.0  0:00"
                        "0 of 2 points done" ]
                      "no estimate")

          testCase "a quiet one is silent" (fun () ->
              let emulator, screen = terminal 80
              use progress = new SweepProgress(screen, Clock(), true, 1, [ "a" ], 1)
              progress.Start 0
              progress.Hear(0, "epoch 1/2  train 1.0  0:01 left")
              progress.End(0, Ending.Finished, "done")
              Expect.isEmpty emulator.Lines "nothing") ]

[<Tests>]
let tests =
    testList
        "Progress"
        [ epochLines
          screens
          texts
          sweeps

          testCase "finishing twice is finishing once" (fun () ->
              let emulator, screen = terminal 80
              use progress = Progress.startOn screen (Clock()) 0 2 1000
              progress.Finish()
              progress.Finish()
              Expect.isEmpty emulator.Lines "nothing is left")

          testCase "a quiet run is silent" (fun () ->
              use progress = Progress.start true 0 2 1000
              progress.Step 100 1.0
              progress.Epoch 1 [ "loss", 1.0 ])

          testCase "durations" (fun () ->
              Expect.equal
                  (List.map
                      Progress.duration
                      [ 0.0; 9.4; 65.0; 3599.6; 7265.0; -1.0; nan; infinity ])
                  [ "0:00"; "0:09"; "1:05"; "1:00:00"; "2:01:05"; "0:00"; "0:00"; "277777:46:40" ]
                  "as text") ]

/// Downloads that fail, are stopped, or meet another.
module Workbench.Tests.DownloadFailureTests

open System
open System.Diagnostics
open System.IO
open System.Threading
open System.Threading.Tasks
open Expecto
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.HttpServer
open Workbench.Tests.DownloadSupport
open Workbench.Tests.ProcessSupport
open Workbench.Tests.RunSupport

/// The one line of a fetch that must fail, and leave nothing.
let private refusedBy handlers (words: string list) =
    inFolder (fun folder ->
        let handle, _ = inTurn handlers

        serving handle (fun url ->
            expectBad ([ file.Name; url ] @ words) (fun () -> fetch [ url ] folder))

        Expect.isFalse (File.Exists(place folder)) "no file"
        Expect.isFalse (File.Exists(part folder)) "no part of one")

let private failing =
    testList
        "what fails"
        [ testCase "no network: one line with files, folder, addresses and glyphs" (fun () ->
              inFolder (fun folder ->
                  let addresses = [ unusedAddress (); unusedAddress () ]
                  let other = { file with Name = "b.gz" }
                  let clock = Stopwatch.StartNew()

                  expectBad
                      ([ "tiny"; "a.gz, b.gz"; folder; "--data glyphs" ] @ addresses)
                      (fun () ->
                          Download.fetchSet impatient (setOf [ file; other ] addresses) folder)

                  Less.than clock.Elapsed (TimeSpan.FromSeconds 5.0) "at once"))

          testCase "the last address's fault is told by the error alone" (fun () ->
              inFolder (fun folder ->
                  let addresses = [ unusedAddress (); unusedAddress () ]
                  let loud = { impatient with Quiet = false }

                  let told =
                      captured (fun () ->
                          expectBad addresses (fun () ->
                              Download.fetchSet loud (setOf [ file ] addresses) folder)

                          0)

                  let isTold (address: string) =
                      (told.Output + told.Errors).Contains $"{address}: no answer"

                  Expect.equal (List.map isTold addresses) [ true; false ] "on the way"))

          testCase "wrong bytes: both hashes" (fun () ->
              refusedBy [ answerAll wrong ] [ hash content; hash wrong ])

          testCase "another length, announced or not" (fun () ->
              refusedBy [ answerAll content[1..] ] [ "299999 bytes instead of 300000" ]

              let endless _ (stream: Stream) =
                  head stream "200 OK" []

                  for _ in 1..10 do
                      stream.Write(content, 0, content.Length)

              refusedBy [ endless ] [ "more than 300000 bytes" ])

          testCase "404 at once, 500 after three tries" (fun () ->
              for status, tries in [ "404 Not Found", 1; "500 Oops", 3; "429 Slow Down", 3 ] do
                  inFolder (fun folder ->
                      let handle, asked = inTurn [ answerStatus status ]

                      serving handle (fun url ->
                          expectBad [ status[..2] ] (fun () -> fetch [ url ] folder))

                      Expect.equal asked.Count tries status))

          testCase "nobody answers: the next address" (fun () ->
              inFolder (fun folder ->
                  let options =
                      { impatient with
                          Patience =
                              { impatient.Patience with
                                  Connect = TimeSpan.FromSeconds 2.0 } }

                  let handle, asked = inTurn [ (fun _ _ -> hang ()) ]

                  serving handle (fun silent ->
                      serving (answerAll content) (fun good ->
                          Download.fetchSet options (setOf [ file ] [ silent; good ]) folder))

                  Expect.equal asked.Count 1 "asked once"
                  isThere folder))

          testCase "a folder that cannot be" (fun () ->
              withFile "file" [||] (fun path ->
                  expectBad [ path; "cannot be written"; "WORKBENCH_DATA" ] (fun () ->
                      fetch [ unusedAddress () ] (Path.Combine(path, "tiny")))))

          testCase "a full disk" (fun () ->
              if not (File.Exists "/dev/full") then
                  skiptest "there is no /dev/full here"

              inFolder (fun folder ->
                  File.CreateSymbolicLink(part folder, "/dev/full") |> ignore

                  serving (answerAll content) (fun url ->
                      expectBad [ part folder; "No space left on device" ] (fun () ->
                          fetch [ url ] folder)))) ]

let private stopping =
    testList
        "stopping"
        [ testCase "at once, with a part to go on from" (fun () ->
              inFolder (fun folder ->
                  use stop = new CancellationTokenSource()

                  let patient =
                      { Download.defaults with
                          Quiet = true
                          Stop = stop.Token }

                  let handle, asked = inTurn [ halfOfIt hang; answerRange content ]

                  serving handle (fun url ->
                      let set = setOf [ file ] [ url ]
                      let running = Task.Run(fun () -> Download.fetchSet patient set folder)

                      while not (File.Exists(part folder))
                            || FileInfo(part folder).Length < 100_000L do
                          Thread.Sleep 10

                      let clock = Stopwatch.StartNew()
                      stop.Cancel()

                      Expect.throwsT<OperationCanceledException>
                          (fun () -> running.GetAwaiter().GetResult())
                          "stopped"

                      Less.than clock.Elapsed (TimeSpan.FromSeconds 5.0) "at once"
                      Expect.isFalse (File.Exists(place folder)) "not there yet"
                      fetch [ url ] folder)

                  Expect.isGreaterThan (first (Seq.last asked)) 0 "the rest alone"
                  isThere folder))

          testCase "before the answer, and between two tries" (fun () ->
              let slow =
                  { impatient.Patience with
                      Connect = TimeSpan.FromMinutes 1.0
                      Backoff = TimeSpan.FromMinutes 1.0 }

              for handle in [ (fun _ _ -> hang ()); answerStatus "500 Oops" ] do
                  inFolder (fun folder ->
                      use stop = new CancellationTokenSource(TimeSpan.FromSeconds 0.3)

                      let options =
                          { impatient with
                              Stop = stop.Token
                              Patience = slow }

                      let clock = Stopwatch.StartNew()

                      serving handle (fun url ->
                          Expect.throwsT<OperationCanceledException>
                              (fun () ->
                                  Download.fetchSet options (setOf [ file ] [ url ]) folder)
                              "stopped")

                      Less.than clock.Elapsed (TimeSpan.FromSeconds 5.0) "soon")) ]

let private together =
    testList
        "two at once"
        [ testCase "one fetches, the other waits and finds the file" (fun () ->
              inFolder (fun folder ->
                  let slowly asked (stream: Stream) =
                      Thread.Sleep 300
                      answerAll content asked stream

                  let handle, asked = inTurn [ slowly ]

                  serving handle (fun url ->
                      Task.WaitAll
                          [| for _ in 1..3 -> Task.Run(fun () -> fetch [ url ] folder) |])

                  Expect.equal asked.Count 1 "asked once"
                  isThere folder))

          testCase "a lock file that somebody left does not matter" (fun () ->
              inFolder (fun folder ->
                  File.WriteAllText(Path.Combine(folder, ".lock"), "4194305\n")
                  fetchInTurn [ answerAll content ] folder |> ignore
                  isThere folder))

          testCase "who waits can be stopped" (fun () ->
              inFolder (fun folder ->
                  use stop = new CancellationTokenSource(TimeSpan.FromSeconds 0.3)
                  let path = Path.Combine(folder, ".lock")
                  use _ = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None)

                  Expect.throwsT<OperationCanceledException>
                      (fun () ->
                          Download.fetchSet
                              { impatient with Stop = stop.Token }
                              (setOf [ file ] [ unusedAddress () ])
                              folder)
                      "stopped")) ]

/// A script that downloads the file from `url` into `folder`.
let private downloadScript (url: string) (folder: string) (home: string) =
    let path = Path.Combine(home, "script.fsx")
    let prelude = scriptPath "prelude.fsx"

    File.WriteAllText(
        path,
        $"#load @\"{prelude}\"\n"
        + "open Workbench\n"
        + $"let file = {{ Name = \"{file.Name}\"; Bytes = {file.Bytes}L; Sha256 = \"{file.Sha256}\" }}\n"
        + $"let set = {{ Name = \"tiny\"; Files = [ file ]; Addresses = [ \"{url}\" ] }}\n"
        + $"Download.fetchSet Download.defaults set @\"{folder}\"\n"
    )

    path

/// Starts that script and kills it when half of the file has come; `meanwhile` runs before.
let private killedHalfway url folder (meanwhile: unit -> 'T) =
    inFolder (fun home ->
        use running = start "dotnet" [ "fsi"; downloadScript url folder home ] home
        let clock = Stopwatch.StartNew()

        while not (File.Exists(part folder))
              || FileInfo(part folder).Length < content.LongLength / 2L do
            Thread.Sleep 20

            if running.HasExited || clock.Elapsed > TimeSpan.FromMinutes 2.0 then
                failtestf "the script does not download: %s" (running.StandardError.ReadToEnd())

        let result = meanwhile ()
        running.Kill(entireProcessTree = true)
        result)

let private processes =
    testList
        "as a user has it"
        [ testCase "a second process waits, and goes on when the first is killed" (fun () ->
              inFolder (fun folder ->
                  let still () = Thread.Sleep(TimeSpan.FromMinutes 1.0)
                  let handle, asked = inTurn [ halfOfIt still; answerRange content ]

                  serving handle (fun url ->
                      let second =
                          killedHalfway url folder (fun () ->
                              let second = Task.Run(fun () -> fetch [ url ] folder)
                              Thread.Sleep 300
                              Expect.isFalse second.IsCompleted "it waits"
                              second)

                      second.GetAwaiter().GetResult())

                  Expect.equal
                      (asked |> Seq.map first |> List.ofSeq)
                      [ 0; content.Length / 2 ]
                      "the rest alone"

                  isThere folder))

          testCase "a script without network ends with one line and exit code 2" (fun () ->
              inFolder (fun folder ->
                  let mirror = unusedAddress ()

                  use running =
                      startWith
                          (fun info ->
                              info.Environment["WORKBENCH_DATA"] <- folder
                              info.Environment["WORKBENCH_MIRROR"] <- mirror)
                          "dotnet"
                          [ "fsi"; scriptPath "vae.fsx"; "--data"; "mnist"; "--quiet" ]
                          folder

                  let result = finish running ""
                  Expect.equal result.Code 2 result.Errors
                  Expect.equal result.Output "" "quiet"
                  Expect.equal (result.Errors.TrimEnd().Split('\n').Length) 1 result.Errors

                  for word in
                      [ "train-images-idx3-ubyte.gz"; folder; mirror + "mnist/"; "--data glyphs" ] do
                      Expect.stringContains result.Errors word "names it"))

          testSequenced (
              testCase "WORKBENCH_MIRROR names another address" (fun () ->
                  let withMirror (mirror: string) (test: string -> unit) =
                      Environment.SetEnvironmentVariable("WORKBENCH_MIRROR", mirror)

                      try
                          inFolder test
                      finally
                          Environment.SetEnvironmentVariable("WORKBENCH_MIRROR", null)

                  let set = setOf [ file ] [ unusedAddress () ]
                  let handle, asked = inTurn [ answerAll content ]

                  serving handle (fun url ->
                      withMirror url (fun folder ->
                          Download.fetch impatient set folder
                          isThere folder))

                  Expect.equal (Seq.exactlyOne asked).Path "/tiny/a.gz" "by the set's name"

                  withMirror "ftp://x" (fun folder ->
                      expectBad [ "WORKBENCH_MIRROR"; "ftp://x" ] (fun () ->
                          Download.fetch impatient set folder)))
          ) ]

[<Tests>]
let tests =
    testList
        "downloads that meet with trouble"
        (failing :: stopping :: together :: onceForBoth [ processes ])

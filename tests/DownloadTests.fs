/// Downloads from servers of this machine that behave, misbehave, or are not there.
module Workbench.Tests.DownloadTests

open System
open System.Diagnostics
open System.IO
open System.Security.Cryptography
open System.Threading
open System.Threading.Tasks
open Expecto
open Spectre.Console
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.HttpServer

/// Big enough to come in several pieces.
let private content = RandomNumberGenerator.GetBytes 300_000

let private wrong = Array.map (fun b -> b ^^^ 1uy) content

let private hash (bytes: byte[]) =
    Convert.ToHexStringLower(SHA256.HashData bytes)

let private file =
    { Name = "a.gz"
      Bytes = content.LongLength
      Sha256 = hash content }

let private setOf files addresses =
    { Name = "tiny"
      Files = files
      Addresses = addresses }

let private impatient =
    { Download.defaults with
        Quiet = true
        Patience =
            { Connect = TimeSpan.FromSeconds 10.0
              Stall = TimeSpan.FromSeconds 1.0
              Tries = 3
              Backoff = TimeSpan.FromMilliseconds 10.0 } }

let private fetch addresses folder =
    Download.fetchSet impatient (setOf [ file ] addresses) folder

let private place folder = Path.Combine(folder, file.Name)
let private part folder = place folder + ".part"

let private isThere folder =
    Expect.equal (File.ReadAllBytes(place folder)) content "the file is whole"
    Expect.equal (Directory.GetFiles folder) [| place folder |] "and nothing else is left"

/// The first byte that a request wants.
let private first (asked: Asked) =
    match asked.Headers.TryFind "range" with
    | Some range -> int (range.Substring("bytes=".Length).Split('-').[0])
    | None -> 0

/// The rest of `bytes` from where the request wants it, as a server does that knows ranges.
let private answerRange (bytes: byte[]) (asked: Asked) (stream: Stream) =
    match first asked with
    | 0 -> respond stream "200 OK" [] bytes
    | from ->
        let range = $"bytes {from}-{bytes.Length - 1}/{bytes.Length}"
        respond stream "206 Partial Content" [ "Content-Range", range ] bytes[from..]

let private answerAll (bytes: byte[]) (_: Asked) (stream: Stream) = respond stream "200 OK" [] bytes

let private answerStatus status (_: Asked) (stream: Stream) = respond stream status [] [||]

/// Announces all, gives the first half from where the request wants it, then does as `after` says.
let private halfOfIt after (asked: Asked) (stream: Stream) =
    let from = first asked
    let rest = content.Length - from
    let status = if from = 0 then "200 OK" else "206 Partial Content"

    head
        stream
        status
        [ "Content-Length", string rest
          "Content-Range", $"bytes {from}-{content.Length - 1}/{content.Length}" ]

    stream.Write(content, from, rest / 2)
    stream.Flush()
    after ()

/// One handler after the other, the last one for good; and what each was asked.
let private inTurn (handlers: (Asked -> Stream -> unit) list) =
    let asked = Collections.Concurrent.ConcurrentQueue<Asked>()

    let handle request stream =
        let number = min asked.Count (handlers.Length - 1)
        asked.Enqueue request
        handlers[number] request stream

    handle, asked

/// Fetches from a server with these handlers; what it was asked.
let private fetchInTurn handlers folder =
    let handle, asked = inTurn handlers
    serving handle (fun url -> fetch [ url ] folder)
    List.ofSeq asked

let private succeeds name handlers =
    testCase name (fun () ->
        inFolder (fun folder ->
            fetchInTurn handlers folder |> ignore
            isThere folder))

let private good =
    testList
        "what comes in the end"
        [ succeeds "a file" [ answerAll content ]
          succeeds "after a 500" [ answerStatus "500 Oops"; answerAll content ]
          succeeds "after a stall" [ halfOfIt hang; answerRange content ]
          succeeds
              "after a cut connection"
              [ halfOfIt ignore; halfOfIt ignore; answerRange content ]
          succeeds
              "after a connection that closed without a word"
              [ (fun _ _ -> ()); answerAll content ]
          succeeds "from a server without ranges" [ halfOfIt ignore; answerAll content ]

          testCase "after a redirection" (fun () ->
              inFolder (fun folder ->
                  serving (answerAll content) (fun other ->
                      let redirect (asked: Asked) stream =
                          respond
                              stream
                              "302 Found"
                              [ "Location", other + asked.Path.Substring 1 ]
                              [||]

                      serving redirect (fun url -> fetch [ url ] folder))

                  isThere folder))

          testCase "a body without an announced length" (fun () ->
              let handle _ (stream: Stream) =
                  head stream "200 OK" []
                  stream.Write(content, 0, content.Length)

              inFolder (fun folder ->
                  serving handle (fun url -> fetch [ url ] folder)
                  isThere folder))

          testCase
              "the second try asks for the rest alone, of the bytes as they lie there"
              (fun () ->
                  inFolder (fun folder ->
                      let asked = fetchInTurn [ halfOfIt ignore; answerRange content ] folder

                      Expect.equal
                          (asked |> List.map first)
                          [ 0; content.Length / 2 ]
                          "from the half"

                      Expect.equal
                          asked[1].Headers["range"]
                          $"bytes={content.Length / 2}-{content.Length - 1}"
                          "to the end"

                      Expect.equal
                          (asked[1].Headers.TryFind "accept-encoding")
                          None
                          "unpacked by nobody"

                      isThere folder))

          testCase "from the second address when the first has none" (fun () ->
              for handle in
                  [ answerStatus "404 Not Found"; answerAll wrong; answerAll content[1..] ] do
                  inFolder (fun folder ->
                      serving handle (fun bad ->
                          serving (answerAll content) (fun good ->
                              fetch [ unusedAddress (); bad; good ] folder))

                      isThere folder)) ]

let private resuming =
    testList
        "going on"
        [ testCase "a partial file of an earlier run is gone on from" (fun () ->
              inFolder (fun folder ->
                  File.WriteAllBytes(part folder, content[..99_999])
                  let asked = fetchInTurn [ answerRange content ] folder
                  Expect.equal (asked |> List.map first) [ 100_000 ] "the rest alone"
                  isThere folder))

          testCase "one that is whole needs no server" (fun () ->
              inFolder (fun folder ->
                  File.WriteAllBytes(part folder, content)
                  fetch [ unusedAddress () ] folder
                  isThere folder))

          testCase "one of other bytes, or too many, is begun anew" (fun () ->
              for earlier in [ wrong[..99_999]; wrong; Array.append content content ] do
                  inFolder (fun folder ->
                      File.WriteAllBytes(part folder, earlier)
                      fetchInTurn [ answerRange content ] folder |> ignore
                      isThere folder))

          testCase "a part that the server does not have is begun anew" (fun () ->
              let elsewhere _ stream =
                  respond
                      stream
                      "206 Partial Content"
                      [ "Content-Range", "bytes 7-9/10" ]
                      [| 1uy |]

              for refusal in [ answerStatus "416 Range Not Satisfiable"; elsewhere ] do
                  inFolder (fun folder ->
                      File.WriteAllBytes(part folder, content[..9])
                      fetchInTurn [ refusal; answerRange content ] folder |> ignore
                      isThere folder))

          testCase "what is there is never asked for" (fun () ->
              inFolder (fun folder ->
                  File.WriteAllText(place folder, "mine")
                  fetch [ unusedAddress () ] folder
                  let other = { file with Name = "b.gz" }
                  let handle, asked = inTurn [ answerAll content ]

                  serving handle (fun url ->
                      Download.fetchSet impatient (setOf [ file; other ] [ url ]) folder)

                  Expect.equal
                      [ for request in asked -> request.Path ]
                      [ "/b.gz" ]
                      "the other alone"

                  Expect.equal (File.ReadAllText(place folder)) "mine" "as it was"))

          testCase "an address that failed comes last for the next file" (fun () ->
              inFolder (fun folder ->
                  let handle, asked = inTurn [ answerStatus "404 Not Found" ]
                  let files = [ for name in [ "a"; "b"; "c" ] -> { file with Name = name } ]

                  serving handle (fun bad ->
                      serving (answerAll content) (fun good ->
                          Download.fetchSet impatient (setOf files [ bad; good ]) folder))

                  Expect.equal asked.Count 1 "asked once")) ]

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

                  Expect.isLessThan clock.Elapsed (TimeSpan.FromSeconds 5.0) "at once"))

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
                                  Connect = TimeSpan.FromSeconds 0.2 } }

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

                      Expect.isLessThan clock.Elapsed (TimeSpan.FromSeconds 5.0) "at once"
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

                      Expect.isLessThan clock.Elapsed (TimeSpan.FromSeconds 5.0) "soon")) ]

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

let private consoleOn (writer: TextWriter) ansi =
    let settings =
        AnsiConsoleSettings(
            Ansi = (if ansi then AnsiSupport.Yes else AnsiSupport.No),
            Interactive = (if ansi then InteractionSupport.Yes else InteractionSupport.No),
            Out = AnsiConsoleOutput writer
        )

    let console = AnsiConsole.Create settings
    console.Profile.Width <- 100
    console

let private shown ansi redirected =
    use writer = new StringWriter()

    DownloadDisplay.showOn (consoleOn writer ansi) redirected "tiny" (fun display ->
        display.Begin file
        display.Reached 150_000L
        display.Note "[slow]")

    string writer

let private telling =
    testList
        "what is told"
        [ testCase "sizes" (fun () ->
              Expect.equal
                  (List.map DownloadDisplay.size [ 4_542L; 999_999L; 26_421_880L ])
                  [ "4.5 kB"; "1000.0 kB"; "26.4 MB" ]
                  "kB and MB")

          testCase "a plain line a file where output is redirected" (fun () ->
              let expected =
                  $"downloading tiny/a.gz (300.0 kB){Environment.NewLine}[slow]{Environment.NewLine}"

              Expect.equal (shown false true) expected "no terminal"
              Expect.equal (shown true true) expected "redirected")

          testCase "a bar on a terminal" (fun () ->
              let text = shown true false
              Expect.stringContains text "a.gz" "the file"
              Expect.stringContains text "[slow]" "notes as they are"
              Expect.stringContains text "\u001b[" "drawn") ]

let private published =
    testList
        "the published sets"
        [ testCase "four files each, with sizes and hashes, at two addresses" (fun () ->
              for set in Remote.sets do
                  Expect.equal set.Files.Length 4 set.Name
                  Expect.equal set.Addresses.Length 2 set.Name

                  for address in set.Addresses do
                      Expect.isTrue (Uri.IsWellFormedUriString(address, UriKind.Absolute)) address
                      Expect.isTrue (address.EndsWith '/') address)

          testCase "the files that are here have the sizes and hashes of the source" (fun () ->
              for set in Remote.sets do
                  for file in set.Files do
                      let path = Path.Combine(Data.folder (), set.Name, file.Name)

                      if File.Exists path then
                          let bytes = File.ReadAllBytes path

                          Expect.equal
                              (bytes.LongLength, hash bytes)
                              (file.Bytes, file.Sha256)
                              path)

          testCase "mnist-m has no address" (fun () ->
              Expect.isNone (Download.tryFind "mnist-m") "") ]

[<Tests>]
let tests =
    testList "downloads" [ good; resuming; failing; stopping; together; telling; published ]

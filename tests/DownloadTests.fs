/// Downloads that come to a good end, and what is told of them.
module Workbench.Tests.DownloadTests

open System
open System.IO
open Expecto
open Spectre.Console
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.HttpServer
open Workbench.Tests.DownloadSupport

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

let private shownOf (file: RemoteFile) ansi redirected =
    use writer = new StringWriter()

    DownloadDisplay.showOn (consoleOn writer ansi) redirected "tiny" (fun display ->
        display.Begin file
        display.Reached 150_000L
        display.Note "[slow]")

    string writer

let private shown ansi redirected = shownOf file ansi redirected

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
              Expect.stringContains text "\u001b[" "drawn")

          testCase "a name with brackets is no markup" (fun () ->
              let odd = { file with Name = "[0, 1].gz" }
              Expect.stringContains (shownOf odd true false) odd.Name "on a terminal"
              Expect.stringContains (shownOf odd false true) odd.Name "in a file") ]

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

          testCase "a published file in the place of another is refused" (fun () ->
              inFolder (fun folder ->
                  let set = setOf [ file ] []
                  let elsewhere = Path.Combine(folder, "other.gz")

                  for path in [ place folder; elsewhere ] do
                      File.WriteAllBytes(path, content)

                  NamedData.checkPlace [ set ] set.Name (place folder)

                  expectBad [ elsewhere; file.Name; set.Name; "belongs at" ] (fun () ->
                      NamedData.checkPlace [ set ] set.Name elsewhere)

                  expectBad [ place folder; set.Name ] (fun () ->
                      NamedData.checkPlace [ set ] "fashion-mnist" (place folder))

                  File.WriteAllBytes(elsewhere, wrong)
                  NamedData.checkPlace [ set ] set.Name elsewhere))

          testCase "the real files are known wherever they lie" (fun () ->
              for set in Remote.sets do
                  for file in set.Files do
                      let path = Path.Combine(Data.folder (), set.Name, file.Name)

                      if File.Exists path then
                          NamedData.checkPlace Remote.sets set.Name path

                          expectBad [ file.Name; set.Name ] (fun () ->
                              NamedData.checkPlace Remote.sets "mnist-m" path))

          testCase "mnist-m has no address" (fun () ->
              Expect.isNone (Download.tryFind "mnist-m") "") ]

[<Tests>]
let tests = testList "downloads" [ good; resuming; telling; published ]

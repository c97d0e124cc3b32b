/// Options as the cases of a union: ranges, words, lists, what `config.json` keeps of them.
module Workbench.Tests.SettingsTests

open System
open System.Globalization
open Argu
open Expecto
open FsCheck.FSharp
open Workbench
open Workbench.Tests.FileSupport

/// A case for each label that has a range, and for each kind of value.
[<RequireQualifiedAccess; Unique>]
type Every =
    | Whole of n: int
    | Units of units: int
    | Warmup_Epochs of epochs: int
    | Seed of seed: int
    | Threads of threads: int
    | Images of images: int
    | Draws of k: int
    | Weight of x: float
    | Rate of rate: float
    | Epsilon of epsilon: float
    | Length of length: float
    | Share of share: float
    | Factor of factor: float
    | Numbers of x: float list
    | Word of Variance
    | Words of Activation list
    | Text of name: string
    | Flag

    interface IArgParserTemplate with
        member this.Usage = if this.IsFlag then "on or off" else "a value"

let private read (line: string) : Every list =
    Settings.read (Settings.split (List.ofArray (line.Split ' ')))

/// The least and the greatest value of each range, and what lies beyond.
let private ranges: (string * string list * string list) list =
    [ "whole", [ "1"; "2147483647" ], [ "0"; "-1"; "2147483648" ]
      "units", [ "1"; "65536" ], [ "0"; "65537" ]
      "warmup-epochs", [ "0"; "2147483647" ], [ "-1"; "2147483648" ]
      "seed", [ "0"; "2147483647" ], [ "-1" ]
      "threads", [ "1"; "1024" ], [ "0"; "1025" ]
      "images", [ "20"; "100000" ], [ "19"; "100001" ]
      "draws", [ "1"; "1000000" ], [ "0"; "1000001" ]
      "weight", [ "0"; "-0"; "1e300" ], [ "-1e-9" ]
      "rate", [ "5e-324"; "1e308" ], [ "0"; "-1" ]
      "epsilon", [ "1e-8" ], [ "0"; "-1e-8" ]
      "length", [ "1e-9" ], [ "0" ]
      "share", [ "0"; "0.999" ], [ "1"; "-0.1" ]
      "factor", [ "1e-9"; "1" ], [ "0"; "1.0000001" ] ]

let private values =
    testList
        "values"
        [ testCase "a range holds its ends and nothing beyond" (fun () ->
              for option, inside, outside in ranges do
                  for value in inside do
                      Expect.equal (read $"--{option} {value}").Length 1 $"--{option} {value}"

                  for value in outside do
                      expectBad [ $"--{option}: must be "; $", not {value}" ] (fun () ->
                          read $"--{option} {value}"))

          testCase "what is no number is quoted" (fun () ->
              for value in [ "ten"; "NaN"; "Infinity"; "1e999"; "0,5"; "" ] do
                  expectBad [ $"--rate: must be a positive number, not \"{value}\"" ] (fun () ->
                      read $"--rate={value}"))

          testCase "numbers in any of their spellings" (fun () ->
              for text, value in
                  [ "1e-4", 1e-4; ".25", 0.25; "1.5E+2", 150.0; "+2", 2.0; "3.", 3.0 ] do
                  Expect.equal (read $"--rate {text}") [ Every.Rate value ] text

              Expect.equal (read "--whole +3") [ Every.Whole 3 ] "a sign")

          testCase "numbers are read alike under every culture" (fun () ->
              abroad (fun () ->
                  Expect.equal (read "--share 0.25") [ Every.Share 0.25 ] "a decimal point"
                  Expect.equal (read "--rate 1.5e-3") [ Every.Rate 0.0015 ] "an exponent"
                  expectBad [ "--rate" ] (fun () -> read "--rate 0,5")
                  expectBad [ "--whole"; "not -1" ] (fun () -> read "--whole -1")
                  expectBad [ "--whole" ] (fun () -> read "--whole 1.000")))

          testCase "a word is one of its union's cases" (fun () ->
              Expect.equal (read "--word exp") [ Every.Word Exponential ] "by its own name"
              Expect.equal (read "--word square") [ Every.Word Square ] "by its case"

              expectBad [ "--word: must be one of exp, square, not \"Exp\"" ] (fun () ->
                  read "--word Exp"))

          testCase "a list ends where the next option starts" (fun () ->
              Expect.equal
                  (read "--numbers 0.5 1e3 --flag --words relu tanh")
                  [ Every.Numbers [ 0.5; 1000.0 ]; Every.Flag; Every.Words [ Relu; Tanh ] ]
                  "two lists"

              expectBad [ "--numbers: needs at least one value" ] (fun () ->
                  read "--numbers --flag")

              expectBad [ "--numbers"; "at least 0"; "not -1" ] (fun () -> read "--numbers 1 -1")

              expectBad [ "--words: must be one of tanh, relu" ] (fun () ->
                  read "--words tanh gelu"))

          testCase "text is taken as it is, but not blank" (fun () ->
              let text value = Settings.read [ "text", [ value ] ]

              for value in [ "my runs/-a"; "a=b"; "größer"; "-1" ] do
                  Expect.equal (text value) [ Every.Text value ] value

              for value in [ ""; "  " ] do
                  expectBad [ "--text: must not be empty" ] (fun () -> text value: Every list))

          testCase "too many values, too few, and twice" (fun () ->
              expectBad [ "'6'"; "--help" ] (fun () -> read "--whole 5 6")
              expectBad [ "'yes'" ] (fun () -> read "--flag yes")
              expectBad [ "--whole" ] (fun () -> read "--whole --flag")
              expectBad [ "--text" ] (fun () -> read "--text --flag")

              for line in [ "--whole 5 --whole 6"; "--numbers 5 --numbers 6"; "--flag --flag" ] do
                  expectBad [ "more than once" ] (fun () -> read line)) ]

let private lines =
    testList
        "command lines"
        [ testCase "--name value and --name=value" (fun () ->
              Expect.equal
                  (Settings.split [ "--a=1"; "2"; "--b"; "--c"; "x"; "--d=e=f"; "--g="; "--h"; "" ])
                  [ "a", [ "1"; "2" ]
                    "b", []
                    "c", [ "x" ]
                    "d", [ "e=f" ]
                    "g", [ "" ]
                    "h", [ "" ] ]
                  "name and values")

          testCase "what belongs to no option is refused" (fun () ->
              expectBad [ "unexpected argument \"stray\""; "--help" ] (fun () ->
                  Settings.split [ "stray"; "--a" ]))

          testCase "words that no option takes stand wherever they like" (fun () ->
              let read (line: string) =
                  Settings.readWithWords<Every>(List.ofArray (line.Split ' '))

              for line in
                  [ "a b --whole 3 --flag"
                    "--whole 3 a --flag b"
                    "a --flag b --whole=3"
                    "--flag a b --whole 3" ] do
                  Expect.equal (fst (read line)) [ "a"; "b" ] line

                  Expect.equal
                      (snd (read line) |> List.sort)
                      [ Every.Whole 3; Every.Flag ]
                      "and the options"

              Expect.equal
                  (read "--words tanh relu")
                  ([], [ Every.Words [ Tanh; Relu ] ])
                  "a list takes all"

              Expect.equal (read "") ([ "" ], []) "an empty word is one"
              expectBad [ "'yes'" ] (fun () -> read "a --flag=yes b")
              expectBad [ "unknown option --hole" ] (fun () -> read "a --hole 3")
              expectBad [ "--whole" ] (fun () -> read "a --whole"))

          testCase "options become a command line" (fun () ->
              [ "a", Json.Null
                "b", Json.Flag true
                "c", Json.Flag false
                "d", Json.List []
                "e", Json.List [ Json.Whole 1; Json.Whole 2 ]
                "f", Json.Text "x y"
                "g", Json.Real 1e-5 ]
              |> Settings.options
              |> Settings.commandLine
              |> fun line ->
                  Expect.equal
                      line
                      [ "--b"; "--e"; "1"; "2"; "--f"; "x y"; "--g"; "1E-05" ]
                      "in order") ]

let private defaults =
    [ Every.Whole 4; Every.Numbers [ 1.0; 2.0 ]; Every.Word Square ]

let private inForce =
    testList
        "in force"
        [ testCase "what is given comes before its default, in the union's order" (fun () ->
              Expect.equal (Settings.inForce defaults []) defaults "defaults"

              Expect.equal
                  (Settings.inForce defaults [ Every.Flag; Every.Word Exponential; Every.Seed 1 ])
                  [ Every.Whole 4
                    Every.Seed 1
                    Every.Numbers [ 1.0; 2.0 ]
                    Every.Word Exponential
                    Every.Flag ]
                  "one of its own")

          testCase "a value is asked for by its case" (fun () ->
              let settings = Every.Flag :: defaults
              Expect.equal (Settings.tryGet settings <@ Every.Whole @>) (Some 4) "a number"

              Expect.equal
                  (Settings.tryGet settings <@ Every.Numbers @>)
                  (Some [ 1.0; 2.0 ])
                  "a list"

              Expect.equal (Settings.tryGet settings <@ Every.Seed @>) None "not in force"
              Expect.isTrue (Settings.has settings <@ Every.Flag @>) "a flag"
              Expect.isFalse (Settings.has defaults <@ Every.Flag @>) "none")

          testCase "every option is told under its name" (fun () ->
              let told = Settings.describe (Every.Text "x" :: defaults)
              Expect.equal (List.map fst told) Settings.names<Every> "names"

              for name, value in
                  [ "whole", Json.Whole 4
                    "word", Json.Text "square"
                    "numbers", Json.List [ Json.Real 1.0; Json.Real 2.0 ]
                    "text", Json.Text "x"
                    "warmup-epochs", Json.Null
                    "flag", Json.Flag false ] do
                  Expect.contains told (name, value) name)

          testCase "the help has every option, its values and its default" (fun () ->
              let help = Map.ofList (Settings.help defaults)
              Expect.equal help.Count Settings.names<Every>.Length "all"

              for left, right in
                  [ "--whole <n>", "a value (default 4)"
                    "--numbers <x> [<x> ...]", "a value (default 1 2)"
                    "--word <exp|square>", "a value (default square)"
                    "--words <tanh|relu|sigmoid> [<tanh|relu|sigmoid> ...]", "a value"
                    "--text <name>", "a value"
                    "--flag", "on or off" ] do
                  Expect.equal (Map.tryFind left help) (Some right) left) ]

/// What is read back from the text of a `config.json`.
let private readBack (settings: 'S list) : 'S list =
    match Settings.describe settings |> Json.Object |> Json.text |> Json.parse with
    | Json.Object told ->
        Settings.options told |> Settings.commandLine |> Settings.split |> Settings.read
    | other -> failtestf "an object, not %A" other

let private sameWhenRead name (samples: FsCheck.Gen<'S list>) =
    testProperty
        name
        (Prop.forAll (Arb.fromGen samples) (fun settings -> readBack settings = settings))

/// A test of its own: random numbers hardly ever are what .NET 10.0.12 leaves a digit out of.
let private powersOfTwo () =
    for power in -1074 .. 1023 do
        let value = Math.ScaleB(1.0, power)
        let there text = Json.toFloat (Json.parse text)
        Expect.equal (there (Json.text (Json.Real value))) value $"2^{power} in JSON"

        Expect.equal
            (Double.Parse(Json.number value, CultureInfo.InvariantCulture))
            value
            $"2^{power} as text"

/// FsCheck's own floats are never 0, and never whole.
let private edges () =
    let drawn =
        [ for settings in Gen.sampleWithSize 50 2000 SettingSamples.vae do
              for setting in settings do
                  match setting with
                  | Vae.Kl_Weight weight -> weight
                  | _ -> () ]

    for what, holds in
        [ "0", ((=) 0.0)
          "1", ((=) 1.0)
          "another whole number", (fun x -> x > 1.0 && x < 1e6 && x = floor x)
          "a tiny number", (fun x -> x > 0.0 && x < 1e-100)
          "a large number", (fun x -> x > 1e100) ] do
        Expect.isTrue (List.exists holds drawn) $"{what} is among them"

let private kept =
    testList
        "what is told is read back as it was"
        [ testCase "every power of two" powersOfTwo
          testCase "0 and whole numbers, tiny and large ones, are among what is tried" edges
          sameWhenRead "the VAE's options" SettingSamples.vae
          sameWhenRead "common options" SettingSamples.common
          sameWhenRead "the other common options" SettingSamples.others ]

[<Tests>]
let tests = testList "Settings" [ values; lines; inForce; kept ]

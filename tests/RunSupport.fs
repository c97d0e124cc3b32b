/// Short runs inside the test process: data for them, an experiment of every kind of option, and what they write on the console.
module Workbench.Tests.RunSupport

open System
open System.IO
open System.Threading
open Argu
open Workbench
open Workbench.Tests.FileSupport
open Workbench.Tests.ProcessSupport

/// A file of so many glyphs in `folder`: its path.
let writeGlyphs (folder: string) (count: int) : string =
    let path = Path.Combine(folder, "glyphs.npy")
    Npy.writeBytes path (Glyphs.grey 7UL count).Images
    path

/// Hands over a fresh folder and a file of so many glyphs in it.
let withGlyphs (count: int) (test: string -> string -> 'T) : 'T =
    inFolder (fun folder -> test folder (writeGlyphs folder count))

/// Options of every kind: a number, a list, a word, text, a flag, with and without a default.
[<RequireQualifiedAccess; Unique>]
type Tiny =
    | Latent of units: int
    | Hidden of units: int list
    | Dropout of share: float
    | Variance of Variance
    | Drop_At of n: int list
    | Note of name: string
    | Reversed

    interface IArgParserTemplate with
        member _.Usage = "?"

/// An experiment of this body.
let experimentOf (body: Run<Tiny> -> Ending) : Experiment<Tiny> =
    let defaults =
        [ Tiny.Latent 3
          Tiny.Hidden [ 24 ]
          Tiny.Dropout 0.1
          Tiny.Variance Exponential ]

    Experiment.Create("?", defaults, body, common = [ Request.small ])

/// Writes where this flow of control has asked for it, else where the process writes.
type private Routed(usual: TextWriter, own: AsyncLocal<TextWriter>) =
    inherit TextWriter()

    let writer () =
        if isNull own.Value then usual else own.Value

    override _.Encoding = usual.Encoding
    override _.Write(character: char) = (writer ()).Write character
    override _.Write(text: string) = (writer ()).Write text

    override _.Write(buffer: char[], index: int, count: int) =
        (writer ()).Write(buffer, index, count)

    override _.Flush() = (writer ()).Flush()

let private outputs, private errors =
    AsyncLocal<TextWriter>(), AsyncLocal<TextWriter>()

let private routed =
    lazy
        (Console.SetOut(new Routed(Console.Out, outputs))
         Console.SetError(new Routed(Console.Error, errors)))

/// What an action, and all that it starts, writes on the console; nothing of what tests beside it write.
let captured (action: unit -> int) : Result =
    routed.Force()
    use output = new StringWriter()
    use complaints = new StringWriter()
    outputs.Value <- TextWriter.Synchronized output
    errors.Value <- TextWriter.Synchronized complaints

    try
        let code = action ()

        { Code = code
          Output = string output
          Errors = string complaints }
    finally
        outputs.Value <- null
        errors.Value <- null

/// An experiment's exit code, and what it writes.
let exitOf (experiment: Experiment<'S>) (arguments: string list) : Result =
    captured (fun () -> Experiment.ExitCode(experiment, "script.fsx", arguments))

/// Runs an experiment to its good end.
let finishes (experiment: Experiment<'S>) (arguments: string list) : unit =
    let ending = Experiment.Run(experiment, arguments)
    Expecto.Expect.equal ending Ending.Finished $"{experiment.File.Name} ends well"

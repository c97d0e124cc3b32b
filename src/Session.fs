namespace Workbench

open System
open System.Runtime.CompilerServices

/// What an interactive session (`dotnet fsi`) gets when it starts.
[<RequireQualifiedAccess>]
module Session =

    /// `fsi` is handed over as an object, and its generic method found by name: a script that named the types of TorchSharp here
    /// would have loaded the package's assembly before it could choose the engine.
    let private addPrinter (session: obj) (print: 'T -> string) =
        session
            .GetType()
            .GetMethod("AddPrinter")
            .MakeGenericMethod(typeof<'T>)
            .Invoke(session, [| print |])
        |> ignore

    /// Loads the engine and makes values print as what they are. Compiled by itself, since it needs the types of TorchSharp.
    [<MethodImpl(MethodImplOptions.NoInlining)>]
    let private prepare (session: obj) =
        try
            Engine.load ()
        with BadInput text ->
            Console.Error.WriteLine $"error: {text}"
            exit 2

        addPrinter session Printers.tensor
        addPrinter session (fun (data: Dataset) -> string data)
        addPrinter session Printers.parameters
        addPrinter session Printers.history
        addPrinter session Printers.state
        addPrinter session (fun (model: Learned) -> string model)

    /// Begins whatever loads the list of assemblies: chooses the engine before anything touches TorchSharp, and gives an interactive
    /// session its printers. A script, which is named on the command line, pays nothing for these; what it will need is made ready
    /// while fsi compiles it. `session` is `fsi`, `arguments` are its.
    let start (session: obj) (arguments: string[]) : unit =
        EngineChoice.load arguments

        if Environment.GetCommandLineArgs() |> Seq.skip 1 |> Seq.forall _.StartsWith('-') then
            prepare session
        else
            Report.prepare ()

// Nothing that a loaded file opens is open in the session that loads it. With this, a session's first line can be work.
[<assembly: AutoOpen("Workbench")>]
do ()

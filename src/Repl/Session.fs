namespace Workbench

open System

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

    let private engine () =
        try
            Engine.load ()
        with BadInput text ->
            Console.Error.WriteLine $"error: {text}"
            exit 2

    /// Loads the engine and makes values print as what they are. `session` is `fsi`.
    let start (session: obj) : unit =
        engine ()
        addPrinter session Printers.tensor
        addPrinter session Printers.dataset
        addPrinter session Printers.parameters
        addPrinter session Printers.history
        addPrinter session Printers.state
        addPrinter session (fun (trained: Repl.Trained) -> string trained)

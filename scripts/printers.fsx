// Loaded by the list of assemblies that a Release build writes. In an interactive session values print as what they are; a
// script, which is named on the command line, pays nothing for that.
open System
open Workbench

if Environment.GetCommandLineArgs() |> Seq.skip 1 |> Seq.forall _.StartsWith('-') then
    fsi.AddPrinter Printers.tensor
    fsi.AddPrinter Printers.dataset
    fsi.AddPrinter Printers.parameters
    fsi.AddPrinter Printers.history
    fsi.AddPrinter Printers.state
    fsi.AddPrinter(fun (trained: Trained) -> string trained)

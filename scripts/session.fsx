// Loaded by the list of assemblies. An interactive session gets its printers; a script, which is named on the command line, pays
// nothing for them.
open System

if Environment.GetCommandLineArgs() |> Seq.skip 1 |> Seq.forall _.StartsWith('-') then
    Workbench.Session.start fsi

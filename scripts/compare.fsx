#!/usr/bin/env -S dotnet fsi --
#load "prelude.fsx"

// Which differences between runs are real? Those in the seed alone are one setting, whose spread the page tells.
open Argu
open Workbench

[<Unique>]
type Setting =
    | [<Help "the page; by default compare.html beside the index of runs, of runs elsewhere in the folder that holds them">] Out of
        file: string
    | [<Help "plotly.js within the page, which can then be sent away alone">] One_File

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

let help () =
    [ "Usage: dotnet fsi scripts/compare.fsx <run> [<run> ...] [options]"
      ""
      "Which differences between these runs are real? Each is a run's folder, or a sweep's, whose points are taken. Runs that differ in the seed alone are one setting: its figures are told as the mean and the deviation over seeds."
      yield! Settings.helpLines Terminal.screen.Width [ ("Options:", Settings.help<Setting> []) ]
      ""
      "Example:"
      "  dotnet fsi scripts/compare.fsx runs/vae/* --out runs/vae.html" ]

let script, arguments =
    fsi.CommandLineArgs[0], List.tail (List.ofArray fsi.CommandLineArgs)

let compare (arguments: string list) =
    let runs, settings = Settings.readWithWords<Setting> arguments
    let isOneFile = Settings.has settings <@ One_File @>

    let page =
        RunComparison.write runs (Settings.tryGet settings <@ Out @>) isOneFile script arguments

    Terminal.screen.Print $"the page is {Terminal.link page}"
    0

exit (Tool.run help compare arguments)

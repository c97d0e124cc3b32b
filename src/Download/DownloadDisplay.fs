namespace Workbench

open System
open System.Globalization
open Spectre.Console

/// What is told of a download: the file that begins, the bytes of it that are there, and what happens besides.
type DownloadDisplay =
    { Begin: RemoteFile -> unit
      Reached: int64 -> unit
      Note: string -> unit }

/// A bar on a terminal; a plain line a file where output goes elsewhere; nothing when quiet.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module DownloadDisplay =

    /// 4.5 kB, 26.4 MB: powers of 1,000.
    let size (bytes: int64) : string =
        let unit, name = if bytes < 1_000_000L then 1e3, "kB" else 1e6, "MB"
        let value = (float bytes / unit).ToString("F1", CultureInfo.InvariantCulture)
        $"{value} {name}"

    let private silent: DownloadDisplay =
        { Begin = ignore
          Reached = ignore
          Note = ignore }

    let private plain (print: string -> unit) (name: string) : DownloadDisplay =
        { Begin = fun file -> print $"downloading {name}/{file.Name} ({size file.Bytes})"
          Reached = ignore
          Note = print }

    /// The narrowest console that has room for a bar and a speed.
    let private wide = 80

    let private columns (console: IAnsiConsole) : ProgressColumn[] =
        let culture = CultureInfo.InvariantCulture
        let text = TaskDescriptionColumn(Alignment = Justify.Left)
        let bytes = DownloadedColumn(Culture = culture)

        if console.Profile.Width < wide then
            [| text; bytes |]
        else
            [| text
               ProgressBarColumn(Width = 20)
               bytes
               TransferSpeedColumn(Culture = culture) |]

    let private live (console: IAnsiConsole) (work: DownloadDisplay -> unit) =
        console
            .Progress(AutoClear = true)
            .Columns(columns console)
            .Start(fun context ->
                let current = ref null

                work
                    { Begin =
                        fun file ->
                            current.Value <-
                                context.AddTask(file.Name, maxValue = float file.Bytes)
                      Reached = fun bytes -> current.Value.Value <- float bytes
                      Note = console.WriteLine })

    /// Runs `work` with a display on the console. `redirected`: the console is a file or a pipe.
    let showOn
        (console: IAnsiConsole)
        (redirected: bool)
        (name: string)
        (work: DownloadDisplay -> unit)
        : unit =
        let capabilities = console.Profile.Capabilities

        if redirected || not capabilities.Ansi || not capabilities.Interactive then
            work (plain console.Profile.Out.Writer.WriteLine name)
        else
            live console work

    /// Runs `work`, the download of the data set `name`, with a display on standard output.
    let show (quiet: bool) (name: string) (work: DownloadDisplay -> unit) : unit =
        if quiet then
            work silent
        else
            showOn AnsiConsole.Console Console.IsOutputRedirected name work

namespace Workbench

open System
open System.Globalization
open System.Threading
open Spectre.Console

/// A file to download: its name, its size, and the SHA-256 of its bytes in lower-case hexadecimal.
type RemoteFile =
    { Name: string
      Bytes: int64
      Sha256: string }

/// A data set's files and the addresses that have them: each ends with a slash, the first is tried first.
type RemoteSet =
    { Name: string
      Files: RemoteFile list
      Addresses: string list }

/// How long a download waits, and how often it tries.
type Patience =
    {
        /// For the beginning of an answer.
        Connect: TimeSpan
        /// For the next bytes of an answer that has begun.
        Stall: TimeSpan
        /// Tries at one address.
        Tries: int
        /// Before the second try; twice as long before each further one.
        Backoff: TimeSpan
    }

/// How a download behaves: whether it tells of itself, what stops it, how patient it is.
type DownloadOptions =
    { Quiet: bool
      Stop: CancellationToken
      Patience: Patience }

/// The data sets that can be downloaded, as they have been published since 1998 and 2017.
[<RequireQualifiedAccess>]
module Remote =
    /// One file a line: its name, its bytes, its SHA-256.
    let private files (lines: string list) =
        [ for line in lines do
              match line.Split ' ' with
              | [| name; bytes; sha256 |] ->
                  { Name = name + "-ubyte.gz"
                    Bytes = int64 bytes
                    Sha256 = sha256 }
              | _ -> invalidArg (nameof lines) line ]

    /// Every data set that can be downloaded.
    let sets: RemoteSet list =
        [ { Name = "mnist"
            Files =
              files
                  [ "train-images-idx3 9912422 440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"
                    "train-labels-idx1 28881 3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"
                    "t10k-images-idx3 1648877 8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"
                    "t10k-labels-idx1 4542 f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6" ]
            Addresses =
              [ "https://ossci-datasets.s3.amazonaws.com/mnist/"
                "https://storage.googleapis.com/cvdf-datasets/mnist/" ] }
          { Name = "fashion-mnist"
            Files =
              files
                  [ "train-images-idx3 26421880 3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
                    "train-labels-idx1 29515 a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
                    "t10k-images-idx3 4422102 346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
                    "t10k-labels-idx1 5148 67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5" ]
            Addresses =
              [ "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
                "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/" ] } ]

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

    let private live (console: IAnsiConsole) (work: DownloadDisplay -> unit) =
        let culture = CultureInfo.InvariantCulture

        let isWide = console.Profile.Width >= 80

        let columns: ProgressColumn[] =
            [| TaskDescriptionColumn(Alignment = Justify.Left)
               if isWide then
                   ProgressBarColumn(Width = 20)
               DownloadedColumn(Culture = culture)
               if isWide then
                   TransferSpeedColumn(Culture = culture) |]

        console
            .Progress(AutoClear = true)
            .Columns(columns)
            .Start(fun context ->
                let current = ref null

                work
                    { Begin =
                        fun file ->
                            current.Value <-
                                context.AddTask(
                                    Markup.Escape file.Name,
                                    maxValue = float file.Bytes
                                )
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
        let print: string -> unit = console.Profile.Out.Writer.WriteLine

        if not redirected && capabilities.Ansi && capabilities.Interactive then
            live console work
        else
            work
                { Begin = fun file -> print $"downloading {name}/{file.Name} ({size file.Bytes})"
                  Reached = ignore
                  Note = print }

    /// Runs `work`, the download of the data set `name`, with a display on standard output.
    let show (quiet: bool) (name: string) (work: DownloadDisplay -> unit) : unit =
        if quiet then
            work
                { Begin = ignore
                  Reached = ignore
                  Note = ignore }
        else
            showOn AnsiConsole.Console Console.IsOutputRedirected name work

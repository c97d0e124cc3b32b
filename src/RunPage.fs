namespace Workbench

open System
open System.IO
open System.Reflection
open System.Runtime.InteropServices
open System.Text
open TorchSharp

/// How a script ended. `Failed` says why in one line: a loss that is no number, a sweep without a finished run.
[<RequireQualifiedAccess>]
type Ending =
    | Finished
    | Failed of reason: string
    | Interrupted

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Ending =
    /// For `timing.json`.
    let word (ending: Ending) : string =
        match ending with
        | Ending.Finished -> "finished"
        | Ending.Failed _ -> "failed"
        | Ending.Interrupted -> "interrupted"

/// The word between a sweep and the processes that train its points: in these WORKBENCH_SWEEP is 1, or in a task of a cluster the
/// path of a file. Such a run leaves runs/index.html to the sweep.
[<RequireQualifiedAccess>]
module SweepPoint =
    let variable = "WORKBENCH_SWEEP"

    let private value = Environment.GetEnvironmentVariable variable

    let isThis: bool = not (String.IsNullOrEmpty value)

    /// Whether the sweep holds the other end of the standard input, with which the run stops.
    let isHeld: bool = value = "1"

    /// Whether a cluster runs it.
    let isTask: bool = isThis && not isHeld

    /// The last thing that a task does: its exit code, and how often it was started again, as the proof of its end.
    let conclude (code: int) : unit =
        if isTask then
            let restarts =
                match Environment.GetEnvironmentVariable "SLURM_RESTART_COUNT" with
                | null -> "0"
                | restarts -> restarts

            Files.replace value (fun file ->
                file.Write(Encoding.UTF8.GetBytes $"{code} {restarts}\n"))

/// What a run's files say of the program and the machine that made them.
[<RequireQualifiedAccess>]
module Machine =

    /// The workbench's version, with the commit it was built from where that is known.
    let workbenchVersion: string =
        match
            Assembly
                .GetExecutingAssembly()
                .GetCustomAttribute<AssemblyInformationalVersionAttribute>()
        with
        | null -> "unknown"
        | attribute -> attribute.InformationalVersion

    /// The processor's name where /proc/cpuinfo tells it, its architecture elsewhere.
    let processor: string =
        let told =
            try
                File.ReadLines "/proc/cpuinfo"
                |> Seq.tryFind _.StartsWith("model name", StringComparison.Ordinal)
            with
            | :? IOException
            | :? UnauthorizedAccessException -> None

        match told with
        | Some line -> line.Substring(line.IndexOf ':' + 1).Trim()
        | None -> string RuntimeInformation.ProcessArchitecture

    /// `1 thread`, `2 threads`.
    let threads (count: int) : string =
        if count = 1 then "1 thread" else $"{count} threads"

    /// More threads than processors wait for one another.
    let crowded (count: int) : string list =
        if count > Environment.ProcessorCount then
            [ $"--threads: {count} threads on {Environment.ProcessorCount} processors are slower than {Environment.ProcessorCount}." ]
        else
            []

    /// For `config.json`: the versions that the numbers may depend on.
    let versions: (string * Json) list =
        [ "workbench", Json.Text workbenchVersion
          "dotnet", Json.Text(string Environment.Version) ]

    /// For `timing.json`: where the time was measured.
    let facts (threads: int) : (string * Json) list =
        [ "processor", Json.Text processor
          "processors", Json.Whole Environment.ProcessorCount
          "threads", Json.Whole threads
          "system", Json.Text RuntimeInformation.OSDescription ]
        @ versions

/// What is told of a finished (or interrupted) run, from its last states.
type Summary =
    {
        /// The final figures of `metrics.json`.
        Figures: (string * float) list
        /// Pictures of `samples/`, by name.
        Pictures: (string * byte[]) list
        /// What `report.html` shows.
        Sections: Section list
        /// A line for people.
        Line: string
    }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Summary =

    /// Rows of equally many images, N x pixels each, as the picture that stands for the run in the index of runs.
    let samples (data: Dataset) (rows: torch.Tensor list) : (string * byte[]) list =
        [ "samples", Pictures.rows (List.map (Pictures.values data.ImageShape) rows) ]

    /// Images, N x pixels, abreast as one PNG.
    let row (data: Dataset) (images: torch.Tensor) : byte[] =
        Pictures.block [ Pictures.values data.ImageShape images ]

/// What a run's files and its page say beside what the script tells.
[<RequireQualifiedAccess>]
module RunPage =

    /// The engine, for `config.json`.
    let engine () : (string * Json) list =
        [ "engine-version", Json.Text(Engine.version ()) ]

    /// Numbers that shape a result and are no settings, for `config.json`.
    let constants: (string * Json) list =
        [ "adam-beta1", Json.Real Train.defaults.Beta1 // but for a model with --beta1
          "adam-beta2", Json.Real Worker.beta2
          "adam-epsilon", Json.Real Train.defaults.Epsilon
          "batch-norm-momentum", Json.Real Net.momentum
          "batch-norm-epsilon", Json.Real Net.epsilon ]

    /// The data and the engine, for `config.json`.
    let describe (data: Dataset) : (string * Json) list =
        [ "data-sha256", Json.Text data.Hash
          "image-shape", Json.List(data.ImageShape |> List.map Json.Whole)
          if not data.Classes.IsEmpty then
              "classes", Json.List(data.Classes |> List.map Json.Text)
          "train-examples", Json.Whole(int data.Train.Images.shape[0])
          "test-examples", Json.Whole(int data.Test.Images.shape[0]) ]
        @ engine ()

    /// `41 s`, `3 min 5 s`.
    let duration (seconds: float) : string =
        let time = TimeSpan.FromSeconds(Math.Round seconds)
        let minutes = int time.TotalMinutes
        if minutes < 1 then $"{time.Seconds} s" else $"{minutes} min {time.Seconds} s"

    /// One line on what was run on which data.
    let lead (what: string) (data: Dataset) : string =
        let train = Report.count data.Train.Images.shape[0]
        let test = Report.count data.Test.Images.shape[0]
        $"{what} on {data.Name}, {Sections.pixels data}: {train} training and {test} test images"

    /// What figures there are of a run that did not finish, by the last whole epoch of each of its models.
    let reached (epochs: int list) : string =
        match epochs with
        | [ 0 ] -> "No epoch was finished, so there are no figures."
        | _ when List.contains 0 epochs ->
            "Not every model has a finished epoch, so there are no final figures."
        | [ epoch ] -> $"The figures are those of epoch {epoch}."
        | _ -> "The figures are those of the last whole epochs."

    /// Where an interrupted run stopped: in the last of these models, each with its last whole epoch.
    let stopped (reached: (string * int) list) : string =
        match List.tryLast reached with
        | None -> "stopped; what was reached is saved"
        | Some(name, epoch) ->
            let ofModel = if name = "" then "" else $" of {name}"

            let saved =
                if List.sumBy snd reached = 0 then
                    "before there was anything to save"
                else
                    "what was reached is saved"

            $"stopped in epoch {epoch + 1}{ofModel}; {saved}"

    /// What a reader of the page must know first.
    let notice (epochs: int list) (ending: Ending) : string option =
        match ending with
        | Ending.Finished -> None
        | Ending.Failed reason -> Some $"{Char.ToUpperInvariant reason[0]}{reason[1..]}"
        | Ending.Interrupted -> Some $"The run was interrupted. {reached epochs}"

    /// What stands at a page's foot. `threads` says how many worked.
    let facts (data: Dataset option) (seconds: float) (threads: string) : (string * string) list =
        [ for data in Option.toList data do
              "Data", $"{data.Name}, SHA-256 {data.Hash}"
          "Wall-clock", $"{duration seconds}, {threads}, {Machine.processor}"
          "Engine", Engine.version ()
          for data in Option.toList data do
              "Device", string data.Device
          "Workbench", Machine.workbenchVersion
          ".NET", string Environment.Version ]

    /// A run's name: its folder and the one that this lies in, `vae/20261128-162752`.
    let name (folder: RunFolder) : string =
        let path = Path.TrimEndingDirectorySeparator(Path.GetFullPath folder.Path)
        let above = path |> Path.GetDirectoryName |> Path.GetFileName
        $"{above}/{Path.GetFileName path}"

    let private relative (folder: RunFolder) (path: string) =
        Path.GetRelativePath(folder.Path, path).Replace('\\', '/')

    /// The folder whose pages share one plotly.js: that of all runs, or of a sweep elsewhere.
    let private shelf (folder: RunFolder) =
        match Runs.home folder.Path with
        | None when SweepPoint.isThis -> Some(Path.GetDirectoryName(Path.GetFullPath folder.Path))
        | home -> home

    /// The address of plotly.js beside the runs, where it is put; none of a run that stands alone.
    let script (request: Request) (folder: RunFolder) : string option =
        if request.IsOneFile then
            None
        else
            shelf folder
            |> Option.map (fun shelf ->
                Plots.keepScript shelf
                relative folder (Path.Combine(shelf, Plots.scriptName)))

    /// The page of an evaluation.
    let evaluationName = "evaluation.html"

    /// What lies beside a run's page.
    let links (folder: RunFolder) : (string * string) list =
        let models =
            Directory.GetDirectories folder.Path
            |> Array.filter (RunFolder.holdsRun >> not)
            |> Array.sort

        [ for home in Option.toList (Runs.home folder.Path) do
              "all runs", relative folder (Path.Combine(home, "index.html"))
          for name in [ "metrics.csv"; "config.json"; Checkpoint.name ] do
              for place in folder.Path :: List.ofArray models do
                  if File.Exists(Path.Combine(place, name)) then
                      let address = relative folder (Path.Combine(place, name))
                      address, address ]

    /// The link to an evaluation, which tells where that is of another epoch than the run's.
    let evaluation (folder: RunFolder) (epochs: int list) : (string * string) list =
        [ for epoch, _ in Option.toList (RunFiles.evaluated folder.Path) do
              let ofEpoch = if List.contains epoch epochs then "" else $" of epoch {epoch}"
              "evaluation" + ofEpoch, evaluationName ]

    /// A page of no run's folder, which needs nothing else.
    let alone question name written lead (sections: Section list) settings command facts : Page =
        { Question = question
          Run = name
          When = written
          Lead = lead
          Changed = []
          Links = []
          LaterLinks = []
          LaterNotice = None
          Notices = []
          Sections = sections
          Settings = settings
          Command = "To make this page again", command
          Facts = facts
          Script = None
          Live = None }

    /// Writes a page as a file of a run's folder.
    let write (folder: RunFolder) (name: string) (page: Page) : unit =
        if page.Script.IsSome then
            for text in Option.toList (Report.decoders page.Sections) do
                Encoding.UTF8.GetBytes text |> RunFolder.writeFile folder Report.decoderName

        Report.render page |> Encoding.UTF8.GetBytes |> RunFolder.writeFile folder name

    /// Changed settings that the lines at the top tell anyway.
    let private ofLead = [ "data"; "epochs"; "seed"; "name" ]

    /// The page of a run in a folder, whose models have reached these epochs, before anything is told of it.
    let blank (request: Request) (folder: RunFolder) data (epochs: int list) : Page =
        let evaluation = evaluation folder epochs
        let settings = request.Settings @ List.collect describe (Option.toList data)

        let called =
            match request.TryGet Common.Name with
            | Some called -> $"{called} ({name folder})"
            | None -> name folder

        { alone request.Script.Question called "" "" [] settings "" [] with
            Changed =
                Request.changed request
                |> List.filter (fun (name, _) -> not (List.contains name ofLead))
            Links = links folder @ evaluation
            LaterLinks = List.except evaluation [ ("evaluation", evaluationName) ]
            Script = script request folder }

    let private reveal (folder: RunFolder) (name: string) =
        let path = Path.Combine(folder.Path, name)

        if File.Exists path then
            File.ReadAllText path
            |> Report.reveal
            |> Encoding.UTF8.GetBytes
            |> RunFolder.writeFile folder name

    /// Writes the page of an evaluation, and shows the link to it on the run's page.
    let writeEvaluation (folder: RunFolder) (page: Page) : unit =
        write folder evaluationName page
        reveal folder RunFolder.pageName

    /// Says on the page of an evaluation that it is of other epochs than the run's last.
    let outdate (folder: RunFolder) (epochs: int list) : unit =
        match RunFiles.evaluated folder.Path with
        | Some(epoch, _) when not (List.contains epoch epochs) -> reveal folder evaluationName
        | _ -> ()

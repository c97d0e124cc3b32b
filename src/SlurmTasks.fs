namespace Workbench

open System
open System.ComponentModel
open System.Diagnostics
open System.IO
open System.Text

/// An array that was submitted: its job, and the names of its points' folders by its tasks' numbers.
type internal SubmittedArray = { Job: string; Points: string list }

/// The files by which the points of a sweep's folder know of their tasks, in `slurm/` of it.
type internal SlurmFolder(sweep: string) =
    let sweep = Path.GetFullPath sweep
    let home = Path.Combine(sweep, "slurm")
    let ends, logs = Path.Combine(home, "ends"), Path.Combine(home, "logs")
    let arraysName = "arrays.json"

    do
        Files.guarded home "choose another folder" (fun () ->
            Directory.CreateDirectory ends |> ignore
            Directory.CreateDirectory logs |> ignore)

    let mutable arrays: SubmittedArray list =
        let path = Path.Combine(home, arraysName)

        if not (File.Exists path) then
            []
        else
            [ for array in Json.items (Json.parse (File.ReadAllText path)) do
                  let told = Map.ofList (Json.fields array)

                  { Job = Json.plain told["job"]
                    Points = List.map Json.plain (Json.items told["points"]) } ]

    let proofOf (name: string) = Path.Combine(ends, name)

    member _.Sweep: string = sweep
    member _.Ends: string = ends
    member _.Logs: string = logs

    /// All arrays that were submitted, in their order.
    member _.Arrays: SubmittedArray list = arrays

    member _.Add(array: SubmittedArray) : unit =
        arrays <- arrays @ [ array ]

        Json.List
            [ for array in arrays ->
                  Json.Object
                      [ "job", Json.Text array.Job
                        "points", Json.List(List.map Json.Text array.Points) ] ]
        |> Json.bytes
        |> RunFolder.writeFile { Path = home } arraysName

    /// The path of the next array's job script, written there.
    member _.WriteScript(text: string) : string =
        let name = $"array-{arrays.Length + 1}.sh"
        RunFolder.writeFile { Path = home } name (Encoding.UTF8.GetBytes text)
        Path.Combine(home, name)

    member _.Proof(name: string) : int option =
        if File.Exists(proofOf name) then
            Slurm.proof (File.ReadAllText(proofOf name))
        else
            None

    member _.Forget(name: string) : unit = File.Delete(proofOf name)

    member _.LogOf(task: SlurmTask) : string =
        Path.Combine(logs, $"{task.Job}_{task.Number}.log")

/// The programs of Slurm.
[<RequireQualifiedAccess>]
module internal SlurmPrograms =

    /// A program's exit code, its output and its errors.
    let call (program: string) (arguments: string list) : int * string * string =
        let info = ProcessStartInfo(program, arguments)
        info.RedirectStandardInput <- true
        info.RedirectStandardOutput <- true
        info.RedirectStandardError <- true

        try
            use running = Process.Start info
            running.StandardInput.Close()
            let errors = running.StandardError.ReadToEndAsync()
            let output = running.StandardOutput.ReadToEnd()
            running.WaitForExit()
            running.ExitCode, output, errors.Result
        with :? Win32Exception ->
            BadInput.fail
                "--on slurm: there is no %s on the PATH: this takes a machine from which a cluster's jobs are submitted"
                program

    /// What a program said that could not do it.
    let complaint (errors: string) : string =
        let lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)

        lines
        |> Array.tryFindBack _.Contains("error: ")
        |> Option.orElse (Array.tryHead lines)
        |> Option.map (fun line -> line.Replace("sbatch: error: ", "").Trim())
        |> Option.defaultValue "no reason is told"

    /// The output of sbatch, or what it refuses.
    let sbatch (arguments: string list) : Result<string, string> =
        match call "sbatch" arguments with
        | 0, output, _ -> Ok output
        | _, _, errors -> Error(complaint errors)

    let refuse (reason: string) =
        BadInput.fail "--on slurm: sbatch refuses the points: %s" reason

/// A point that a cluster is asked to train: its task, what is known of that, and how it fares.
type internal AskedPoint(point: PointTask) =
    let epochs () =
        [ for folder in point.Folder :: RunFiles.folders point.Folder do
              for rows in Option.toList (RunFiles.metrics folder) -> rows.Length ]
        |> List.sum

    let mutable reached = epochs ()
    let mutable idle = 0

    member _.Point: PointTask = point
    member _.Name: string = Path.GetFileName point.Folder
    member val Task: SlurmTask option = None with get, set
    member val Known = KnownTask.Submitted with get, set
    member this.IsOver: bool = this.Known.Over > 0
    member val IsStarted = false with get, set
    /// As much of its task's log was heard.
    member val Heard = 0L with get, set

    /// Whether it may be started again: not where it ended three times without an epoch more.
    member _.MayGoOn() : bool =
        let now = epochs ()
        idle <- if now > reached then 0 else idle + 1
        reached <- now
        idle < 3

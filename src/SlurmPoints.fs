namespace Workbench

open System
open System.Collections.Generic
open System.IO
open System.Text
open System.Threading

/// Training the points of a sweep as job arrays of a Slurm cluster.
[<RequireQualifiedAccess>]
module SlurmPoints =

    /// The time from one look at so many points to the next: many are not looked at more often than need be.
    let private untilNext (points: int) =
        TimeSpan.FromSeconds(2.0 + float points / 1000.0)

    /// Raises `BadInput` where a cluster takes no such points; nothing is submitted.
    let check (ask: SlurmAsk) : unit =
        match SlurmPrograms.sbatch (Slurm.options ask @ [ "--test-only"; "--wrap=true" ]) with
        | Ok _ -> ()
        | Error reason -> SlurmPrograms.refuse reason

    let private cancel (jobs: string list) =
        if not jobs.IsEmpty then
            SlurmPrograms.call "scancel" jobs |> ignore

    let private jobsOf (points: AskedPoint list) : string list =
        points |> List.choose _.Task |> List.map _.Job |> List.distinct

    /// Submits arrays of points, to start after these jobs where only so many may run at once; what sbatch refuses leaves no array.
    let private submit
        ask
        (script: PointScript)
        (folder: SlurmFolder)
        after
        (asked: AskedPoint list)
        : string list =
        let size =
            let _, config, _ = SlurmPrograms.call "scontrol" [ "show"; "config" ]
            Slurm.arraySize config

        let submitArray (before: string list) (points: AskedPoint list) =
            for point in points do
                folder.Forget point.Name

            let path =
                Slurm.script
                    { Home = Environment.CurrentDirectory
                      Sweep = folder.Sweep
                      Ends = folder.Ends
                      Logs = folder.Logs
                      Command = PointProcess.command script.Path
                      Resume = script.Resume
                      Points = [ for point in points -> point.Name, point.Point.Options ] }
                |> folder.WriteScript

            let name = Path.GetFileNameWithoutExtension script.Path

            match
                Slurm.submission ask name points.Length (after @ before) @ [ path ]
                |> SlurmPrograms.sbatch
            with
            | Error reason ->
                cancel before
                SlurmPrograms.refuse reason
            | Ok output ->
                let job = Slurm.submitted output

                folder.Add
                    { Job = job
                      Points = [ for point in points -> point.Name ] }

                for number, point in List.indexed points do
                    point.Task <- Some { Job = job; Number = number }
                    point.Known <- KnownTask.Submitted
                    point.Heard <- 0L

                job :: before

        asked |> List.chunkBySize size |> List.fold submitArray [] |> List.rev

    /// What squeue tells of the tasks of these points; none where it does not answer.
    let private look (asked: AskedPoint list) =
        match jobsOf asked with
        | [] -> Some Map.empty
        | jobs ->
            [ "-h"; "-r"; "-t"; "all"; "-o"; Slurm.format; "-j"; String.concat "," jobs ]
            |> SlurmPrograms.call "squeue"
            |||> Slurm.look

    let private notice (asked: AskedPoint list) listed =
        for point in asked do
            for task in Option.toList point.Task do
                point.Known <- Slurm.see listed task point.Known

    /// The points whose tasks an earlier run of the sweep submitted, as far as these are queued or under way.
    let private adopt (folder: SlurmFolder) (asked: AskedPoint list) : unit =
        let tasks =
            Map.ofList
                [ for array in folder.Arrays do
                      for number, name in List.indexed array.Points ->
                          name, { Job = array.Job; Number = number } ]

        for point in asked do
            point.Task <- tasks.TryFind point.Name

        let rec lookAgain times =
            match look asked with
            | None ->
                BadInput.fail
                    "--on slurm: squeue does not tell of the jobs that the sweep submitted: try again when the cluster answers"
            | Some listed -> notice asked listed

            if
                times > 0
                && asked |> List.exists (fun point -> point.Task.IsSome && point.IsOver)
            then
                Thread.Sleep(untilNext asked.Length)
                lookAgain (times - 1)

        lookAgain 1

        for point in asked do
            if point.IsOver then
                point.Task <- None

    /// The lines of a task's log that were not heard yet.
    let private hear (folder: SlurmFolder) (watch: PointWatch) (point: AskedPoint) : unit =
        let path = folder.LogOf point.Task.Value

        let fresh =
            try
                use file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite)

                file.Position <- min point.Heard file.Length
                use reader = new BinaryReader(file)
                reader.ReadBytes(int (min (file.Length - file.Position) (1L <<< 20)))
            with :? IOException ->
                [||]

        let whole = Array.LastIndexOf(fresh, byte '\n') + 1
        point.Heard <- point.Heard + int64 whole

        for line in Encoding.UTF8.GetString(fresh, 0, whole).Split '\n' do
            watch.Hear point.Point.Index line

    /// Puts a task that saved what it had back into the queue, without the minutes that Slurm has it wait; false where it cannot.
    let private requeue (folder: SlurmFolder) (point: AskedPoint) : bool =
        let name = $"{point.Task.Value.Job}_{point.Task.Value.Number}"
        folder.Forget point.Name

        match SlurmPrograms.call "scontrol" [ "requeue"; name ] with
        | 0, _, _ ->
            [ "update"; $"JobId={name}"; "StartTime=now" ]
            |> SlurmPrograms.call "scontrol"
            |> ignore

            point.Known <- KnownTask.Submitted
            true
        | _ -> false

    /// Follows points to their ends.
    type private Following
        (ask: SlurmAsk, script, folder: SlurmFolder, watch: PointWatch, stop: CancellationToken) =

        let again = List<AskedPoint>()
        let mutable isStopping = false

        let start (point: AskedPoint) =
            if not point.IsStarted then
                point.IsStarted <- true
                watch.Start point.Point.Index

            hear folder watch point

        let ended (point: AskedPoint) (ending: Ending) =
            start point
            let seconds = (RunFiles.times point.Point.Folder).Seconds
            watch.End point.Point.Index ending seconds
            false

        let interrupted (point: AskedPoint) =
            if point.IsStarted then
                ended point Ending.Interrupted |> ignore

            false

        let failed (point: AskedPoint) (code: int) =
            let log =
                try
                    File.ReadAllText(folder.LogOf point.Task.Value)
                with :? IOException ->
                    ""

            Ending.Failed(PointProcess.reason code log) |> ended point

        let stuck (point: AskedPoint) (state: string) =
            let told = if state = "" then "" else $" ({state})"

            Ending.Failed
                $"its task ended three times{told} without another epoch; more --time or --mem may help, and {folder.LogOf point.Task.Value} may say more"
            |> ended point

        /// Whether a point is still to be followed.
        let follow (point: AskedPoint) : bool =
            // Of thousands that wait, none is looked for.
            let proof =
                if point.Known.Phase = TaskPhase.Queued then None else folder.Proof point.Name

            match Slurm.verdict proof point.Known with
            | TaskVerdict.Queued -> true
            | TaskVerdict.Running ->
                start point
                true
            | TaskVerdict.Finished -> ended point Ending.Finished
            | TaskVerdict.Cancelled -> interrupted point
            | TaskVerdict.Saved
            | TaskVerdict.Lost _ when isStopping -> interrupted point
            | TaskVerdict.Failed code -> failed point code
            | TaskVerdict.Saved ->
                if not (point.MayGoOn()) then
                    stuck point ""
                else
                    if not (requeue folder point) then
                        again.Add point

                    true
            | TaskVerdict.Lost state ->
                if not (point.MayGoOn()) then
                    stuck point state
                else
                    again.Add point
                    true

        member _.Run(all: AskedPoint list) : unit =
            let mutable left = all

            let stopAll () =
                isStopping <- true
                let jobs = jobsOf left
                let names = String.concat ", " jobs
                watch.Say $"cancelling job {names}: points under way save what they have"
                cancel jobs
                again.Clear()

            while not left.IsEmpty do
                if isStopping then
                    Thread.Sleep(untilNext left.Length)
                elif stop.WaitHandle.WaitOne(untilNext left.Length) then
                    stopAll ()

                for listed in Option.toList (look left) do
                    notice left listed
                    left <- left |> List.filter (fun point -> again.Contains point || follow point)

                let isAtWork = left |> List.exists (again.Contains >> not)

                // With a limit, another array would have points beside those of the first.
                if again.Count > 0 && not (ask.MaxRunning.IsSome && isAtWork) then
                    submit ask script folder [] (List.ofSeq again) |> ignore
                    again.Clear()

    /// Job arrays for the points, whose tasks run `script` as a process of this machine would.
    let runner (script: PointScript) (ask: SlurmAsk) : PointRunner =
        { AtOnce = fun count -> min count (defaultArg ask.MaxRunning count)
          Run =
            fun sweep points watch stop ->
                if points.IsEmpty || stop.IsCancellationRequested then
                    true
                else
                    let folder = SlurmFolder sweep
                    let asked = [ for point in points -> AskedPoint point ]
                    adopt folder asked

                    let fresh = asked |> List.filter _.Task.IsNone

                    if not fresh.IsEmpty then
                        let jobs =
                            submit ask script folder (jobsOf asked) fresh |> String.concat ", "

                        watch.Say $"submitted as job {jobs}"

                    if ask.IsDetached then
                        false
                    else
                        Following(ask, script, folder, watch, stop).Run asked
                        true }

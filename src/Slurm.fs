namespace Workbench

open System
open System.Text.RegularExpressions

/// What a sweep asks of a cluster: for each of its points, and for all.
type SlurmAsk =
    {
        Partition: string option
        Time: string option
        Memory: string option
        Threads: int
        /// Points that run at once.
        MaxRunning: int option
        /// Further options of sbatch.
        Options: string list
        /// Whether the sweep ends once all are submitted.
        IsDetached: bool
    }

/// What the job script of an array tells its tasks, by their numbers.
type SlurmScript =
    {
        /// The folder in which the sweep was started.
        Home: string
        /// The folder of the sweep, and those of its tasks' logs and of the proofs of its points' ends.
        Sweep: string
        Logs: string
        Ends: string
        Command: string list
        /// The options before the folder of a point that goes on.
        Resume: string list
        /// The name of each point's folder, and its options.
        Points: (string * (string * string list) list) list
    }

/// A task of a job array.
type SlurmTask = { Job: string; Number: int }

[<RequireQualifiedAccess>]
type TaskPhase =
    | Queued
    | Running
    /// Over, in this state where it was ever told.
    | Over of state: string

/// What is known of a task, and the looks in a row that found it over.
type KnownTask =
    { Phase: TaskPhase
      Over: int }

    static member Submitted: KnownTask = { Phase = TaskPhase.Queued; Over = 0 }

/// What has become of a task.
[<RequireQualifiedAccess>]
type TaskVerdict =
    | Queued
    | Running
    | Finished
    /// It was stopped, by its time limit for one, and saved what it had.
    | Saved
    /// Somebody cancelled it.
    | Cancelled
    | Failed of code: int
    /// It ended without a proof: a node failed, or it was killed before it could save.
    | Lost of state: string

/// Job arrays of Slurm as texts: what its programs are told, and what they tell.
[<RequireQualifiedAccess>]
module Slurm =

    let private words (all: string list) =
        all |> List.map Text.quote |> String.concat " "

    /// The options that are the same for all points, and each point's others.
    let private shared (points: (string * (string * string list) list) list) =
        let isOfAll option =
            points |> List.forall (snd >> List.contains option)

        let shared = points |> List.tryHead |> Option.map snd |> Option.defaultValue []
        let shared = List.filter isOfAll shared
        let isOwn option = not (List.contains option shared)
        shared, [ for name, options in points -> name, List.filter isOwn options ]

    /// The job script of an array. Its last line makes the program the batch process, which alone has time to save when it is stopped.
    /// A task may be started again at any time, after its end, too: it sees for itself what is left to do.
    let script (job: SlurmScript) : string =
        let shared, points = shared job.Points

        [ "#!/bin/sh"
          "# Trains points of a sweep, one a task. Written by the sweep, which hands it to sbatch."
          $"exec >>{Text.quote job.Logs}/${{SLURM_ARRAY_JOB_ID}}_$SLURM_ARRAY_TASK_ID.log 2>&1"
          $"cd {Text.quote job.Home} || exit 2"
          "case $SLURM_ARRAY_TASK_ID in"
          for number, (name, options) in List.indexed points do
              $"{number}) point={Text.quote name}; set -- {words (Settings.commandLine options)} ;;"
          "*) echo \"error: there is no point $SLURM_ARRAY_TASK_ID\"; exit 2 ;;"
          "esac"
          $"folder={Text.quote job.Sweep}/$point"
          $"export WORKBENCH_SWEEP={Text.quote job.Ends}/$point"
          "echo \"task ${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID on $(hostname), restart ${SLURM_RESTART_COUNT:-0}\""
          "code="
          "[ ! -f \"$WORKBENCH_SWEEP\" ] || read -r code restarts <\"$WORKBENCH_SWEEP\""
          "[ \"$code\" != 0 ] || exit 0"
          "rm -f \"$WORKBENCH_SWEEP\""
          "if [ -f \"$folder/config.json\" ]; then"
          $"    set -- \"$@\" {words job.Resume} \"$folder\""
          "else"
          "    set -- \"$@\" --out \"$folder\""
          "fi"
          $"exec {words (job.Command @ Settings.commandLine shared)} \"$@\"" ]
        |> List.map (fun line -> line + "\n")
        |> String.concat ""

    /// What a point may ask of a cluster, as options of sbatch; those that were given as they are come last.
    let options (ask: SlurmAsk) : string list =
        [ "--requeue"
          "--signal=B:TERM@120"
          $"--cpus-per-task={ask.Threads}"
          for name, value in [ "partition", ask.Partition; "time", ask.Time; "mem", ask.Memory ] do
              for value in Option.toList value do
                  $"--{name}={value}"
          yield! ask.Options ]

    /// Options of sbatch for an array of so many points; where only so many may run at once, it starts after other jobs. The script
    /// writes its log itself: sbatch would replace some letters of a path of output.
    let submission (ask: SlurmAsk) (name: string) (count: int) (after: string list) : string list =
        let limit =
            match ask.MaxRunning with
            | Some most -> $"%%{most}"
            | None -> ""

        options ask
        @ [ "--parsable"
            $"--job-name={name}"
            $"--array=0-{count - 1}{limit}"
            "--output=/dev/null"
            if ask.MaxRunning.IsSome && not after.IsEmpty then
                "--dependency=" + String.concat ":" ("afterany" :: after) ]

    /// The job that sbatch names: its number, and after a semicolon its cluster.
    let submitted (output: string) : string = output.Trim().Split(';')[0]

    /// The most tasks of an array: the bound that the cluster's configuration tells, and a thousand.
    let arraySize (config: string) : int =
        let found =
            Regex.Match(config, @"^MaxArraySize\s*=\s*([0-9]{1,9})", RegexOptions.Multiline)

        if found.Success then Math.Clamp(int found.Groups[1].Value, 1, 1000) else 1000

    /// The format of `squeue` that `look` reads: the array's job, the task's number, its state.
    let format = "%F %K %T"

    /// The states that `squeue` tells, from its exit code and what it wrote; none where it does not answer. Jobs that are over are
    /// forgotten after minutes: of a single one that is an error.
    let look (code: int) (output: string) (errors: string) : Map<SlurmTask, string> option =
        let task (line: string) =
            match line.Split(' ', StringSplitOptions.RemoveEmptyEntries) with
            | [| job; number; state |] ->
                match Int32.TryParse number with
                | true, number -> Some({ Job = job; Number = number }, state)
                | _ -> None
            | _ -> None

        if code = 0 then Some(output.Split '\n' |> Seq.choose task |> Map.ofSeq)
        elif errors.Contains "Invalid job id" then Some Map.empty
        else None

    let private queued =
        set
            [ "PENDING"
              "CONFIGURING"
              "REQUEUED"
              "REQUEUE_HOLD"
              "REQUEUE_FED"
              "SPECIAL_EXIT" ]

    let private over =
        set
            [ "COMPLETED"
              "TIMEOUT"
              "CANCELLED"
              "FAILED"
              "NODE_FAIL"
              "OUT_OF_MEMORY"
              "BOOT_FAIL"
              "DEADLINE"
              "PREEMPTED"
              "REVOKED" ]

    /// What is known of a task after a look. One that is not listed is over; one that was over may be queued again.
    let see (listed: Map<SlurmTask, string>) (task: SlurmTask) (known: KnownTask) : KnownTask =
        match listed.TryFind task, known.Phase with
        | Some state, _ when queued.Contains state -> KnownTask.Submitted
        | Some state, _ when not (over.Contains state) -> { Phase = TaskPhase.Running; Over = 0 }
        | Some state, _ ->
            { Phase = TaskPhase.Over state
              Over = known.Over + 1 }
        | None, TaskPhase.Over _ -> { known with Over = known.Over + 1 }
        | None, _ -> { Phase = TaskPhase.Over ""; Over = 1 }

    /// Looks until a task that is over without a proof counts as lost: what it wrote last may be seen late.
    let private patience = 3

    /// What has become of a task that left this exit code as the proof of its end. Slurm's own codes prove nothing.
    let verdict (proof: int option) (known: KnownTask) : TaskVerdict =
        match proof, known.Phase with
        | Some 0, _ -> TaskVerdict.Finished
        | _, TaskPhase.Queued -> TaskVerdict.Queued
        | _, TaskPhase.Running -> TaskVerdict.Running
        | (None | Some 130), TaskPhase.Over "CANCELLED" -> TaskVerdict.Cancelled
        | Some 130, _ -> TaskVerdict.Saved
        | Some code, _ -> TaskVerdict.Failed code
        | None, _ when known.Over < patience -> TaskVerdict.Running
        | None, TaskPhase.Over state -> TaskVerdict.Lost state

    /// The exit code in a proof; none of another text.
    let proof (text: string) : int option =
        match Int32.TryParse((text.Split ' ')[0]) with
        | true, code -> Some code
        | _ -> None

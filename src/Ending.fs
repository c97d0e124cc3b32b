namespace Workbench

open System

/// How a script ended. `Failed` says why in one line: a loss that is no number, a sweep without a finished run.
[<RequireQualifiedAccess>]
type Ending =
    | Finished
    | Failed of reason: string
    | Interrupted

/// The word between a sweep and the processes that train its points: in these WORKBENCH_SWEEP is 1. Such a run stops when its
/// standard input ends, makes no page of its own, and leaves runs/index.html to the sweep.
[<RequireQualifiedAccess>]
module SweepPoint =
    let variable = "WORKBENCH_SWEEP"

    let isThis: bool = Environment.GetEnvironmentVariable variable = "1"

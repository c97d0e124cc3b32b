namespace Workbench

open System.Diagnostics

/// The evaluation of a run's models: from its folder to the figures in it.
[<RequireQualifiedAccess>]
module EvaluateExperiment =

    /// Rebuilds the models, measures them on the run's data and writes what was found into the folder, which no other process may be
    /// at work in.
    let run (run: Run<EvaluateOptions>) : Ending =
        let clock = Stopwatch.StartNew()
        use _ = SavedRun.alone run.Own
        let saved = SavedRun.read run
        let measured = saved.Models |> List.map (Evaluation.measure run saved.Data)
        EvaluationReport.write run saved clock.Elapsed.TotalSeconds measured
        Ending.Finished

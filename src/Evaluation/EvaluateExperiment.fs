namespace Workbench

open System.Diagnostics

/// The evaluation of a run's models: from its folder to the figures in it.
[<RequireQualifiedAccess>]
module EvaluateExperiment =

    /// Rebuilds the models, measures them on the run's data and writes what was found into the folder, which no other process may be
    /// at work in.
    let run (run: ScriptRun<EvaluateOptions>) : Ending =
        let clock = Stopwatch.StartNew()
        use _ = SavedRun.alone run.Own
        let saved = SavedRun.read run

        let measuring: Measuring =
            { Importance = run.Own.Importance
              Limit = run.Own.Limit
              Samples = run.Own.Samples
              Sigma = run.Own.Sigma
              Seed = run.Common.Seed
              Stop = run.Stop
              Say = run.Say }

        let measured =
            [ for trained in saved.Models ->
                  Evaluation.measure
                      measuring
                      saved.Data
                      { Name = trained.Model.Name
                        Checkpoint = trained.Checkpoint
                        Epoch = trained.State.Epoch
                        Can =
                          { trained.Model.Use trained.State.Parameters with
                              Title = trained.Model.Title } } ]

        EvaluationReport.write
            { Folder = saved.Folder
              Script = saved.Script
              Data = saved.Data
              Unbegun = [ for model in saved.Unbegun -> model.Name ]
              Question = run.Question
              Command = run.Command
              Settings = run.Settings
              Threads = run.Common.Threads
              Say = run.Say }
            clock.Elapsed.TotalSeconds
            measured

        Ending.Finished

namespace Workbench

open System
open System.Diagnostics
open System.Text
open TorchSharp

/// The variational bound's experiment: from its settings to its run's folder.
[<RequireQualifiedAccess>]
module VariationalBoundExperiment =

    let private config (run: ScriptRun<VariationalBoundOptions>) =
        [ "script", Json.Text run.Script ]
        @ run.Settings
        @ [ "changed", Json.List(List.map Json.Text run.Changed)
            "engine-version", Json.Text(Engine.version ()) ]
        @ Machine.versions

    let private page (run: ScriptRun<VariationalBoundOptions>) (seconds: float) studies : Page =
        { Question = run.Question
          Lead =
            $"{run.Script}: two models in which everything is exact, and bounds from up to {Report.count run.Own.Samples} samples, seed {run.Common.Seed}"
          Notice = None
          Sections = VariationalBoundReport.sections studies
          Settings = run.Settings
          Command = run.Command
          Facts =
            [ "Wall-clock", $"{Runner.duration seconds}, {Machine.processor}"
              "Engine", Engine.version ()
              "Workbench", Machine.workbenchVersion
              ".NET", string Environment.Version ] }

    let private estimate (run: ScriptRun<VariationalBoundOptions>) =
        BoundStudy.all
        |> List.mapi (fun number study ->
            use generator = Random.generator run.Common.Seed Random.Sampling number
            study, BoundStudy.estimates run.Stop generator run.Own.Samples study)

    let private line studies =
        [ for study: BoundStudy, estimates: BoundEstimate list in studies ->
              let last, exact = List.last estimates, (study.Path 1.0).LogEvidence

              FormattableString.Invariant
                  $"{study.Name}: log p(x) {exact:F4}, importance-weighted bound {last.Importance.Value:F4} ({last.Samples} samples)" ]
        |> String.concat "; "

    /// Computes both models' decompositions and bounds, and writes the run's folder.
    let run (run: ScriptRun<VariationalBoundOptions>) : Ending =
        let folder = RunFolder.create run.Script run.Common.Out (config run)
        let clock = Stopwatch.StartNew()
        let studies = estimate run
        let seconds = clock.Elapsed.TotalSeconds
        RunFolder.writeMetrics folder (VariationalBoundReport.rows studies)
        RunFolder.writeFigures folder (VariationalBoundReport.figures studies)
        RunFolder.writeTiming folder (("seconds", Json.Real seconds) :: Machine.facts 1)

        page run seconds studies
        |> Report.render
        |> Encoding.UTF8.GetBytes
        |> RunFolder.writeFile folder "report.html"

        RunIndex.update folder.Path
        run.Say(line studies)
        run.Say $"the run is in {folder.Path}"
        Ending.Finished

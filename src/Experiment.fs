namespace Workbench

open System
open System.Diagnostics
open System.Globalization
open System.Text
open TorchSharp

/// What is told of a finished (or interrupted) run, from its last state.
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

/// From a script's settings to its run's folder: what every training script does alike.
[<RequireQualifiedAccess>]
module Experiment =

    /// The data that the common options ask for, downloaded where need be.
    let data (run: Run<'Own>) : Dataset =
        let common = run.Common
        torch.set_num_threads common.Threads

        let download =
            { Download.defaults with
                Quiet = common.Quiet
                Stop = run.Stop }

        Data.loadWith download common.Data common.Labels
        |> Data.limit common.Limit
        |> Data.withPixels common.Pixels

    let private engine = typeof<torch.Tensor>.Assembly.GetName()

    /// What a run's files say of its data and engine.
    let describe (data: Dataset) : (string * Json) list =
        [ "data-sha256", Json.Text data.Hash
          "image-shape", Json.List(data.ImageShape |> List.map Json.Whole)
          "train-examples", Json.Whole(int data.Train.Images.shape[0])
          "test-examples", Json.Whole(int data.Test.Images.shape[0])
          "engine", Json.Text $"{engine.Name} {engine.Version}" ]

    /// What `config.json` says: the script, every setting, the names of those that are not its defaults, data and versions.
    let config (run: Run<'Own>) (data: Dataset) : (string * Json) list =
        [ "script", Json.Text run.Script ]
        @ run.Settings
        @ [ "changed", Json.List(List.map Json.Text run.Changed) ]
        @ describe data
        @ Machine.versions

    let private row (epoch: EpochFigures) =
        ("epoch", float epoch.Epoch) :: epoch.Figures

    let private writeTiming
        folder
        (common: Common)
        (data: Dataset)
        (state: State)
        (seconds: float)
        =
        let examples = float data.Train.Images.shape[0] * float state.Epoch

        RunFolder.writeTiming
            folder
            ([ "seconds", Json.Real seconds
               "epochs", Json.Whole state.Epoch
               "examples-per-second", Json.Real(if seconds > 0.0 then examples / seconds else 0.0) ]
             @ Machine.facts common.Threads)

    /// `41 s`, `3 min 5 s`.
    let duration (seconds: float) : string =
        let time = TimeSpan.FromSeconds(Math.Round seconds)

        if time.TotalMinutes < 1.0 then
            $"{time.Seconds} s"
        else
            $"{int time.TotalMinutes} min {time.Seconds} s"

    let private lead (run: Run<'Own>) (data: Dataset) (state: State) =
        let images =
            Report.count data.Train.Images.shape[0], Report.count data.Test.Images.shape[0]

        $"{run.Script} on {data.Name}, {Pixels.name data.Pixels} pixels: {fst images} training and {snd images} test images; "
        + $"{state.Epoch} of {run.Common.Epochs} epochs, seed {run.Common.Seed}"

    /// What figures there are of a run that did not finish.
    let private reached (state: State) =
        if state.Epoch = 0 then
            "No epoch was finished, so there are no figures."
        else
            $"The figures are those of epoch {state.Epoch}."

    let private notice (state: State) (ending: Ending) =
        match ending with
        | Ending.Finished -> None
        | Ending.Failed reason -> Some $"{Char.ToUpperInvariant reason[0]}{reason[1..]}"
        | Ending.Interrupted -> Some $"The run was interrupted. {reached state}"

    /// What stands at a page's foot. `threads` says how many worked.
    let facts (data: Dataset) (seconds: float) (threads: string) : (string * string) list =
        [ "Data", $"{data.Name}, SHA-256 {data.Hash}"
          "Wall-clock", $"{duration seconds}, {threads}, {Machine.processor}"
          "Engine", $"{engine.Name} {engine.Version}"
          "Workbench", Machine.workbenchVersion
          ".NET", string Environment.Version ]

    let private page
        (run: Run<'Own>)
        data
        (state: State)
        seconds
        ending
        (sections: Section list)
        : Page =
        { Question = run.Question
          Lead = lead run data state
          Notice = notice state ending
          Sections = sections
          Settings = run.Settings @ describe data
          Command = run.Command
          Facts = facts data seconds $"{run.Common.Threads} threads" }

    /// Writes what is told of the last whole epoch; the page also where there was none. Gives the line for people.
    let private conclude
        folder
        (summarise: State -> Summary)
        (state: State)
        (page: Section list -> Page)
        =
        let summary = if state.Epoch > 0 then Some(summarise state) else None

        match summary with
        | Some summary ->
            RunFolder.writeFigures folder summary.Figures

            for name, png in summary.Pictures do
                RunFolder.writeSample folder name png
        | None -> ()

        let sections = summary |> Option.map _.Sections |> Option.defaultValue []

        if not SweepPoint.isThis then
            RunFolder.writeFile
                folder
                "report.html"
                (Encoding.UTF8.GetBytes(Report.render (page sections)))

            RunIndex.update folder.Path

        summary |> Option.map _.Line

    /// Trains a model from its first epoch, keeping the run's folder up to date: config.json at the start, metrics.csv after
    /// each epoch, the rest at the end, also of a run that diverged or was interrupted.
    let train
        (run: Run<'Own>)
        (data: Dataset)
        (rate: int -> float)
        (objective: Objective)
        (shown: string list)
        (summarise: State -> Summary)
        : Ending =
        let folder = RunFolder.create run.Script run.Common.Out (config run data)

        let clock = Stopwatch.StartNew()
        let rows = ResizeArray()

        use progress =
            Progress.start run.Common.Quiet run.Common.Epochs (int data.Train.Images.shape[0])

        let watch =
            { Step = progress.Step
              Epoch =
                fun epoch ->
                    rows.Add(row epoch)
                    RunFolder.writeMetrics folder (List.ofSeq rows)

                    progress.Epoch
                        epoch.Epoch
                        (epoch.Figures |> List.filter (fun (name, _) -> List.contains name shown))
              Cancel = run.Stop }

        let settings =
            { Epochs = run.Common.Epochs
              Batch = run.Common.Batch
              LearningRate = rate }

        let finish state ending =
            progress.Finish()
            let seconds = clock.Elapsed.TotalSeconds
            writeTiming folder run.Common data state seconds

            conclude folder summarise state (page run data state seconds ending)
            |> Option.iter run.Say

            run.Say $"the run is in {folder.Path}"
            ending

        match Train.run settings objective watch data (Train.start objective run.Common.Seed) with
        | Finished state -> finish state Ending.Finished
        | Interrupted state -> finish state Ending.Interrupted
        | Diverged(state, divergence) ->
            finish
                state
                (Ending.Failed
                    $"the run diverged: {divergence}; try a smaller --lr. {reached state}")

/// The VAE's experiment: settings of the command line as a model, and what is told of it at the end.
[<RequireQualifiedAccess>]
module VaeExperiment =

    let spec (options: VaeOptions) (data: Dataset) : Vae.Spec =
        { Pixels = List.reduce (*) data.ImageShape
          Hidden = options.Hidden
          Latent = options.Latent
          Activation = options.Activation
          Dropout = options.Dropout
          Variance = options.Variance }

    let private nats (value: float) =
        value.ToString("F2", CultureInfo.InvariantCulture)

    let private summary spec (data: Dataset) (seed: int) (state: State) : Summary =
        let parameters = state.Parameters
        let measure = Metrics.elbo spec parameters data.Pixels
        let train, test = measure data.Train.Images, measure data.Test.Images

        let reconstruct = Vae.reconstruct spec parameters

        let generate =
            Vae.generate spec parameters (Random.generator seed Random.Sampling 0)

        let testRows = Pictures.test data reconstruct generate
        let trainingRows = Pictures.training data reconstruct

        let figures =
            [ "epochs", float state.Epoch
              yield! Objectives.named "train" train
              yield! Objectives.named "test" test
              "train_pixel_entropy", Metrics.pixelEntropy data.Pixels data.Train.Images
              "test_pixel_entropy", Metrics.pixelEntropy data.Pixels data.Test.Images ]

        { Figures = figures
          Pictures = [ "samples", Pictures.rows testRows; "training", Pictures.rows trainingRows ]
          Sections = VaeReport.sections spec data state figures testRows trainingRows
          Line =
            $"test ELBO {nats test.Elbo} nats = reconstruction {nats test.Reconstruction} + KL {nats test.Kl} "
            + $"({Pixels.name data.Pixels} pixels of {data.Name}, {data.Test.Images.shape[0]} test images, one noise sample each)" }

    /// Trains the VAE that the options describe.
    let train (run: Run<VaeOptions>) : Ending =
        let data = Experiment.data run
        let options = run.Own
        let spec = spec options data
        let weight = Schedule.warmup options.KlWarmup options.KlWeight
        let rate = Schedule.drops options.LrDropAt options.LrDrop run.Common.LearningRate
        let objective = Objectives.vae spec weight data

        Experiment.train
            run
            data
            rate
            objective
            [ "train_loss"; "test_elbo"; "test_kl" ]
            (summary spec data run.Common.Seed)

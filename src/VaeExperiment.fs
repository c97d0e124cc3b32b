namespace Workbench

open System.Globalization

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

    /// What is told of a trained VAE.
    let summary spec (data: Dataset) (seed: int) (state: State) : Summary =
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

    /// The VAE and its training, in so many epochs.
    let stage (common: CommonOptions) (name: string) (options: VaeOptions) (data: Dataset) : Stage =
        let weight = Schedule.warmup options.KlWarmup options.KlWeight

        let stage =
            Stage.create common name (Objectives.vae (spec options data) weight data)

        { stage with
            Settings =
                { stage.Settings with
                    LearningRate =
                        Schedule.drops options.LrDropAt options.LrDrop common.LearningRate }
            Shown = [ "train_loss"; "test_elbo"; "test_kl" ]
            Best = Some "test_elbo" }

    /// Trains the VAE that the options describe.
    let train (run: ScriptRun<VaeOptions>) : Ending =
        let data = Runner.data run
        let spec = spec run.Own data

        Runner.train run data [ stage run.Common "" run.Own data ] (fun trained ->
            summary spec data run.Common.Seed trained.Head.State)

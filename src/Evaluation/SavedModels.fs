namespace Workbench

open TorchSharp

/// A model that a run has trained, as its settings describe it.
type SavedModel =
    {
        /// The sub-folder of a run that trains several; empty: the run's own folder.
        Name: string
        /// For readers.
        Title: string
        /// Parameters with the names and shapes that a checkpoint must have.
        Fresh: unit -> Parameters
        Use: Parameters -> Can
    }

/// What a run's settings say of its data and its models.
type SavedSettings =
    {
        Common: CommonOptions
        /// What the script does to the data once they are read.
        Prepare: Dataset -> Dataset
        Models: Dataset -> SavedModel list
    }

/// From a run's settings to its models.
[<RequireQualifiedAccess>]
module SavedModels =

    let private unable = Can.nothing ""

    let private ofPrior = Can.ofPrior

    let private vae name (spec: Vae.Spec) : SavedModel =
        { Name = name
          Title = "VAE"
          Fresh = fun () -> Vae.init 0 spec
          Use =
            fun parameters ->
                { Title = "VAE"
                  Likelihood = Some(Likelihood.vae spec parameters)
                  Code = Some(Vae.encode spec parameters Evaluation)
                  Reconstruct = Some(Vae.reconstruct spec parameters)
                  Generate = ofPrior spec.Latent (fun z -> (Vae.decode spec parameters z).sigmoid()) } }

    let private autoencoder name title (spec: Autoencoder.Spec) : SavedModel =
        { Name = name
          Title = title
          Fresh = fun () -> Autoencoder.init 0 spec
          Use =
            fun parameters ->
                { unable with
                    Reconstruct = Some(Autoencoder.reconstruct spec parameters) } }

    /// An autoencoder whose decoder is given draws of N(0, I).
    let private naive name title (spec: Autoencoder.Spec) : SavedModel =
        let model = autoencoder name title spec

        { model with
            Use =
                fun parameters ->
                    { model.Use parameters with
                        Generate = ofPrior spec.Latent (Autoencoder.decode spec parameters) } }

    let private vaeGan name (spec: VaeGan.Spec) : SavedModel =
        { Name = name
          Title = "VAE-GAN"
          Fresh = fun () -> VaeGan.init 0 spec
          Use =
            fun parameters ->
                { unable with
                    Code = Some(VaeGan.encode spec parameters Evaluation >> fst)
                    Reconstruct = Some(VaeGan.reconstruct spec parameters)
                    Generate =
                        ofPrior spec.Latent (fun z ->
                            (VaeGan.decode spec parameters Evaluation z).Output) } }

    let private adversarialAutoencoder (spec: AdversarialAutoencoder.Spec) : SavedModel =
        { Name = ""
          Title = "adversarial autoencoder"
          Fresh = fun () -> AdversarialAutoencoder.init 0 spec
          Use =
            fun parameters ->
                let decode = AdversarialAutoencoder.decode spec parameters

                { unable with
                    Reconstruct = Some(AdversarialAutoencoder.encode spec parameters >> decode)
                    Generate = ofPrior spec.Latent decode } }

    /// The same number of images of each label, as far as the count goes.
    let private labels (spec: Gan.Spec) (count: int) =
        if spec.Classes > 0 then
            Some(torch.tensor [| for image in 0 .. count - 1 -> int64 (image % spec.Classes) |])
        else
            None

    let private gan name (spec: Gan.Spec) : SavedModel =
        { Name = name
          Title = if spec.Classes > 0 then "conditional GAN" else "GAN"
          Fresh = fun () -> Gan.init 0 spec
          Use =
            fun parameters ->
                { unable with
                    Generate =
                        Some(fun generator count ->
                            use _ = torch.no_grad ()
                            use _ = torch.NewDisposeScope()
                            let asked = labels spec count
                            let noise = Gaussian.prior generator (int64 count) spec.Noise
                            let pass = Gan.generate spec parameters Evaluation asked noise

                            { Images = pass.Output.MoveToOuterDisposeScope()
                              Asked = asked |> Option.map _.MoveToOuterDisposeScope() }) } }

    let private reads own (models: 'Own -> Dataset -> SavedModel list) saved : SavedSettings =
        let common, options = CommandLine.ofSettings own saved

        { Common = common
          Prepare = id
          Models = models options }

    let private conditional (options: ConditionalGanOptions) (data: Dataset) =
        let classes = if options.WideNoise then 0 else ConditionalGanOptions.classes data

        [ gan "" (GanExperiment.spec (ConditionalGanOptions.gan options) classes data) ]

    /// Each script that trains models that can be evaluated, and what its settings make of them.
    let private scripts: (string * ((string * Json) list -> SavedSettings)) list =
        [ "vae",
          reads VaeOptions.own (fun options data -> [ vae "" (VaeExperiment.spec options data) ])

          "autoencoder",
          reads AutoencoderOptions.own (fun options data ->
              [ autoencoder "" "autoencoder" (AutoencoderOptions.spec options data) ])

          "naive-generation",
          reads AutoencoderOptions.own (fun options data ->
              let plain = AutoencoderOptions.spec options data

              [ naive "plain" "plain autoencoder" plain
                naive
                    "normalised"
                    "normalised autoencoder"
                    { plain with
                        Bottleneck = Autoencoder.Normalised }
                vae "vae" (AutoencoderOptions.vae options data) ])

          "gan",
          reads GanOptions.own (fun options data -> [ gan "" (GanExperiment.spec options 0 data) ])

          "conditional-gan", reads ConditionalGanOptions.own conditional

          "interpolation",
          reads InterpolationOptions.own (fun _ data ->
              [ gan "gan" (GanExperiment.spec GanOptions.defaults 0 data)
                vae "vae" (VaeExperiment.spec VaeOptions.defaults data) ])

          "vae-gan",
          reads VaeGanOptions.own (fun options data ->
              [ vaeGan "vae-gan" (VaeGanOptions.spec options data)
                vae "vae" (VaeGanOptions.vae options data) ])

          "conv-autoencoder",
          reads ConvAutoencoderOptions.own (fun options data ->
              [ autoencoder
                    ""
                    "convolutional autoencoder"
                    (ConvAutoencoderOptions.spec options data) ])
          >> fun settings ->
              { settings with
                  Prepare = Data.withValidation }

          "adversarial-autoencoder",
          reads AdversarialAutoencoderOptions.own (fun options data ->
              [ adversarialAutoencoder (AdversarialAutoencoderOptions.spec options data) ]) ]

    /// How the settings of a script's runs are read; none where it trains nothing that can be evaluated.
    let tryFind (script: string) : ((string * Json) list -> SavedSettings) option =
        scripts |> List.tryFind (fst >> (=) script) |> Option.map snd

    /// The scripts whose runs can be evaluated.
    let names: string list = List.map fst scripts

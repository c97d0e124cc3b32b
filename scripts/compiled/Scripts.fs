namespace Workbench

/// An experiment whose options' type is not asked for.
type Script =
    {
        File: ScriptFile
        /// By the arguments of a command line; bad input is raised.
        Run: string list -> Ending
        /// What it would train by these arguments.
        Plan: string list -> (Fit * Dataset) list
    }

    member this.Name: string = this.File.Name

/// The experiments of the scripts as an assembly: for tests, which run them in their own process, and for the bench, which measures
/// their training steps.
[<RequireQualifiedAccess>]
module Scripts =

    let private script (experiment: Experiment<'S>) : Script =
        { File = experiment.File
          Run = fun arguments -> Experiment.Run(experiment, arguments)
          Plan = fun arguments -> Experiment.Plan(experiment, arguments) }

    let all: Script list =
        [ script Vae.experiment
          script ``Kl-sweep``.experiment
          script Autoencoder.experiment
          script ``Naive-generation``.experiment
          script Gan.experiment
          script ``Conditional-gan``.experiment
          script Interpolation.experiment
          script ``Vae-gan``.experiment
          script ``Conv-autoencoder``.experiment
          script ``Adversarial-autoencoder``.experiment
          script ``Variational-bound``.experiment
          script Classifier.experiment ]

    let find (name: string) : Script =
        all |> List.find (fun script -> script.Name = name)

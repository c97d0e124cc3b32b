namespace Workbench

open TorchSharp

/// What is measured of a VAE-GAN and of the VAE beside it, and what that says.
[<RequireQualifiedAccess>]
module VaeGanReport =

    type Model =
        {
            /// In figures' names.
            Name: string
            /// For readers.
            Title: string
            /// So many new images, N x pixels.
            Generate: int -> torch.Tensor
            Reconstruct: torch.Tensor -> torch.Tensor
            Encode: torch.Tensor -> Gaussian
        }

    type Told =
        {
            Model: Model
            /// KL(q || N(0, I)) in nats, test images.
            Kl: float
            /// Squared error of test images, summed over pixels.
            Error: float
            /// Figures of the frozen classifier, where there is one for the data.
            Judged: (string * Estimate) list
        }

    /// Images generated to be measured.
    let private count = 10_000

    /// Measures a model.
    let measure (data: Dataset) (model: Model) : Told =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()

        { Model = model
          Kl = Metrics.kl model.Encode data.Pixels data.Test.Images
          Error = Metrics.squaredError model.Reconstruct data.Pixels data.Test.Images
          Judged = Generators.judged data (model.Generate count) }

    let private named (told: Told) : (string * string * float) list =
        [ "test_kl", "KL, nats", told.Kl
          "test_error", "squared error of reconstructions", told.Error ]

    /// Final figures: MODEL_FIGURE.
    let figures (told: Told) : (string * float) list =
        [ for name, _, value in named told -> name, value
          for name, estimate in told.Judged -> name, estimate.Value ]
        |> List.map (fun (name, value) -> $"{told.Model.Name}_{name}", value)

    /// A line for people.
    let line (all: Told list) : string =
        [ for told in all ->
              $"{told.Model.Title}: KL {Sections.fixed2 told.Kl}, squared error {Sections.fixed2 told.Error}" ]
        |> String.concat "; "

    /// All figures, a row a model.
    let table (data: Dataset) (all: Told list) : Section list =
        let test = Sections.note data "test" data.Test.Images.shape[0]

        let own =
            Section.Table(
                $"KL and error on {test}, errors summed over pixels.",
                "" :: [ for _, title, _ in named all.Head -> title ],
                [ for told in all ->
                      told.Model.Title :: [ for _, _, value in named told -> Sections.fixed2 value ] ]
            )

        own
        :: Generators.tables data [ for told in all -> told.Model.Title, told.Judged ]

    /// What becomes of the code without a reconstruction term, or with a learned one: words from the figures.
    let answer (loss: AdversarialObjectives.VaeGanLoss) (all: Told list) : Section list =
        match loss, all with
        | AdversarialObjectives.Basic, [ own; vae ] ->
            let kept =
                if own.Kl < 0.1 * vae.Kl then
                    "has let go of the image: with nothing that asks for its reconstruction, the prior's term is least where the code tells nothing"
                else
                    "still tells something of the image, though nothing asks for its reconstruction"

            [ Section.Words
                  $"Without a reconstruction term the code {kept}. Its KL is {Sections.fixed2 own.Kl} nats, the VAE's {Sections.fixed2 vae.Kl}; reconstructions are off by {Sections.fixed2 own.Error}, the VAE's by {Sections.fixed2 vae.Error}: what is decoded looks like an image of the data, not like the one that was encoded." ]
        | AdversarialObjectives.Similarity gamma, [ own; vae ] ->
            let compared = if own.Error > vae.Error then "larger" else "smaller"

            [ Section.Words
                  $"The similarity is learned in the discriminator, with weight {Sections.short gamma} in the decoder's loss: pixel by pixel the error is {compared} than the VAE's ({Sections.fixed2 own.Error} and {Sections.fixed2 vae.Error}), which was trained on pixels; KL {Sections.fixed2 own.Kl} and {Sections.fixed2 vae.Kl} nats." ]
        | _ -> []

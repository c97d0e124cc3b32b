namespace Workbench

open TorchSharp

/// What is measured of decoders that are given draws of N(0, I), and what that says.
[<RequireQualifiedAccess>]
module NaiveGeneration =

    /// A decoder and the encoder it was trained with.
    type Model =
        {
            /// In figures' names.
            Name: string
            /// For readers.
            Title: string
            /// N x pixels to N x latent, in evaluation.
            Encode: torch.Tensor -> torch.Tensor
            /// N x latent to N x pixels in 0 to 1.
            Decode: torch.Tensor -> torch.Tensor
        }

    /// What was measured of a model.
    type Told =
        {
            Model: Model
            /// Frechet distance of the test images' codes to N(0, I).
            CodeDistance: float
            /// The root of the codes' mean variance.
            CodeSpread: float
            /// Euclidean distance of generated images to the nearest training image, averaged.
            Nearest: float
            /// Figures of the frozen classifier, where there is one for the data.
            Judged: (string * Estimate) list
        }

    /// Images generated to be measured.
    let private count = 2000L

    /// Training images that are looked through for the nearest, the first ones.
    let private searched = 10_000L

    /// A draw of q(z|x) for each image: what the codes are that the decoder has learned from.
    let sampled (spec: Vae.Spec) (parameters: Parameters) (images: torch.Tensor) : torch.Tensor =
        Vae.encode spec parameters Evaluation images
        |> Gaussian.sample (Random.generator 0 Random.Evaluation 1)

    /// Measures a model on images of `draws`.
    let measure (data: Dataset) (draws: int64 -> torch.Tensor) (model: Model) : Told =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let codes = model.Encode data.Test.Images
        let images = model.Decode(draws count)
        let train = data.Train.Images

        let nearest =
            Distances.nearest images (train.narrow (0L, 0L, min searched train.shape[0]))

        { Model = model
          CodeDistance = Frechet.fromStandardNormal codes
          CodeSpread = Codes.moments codes |> List.averageBy snd |> sqrt
          Nearest = nearest |> Array.averageBy _.Distance
          Judged = Generators.judged data images }

    let private named (told: Told) : (string * string * float) list =
        [ "code_distance", "codes' Frechet distance to N(0, I)", told.CodeDistance
          "code_spread", "codes' standard deviation", told.CodeSpread
          "nearest_training", "distance to the nearest training image", told.Nearest ]

    /// Final figures: MODEL_FIGURE.
    let figures (told: Told) : (string * float) list =
        [ for name, _, value in named told -> name, value
          for name, estimate in told.Judged -> name, estimate.Value ]
        |> List.map (fun (name, value) -> $"{told.Model.Name}_{name}", value)

    /// A line for people.
    let line (all: Told list) : string =
        let one told =
            $"{told.Model.Name} {Sections.short told.CodeDistance}"

        let each = all |> List.map one |> String.concat ", "
        $"Frechet distance of codes to N(0, I): {each}"

    /// All figures, a row a model.
    let table (data: Dataset) (all: Told list) : Section list =
        let header = "" :: [ for _, title, _ in named all.Head -> title ]

        let rows =
            [ for told in all ->
                  told.Model.Title :: [ for _, _, value in named told -> Sections.short value ] ]

        let test = Sections.note data "test" data.Test.Images.shape[0]

        let own =
            Section.Table(
                $"Codes are those of {test}; a VAE's are drawn from q(z|x). Images are {count} decoded from draws of N(0, I); distances are Euclidean over pixels, to the nearest of the first {Report.count searched} training images.",
                header,
                rows
            )

        own
        :: Generators.tables data [ for told in all -> told.Model.Title, told.Judged ]

    let private further (a: float) (b: float) =
        if a > b * 1.05 then "further from the nearest training image than"
        elif b > a * 1.05 then "nearer to the nearest training image than"
        else "about as far from the nearest training image as"

    /// Words on two questions, from the figures of the plain, the normalised and the variational model.
    let answers (all: Told list) : Section list =
        match all with
        | [ a; b; c ] ->
            let fit told =
                $"{Sections.short told.CodeDistance} (standard deviation {Sections.short told.CodeSpread})"

            let reason =
                if a.CodeDistance > 2.0 * b.CodeDistance then
                    "A's decoder is asked for codes that it has hardly seen: draws of N(0, I) fill a corner of the plane its own codes live on, and what they decode to repeats or blends a few images. B has been trained so that its codes have the draws' mean and variance, so that its draws land among them."
                else
                    "Here the plain codes happen to lie about where the draws fall, so that normalising them changes little."

            [ Section.Words
                  $"Are the images of A and B different, and why? The codes of A lie at a Frechet distance of {fit a} from N(0, I), those of B at {fit b}. {reason} The images of A are {further a.Nearest b.Nearest} those of B ({Sections.fixed2 a.Nearest} and {Sections.fixed2 b.Nearest})."
              Section.Words
                  $"Does the VAE produce a different quality? Its codes lie at {fit c}: the KL term shapes all of q(z|x), not mean and variance alone, so no draw falls between what the decoder knows. Its images are {further c.Nearest b.Nearest} those of B ({Sections.fixed2 c.Nearest} and {Sections.fixed2 b.Nearest}); a smaller distance means smoother, more typical images, not sharper ones." ]
        | _ -> []

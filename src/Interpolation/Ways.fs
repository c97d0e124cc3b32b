namespace Workbench

open TorchSharp

/// What is measured on ways between images: means over the ways, with their standard errors.
type WayFigures =
    {
        /// How many ways.
        Count: int
        /// The share of plausible images between the ends.
        Between: Estimate
        /// The same share of the ends.
        Ends: Estimate
        /// The Euclidean distance of neighbouring images.
        PixelStep: Estimate
        /// The sum of the steps in the classifier's features.
        Length: Estimate
        /// `Length` over the distance of the ends: 1 on a straight line.
        Detour: Estimate
        /// The largest step in the features over the mean step: 1 where all are equal.
        Unevenness: Estimate
        /// The sharpness of all images.
        Sharpness: Estimate
        /// The sharpness of the middle two over that of the two ends.
        Middle: Estimate
        /// The share of plausible images at each point of the way.
        PlausibleAt: Estimate list
        /// The sharpness at each point.
        SharpnessAt: Estimate list
    }

/// Where ways lead from image to image: a GAN's noise, a VAE's codes, or the pixels themselves.
type Space =
    {
        Name: string
        /// Points that ways may start and end at, M x d.
        Points: torch.Tensor
        /// What is known of their images.
        Candidates: Candidates
        /// Images, N x pixels, of N x d points.
        Draw: torch.Tensor -> torch.Tensor
        Way: Way
    }

/// The same of real images, to compare with.
type ImageFigures =
    { Plausible: Estimate
      Sharpness: Estimate }

/// Ways between images, and measurements on them.
[<RequireQualifiedAccess>]
module Ways =

    /// The images, (N points) x pixels, of N ways from and to points of these numbers, one way after the other.
    let images (space: Space) (ends: (int * int) list) : torch.Tensor =
        use _ = torch.no_grad ()

        let rows pick =
            space.Points.index_select (0L, torch.tensor [| for way in ends -> int64 (pick way) |])

        Interpolation.between space.Way (rows fst) (rows snd) |> space.Draw

    let private last = Interpolation.points - 1

    /// 0 of 0 is 1: nothing changes, evenly.
    let private over (whole: float) (part: float) =
        if whole = 0.0 then 1.0 else part / whole

    /// A figure of each image as rows of a way each.
    let private byWay (figures: 'T[]) =
        Array.chunkBySize Interpolation.points figures

    let private atEachPoint (ways: float[][]) =
        [ for point in 0..last -> Estimate.ofValues (ways |> Array.map (Array.item point)) ]

    /// Which other test image an image reaches to, as in `Generators.judge`.
    let private neighbour = 3

    /// Whether each image is plausible, 1 or 0: it is clear (the classifier holds a label likelier than 0.9), and in the
    /// classifier's features it lies within the reach of a test image, its distance to the third nearest other one.
    let private plausible (classifier: Classifier) (test: torch.Tensor) (images: torch.Tensor) =
        let features = Classifier.features classifier

        Array.map2
            (fun (_, probability) isNear ->
                if probability > Generators.clear && isNear then 1.0 else 0.0)
            (Classifier.verdicts classifier images)
            (Manifold.within neighbour (features test) (features images))

    /// Figures of the ways whose images, (N points) x pixels, are as `images` gives them.
    let measure (classifier: Classifier) (data: Dataset) (images: torch.Tensor) : WayFigures =
        let plausible = byWay (plausible classifier data.Test.Images images)

        let features = Classifier.features classifier images
        let steps = Interpolation.steps features
        let lengths = steps |> Array.map Array.sum
        let sharpness = byWay (Sharpness.laplacian data.ImageShape images)

        let mean (figure: 'T -> float) (ways: 'T[]) =
            Estimate.ofValues (ways |> Array.map figure)

        let ends (way: float[]) = (way[0] + way[last]) / 2.0

        let middle (way: float[]) =
            (way[last / 2] + way[last / 2 + 1]) / 2.0

        { Count = steps.Length
          Between = plausible |> mean (fun way -> Array.average way[1 .. last - 1])
          Ends = mean ends plausible
          PixelStep = mean Array.average (Interpolation.steps images)
          Length = mean id lengths
          Detour = Estimate.ofValues (Array.map2 over (Interpolation.apart features) lengths)
          Unevenness = steps |> mean (fun way -> Array.max way |> over (Array.average way))
          Sharpness = mean Array.average sharpness
          Middle = sharpness |> mean (fun way -> middle way |> over (ends way))
          PlausibleAt = atEachPoint plausible
          SharpnessAt = atEachPoint sharpness }

    /// So many training images stand for real ones.
    let private compared = 1_000L

    /// The same of the first training images, beside the test images that plausibility is measured by.
    let reference (classifier: Classifier) (data: Dataset) : ImageFigures =
        let all = data.Train.Images
        let images = all.narrow (0L, 0L, min compared all.shape[0])

        { Plausible = Estimate.ofValues (plausible classifier data.Test.Images images)
          Sharpness = Estimate.ofValues (Sharpness.laplacian data.ImageShape images) }

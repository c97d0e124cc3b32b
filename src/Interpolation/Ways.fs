namespace Workbench

open TorchSharp

/// What is measured on ways between images: means over the ways, with their standard errors.
type WayFigures =
    {
        /// How many ways.
        Count: int
        /// The share of clear images (the classifier holds a label likelier than 0.9) between the ends.
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
        /// The share of clear images at each point of the way.
        ClearAt: Estimate list
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
    { Clear: Estimate; Sharpness: Estimate }

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

    /// Whether each image is clear: 1 or 0.
    let private clear (classifier: Classifier) (images: torch.Tensor) : float[] =
        Classifier.verdicts classifier images
        |> Array.map (fun (_, probability) -> if probability > Generators.clear then 1.0 else 0.0)

    /// Figures of the ways whose images, (N points) x pixels, are as `images` gives them.
    let measure
        (classifier: Classifier)
        (imageShape: int list)
        (images: torch.Tensor)
        : WayFigures =
        let clear = byWay (clear classifier images)

        let features = Classifier.features classifier images
        let steps = Interpolation.steps features
        let lengths = steps |> Array.map Array.sum
        let sharpness = byWay (Sharpness.laplacian imageShape images)

        let mean (figure: 'T -> float) (ways: 'T[]) =
            Estimate.ofValues (ways |> Array.map figure)

        let ends (way: float[]) = (way[0] + way[last]) / 2.0

        let middle (way: float[]) =
            (way[last / 2] + way[last / 2 + 1]) / 2.0

        { Count = steps.Length
          Between = clear |> mean (fun way -> Array.average way[1 .. last - 1])
          Ends = mean ends clear
          PixelStep = mean Array.average (Interpolation.steps images)
          Length = mean id lengths
          Detour = Estimate.ofValues (Array.map2 over (Interpolation.apart features) lengths)
          Unevenness = steps |> mean (fun way -> Array.max way |> over (Array.average way))
          Sharpness = mean Array.average sharpness
          Middle = sharpness |> mean (fun way -> middle way |> over (ends way))
          ClearAt = atEachPoint clear
          SharpnessAt = atEachPoint sharpness }

    /// What is measured on images that no way goes through, N x pixels.
    let reference (classifier: Classifier) (imageShape: int list) (images: torch.Tensor) =
        { Clear = Estimate.ofValues (clear classifier images)
          Sharpness = Estimate.ofValues (Sharpness.laplacian imageShape images) }

namespace Workbench

open System
open TorchSharp

/// How to get from one point to another.
type Way =
    /// Straight.
    | Line
    /// Along the great circle (Shoemake, 1985): draws of N(0, I) lie near a sphere, and the way stays near it (White, 2016).
    | Arc

/// Ways between points, and the steps on them.
[<RequireQualifiedAccess>]
module Interpolation =

    /// Points of a way, with both ends.
    let points = 10

    /// How much of either end there is at a share t of the way, for ends that enclose an angle.
    let private weights way (angle: float) (t: float) =
        match way with
        | Arc when sin angle > 1e-6 ->
            sin ((1.0 - t) * angle) / sin angle, sin (t * angle) / sin angle
        | _ -> 1.0 - t, t

    let private norms (rows: Tensor) = rows.square().sum(1L).sqrt()

    /// The points of N ways between the rows of two N x d tensors, one way after the other: (N points) x d.
    let between (way: Way) (from: Tensor) (until: Tensor) : Tensor =
        let cosines = (from * until).sum 1L / (norms from * norms until)

        let all =
            [| for cosine in cosines.data<float32>().ToArray() do
                   let angle = acos (Math.Clamp(float cosine, -1.0, 1.0))

                   for point in 0 .. points - 1 do
                       weights way angle (float point / float (points - 1)) |]

        let along (part: float * float -> float) (ends: Tensor) =
            let weights =
                torch.from_array (Array.map (part >> float32) all, device = ends.device)

            weights.reshape (-1L, int64 points, 1L) * ends.unsqueeze 1L

        (along fst from + along snd until).reshape(-1L, from.shape[1])

    /// The rows of all ways at one point, from 0.
    let at (point: int) (rows: Tensor) : Tensor =
        rows.reshape(-1L, int64 points, rows.shape[1]).select(1L, int64 point)

    /// The Euclidean distance of each way's points of two numbers.
    let private distances rows from until =
        use _ = torch.NewDisposeScope()

        (norms (at until rows - at from rows)).data<float32>().ToArray()
        |> Array.map float

    /// The Euclidean distances of neighbours on each way, rows as `between` gives them.
    let steps (rows: Tensor) : float[][] =
        [| for point in 1 .. points - 1 -> distances rows (point - 1) point |]
        |> Array.transpose

    /// The Euclidean distance of each way's ends.
    let apart (rows: Tensor) : float[] = distances rows 0 (points - 1)

/// How sharp images are.
[<RequireQualifiedAccess>]
module Sharpness =

    /// The variance over an image's inner pixels of the Laplacian (four neighbours less four times the pixel, Pech-Pacheco et al.,
    /// 2000), the mean over channels; a figure for each of N images. Blur lowers it; speckles raise it.
    let laplacian (imageShape: int list) (images: Tensor) : float[] =
        use _ = torch.NewDisposeScope()

        match imageShape |> List.map int64 with
        | [ channels; height; width ] ->
            let pixels = images.reshape (-1L, channels, height, width)

            let shifted down right =
                pixels.narrow(2L, 1L + down, height - 2L).narrow(3L, 1L + right, width - 2L)

            let neighbours = shifted -1L 0L + shifted 1L 0L + shifted 0L -1L + shifted 0L 1L

            (neighbours - shifted 0L 0L * 4.0)
                .reshape(-1L, channels, (height - 2L) * (width - 2L))
                .``var``(2L, unbiased = false)
                .mean([| 1L |])
                .data<float32>()
                .ToArray()
            |> Array.map float
        | _ -> invalidArg (nameof imageShape) "channels, height and width are needed"

/// Images that a way may go between: the likeliest label of each, and how likely each label is.
type Candidates =
    { Labels: int[]
      Probabilities: float32[][] }

/// Which images a way goes between.
[<RequireQualifiedAccess>]
module Ends =

    /// Candidates as a classifier sees them: N x classes probabilities.
    let ofProbabilities (probabilities: Tensor) : Candidates =
        let rows =
            probabilities.contiguous().data<float32>().ToArray()
            |> Array.chunkBySize (int probabilities.shape[1])

        { Labels = rows |> Array.map (fun row -> Array.findIndex ((=) (Array.max row)) row)
          Probabilities = rows }

    /// Candidates whose labels are known (int64, N): each is certain.
    let ofLabels (classes: int) (labels: Tensor) : Candidates =
        torch.nn.functional.one_hot(labels, int64 classes).to_type(torch.float32)
        |> ofProbabilities

    /// The turn-th (from 0, round and round) of the images with a label; where there is none, the one likeliest to have it.
    let find (candidates: Candidates) (label: int) (turn: int) : int =
        let all = [| 0 .. candidates.Labels.Length - 1 |]

        match all |> Array.filter (fun image -> candidates.Labels[image] = label) with
        | [||] -> all |> Array.maxBy (fun image -> candidates.Probabilities[image][label])
        | members -> members[turn % members.Length]

    /// Each two labels, in both directions: from, to.
    let pairs (classes: int) : (int * int) list =
        List.allPairs [ 0 .. classes - 1 ] [ 0 .. classes - 1 ]
        |> List.filter (fun (from, until) -> from <> until)

    /// The first images of two labels: from, to.
    let first (candidates: Candidates) (from: int, until: int) : int * int =
        find candidates from 0, find candidates until 0

    /// An image of either label for each pair. As long as there are enough of a label, none stands twice.
    let spread (candidates: Candidates) (classes: int) (pairs: (int * int) list) =
        [ for from, until in pairs ->
              find candidates from until, find candidates until (classes + from) ]

    /// The likeliest label of all but one over the first so many images.
    let private clearest (candidates: Candidates) (count: int) (but: int option) =
        Seq.truncate count candidates.Probabilities
        |> Seq.collect Seq.indexed
        |> Seq.filter (fun (label, _) -> Some label <> but)
        |> Seq.maxBy snd
        |> fst

    /// Two labels to go between: those that were asked for, else the clearest of the first so many images.
    let labels (candidates: Candidates) (count: int) (from: int option, until: int option) =
        let from = from |> Option.defaultWith (fun () -> clearest candidates count until)
        from, until |> Option.defaultWith (fun () -> clearest candidates count (Some from))

/// What is measured on ways between images: means over the ways by their names, and the share of plausible images and the sharpness
/// at each point of the way.
type WayFigures =
    { Means: (string * Estimate) list
      PlausibleAt: Estimate list
      SharpnessAt: Estimate list }

/// Where ways lead from image to image: a GAN's noise, a VAE's codes, or the pixels themselves. The points that they may start and
/// end at are M x d; `Draw` makes images, N x pixels, of N x d points.
type Space =
    { Name: string
      Points: Tensor
      Candidates: Candidates
      Draw: Tensor -> Tensor
      Way: Way }

/// What ways are measured by: a data set, its classifier, and in the classifier's features its test images and the reach of each, the
/// squared distance to the third nearest other one.
type Judge =
    private | Judge of data: Dataset * classifier: Classifier * test: Tensor * reach: float32[]

/// Ways between images, and measurements on them.
[<RequireQualifiedAccess>]
module Ways =

    /// The images, (N points) x pixels, of N ways from and to points of these numbers, one way after the other.
    let images (space: Space) (ends: (int * int) list) : Tensor =
        use _ = torch.no_grad ()

        let rows pick =
            let picked = [| for way in ends -> int64 (pick way) |]
            space.Points.index_select (0L, torch.tensor (picked, device = space.Points.device))

        Interpolation.between space.Way (rows fst) (rows snd) |> space.Draw

    /// 0 of 0 is 1: nothing changes, evenly.
    let private over (whole: float) (part: float) =
        if whole = 0.0 then 1.0 else part / whole

    /// Made once for all ways: the neighbours of 10,000 images take a second.
    let judge (classifier: Classifier) (data: Dataset) : Judge =
        let test = Classifier.features classifier data.Test.Images
        Judge(data, classifier, test, Distances.toNeighbour 3 test)

    /// Whether each image is plausible, 1 or 0, by its features: it is clear (the classifier holds a label likelier than 0.9), and
    /// lies within the reach of a test image.
    let private plausible (Judge(_, classifier, test, reach)) (features: Tensor) =
        Array.map2
            (fun (_, probability) isNear ->
                if probability > Generators.clear && isNear then 1.0 else 0.0)
            (Classifier.verdictsOfFeatures classifier features)
            (Manifold.withinReach reach test features)

    /// Of the ways whose images, (N points) x pixels, are as `images` gives them: between_plausible and ends_plausible, the shares
    /// of plausible images between the ends and of the ends; pixel_step, the Euclidean distance of neighbouring images;
    /// path_length, the sum of the steps in the classifier's features, and detour, that sum over the distance of the ends, 1 on a
    /// straight line; unevenness, the largest of these steps over their mean; sharpness of all images, and middle_sharpness, that
    /// of the middle two over that of the two ends.
    let measure (Judge(data, classifier, _, _) as judge) (images: Tensor) : WayFigures =
        // A figure of each image as rows of a way each.
        let byWay (figures: float[]) =
            Array.chunkBySize Interpolation.points figures

        let last = Interpolation.points - 1
        let features = Classifier.features classifier images
        let plausible = byWay (plausible judge features)
        let sharpness = byWay (Sharpness.laplacian data.ImageShape images)
        let steps = Interpolation.steps features
        let lengths = steps |> Array.map Array.sum

        let mean (figure: float[] -> float) (ways: float[][]) =
            Estimate.ofValues (Array.map figure ways)

        let atEachPoint (ways: float[][]) =
            [ for point in 0..last -> mean (Array.item point) ways ]

        let pair at (way: float[]) = (way[at] + way[last - at]) / 2.0

        { Means =
            [ "between_plausible", plausible |> mean (fun way -> Array.average way[1 .. last - 1])
              "ends_plausible", plausible |> mean (pair 0)
              "pixel_step", Interpolation.steps images |> mean Array.average
              "path_length", Estimate.ofValues lengths
              "detour", Estimate.ofValues (Array.map2 over (Interpolation.apart features) lengths)
              "unevenness", steps |> mean (fun way -> Array.max way |> over (Array.average way))
              "sharpness", sharpness |> mean Array.average
              "middle_sharpness",
              sharpness |> mean (fun way -> pair (last / 2) way |> over (pair 0 way)) ]
          PlausibleAt = atEachPoint plausible
          SharpnessAt = atEachPoint sharpness }

    /// training_plausible and training_sharpness, the same of the first 1,000 training images, to compare with.
    let reference (Judge(data, classifier, _, _) as judge) : (string * float) list =
        let all = data.Train.Images
        let images = all.narrow (0L, 0L, min 1_000L all.shape[0])
        let features = Classifier.features classifier images

        [ "training_plausible", Array.average (plausible judge features)
          "training_sharpness", Array.average (Sharpness.laplacian data.ImageShape images) ]

/// What is told of ways between images, of several spaces by their names.
[<RequireQualifiedAccess>]
module WaySections =

    /// Names for readers, and a factor before the value.
    let private measures =
        [ "between_plausible", "Plausible images between, % ↑", 100.0
          "ends_plausible", "Plausible images at the ends, % ↑", 100.0
          "pixel_step", "Euclidean distance of neighbours, pixels", 1.0
          "path_length", "Perceptual path length ↓", 1.0
          "detour", "Path length over the straight line ↓", 1.0
          "unevenness", "Largest over mean step ↓", 1.0
          "sharpness", "Sharpness", 1.0
          "middle_sharpness", "Sharpness halfway, % of the ends'", 100.0 ]

    let private factor name =
        measures
        |> List.pick (fun (figure, _, factor) -> if figure = name then Some factor else None)

    let private estimate name (figures: WayFigures) =
        figures.Means |> List.find (fun (figure, _) -> figure = name) |> snd

    let private withError name figures =
        let estimate, factor = estimate name figures, factor name

        if estimate.Value = 0.0 && estimate.StandardError = 0.0 then
            Sections.estimate estimate
        else
            Sections.withError (factor * estimate.Value) (factor * estimate.StandardError)

    /// Names and values for `metrics.json`, beside those of real images.
    let figures
        (ways: (string * WayFigures) list)
        (real: (string * float) list)
        : (string * float) list =
        [ yield! real
          for space, figures in ways do
              for name, estimate in figures.Means do
                  $"{space.ToLowerInvariant()}_{name}", estimate.Value ]

    /// A line for people.
    let line (ways: (string * WayFigures) list) : string =
        let share (figures: WayFigures) =
            match estimate "between_plausible" figures with
            | none when none.Value = 0.0 -> $"0 of {none.Count} ways"
            | _ -> withError "between_plausible" figures + " %"

        [ [ "between two images"; "plausible"; "path length"; "sharpness" ]
          for space, figures in ways do
              [ space
                share figures
                withError "path_length" figures
                withError "sharpness" figures ] ]
        |> Terminal.table
        |> fun table ->
            $"{table}\nPlausible: clear to the classifier and near a test image; more is better. Path length: of features on the way; shorter is smoother. Sharpness: of edges; noise raises it, too."

    let private count (figures: WayFigures) =
        (estimate "between_plausible" figures).Count

    /// Plausible images and sharpness, a tile for each space.
    let tiles (data: Dataset) (ways: (string * WayFigures) list) : Section =
        let tile title unit better name =
            [ for space, figures in ways ->
                  (estimate name figures).Value * factor name
                  |> Sections.tile $"{space}: {title}" unit better ]

        let lots = $"{count (snd ways.Head)} ways of {Interpolation.points} images"

        Section.Tiles(
            $"Measured on {lots}, {data.Name}, {Sections.pixels data}.",
            tile "plausible images between" "%" (Some Higher) "between_plausible"
            @ tile "sharpness" "" None "sharpness"
        )

    /// Figures at each point of the way, what they mean, and all figures: a row a figure, a column a space.
    let all (data: Dataset) (ways: (string * WayFigures) list) : Section list =
        let chart title axis (measure: WayFigures -> Estimate list) =
            let at point (estimate: Estimate) =
                float point / float (Interpolation.points - 1),
                estimate.Value,
                estimate.StandardError

            let lines = [ for space, figures in ways -> space, measure figures |> List.mapi at ]
            Section.Chart(title, Plots.estimates "share of the way" axis lines)

        [ chart "Plausible images on the way" "share of images" _.PlausibleAt
          chart "Sharpness on the way" "variance of the Laplacian" _.SharpnessAt
          Section.Words
              "An image is plausible when the classifier holds one label likelier than 0.9 and its features lie nearer to some test image's than that one's third nearest neighbour among test images. A step is the Euclidean distance of two neighbours: of their pixels, or of the classifier's features, whose sum over the nine steps is the perceptual path length. Sharpness is the variance of the Laplacian over an image's inner pixels: blur lowers it, speckles raise it."
          Section.Table(
              $"Means over {count (snd ways.Head)} ways, one for each two labels in each direction, with standard errors ({data.Name}, {Sections.pixels data}; ↑ higher is better, ↓ lower).",
              "" :: List.map fst ways,
              [ for name, title, _ in measures ->
                    title :: [ for _, figures in ways -> withError name figures ] ]
          ) ]

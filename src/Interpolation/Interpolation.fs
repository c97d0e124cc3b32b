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

    let private angles (from: torch.Tensor) (until: torch.Tensor) =
        let norm (rows: torch.Tensor) = rows.square().sum(1L).sqrt()
        let cosines = (from * until).sum 1L / (norm from * norm until)

        cosines.data<float32>().ToArray()
        |> Array.map (fun cosine -> acos (Math.Clamp(float cosine, -1.0, 1.0)))

    /// The points of N ways between the rows of two N x d tensors, one way after the other: (N points) x d.
    let between (way: Way) (from: torch.Tensor) (until: torch.Tensor) : torch.Tensor =
        let count, width = from.shape[0], from.shape[1]

        let all =
            [| for angle in angles from until do
                   for point in 0 .. points - 1 ->
                       weights way angle (float point / float (points - 1)) |]

        let along (part: float * float -> float) (ends: torch.Tensor) =
            let weights =
                torch
                    .from_array(all |> Array.map (part >> float32))
                    .reshape(count, int64 points, 1L)

            weights * ends.unsqueeze 1L

        (along fst from + along snd until).reshape(-1L, width)

    /// The rows of all ways at one point, from 0.
    let at (point: int) (rows: torch.Tensor) : torch.Tensor =
        rows.reshape(-1L, int64 points, rows.shape[1]).select(1L, int64 point)

    /// The Euclidean distances of neighbours on each way, rows as `between` gives them.
    let steps (rows: torch.Tensor) : float[][] =
        use _ = torch.NewDisposeScope()

        [| for point in 1 .. points - 1 ->
               (at point rows - at (point - 1) rows)
                   .square()
                   .sum(1L)
                   .sqrt()
                   .data<float32>()
                   .ToArray()
               |> Array.map float |]
        |> Array.transpose

    /// The Euclidean distance of each way's ends.
    let apart (rows: torch.Tensor) : float[] =
        use _ = torch.NewDisposeScope()

        (at (points - 1) rows - at 0 rows).square().sum(1L).sqrt().data<float32>().ToArray()
        |> Array.map float

/// How sharp images are.
[<RequireQualifiedAccess>]
module Sharpness =

    /// The variance over an image's inner pixels of the Laplacian (four neighbours less four times the pixel, Pech-Pacheco et al.,
    /// 2000), the mean over channels; a figure for each of N images. Blur lowers it; speckles raise it.
    let laplacian (imageShape: int list) (images: torch.Tensor) : float[] =
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

namespace Workbench

open TorchSharp

/// Images as pictures: rows of them, and what a decoder makes of a plane of codes.
[<RequireQualifiedAccess>]
module Pictures =

    /// Images in a row.
    let columns = 16

    /// Most images abreast in a block of a page: half a row, so that a telephone shows one below the other.
    let private blockColumns = 8

    /// Images, N x pixels, as an array of N x channels x height x width.
    let values (imageShape: int list) (images: torch.Tensor) : FloatArray =
        use cpu = images.contiguous().cpu()

        { Shape = Array.ofList (int images.shape[0] :: imageShape)
          Values = cpu.data<float32>().ToArray() }

    /// So many of the test images, picked at random by seed: N x pixels.
    let picked (data: Dataset) (seed: int) (count: int) : torch.Tensor =
        use order = Data.shuffle (Random.generator seed Random.Sampling 1) data.Test
        data.Test.Images.index_select (0L, order.narrow (0L, 0L, min (int64 count) order.shape[0]))

    let private first (examples: Examples) =
        examples.Images.narrow (0L, 0L, min (int64 columns) examples.Images.shape[0])

    /// Three rows that tell most of an autoencoder: the first test images, their reconstructions, new samples.
    let test
        (data: Dataset)
        (reconstruct: torch.Tensor -> torch.Tensor)
        (generate: int -> torch.Tensor)
        : FloatArray list =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let originals = first data.Test

        [ originals; reconstruct originals; generate (int originals.shape[0]) ]
        |> List.map (values data.ImageShape)

    /// Two rows: the first training images and their reconstructions.
    let training (data: Dataset) (reconstruct: torch.Tensor -> torch.Tensor) : FloatArray list =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let originals = first data.Train
        [ originals; reconstruct originals ] |> List.map (values data.ImageShape)

    let private stacked (layout: GridLayout) (rows: FloatArray list) =
        let count = rows |> List.sumBy _.Shape[0]

        Png.grid
            { layout with
                Columns = rows.Head.Shape[0] }
            { Shape = Array.append [| count |] rows.Head.Shape[1..]
              Values = rows |> List.map _.Values |> Array.concat }

    /// Rows of equally many images, one below the other, as one PNG.
    let rows (rows: FloatArray list) : byte[] = stacked Png.defaults rows

    let private part (from: int) (count: int) (images: FloatArray) : FloatArray =
        let size = images.Values.Length / images.Shape[0]

        { Shape = Array.append [| count |] images.Shape[1..]
          Values = Array.sub images.Values (from * size) (count * size) }

    /// The same rows as one PNG for a page, unscaled.
    let block (rows: FloatArray list) : byte[] =
        rows
        |> stacked
            { Png.defaults with
                Padding = 1
                Scale = 1 }

    /// The same rows as PNGs of a few images abreast, unscaled, for a page.
    let blocks (rows: FloatArray list) : byte[] list =
        let count = rows.Head.Shape[0]

        let abreast = if count <= blockColumns + 2 then (count + 1) / 2 else blockColumns

        [ for from in 0..abreast .. count - 1 do
              block (rows |> List.map (part from (min abreast (count - from)))) ]

    /// Half the side of the square of codes that `plane` decodes.
    let planeReach = 3.0

    let private planeSide = 20

    /// What two-dimensional codes decode to, as one PNG: a rectangle of codes, the first coordinate rising to the right, the
    /// second upwards. `decode` maps N x 2 codes to N x pixels.
    let planeBetween
        (imageShape: int list)
        (left: float, right: float)
        (bottom: float, top: float)
        (decode: torch.Tensor -> torch.Tensor)
        : byte[] =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()

        let between (from: float) (until: float) i =
            float32 (from + (until - from) * float i / float (planeSide - 1))

        let codes =
            [| for row in 0 .. planeSide - 1 do
                   for column in 0 .. planeSide - 1 do
                       between left right column
                       between top bottom row |]

        let layout =
            { Png.defaults with
                Columns = planeSide
                Padding = 0
                Scale = 1 }

        torch.from_array(codes).clone().reshape(int64 (planeSide * planeSide), 2L)
        |> decode
        |> values imageShape
        |> Png.grid layout

    /// `planeBetween` over a square round the origin: where codes are like draws of N(0, I).
    let plane (imageShape: int list) (decode: torch.Tensor -> torch.Tensor) : byte[] =
        let square = -planeReach, planeReach
        planeBetween imageShape square square decode

    /// The share of codes that `planeOver` leaves out at each of its edges.
    let private outliers = 0.05

    /// `planeBetween` over where most of these codes, N x 2, lie.
    let planeOver (imageShape: int list) (codes: torch.Tensor) decode : byte[] =
        use cpu = codes.contiguous().cpu()
        let values = cpu.data<float32>().ToArray()

        let middle coordinate =
            let sorted =
                [| for i in coordinate..2 .. values.Length - 1 -> float values[i] |]
                |> Array.sort

            let at share =
                sorted[int (share * float (sorted.Length - 1))]

            at outliers, at (1.0 - outliers)

        planeBetween imageShape (middle 0) (middle 1) decode

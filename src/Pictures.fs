namespace Workbench

open TorchSharp

/// Images as pictures: rows of them, and what a decoder makes of a plane of codes.
[<RequireQualifiedAccess>]
module Pictures =

    /// Images in a row.
    let private columns = 16L

    /// Most images abreast in a block of a page: half a row, so that a telephone shows one below the other.
    let private blockColumns = 8

    /// Images, N x pixels, as an array of N x channels x height x width.
    let values (imageShape: int list) (images: Tensor) : FloatArray =
        use rows = images.contiguous ()

        { Shape = Array.ofList (int images.shape[0] :: imageShape)
          Values = rows.data<float32>().ToArray() }

    /// So many of the test images, picked at random by seed: N x pixels.
    let picked (data: Dataset) (seed: int) (count: int) : Tensor =
        use order = Data.shuffle (Random.generator seed Random.Sampling 1) data.Test
        data.Test.Images.index_select (0L, order.narrow (0L, 0L, min (int64 count) order.shape[0]))

    /// The first of these images, and under them what is made of them: rows of equally many.
    let private under (data: Dataset) (examples: Examples) (made: (Tensor -> Tensor) list) =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let first = examples.Images.narrow (0L, 0L, min columns examples.Images.shape[0])
        [ for make in id :: made -> values data.ImageShape (make first) ]

    /// Three rows that tell most of an autoencoder: the first test images, their reconstructions, new samples.
    let test
        (data: Dataset)
        (reconstruct: Tensor -> Tensor)
        (generate: int -> Tensor)
        : FloatArray list =
        under data data.Test [ reconstruct; (fun images -> generate (int images.shape[0])) ]

    /// Two rows: the first training images and their reconstructions.
    let training (data: Dataset) (reconstruct: Tensor -> Tensor) : FloatArray list =
        under data data.Train [ reconstruct ]

    let private stacked (layout: GridLayout) (rows: FloatArray list) =
        Png.grid
            { layout with
                Columns = rows.Head.Shape[0] }
            { Shape = Array.append [| rows |> List.sumBy _.Shape[0] |] rows.Head.Shape[1..]
              Values = rows |> List.map _.Values |> Array.concat }

    /// For pages: unscaled, a blank pixel between images.
    let unscaled: GridLayout =
        { Png.defaults with
            Padding = 1
            Scale = 1 }

    /// Rows of equally many images, one below the other, as one PNG.
    let rows (rows: FloatArray list) : byte[] = stacked Png.defaults rows

    /// The same rows as one PNG for a page, unscaled.
    let block (rows: FloatArray list) : byte[] = stacked unscaled rows

    /// The same rows as PNGs of a few images abreast, unscaled, for a page.
    let blocks (rows: FloatArray list) : byte[] list =
        let count = rows.Head.Shape[0]
        let abreast = if count <= blockColumns + 2 then (count + 1) / 2 else blockColumns

        let part from (images: FloatArray) : FloatArray =
            let taken, size = min abreast (count - from), images.Values.Length / count

            { Shape = Array.append [| taken |] images.Shape[1..]
              Values = Array.sub images.Values (from * size) (taken * size) }

        [ for from in 0..abreast .. count - 1 -> block (List.map (part from) rows) ]

    let private planeSide = 20

    let private planeBetween imageShape (left, right) (bottom, top) (decode: Tensor -> Tensor) =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()

        let between (from: float) (until: float) i =
            float32 (from + (until - from) * float i / float (planeSide - 1))

        let codes =
            [| for row in 0 .. planeSide - 1 do
                   for column in 0 .. planeSide - 1 do
                       between left right column
                       between top bottom row |]

        torch.tensor(codes).reshape(-1L, 2L)
        |> decode
        |> values imageShape
        |> Png.grid
            { unscaled with
                Columns = planeSide
                Padding = 0 }

    /// Half the side of the square of codes that `plane` decodes.
    let planeReach = 3.0

    /// What codes in a square round the origin decode to, where codes are like draws of N(0, I): a PNG, the first coordinate rising
    /// to the right, the second upwards. `decode` maps N x 2 codes to N x pixels.
    let plane (imageShape: int list) (decode: Tensor -> Tensor) : byte[] =
        planeBetween imageShape (-planeReach, planeReach) (-planeReach, planeReach) decode

    /// `plane` over where most of these codes, N x 2, lie: all but one in twenty at each edge.
    let planeOver (imageShape: int list) (codes: Tensor) (decode: Tensor -> Tensor) : byte[] =
        use rows = codes.contiguous ()
        let values = rows.data<float32>().ToArray()

        let middle coordinate =
            let sorted =
                Array.sort [| for i in coordinate..2 .. values.Length - 1 -> float values[i] |]

            let at share =
                sorted[int (share * float (sorted.Length - 1))]

            at 0.05, at (1.0 - 0.05)

        planeBetween imageShape (middle 0) (middle 1) decode

namespace Workbench

open TorchSharp

/// Images as pictures: rows of them, and what a decoder makes of a plane of codes.
[<RequireQualifiedAccess>]
module Pictures =

    /// Images in a row.
    let columns = 16

    /// Images abreast in a block of a page: half a row, so that a telephone shows one below the other.
    let private blockColumns = 8

    let private values (imageShape: int list) (images: torch.Tensor) : FloatArray =
        use cpu = images.contiguous().cpu()

        { Shape = Array.ofList (int images.shape[0] :: imageShape)
          Values = cpu.data<float32>().ToArray() }

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

    /// The same rows as PNGs of a few images abreast, unscaled, for a page.
    let blocks (rows: FloatArray list) : byte[] list =
        let count = rows.Head.Shape[0]

        [ for from in 0..blockColumns .. count - 1 do
              let width = min blockColumns (count - from)

              rows
              |> List.map (part from width)
              |> stacked
                  { Png.defaults with
                      Padding = 1
                      Scale = 1 } ]

    /// Half the side of the square of codes that `plane` decodes.
    let planeReach = 3.0

    let private planeSide = 20

    /// What two-dimensional codes decode to, as one PNG: a square of codes round the origin, the first coordinate rising to the
    /// right, the second upwards. `decode` maps N x 2 codes to N x pixels.
    let plane (imageShape: int list) (decode: torch.Tensor -> torch.Tensor) : byte[] =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()

        let coordinate i =
            float32 (planeReach * (2.0 * float i / float (planeSide - 1) - 1.0))

        let codes =
            [| for row in 0 .. planeSide - 1 do
                   for column in 0 .. planeSide - 1 do
                       coordinate column
                       -(coordinate row) |]

        let layout =
            { Png.defaults with
                Columns = planeSide
                Padding = 0
                Scale = 1 }

        torch.from_array(codes).reshape(int64 (planeSide * planeSide), 2L)
        |> decode
        |> values imageShape
        |> Png.grid layout

namespace Workbench

open TorchSharp

/// Sample grids as PNG files.
[<RequireQualifiedAccess>]
module Pictures =

    /// Images in a row.
    let columns = 16

    let private values (images: torch.Tensor) =
        use cpu = images.contiguous().cpu()
        cpu.data<float32>().ToArray()

    /// Rows of images, each N x pixels with N at most `columns`, one below the other.
    let rows (imageShape: int list) (rows: torch.Tensor list) : byte[] =
        use _ = torch.NewDisposeScope()
        let images = torch.cat (Array.ofList rows, 0L)
        let shape = Array.ofList (int images.shape[0] :: imageShape)

        Png.grid
            { Png.defaults with
                Columns = int rows.Head.shape[0] }
            { Shape = shape
              Values = values images }

    let private first (examples: Examples) =
        examples.Images.narrow (0L, 0L, min (int64 columns) examples.Images.shape[0])

    /// Three rows that tell most of an autoencoder: the first test images, their reconstructions, new samples.
    let test
        (data: Dataset)
        (reconstruct: torch.Tensor -> torch.Tensor)
        (generate: int -> torch.Tensor)
        : byte[] =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let originals = first data.Test
        rows data.ImageShape [ originals; reconstruct originals; generate (int originals.shape[0]) ]

    /// Two rows: the first training images and their reconstructions.
    let training (data: Dataset) (reconstruct: torch.Tensor -> torch.Tensor) : byte[] =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let originals = first data.Train
        rows data.ImageShape [ originals; reconstruct originals ]

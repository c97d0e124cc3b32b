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

    /// The three rows that tell most of an autoencoder: test images, their reconstructions, new samples.
    let originalsReconstructionsSamples
        (data: Dataset)
        (reconstruct: torch.Tensor -> torch.Tensor)
        (generate: int -> torch.Tensor)
        =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let count = min (int64 columns) data.Test.Images.shape[0]
        let originals = data.Test.Images.narrow (0L, 0L, count)
        rows data.ImageShape [ originals; reconstruct originals; generate (int count) ]

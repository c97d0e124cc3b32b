namespace Workbench

open TorchSharp

/// Training images that are made of others.
[<RequireQualifiedAccess>]
module Augmentation =

    /// Grey square images, N x pixels, each moved by up to so many pixels each way; what comes in is 0. The moves are drawn from
    /// the generator.
    let shifted (generator: torch.Generator) (most: int) (images: torch.Tensor) : torch.Tensor =
        let count, most = images.shape[0], int64 most
        let side = int64 (sqrt (float images.shape[1]))
        let wide = side + 2L * most
        let padded = torch.zeros ([| count; wide; wide |])

        padded
            .narrow(1L, most, side)
            .narrow(2L, most, side)
            .copy_(images.reshape (count, side, side))
        |> ignore

        let moves () =
            let start =
                torch.randint (0L, 2L * most + 1L, [| count; 1L |], generator = generator)

            start + torch.arange (side.ToScalar())

        let rows, columns = moves (), moves ()
        let places = (rows * wide).unsqueeze 2L + columns.unsqueeze 1L
        padded.reshape(count, wide * wide).gather(1L, places.reshape (count, side * side))

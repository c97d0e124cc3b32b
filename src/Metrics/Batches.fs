namespace Workbench

open TorchSharp

/// Networks over more rows than fit into memory at once.
[<RequireQualifiedAccess>]
module Batches =

    /// So many rows at a time.
    let private size = 500L

    /// What a function makes of the rows of N x d, its outputs one below the other, without gradients. It must treat each row by
    /// itself.
    let map (transform: torch.Tensor -> torch.Tensor) (rows: torch.Tensor) : torch.Tensor =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()
        let count = rows.shape[0]

        let parts =
            [| for start in 0L .. size .. count - 1L ->
                   (use _ = torch.NewDisposeScope()
                    let part = transform (rows.narrow (0L, start, min size (count - start)))
                    part.MoveToOuterDisposeScope()) |]

        torch.cat(parts, 0L).MoveToOuterDisposeScope()

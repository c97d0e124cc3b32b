namespace Workbench

open TorchSharp

/// What each model is trained for: its loss, and what is measured at an epoch's end.
[<RequireQualifiedAccess>]
module Objectives =

    /// So many of the training examples, the first ones, are measured after each epoch.
    let private measured = 10_000L

    let private head (images: torch.Tensor) =
        images.narrow (0L, 0L, min measured images.shape[0])

    /// A bound and its parts as figures: PREFIX_reconstruction, PREFIX_kl, PREFIX_elbo.
    let named (prefix: string) (parts: ElboParts) : (string * float) list =
        [ prefix + "_reconstruction", parts.Reconstruction
          prefix + "_kl", parts.Kl
          prefix + "_elbo", parts.Elbo ]

    /// The negative evidence lower bound with a weight on the KL, which may change with the epoch: reconstruction + weight KL.
    let vae (spec: Vae.Spec) (klWeight: int -> float) (data: Dataset) : Objective =
        let train, test = head data.Train.Images, data.Test.Images

        { Init = fun seed -> Vae.init seed spec
          Loss =
            fun epoch parameters generator batch ->
                let code = Vae.encode spec parameters (Training generator) batch
                let logits = Vae.decode spec parameters (Vae.sample generator code)
                Losses.binaryCrossEntropy logits batch + Losses.gaussianKl code * klWeight epoch
          Evaluate =
            fun epoch parameters ->
                let measure prefix images =
                    named prefix (Metrics.elbo spec parameters data.Pixels images)

                ("kl_weight", klWeight epoch) :: measure "train" train @ measure "test" test }

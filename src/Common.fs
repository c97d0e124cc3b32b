namespace Workbench

open Argu

/// What computes, as a word of the command line.
type EngineName =
    | Torch
    | Managed

/// The options that scripts have in common.
[<RequireQualifiedAccess; Unique>]
type Common =
    | [<Help "data set, data file or folder; glyphs needs no download">] Data of name: string
    | [<Help "labels for a data file: .npy, .npz, IDX, or a line each in .txt, .csv">] Labels of
        path: string
    | [<Help "file or folder to test on; by default a tenth of --data">] Test of path: string
    | [<Help "labels for --test">] Test_Labels of path: string
    | [<Help "passes over the training examples">] Epochs of n: int
    | [<Help "examples in a batch">] Batch of n: int
    | [<Help "learning rate">] Lr of rate: float
    | [<Help "end early: after so many epochs without a better one (of the figure that best.safetensors follows)">] Patience of
        n: int
    | [<Help "longest gradient of an update (L2 norm); longer ones are scaled down to it">] Clip_Norm of
        length: float
    | [<Help "measure and show averages of the parameters: how much of them a step keeps, such as 0.999; 0: none">] Ema of
        share: float
    | [<Help "seed of all randomness">] Seed of seed: int
    | [<Help "only the first n training examples">] Limit of n: int
    | [<Help "torch: TorchSharp on libtorch; managed: the workbench's own, faster on a CPU">] Engine of
        EngineName
    | [<Help "cpu; or, on torch built for it, cuda (the first) or cuda:N: an NVIDIA graphics card">] Device of
        device: string
    | [<Help "threads; on torch, the last digits of the results depend on it">] Threads of
        threads: int
    | [<Help "grey: as they are; static: made black or white once; dynamic: anew every epoch">] Pixels of
        Pixels
    | [<Help "folder of the run; by default a new one named by the time, in runs/">] Out of
        dir: string
    | [<Help "weights to start from: a .safetensors file with the names and shapes of this model, such as a run's checkpoint">] Init of
        path: string
    | [<Help "folder of a run to go on with, by its settings, to --epochs">] Resume of dir: string
    | [<Help "with --resume: after the best epoch, with Adam's moments anew, not the last">] From_Best
    | [<Help "with --resume: go on although the script is not what it was">] Script_Changed
    | [<Help "epochs from one checkpoint to the next">] Checkpoint_Every of n: int
    | [<Help "runs at once; by default as many as there are cores for their threads">] Jobs of
        n: int
    | [<Help "what the run is called on its page and in runs/index.html">] Name of name: string
    | [<Help "plotly.js within the page, which can then be sent away alone">] One_File
    | [<Help "events for TensorBoard in the run's folder: figures, images, the KL of a code">] Tensorboard
    | [<Help "nothing on standard output">] Quiet

    interface IArgParserTemplate with
        member this.Usage = Settings.usage this

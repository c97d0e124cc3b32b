namespace Workbench

open System
open System.IO
open TorchSharp

/// Short words for an interactive session, `dotnet fsi --load:scripts/prelude.fsx`: train a VAE, train it on, look at it. Seed,
/// batch and learning rate are those that the `vae` script has by default.
[<RequireQualifiedAccess>]
module Repl =

    /// A VAE in an interactive session: its settings, the data it learns from, how far it has come.
    type Trained =
        { Vae: Models.Vae
          Data: Dataset
          State: State }

        override this.ToString() = Printers.trained this.Data this.State

    let private shown = [ "train_loss"; "test_elbo"; "test_kl" ]

    let private trainTo epochs (trained: Trained) : Trained =
        use progress =
            Progress.start false trained.State.Epoch epochs (int trained.Data.Train.Images.shape[0])

        let watch =
            { Train.unwatched with
                Step = progress.Step
                Epoch =
                    fun state ->
                        (List.last state.History).Figures
                        |> List.filter (fun (name, _) -> List.contains name shown)
                        |> progress.Epoch state.Epoch }

        let settings = { Train.defaults with Epochs = epochs }
        let objective = Objectives.vae trained.Vae trained.Data

        match Train.run settings objective watch trained.Data trained.State with
        | Finished state
        | Interrupted state -> { trained with State = state }
        | Diverged(state, divergence) ->
            progress.Finish()
            Console.Error.WriteLine $"the run diverged: {divergence}"
            { trained with State = state }

    /// Trains so many epochs more. What it is given stays as it was.
    let more (epochs: int) (trained: Trained) : Trained =
        trainTo (trained.State.Epoch + epochs) trained

    /// A VAE with a hidden layer of so many units and a code of so many dimensions, after so many epochs.
    let train (hidden: int) (latent: int) (epochs: int) (data: Dataset) : Trained =
        let vae = Models.denseVae data.Size [ hidden ] latent 0.1

        more
            epochs
            { Vae = vae
              Data = data
              State = Train.start (Objectives.vae vae data) 0 }

    /// New images, N x pixels: the same ones for the same state.
    let samples (count: int) (trained: Trained) : torch.Tensor =
        use _ = torch.no_grad ()
        let noise = Random.generator trained.State.Seed Random.Sampling 0
        Models.generate trained.Vae (Pass.evaluation trained.State.Parameters) noise count

    let private rows (trained: Trained) =
        Pictures.test
            trained.Data
            (Models.reconstruct trained.Vae (Pass.evaluation trained.State.Parameters))
            (fun count -> samples count trained)

    /// Characters in a line of the terminal; where it does not say, as in a narrow one, 80.
    let private width () =
        if Console.IsOutputRedirected then 80 else max 80 Console.WindowWidth

    /// Test images, their reconstructions and new samples as text on the terminal.
    let show (trained: Trained) : unit =
        let captions = [ "test images"; "their reconstructions"; "new samples" ]

        for caption, images in List.zip captions (rows trained) do
            Console.Out.WriteLine $"{caption}:"
            Console.Out.WriteLine(TextPicture.row (width ()) images)

    /// The same three rows, longer, as a PNG file.
    let save (path: string) (trained: Trained) : unit =
        rows trained |> Pictures.rows |> Png.save path
        Console.Out.WriteLine $"saved {Path.GetFullPath path}"

/// What an interactive session (`dotnet fsi`) gets when it starts.
[<RequireQualifiedAccess>]
module Session =

    /// `fsi` is handed over as an object, and its generic method found by name: a script that named the types of TorchSharp here
    /// would have loaded the package's assembly before it could choose the engine.
    let private addPrinter (session: obj) (print: 'T -> string) =
        session
            .GetType()
            .GetMethod("AddPrinter")
            .MakeGenericMethod(typeof<'T>)
            .Invoke(session, [| print |])
        |> ignore

    /// Loads the engine and makes values print as what they are. `session` is `fsi`.
    let start (session: obj) : unit =
        try
            Engine.load ()
        with BadInput text ->
            Console.Error.WriteLine $"error: {text}"
            exit 2

        addPrinter session Printers.tensor
        addPrinter session (fun (data: Dataset) -> string data)
        addPrinter session Printers.parameters
        addPrinter session Printers.history
        addPrinter session Printers.state
        addPrinter session (fun (trained: Repl.Trained) -> string trained)

// Nothing that a loaded file opens is open in the session that loads it. With this, a session's first line can be work.
[<assembly: AutoOpen("Workbench")>]
do ()

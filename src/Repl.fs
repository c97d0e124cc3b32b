namespace Workbench

open System
open System.Globalization
open System.IO
open System.Runtime.CompilerServices
open TorchSharp

/// Values as an interactive session shows them: what they are, not what they are made of. `Session.start` hands these to
/// F# Interactive.
[<RequireQualifiedAccess>]
module Printers =
    let private number (value: float) =
        value.ToString("G5", CultureInfo.InvariantCulture)

    let private whole (value: int64) =
        value.ToString("N0", CultureInfo.InvariantCulture)

    /// Lines as F# Interactive sets them: the first one where it pleases, so the others two characters in.
    let private lines (lines: string list) = String.concat "\n  " lines

    let private table = TextTable.lines _.PadLeft

    let private shape (tensor: torch.Tensor) =
        let sizes = String.Join(" x ", tensor.shape)
        let kind = (string tensor.dtype).ToLowerInvariant()
        if sizes = "" then $"{kind} scalar" else $"{kind} {sizes}"

    /// The most rows, and the most numbers in a row, that are shown of a tensor.
    let private edge = 6L

    /// The upper left corner of a matrix.
    let private corner (matrix: torch.Tensor) =
        let cut (size: int64) (shown: 'T list) more =
            if size > edge then shown @ [ more ] else shown

        let row (row: torch.Tensor) =
            let numbers = row.narrow(0L, 0L, min edge row.shape[0]).contiguous().data<float>()
            cut row.shape[0] [ for value in numbers.ToArray() -> number value ] "..."

        let rows = [ for i in 0L .. min edge matrix.shape[0] - 1L -> row matrix[i] ]
        cut matrix.shape[0] rows (rows.Head |> List.map (fun _ -> "..."))

    /// Type and shape, least, mean and greatest number, and of one and two dimensions the numbers at the upper left.
    let tensor (tensor: torch.Tensor) : string =
        if tensor.IsInvalid then
            "a disposed tensor"
        elif tensor.numel () = 0L then
            $"{shape tensor}, empty"
        else
            use _ = torch.no_grad ()
            use _ = torch.NewDisposeScope()
            let values = tensor.detach().cpu().to_type(torch.float64)
            let value (scalar: torch.Tensor) = number (scalar.item<float>())

            let heading =
                $"{shape tensor}: least {value (values.min ())}, mean {value (values.mean ())}, most {value (values.max ())}"

            match tensor.shape.Length with
            | 0 -> $"{shape tensor}: {value values}"
            | 1 -> lines (heading :: table (corner (values.unsqueeze 0L)))
            | 2 -> lines (heading :: table (corner values))
            | _ -> heading

    let private count (parameters: Parameters) =
        parameters |> Map.values |> Seq.sumBy _.numel()

    /// A line for each parameter: its name and shape; and how many numbers they are in all.
    let parameters (parameters: Parameters) : string =
        let rows = [ for name, tensor in Map.toSeq parameters -> [ name; shape tensor ] ]

        TextTable.lines _.PadRight rows @ [ $"{whole (count parameters)} numbers" ]
        |> List.map _.TrimEnd()
        |> lines

    /// Five digits, zeros at the end too, so that the points of a column stand below each other.
    let private figure (value: float) =
        if value = 0.0 || not (Double.IsFinite value) then
            number value
        else
            let decimals = Math.Clamp(4 - int (floor (log10 (abs value))), 0, 9)
            value.ToString($"F{decimals}", CultureInfo.InvariantCulture)

    let private historyTable (history: EpochFigures list) =
        /// train_reconstruction as train over reconstruction.
        let twoLines (name: string, _) =
            match name.IndexOf '_' with
            | -1 -> "", name
            | at -> name.Substring(0, at), name.Substring(at + 1)

        match history with
        | [] -> [ "no epochs" ]
        | first :: _ ->
            let upper, lower = first.Figures |> List.map twoLines |> List.unzip

            ("" :: upper)
            :: ("epoch" :: lower)
            :: [ for epoch in history ->
                     string epoch.Epoch :: List.map (snd >> figure) epoch.Figures ]
            |> table

    /// Epochs and figures as a table, an epoch a line.
    let history (history: EpochFigures list) : string = lines (historyTable history)

    let private stateLines (state: State) =
        $"epoch {state.Epoch}, {whole state.Steps} steps, seed {state.Seed}, {whole (count state.Parameters)} parameters"
        :: historyTable state.History

    /// How far training has come, and its history.
    let state (state: State) : string = lines (stateLines state)

    /// A model of an interactive session: what it is, its data, how far training has come, its history.
    let trained (title: string) (data: Dataset) (state: State) : string =
        lines ($"{title} of {data}" :: stateLines state)

/// Images as lines of text. A block character shows two by two dots; a dot, half as wide as it is high, stands for one pixel
/// across and two down.
[<RequireQualifiedAccess>]
module TextPicture =

    /// By the dots that are on: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
    let private blocks = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"

    /// Lower than one half: what a young model has learnt is faint, and thin strokes fill half a dot. But images that are grey all over
    /// would be solid: of such, what is brighter than their mean is on.
    let private threshold (images: FloatArray) =
        Math.Clamp(Array.average images.Values, 0.35f, 0.75f)

    /// As many of the images, N x channels x height x width in [0, 1], their colours averaged, as fit side by side into so many
    /// characters, and at least one: a string of lines without spaces at their ends.
    let row (characters: int) (images: FloatArray) : string =
        let channels, height, width = images.Shape[1], images.Shape[2], images.Shape[3]
        let across, down = (width + 1) / 2, (height + 3) / 4

        let grey image y x =
            Seq.init channels (fun channel ->
                images.Values[((image * channels + channel) * height + y) * width + x])
            |> Seq.average

        let threshold = threshold images

        let dot image row column number =
            let pixels =
                [ for y in 2 * row .. min (2 * row + 1) (height - 1) do
                      if column < width then
                          grey image y column ]

            if not pixels.IsEmpty && List.average pixels > threshold then number else 0

        let block image row column =
            let dot down across =
                dot image (2 * row + down) (2 * column + across)

            blocks[dot 0 0 1 + dot 0 1 2 + dot 1 0 4 + dot 1 1 8]

        let fitting = max 1 ((characters + 1) / (across + 1)) |> min images.Shape[0]

        [ for row in 0 .. down - 1 ->
              [ for image in 0 .. fitting - 1 -> String(Array.init across (block image row)) ]
              |> String.concat " "
              |> _.TrimEnd() ]
        |> String.concat "\n"

/// A model in an interactive session: what it is trained for and how, the data it learns from, how far it has come, and what it can
/// do then.
type Learned =
    { Objective: Objective
      Settings: TrainSettings
      Can: Pass -> Can
      Data: Dataset
      State: State }

    member this.Pass: Pass = Pass.evaluation this.State.Shown

    override this.ToString() =
        Printers.trained (this.Can this.Pass).Title this.Data this.State

/// Short words for an interactive session, `dotnet fsi --load:scripts/prelude.fsx`: train a model, train it on, look at it.
[<RequireQualifiedAccess>]
module Repl =

    /// What is told of an epoch: there is no room for more, and a weight is no outcome.
    let private shown (figures: (string * float) list) =
        let isTold (name: string, _) =
            name = "train_loss"
            || not (name.Contains "weight")
               && not (name.StartsWith("train_", StringComparison.Ordinal))

        figures |> List.filter isTold |> List.truncate 4

    /// Trains so many epochs more. What it is given stays as it was.
    let more (epochs: int) (model: Learned) : Learned =
        BadInput.require (epochs >= 0) "epochs must not be negative"
        let last = model.State.Epoch + epochs
        let images = int model.Data.Train.Images.shape[0]
        use progress = Progress.start false model.State.Epoch last images

        let watch =
            { Train.unwatched with
                Step = progress.Step
                Epoch =
                    fun state ->
                        progress.Epoch state.Epoch (shown (List.last state.History).Figures) }

        let settings = { model.Settings with Epochs = last }
        let outcome = Train.run settings model.Objective watch model.Data model.State

        match outcome with
        | Diverged(_, divergence) ->
            progress.Finish()
            Console.Error.WriteLine $"the run diverged: {divergence}"
        | _ -> ()

        { model with
            State = Train.stateOf outcome }

    /// Trains any objective by Adam's usual settings; `can` says what to show of the model, as for `run.Fit`.
    let fit (objective: Objective) (can: Pass -> Can) (epochs: int) (data: Dataset) : Learned =
        more
            epochs
            { Objective = objective
              Settings = Train.defaults
              Can = can
              Data = data
              State = Train.start objective 0 |> Train.onto data.Device }

    /// The VAE of vae.fsx with a hidden layer of so many units and a code of so many dimensions, after so many epochs.
    let train (hidden: int) (latent: int) (epochs: int) (data: Dataset) : Learned =
        BadInput.require (hidden > 0) "the hidden layer needs at least one unit"
        BadInput.require (latent > 0) "the code needs at least one dimension"
        let between = Layer.Activation Relu

        let vae =
            Models.vae
                Exponential
                latent
                ([ data.Size; hidden ] |> Stacks.linear (fun _ -> [ between; Layer.Dropout 0.1 ]))
                ([ latent; hidden; data.Size ] |> Stacks.perceptron (fun _ -> [ between ]))

        fit (Objectives.vae vae data) (Can.vae vae) epochs data

    /// Options of a run's folder and page, which a session has not.
    let private ofFolder =
        [ "out"
          "name"
          "resume"
          "from-best"
          "script-changed"
          "checkpoint-every"
          "one-file" ]

    /// The models of a loaded script by options as on its command line, trained as there, but for a folder.
    let models (experiment: Experiment<'S>) (options: string) : Learned list =
        let words = options.Split(' ', StringSplitOptions.RemoveEmptyEntries)

        for name, _ in Settings.split (List.ofArray words) do
            if List.contains name ofFolder then
                BadInput.fail
                    "--%s: a session trains without a folder; leave the option out, or run the script"
                    name

        [ for fit, data, can in Experiment.Models(experiment, List.ofArray words) ->
              more
                  fit.Settings.Epochs
                  { Objective = fit.Objective
                    Settings = fit.Settings
                    Can = can
                    Data = data
                    State = Fit.fresh fit } ]

    /// The first of them: of most scripts, the only one.
    let run (experiment: Experiment<'S>) (options: string) : Learned =
        List.head (models experiment options)

    /// New images, N x pixels: the same ones for the same state.
    let samples (count: int) (model: Learned) : torch.Tensor =
        use _ = torch.no_grad ()

        match (model.Can model.Pass).Generate with
        | Some make ->
            (make (Random.generatorOn model.Data.Device model.State.Seed Random.Sampling 0) count)
                .Images
        | None -> BadInput.fail "this model makes no new images"

    let private rows (model: Learned) =
        Can.rows model.Data model.State.Seed (model.Can model.Pass)

    /// What the model can do as text on the terminal: test images, their reconstructions, new samples. Of 80 characters in a
    /// narrower one, too.
    let show (model: Learned) : unit =
        for caption, images in rows model do
            Console.Out.WriteLine $"{caption}:"
            Console.Out.WriteLine(TextPicture.row (max 80 Terminal.screen.Width) images)

    let private saved (path: string) =
        Console.Out.WriteLine $"saved {Terminal.link (Path.GetFullPath path)}"

    /// The same rows, longer, as a PNG file.
    let save (path: string) (model: Learned) : unit =
        rows model |> List.map snd |> Pictures.rows |> Png.save path
        saved path

    let private page (path: string) (sections: Section list) =
        let html = Report.plain (Path.GetFileNameWithoutExtension path) sections
        let bytes = System.Text.Encoding.UTF8.GetBytes html
        Files.replace path _.Write(ReadOnlySpan bytes)
        saved path

    /// A chart as a page that needs nothing else.
    let chart (path: string) (chart: Plotly.NET.GenericChart) : unit =
        page path [ Section.Chart(Path.GetFileNameWithoutExtension path, chart) ]

    /// The figures of the epochs as a page of curves, training and test in one chart.
    let curves (path: string) (model: Learned) : unit =
        BadInput.require
            (not model.State.History.IsEmpty)
            "this model has no epoch yet: Repl.more trains it on"

        page path (Sections.course model.State.History)

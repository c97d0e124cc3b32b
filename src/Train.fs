namespace Workbench

open System
open System.Threading
open TorchSharp

/// Training as a fold over epochs: `State` in, new `State` out.
[<RequireQualifiedAccess>]
module Train =

    /// The state before the first epoch.
    let start (objective: Objective) (seed: int) : State =
        { Parameters = objective.Init seed
          Moments = Map.empty
          Steps = 0L
          Seed = seed
          Epoch = 0
          History = [] }

    /// Adam's usual settings but for the rate and the number of epochs.
    let defaults: TrainSettings =
        { Epochs = 20
          Batch = 100
          LearningRate = fun _ -> 1e-3
          Beta1 = 0.9
          ClipNorm = None }

    /// Watches nothing.
    let unwatched: Watch =
        { Step = fun _ _ -> ()
          Epoch = ignore
          Cancel = CancellationToken.None }

    let private copyOf name (tensor: torch.Tensor) : torch.Tensor =
        if Network.isStatistic name then
            tensor.clone ()
        else
            torch.nn.Parameter(tensor.clone (), true)

    /// Why an epoch gave no new state.
    type private Stop =
        | NotFinite of Divergence
        | Cancelled

    /// Sums of figures over examples, and how many examples each was measured on; in the order in which they came up.
    type private Sums = (string * (float * float)) list

    let private add (examples: float) (sums: Sums) (name: string, value: float) : Sums =
        if List.exists (fun (known, _) -> known = name) sums then
            sums
            |> List.map (fun (known, (sum, count)) ->
                if known = name then
                    known, (sum + value * examples, count + examples)
                else
                    known, (sum, count))
        else
            sums @ [ name, (value * examples, examples) ]

    let private means (sums: Sums) =
        sums |> List.map (fun (name, (sum, count)) -> name, sum / count)

    /// Batches of so many examples in an epoch; the last may be smaller.
    let batchCount (size: int) (data: Dataset) : int =
        int ((data.Train.Images.shape[0] + int64 size - 1L) / int64 size)

    let private notFinite epoch step tensor =
        Error(
            NotFinite
                { Epoch = epoch
                  Step = step
                  Tensor = tensor }
        )

    /// The steps of one batch's updates, up to the first that leaves the numbers. Their figures.
    let private stepAll copies batch (workers: Worker list) =
        let follow figures worker =
            figures
            |> Result.bind (fun figures ->
                Worker.step copies batch worker |> Result.map (fun more -> figures @ more))

        List.fold follow (Ok []) workers

    /// All steps of an epoch on the private copies; the means of the figures, or why it stopped.
    let private steps
        settings
        watch
        (data: Dataset)
        (state: State)
        (copies: Parameters)
        (workers: Worker list)
        =
        let epoch = state.Epoch + 1
        let generator = Random.generator state.Seed Random.Epoch epoch
        let order = Data.shuffle generator data.Train
        let count = batchCount settings.Batch data

        let step index =
            use _ = torch.NewDisposeScope()
            let images, labels = Data.batch data generator settings.Batch order index

            let batch =
                { Epoch = epoch
                  Generator = generator
                  Images = images
                  Labels = labels }

            let outcome =
                workers
                |> List.filter (fun worker -> (index + 1) % worker.Update.Every = 0)
                |> stepAll copies batch

            let examples = int images.shape[0]

            outcome |> Result.iter (fun figures -> watch.Step examples (snd figures.Head))

            outcome |> Result.map (fun figures -> figures, float examples)

        let rec run index sums =
            if watch.Cancel.IsCancellationRequested then
                Error Cancelled
            elif index = count then
                Ok(means sums)
            else
                match step index with
                | Error tensor -> notFinite epoch (index + 1) tensor
                | Ok(figures, examples) -> run (index + 1) (List.fold (add examples) sums figures)

        run 0 []
        |> Result.bind (fun figures ->
            match Worker.broken copies with
            | Some name -> notFinite epoch count name
            | None -> Ok figures)

    /// The losses of two examples, forgotten at once: what a model cannot do with these data, or this machine with the model,
    /// raises here, before a run has left anything behind.
    let rehearse (objective: Objective) (data: Dataset) (seed: int) : unit =
        use _ = torch.NewDisposeScope()
        let parameters = objective.Init seed |> Map.map copyOf
        let count = min 2L data.Train.Images.shape[0]

        let batch =
            { Epoch = 1
              Generator = Random.generator seed Random.Epoch 1
              Images = data.Train.Images.narrow (0, 0, count)
              Labels = data.Train.Labels |> Option.map _.narrow(0, 0, count) }

        for update in objective.Updates do
            update.Losses parameters batch |> ignore

    let private epoch settings objective watch data (state: State) =
        use _ = torch.NewDisposeScope()
        let copies = state.Parameters |> Map.map copyOf
        let workers = objective.Updates |> List.map (Worker.start settings state copies)

        try
            steps settings watch data state copies workers
            |> Result.map (fun figures ->
                let trained = copies |> Map.map (fun _ tensor -> Worker.owned tensor)
                let epoch = state.Epoch + 1

                { Parameters = trained
                  Moments =
                    workers
                    |> List.map (fun worker -> worker.Update.Name, Worker.moments worker)
                    |> Map.ofList
                  Steps = state.Steps + int64 (batchCount settings.Batch data)
                  Seed = state.Seed
                  Epoch = epoch
                  History =
                    state.History
                    @ [ { Epoch = epoch
                          Figures = figures @ objective.Evaluate epoch trained } ] })
        finally
            workers |> List.iter (fun worker -> (worker :> IDisposable).Dispose())

    /// Trains up to epoch `settings.Epochs`, one epoch after the other. So training n + m epochs is training n, then m.
    let rec run
        (settings: TrainSettings)
        (objective: Objective)
        (watch: Watch)
        (data: Dataset)
        (state: State)
        : Outcome =
        if state.Epoch >= settings.Epochs then
            Finished state
        else
            match epoch settings objective watch data state with
            | Ok next ->
                watch.Epoch next
                run settings objective watch data next
            | Error(NotFinite divergence) -> Diverged(state, divergence)
            | Error Cancelled -> Interrupted state

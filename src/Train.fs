namespace Workbench

open System.Threading
open TorchSharp

/// Training as a fold over epochs: `State` in, new `State` out.
[<RequireQualifiedAccess>]
module Train =

    /// The state before the first epoch. Weights that an objective begins with may be those of a layer of TorchSharp's: what they were
    /// computed from is no part of a state.
    let start (objective: Objective) (seed: int) : State =
        { Parameters = objective.Init seed |> Map.map (fun _ tensor -> tensor.detach ())
          Averages = Map.empty
          Moments = Map.empty
          Steps = 0L
          Seed = seed
          Epoch = 0
          History = [] }

    /// The state on a device, to go on there: its numbers are the same.
    let onto (device: torch.Device) (state: State) : State =
        let moved = Map.map (fun _ tensor -> Device.move device tensor)

        { state with
            Parameters = moved state.Parameters
            Averages = moved state.Averages
            Moments =
                state.Moments
                |> Map.map (fun _ ->
                    Map.map (fun _ moments ->
                        { moments with
                            Mean = Device.move device moments.Mean
                            Square = Device.move device moments.Square })) }

    /// Adam's usual settings but for the rate and the number of epochs.
    let defaults: TrainSettings =
        { Epochs = 20
          Batch = 100
          LearningRate = fun _ -> 1e-3
          Beta1 = 0.9
          Epsilon = 1e-8
          ClipNorm = None
          Average = None
          IsEnough = fun _ -> false }

    /// Watches nothing.
    let unwatched: Watch =
        { Step = fun _ _ -> ()
          Epoch = ignore
          Cancel = CancellationToken.None }

    let private copyOf name (tensor: Tensor) : Tensor =
        if Net.isStatistic name then
            tensor.clone ()
        else
            torch.nn.Parameter(tensor.clone (), true)

    /// Batches of so many examples in an epoch; the last may be smaller.
    let batchCount (size: int) (data: Dataset) : int =
        int ((data.Train.Images.shape[0] + int64 size - 1L) / int64 size)

    /// Means over examples of the figures of batches, each with its count; in the order in which they came up.
    let private means (batches: (float * (string * float) list) seq) : (string * float) list =
        [ for examples, figures in batches do
              for name, value in figures -> name, (value * examples, examples) ]
        |> List.groupBy fst
        |> List.map (fun (name, terms) ->
            name, List.sumBy (snd >> fst) terms / List.sumBy (snd >> snd) terms)

    /// The private copies of averages, which begin as the parameters.
    let private averagesOf settings (state: State) : Parameters =
        match settings.Average with
        | None -> Map.empty
        | Some _ -> state.Shown |> Map.map (fun _ tensor -> tensor.clone ())

    /// a := d a + (1 - d) p for each average a of a parameter p, after step t from 1 on, with d = min(keep, (1 + t) / (10 + t)): the
    /// first steps, from random parameters, are soon forgotten (TensorFlow's ExponentialMovingAverage).
    let private average settings (step: int64) (averages: Parameters) (copies: Parameters) =
        for keep in Option.toList settings.Average do
            use _ = torch.no_grad ()
            use _ = torch.NewDisposeScope()
            let t = float step
            let keep = min keep ((1.0 + t) / (10.0 + t))
            let taken = torch.tensor (1.0 - keep, device = (Seq.head averages.Values).device)

            for KeyValue(name, average) in averages do
                average.lerp_ (copies[name], taken) |> ignore

    /// The steps of a batch's updates on the private copies, up to the first that leaves the numbers. Their figures.
    let private stepAll copies (workers: Worker list) number (batch: Batch) =
        let follow figures worker =
            figures
            |> Result.bind (fun figures ->
                Worker.step copies batch worker |> Result.map (List.append figures))

        workers
        |> List.filter (fun worker -> number % worker.Update.Every = 0)
        |> List.fold follow (Ok [])

    let private diverged (state: State) step tensor =
        Diverged(
            state,
            { Epoch = state.Epoch + 1
              Step = step
              Tensor = tensor }
        )

    /// All steps of an epoch on the private copies, a fold over its batches, whose order and noise come from one generator; the
    /// means of the figures, or how it stopped.
    let private steps settings watch (data: Dataset) (state: State) copies averages workers =
        let epoch = state.Epoch + 1
        let generator = Random.generatorOn data.Device state.Seed Random.Epoch epoch
        let order = Data.shuffle generator data.Train
        let count = batchCount settings.Batch data

        let step before number =
            if watch.Cancel.IsCancellationRequested then
                Error(Interrupted state)
            else
                use _ = torch.NewDisposeScope()
                let images, labels = Data.batch data generator settings.Batch order (number - 1)
                let examples = int images.shape[0]

                stepAll
                    copies
                    workers
                    number
                    { Epoch = epoch
                      Generator = generator
                      Images = images
                      Labels = labels }
                |> Result.mapError (diverged state number)
                |> Result.map (fun figures ->
                    average settings (state.Steps + int64 number) averages copies
                    watch.Step examples (snd figures.Head)
                    (float examples, figures) :: before)

        seq { 1..count }
        |> Seq.fold
            (fun before number -> before |> Result.bind (fun before -> step before number))
            (Ok [])
        |> Result.bind (fun batches ->
            match Worker.broken copies with
            | Some name -> Error(diverged state count name)
            | None -> Ok(means (List.rev batches)))

    /// The losses of two examples, forgotten at once: what a model cannot do with these data, or this machine with the model,
    /// raises here, before a run has left anything behind.
    let rehearse
        (settings: TrainSettings)
        (objective: Objective)
        (data: Dataset)
        (seed: int)
        : unit =
        let images = int data.Train.Images.shape[0]

        if
            (images - 1) % settings.Batch = 0
            && objective.Updates |> List.exists (_.Nets >> List.exists Net.normalises)
        then
            BadInput.fail
                "--batch: in batches of %d, the last of %d images would be alone, and has no variance to normalise by: choose another --batch or --limit"
                settings.Batch
                images

        let batches = batchCount settings.Batch data

        for update in objective.Updates do
            if update.Every > batches then
                BadInput.fail
                    "--batch: a step of the %s at every %d batches never comes in an epoch of %d: choose a smaller --batch, or more steps"
                    update.Name
                    update.Every
                    batches

        use _ = torch.NewDisposeScope()

        let parameters =
            objective.Init seed
            |> Map.map (fun name tensor -> copyOf name (Device.move data.Device tensor))

        let few (rows: Tensor) =
            rows.narrow (0, 0, min 2L rows.shape[0])

        let batch =
            { Epoch = 1
              Generator = Random.generatorOn data.Device seed Random.Epoch 1
              Images = few data.Train.Images
              Labels = Option.map few data.Train.Labels }

        for update in objective.Updates do
            update.Losses (Pass.training batch.Generator parameters) batch |> ignore

    /// What an epoch has made of its private copies: from here on nothing changes them.
    let private next settings objective data (state: State) copies averages workers figures =
        let owned = Map.map (fun _ tensor -> Worker.owned tensor)

        let trained =
            { state with
                Parameters = owned copies
                Averages = owned averages
                Moments =
                    Map.ofList
                        [ for worker in workers -> worker.Update.Name, Worker.moments worker ]
                Steps = state.Steps + int64 (batchCount settings.Batch data)
                Epoch = state.Epoch + 1 }

        let measured = objective.Measure trained.Epoch (Pass.evaluation trained.Shown)

        { trained with
            History =
                state.History
                @ [ { Epoch = trained.Epoch
                      Figures = figures @ measured } ] }

    /// One epoch: the next state, or the old one and why there is none.
    let private epoch settings objective watch data (state: State) : Outcome =
        use _ = torch.NewDisposeScope()
        let copies = state.Parameters |> Map.map copyOf
        let averages = averagesOf settings state
        let workers = objective.Updates |> List.map (Worker.start settings state copies)

        try
            match steps settings watch data state copies averages workers with
            | Error stopped -> stopped
            | Ok figures ->
                let next = next settings objective data state copies averages workers figures

                // Parameters that the last step threw far out may be finite where nothing that is measured of them is.
                match
                    (List.last next.History).Figures
                    |> List.tryFind (snd >> System.Double.IsFinite >> not)
                with
                | Some(figure, _) -> diverged state (batchCount settings.Batch data) figure
                | None -> Finished next
        finally
            workers |> List.iter _.Adam.Dispose()

    /// Trains up to epoch `settings.Epochs`, or until it is enough: a fold over the epochs that are left. So training n + m epochs is
    /// training n, then m.
    let run
        (settings: TrainSettings)
        (objective: Objective)
        (watch: Watch)
        (data: Dataset)
        (state: State)
        : Outcome =
        let follow outcome _ =
            match outcome with
            | Finished state when not (settings.IsEnough state) ->
                let outcome = epoch settings objective watch data state

                match outcome with
                | Finished next -> watch.Epoch next
                | Diverged _
                | Interrupted _ -> ()

                outcome
            | stopped -> stopped

        seq { state.Epoch + 1 .. settings.Epochs } |> Seq.fold follow (Finished state)

    /// The state of the last whole epoch.
    let stateOf (outcome: Outcome) : State =
        match outcome with
        | Finished state
        | Diverged(state, _)
        | Interrupted state -> state

namespace Workbench

open System
open TorchSharp

/// An update at work on an epoch's private copies: what it trains, in the order of the names, and Adam over that.
type internal Worker =
    { Update: Update
      Trained: Map<string, torch.Tensor>
      Adam: Modules.Adam
      ClipNorm: float option }

    interface IDisposable with
        member this.Dispose() = this.Adam.Dispose()

/// The steps of one update.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module internal Worker =

    /// How much of the mean squared gradient Adam keeps at a step.
    let private beta2 = 0.999

    /// A copy that no scope ends.
    let owned (tensor: torch.Tensor) : torch.Tensor =
        tensor.detach().clone().DetachFromDisposeScope()

    /// Whether a parameter's name begins with that of one of the networks; asked at every step, so that nothing is copied.
    let private belongsTo (nets: Net list) (name: string) =
        nets
        |> List.exists (fun net ->
            name.Length > net.Name.Length
            && name[net.Name.Length] = '.'
            && name.StartsWith(net.Name, StringComparison.Ordinal))

    let private trainable (parameters: Parameters) =
        parameters |> Map.filter (fun name _ -> not (Net.isStatistic name))

    let private recall (moments: Map<string, Moments>) (worker: Worker) =
        for (name, _), state in Seq.zip (Map.toSeq worker.Trained) (worker.Adam.state_dict().State) do
            match Map.tryFind name moments, state with
            | Some moments, (:? Modules.Adam.State as state) ->
                state.step <- moments.Steps
                state.exp_avg.copy_ moments.Mean |> ignore
                state.exp_avg_sq.copy_ moments.Square |> ignore
            | _ -> ()

    /// What Adam remembers after the epoch, by parameter.
    let moments (worker: Worker) : Map<string, Moments> =
        Seq.zip (Map.keys worker.Trained) (worker.Adam.state_dict().State)
        |> Seq.choose (fun (name, state) ->
            match state with
            | :? Modules.Adam.State as state ->
                Some(
                    name,
                    { Mean = owned state.exp_avg
                      Square = owned state.exp_avg_sq
                      Steps = state.step }
                )
            | _ -> None)
        |> Map.ofSeq

    /// An update that goes on from a state, on the copies of its parameters.
    let start
        (settings: TrainSettings)
        (state: State)
        (copies: Parameters)
        (update: Update)
        : Worker =
        let trained =
            trainable copies |> Map.filter (fun name _ -> belongsTo update.Nets name)

        let epoch = state.Epoch + 1

        let adam =
            torch.optim.Adam(
                trained.Values |> Seq.cast<Modules.Parameter>,
                lr = settings.LearningRate epoch * update.Rate epoch,
                beta1 = settings.Beta1,
                beta2 = beta2
            )

        let worker =
            { Update = update
              Trained = trained
              Adam = adam
              ClipNorm = settings.ClipNorm }

        Map.tryFind update.Name state.Moments
        |> Option.iter (fun moments -> recall moments worker)

        worker

    let isFinite (tensor: torch.Tensor) : bool =
        use _ = torch.NewDisposeScope()
        tensor.isfinite().all().item<bool>()

    /// Gradients are let go of, not set to zero: the next ones are then written, not added.
    let private forget (parameter: torch.Tensor) =
        if not (isNull parameter.grad) then
            parameter.grad.Dispose()
            parameter.grad <- null

    /// Each network's gradient of its own loss alone.
    let private backward (worker: Worker) (losses: (Net list * torch.Tensor) list) =
        worker.Trained.Values |> Seq.iter forget
        let last = losses.Length - 1

        losses
        |> List.iteri (fun index (nets, loss) ->
            let inputs =
                [| for KeyValue(name, parameter) in worker.Trained do
                       if belongsTo nets name then
                           parameter |]

            torch.autograd.backward ([| loss |], retain_graph = (index < last), inputs = inputs))

    let private brokenGradient (worker: Worker) =
        worker.Trained
        |> Map.tryFindKey (fun _ tensor -> not (isNull tensor.grad) && not (isFinite tensor.grad))
        |> Option.map (fun name -> $"the gradient of {name}")

    let private valueOf (scalar: torch.Tensor) =
        match scalar.dtype with
        | torch.ScalarType.Float64 -> scalar.item<float>()
        | _ -> float (scalar.item<float32>())

    /// The length of all gradients taken as one vector: not finite where one of them is not.
    let private norm (worker: Worker) =
        if Engine.isManaged then
            // One pass over all of them. The package's function would scale them by a norm that is not finite, and hide whose it was.
            torch.nn.utils.clip_grad_norm_ (worker.Adam.parameters (), infinity)
        else
            match
                [| for parameter in worker.Trained.Values do
                       if not (isNull parameter.grad) then
                           parameter.grad.norm () |]
            with
            | [||] -> 0.0
            | norms -> valueOf (torch.stack(norms).norm())

    let private clip (worker: Worker) =
        worker.ClipNorm
        |> Option.iter (fun limit ->
            torch.nn.utils.clip_grad_norm_ (worker.Adam.parameters (), limit) |> ignore)

    /// A parameter or statistic that is not finite.
    let broken (copies: Parameters) : string option =
        copies |> Map.tryFindKey (fun _ tensor -> not (isFinite tensor))

    /// An update's step; the copies take over the new statistics. Its figures, or the first in the chain of what is not finite: a
    /// parameter (which an earlier step left so), a figure, a gradient.
    let step
        (copies: Parameters)
        (batch: Batch)
        (worker: Worker)
        : Result<(string * float) list, string> =
        let pass = Pass.training batch.Generator copies
        let losses = worker.Update.Losses pass batch
        backward worker losses.Losses

        let figures =
            losses.Figures |> List.map (fun (name, scalar) -> name, valueOf scalar)

        let brokenFigure =
            figures
            |> List.tryPick (fun (name, value) -> if Double.IsFinite value then None else Some name)

        let culprit =
            if Double.IsFinite(norm worker) && brokenFigure.IsNone then
                None
            else
                [ fun () -> broken copies
                  fun () -> brokenFigure
                  fun () -> brokenGradient worker ]
                |> List.tryPick (fun find -> find ())

        match culprit with
        | Some tensor -> Error tensor
        | None ->
            clip worker
            worker.Adam.step () |> ignore

            for KeyValue(name, tensor) in pass.Moved do
                if belongsTo worker.Update.Nets name then
                    copies[name].copy_(tensor.detach ()) |> ignore

            Ok figures

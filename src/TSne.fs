namespace Workbench

open System
open System.Numerics
open System.Threading
open Workbench.NeighbourEmbedding

/// t-SNE: points of many dimensions placed in the plane so that neighbours stay neighbours (van der Maaten and Hinton, 2008), by
/// Barnes and Hut's approximation (van der Maaten, 2014). Managed code, no tensor engine.
[<RequireQualifiedAccess>]
module TSne =

    /// How points are placed.
    type Settings =
        {
            /// The effective number of neighbours, e to the entropy of each point's affinities; 3 times as many are looked at.
            Perplexity: float
            /// A cell acts as one point where its size is less than theta times its distance; 0 is exact, 1 rough.
            Theta: float
            /// Affinities count this many times at first, which gathers clusters.
            Exaggeration: float
            ExaggeratedIterations: int
            /// Steps in all, the exaggerated ones included.
            Iterations: int
            /// None: the greater of N / exaggeration / 4 and 50.
            LearningRate: float option
            /// Of the little noise in the start, which is otherwise the points along their principal axes.
            Seed: int
            /// The result has the same bits for any number.
            Threads: int
        }

    /// scikit-learn's defaults: perplexity 30, theta 0.5, 1000 steps, of which 250 exaggerated 12-fold; all processors.
    let defaults: Settings =
        { Perplexity = 30.0
          Theta = 0.5
          Exaggeration = 12.0
          ExaggeratedIterations = 250
          Iterations = 1000
          LearningRate = None
          Seed = 0
          Threads = Environment.ProcessorCount }

    /// Where the points are.
    type Embedding =
        {
            /// N x 2; only distances mean something.
            Positions: float32[,]
            /// KL(P || Q) of the affinities among points (P) and among positions (Q, exact), in nats. Not finite where a
            /// learning rate was so high that positions ran away.
            Kl: float
        }

    /// What a caller may watch: iteration and KL divergence every 50 iterations. It cannot change the result.
    type Watch =
        { Progress: int -> float -> unit
          Cancel: CancellationToken }

    /// Nobody watches.
    let unwatched: Watch =
        { Progress = fun _ _ -> ()
          Cancel = CancellationToken.None }

    /// The standard deviation of the start along the first axis.
    [<Literal>]
    let private Spread = 1e-4

    let private check (settings: Settings) =
        let positive name (value: float) =
            if not (value > 0.0 && Double.IsFinite value) then
                BadInput.fail "t-SNE: %s must be positive, not %g" name value

        if not (settings.Perplexity >= 1.0 && Double.IsFinite settings.Perplexity) then
            BadInput.fail "t-SNE: perplexity must be at least 1, not %g" settings.Perplexity

        positive "exaggeration" settings.Exaggeration
        settings.LearningRate |> Option.iter (positive "the learning rate")

        if not (settings.Theta >= 0.0 && settings.Theta <= 1.0) then
            BadInput.fail "t-SNE: theta must lie in 0 to 1, not %g" settings.Theta

        let atLeast least name (value: int) =
            if value < least then
                BadInput.fail "t-SNE: %s must be at least %d, not %d" name least value

        atLeast 0 "the number of exaggerated iterations" settings.ExaggeratedIterations
        atLeast 0 "the number of iterations" settings.Iterations
        atLeast 1 "the number of threads" settings.Threads

    /// The points along their principal axes, on a small scale, with a hundredth of noise, which parts equal points.
    let private start work seed (points: Points) : float32[] =
        let first, second = PrincipalAxes.find work seed points

        let x, y =
            PrincipalAxes.coordinates points first, PrincipalAxes.coordinates points second

        let deviation = sqrt (Array.averageBy (fun x -> x * x) x)
        let scale = if deviation > 0.0 then Spread / deviation else 0.0
        let random = SplitMix(uint64 seed)

        let place (value: float) =
            float32 (value * scale + 0.01 * Spread * random.Bell())

        Array.init (2 * points.Count) (fun at -> place ((if at % 2 = 0 then x else y)[at / 2]))

    /// Places N x D rows of any type of number in the plane. With few points fewer than 3 * perplexity + 1 neighbours are looked
    /// at: all there are. Raises `BadInput` for settings out of range, numbers that are not finite, and when perplexity is not
    /// less than N; `OperationCanceledException` when cancelled.
    let run<'T when 'T :> INumberBase<'T>>
        (settings: Settings)
        (watch: Watch)
        (rows: 'T[,])
        : Embedding =
        check settings
        let count = Array2D.length1 rows

        if settings.Perplexity >= float count then
            BadInput.fail
                "t-SNE: perplexity %g needs more points than that, not %d"
                settings.Perplexity
                count

        let points = Points.ofRows rows

        let work =
            { Threads = settings.Threads
              Cancel = watch.Cancel }

        let perPoint = min (count - 1) (int (3.0 * settings.Perplexity + 1.0))
        let neighbours = Neighbours.find work perPoint points

        let affinities =
            Calibration.conditional work settings.Perplexity neighbours
            |> Affinities.symmetric neighbours

        let automatic = max (float count / settings.Exaggeration / 4.0) 50.0

        let plan =
            { Theta = settings.Theta
              Exaggeration = settings.Exaggeration
              ExaggeratedIterations = settings.ExaggeratedIterations
              Iterations = settings.Iterations
              LearningRate = settings.LearningRate |> Option.defaultValue automatic }

        let positions, kl =
            start work settings.Seed points
            |> Descent.run work plan watch.Progress affinities

        { Positions = Array2D.init count 2 (fun i axis -> positions[2 * i + axis])
          Kl = kl }

    /// How far neighbourhoods of the positions are those of the points (Venna and Kaski, 2001), from 0 to 1:
    /// 1 - 2 / (N k (2 N - 3 k - 1)) * the sum, over each point's k nearest positions j, of max(0, r(j) - k), where j is the
    /// r(j)-th nearest point. Exact for coordinates in single precision, on all processors; equally far ones come in the order
    /// of their numbers. Raises `BadInput` unless k < N / 2 and both have N rows.
    let trustworthiness<'T, 'U when 'T :> INumberBase<'T> and 'U :> INumberBase<'U>>
        (k: int)
        (points: 'T[,])
        (positions: 'U[,])
        : float =
        let points, positions = Points.ofRows points, Points.ofRows positions

        if points.Count <> positions.Count then
            BadInput.fail "trustworthiness: %d points but %d positions" points.Count positions.Count

        if k < 1 || 2 * k >= points.Count then
            BadInput.fail
                "trustworthiness: %d neighbours of %d points: at least 1 and fewer than half are needed"
                k
                points.Count

        let work =
            { Threads = Environment.ProcessorCount
              Cancel = CancellationToken.None }

        let surplus =
            Ranks.find work points (Neighbours.find work k positions)
            |> Array.sumBy (fun before -> int64 (max 0 (before + 1 - k)))

        let n = float points.Count
        let worst = n * float k * (2.0 * n - 3.0 * float k - 1.0) / 2.0
        1.0 - float surplus / worst

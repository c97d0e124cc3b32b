namespace Workbench.NeighbourEmbedding

#nowarn "9" // Loops on pointers.

open System
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// How to descend. Momentum is 0.5 while affinities are exaggerated, 0.8 later.
type DescentPlan =
    {
        Theta: float
        /// What affinities are multiplied by at first, and for how many iterations.
        Exaggeration: float
        ExaggeratedIterations: int
        /// All iterations, the exaggerated ones included.
        Iterations: int
        LearningRate: float
    }

/// Gradient descent on KL(P || Q) with momentum and a gain for each coordinate (van der Maaten and Hinton, 2008).
[<RequireQualifiedAccess>]
module Descent =
    /// Progress is told this often.
    [<Literal>]
    let private TellEvery = 50

    /// Arrays hold x and y of each point in turn, filled up with zeros to whole vectors.
    type private State =
        {
            Affinities: Affinities
            /// The sum of p ln p.
            NegativeEntropy: float
            Positions: float32[]
            Velocity: float32[]
            Gains: float32[]
            Attraction: float32[]
            Repulsion: float32[]
            Tree: QuadTree
        }

    let private start (affinities: Affinities) (positions: float32[]) : State =
        let count = affinities.Start.Length - 1

        let numbers () =
            Array.zeroCreate<float32>(Lanes.padded (2 * count))

        let own = numbers ()
        Array.Copy(positions, own, 2 * count)

        { Affinities = affinities
          NegativeEntropy = Affinities.negativeEntropy affinities
          Positions = own
          Velocity = numbers ()
          Gains = numbers ()
          Attraction = numbers ()
          Repulsion = numbers ()
          Tree = QuadTree count }

    let private rest (state: State) =
        Array.Clear state.Velocity
        Array.Fill(state.Gains, 1f)

    /// Both forces; the normaliser Z. The tree is built beside the attraction, which does not need it.
    let private forces work theta (state: State) : float =
        Work.each work (1 + Attraction.chunks state.Affinities) (fun chunk ->
            if chunk = 0 then
                state.Tree.Build state.Positions
            else
                Attraction.forces state.Affinities state.Positions state.Attraction (chunk - 1))

        Repulsion.compute work theta state.Tree state.Repulsion

    /// KL = sum of p ln (p / q), q = 1 / ((1 + d^2) Z).
    let private divergence work (state: State) normaliser =
        let energy = Attraction.energy work state.Affinities state.Positions
        state.NegativeEntropy + energy + log normaliser

    /// One step. A gain grows by 0.2 where the velocity still goes downhill, and shrinks to 0.8 of itself elsewhere, to no
    /// less than 0.01.
    let private move (state: State) exaggeration normaliser (momentum: float) (rate: float) =
        use positions = fixed state.Positions
        use velocity = fixed state.Velocity
        use gains = fixed state.Gains
        use attraction = fixed state.Attraction
        use repulsion = fixed state.Repulsion
        let pull = Vector256.Create(float32 (4.0 * exaggeration))
        let push = Vector256.Create(float32 (4.0 / normaliser))
        let momentum = Vector256.Create(float32 momentum)
        let rate = Vector256.Create(float32 rate)

        for at in 0 .. Lanes.Count .. state.Positions.Length - 1 do
            let pulled = pull * Vector256.Load(NativePtr.add attraction at)
            let gradient = pulled - push * Vector256.Load(NativePtr.add repulsion at)
            let v = Vector256.Load(NativePtr.add velocity at)
            let gain = Vector256.Load(NativePtr.add gains at)
            let grown = gain + Vector256.Create 0.2f
            let shrunk = Vector256.Max(gain * Vector256.Create 0.8f, Vector256.Create 0.01f)
            let downhill = Vector256.LessThan(v * gradient, Vector256<float32>.Zero)
            let gain = Vector256.ConditionalSelect(downhill, grown, shrunk)
            let v = momentum * v - rate * gain * gradient
            let target = NativePtr.add positions at
            Vector256.Store(gain, NativePtr.add gains at)
            Vector256.Store(v, NativePtr.add velocity at)
            Vector256.Store(Vector256.Load target + v, target)

    let private iterate work (plan: DescentPlan) progress (state: State) iteration =
        let exaggerated = iteration <= plan.ExaggeratedIterations

        if iteration = 1 || iteration = plan.ExaggeratedIterations + 1 then
            rest state

        let normaliser = forces work plan.Theta state

        if iteration % TellEvery = 0 then
            progress iteration (divergence work state normaliser)

        let exaggeration = if exaggerated then plan.Exaggeration else 1.0
        let momentum = if exaggerated then 0.5 else 0.8
        move state exaggeration normaliser momentum plan.LearningRate

    /// Descends from positions (x and y of each point in turn). Every 50 iterations `progress` gets the iteration, from 1, and
    /// the KL divergence, in nats, of the positions before its step, with Z approximated as in the forces. Returns positions
    /// (likewise) and their KL divergence with the exact Z.
    let run
        (work: Work)
        (plan: DescentPlan)
        (progress: int -> float -> unit)
        (affinities: Affinities)
        (positions: float32[])
        : float32[] * float =
        let state = start affinities positions

        for iteration in 1 .. plan.Iterations do
            iterate work plan progress state iteration

        let normaliser = forces work 0.0 state
        Array.truncate positions.Length state.Positions, divergence work state normaliser

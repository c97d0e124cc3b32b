namespace Workbench.NeighbourEmbedding

#nowarn "9" // Loops on pointers.

open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// What pulls neighbours together: sums over the sparse matrix of affinities.
[<RequireQualifiedAccess>]
module Attraction =
    [<Literal>]
    let private ChunkRows = 128

    /// The x and y of the eight points named at `index`, from pairs (x, y) read as one number each.
    let inline private gather (pairs: nativeptr<uint64>) (index: nativeptr<int>) =
        let inline pair k =
            NativePtr.get pairs (NativePtr.get index k)

        let low = Vector256.Create(pair 0, pair 1, pair 2, pair 3)
        let high = Vector256.Create(pair 4, pair 5, pair 6, pair 7)

        struct (Vector256.Narrow(low, high).AsSingle(),
                Vector256.Narrow(low >>> 32, high >>> 32).AsSingle())

    let private forcesOf
        (affinities: Affinities)
        (positions: float32[])
        first
        last
        (forces: float32[])
        =
        use starts = fixed affinities.Start
        use index = fixed affinities.Index
        use values = fixed affinities.Value
        use positions = fixed positions
        use forces = fixed forces
        let pairs = positions |> NativePtr.toNativeInt |> NativePtr.ofNativeInt<uint64>
        let one = Vector256<float32>.One

        for i in first .. last - 1 do
            let x = Vector256.Create(NativePtr.get positions (2 * i))
            let y = Vector256.Create(NativePtr.get positions (2 * i + 1))
            let mutable fx = Vector256<float32>.Zero
            let mutable fy = Vector256<float32>.Zero
            let mutable at = NativePtr.get starts i
            let stop = NativePtr.get starts (i + 1)

            while at < stop do
                let struct (px, py) = gather pairs (NativePtr.add index at)
                let dx = x - px
                let dy = y - py
                let d = Vector256.FusedMultiplyAdd(dx, dx, Vector256.FusedMultiplyAdd(dy, dy, one))
                let f = Vector256.Load(NativePtr.add values at) / d
                fx <- Vector256.FusedMultiplyAdd(f, dx, fx)
                fy <- Vector256.FusedMultiplyAdd(f, dy, fy)
                at <- at + Lanes.Count

            NativePtr.set forces (2 * i) (Lanes.sum fx)
            NativePtr.set forces (2 * i + 1) (Lanes.sum fy)

    let private logsOf (affinities: Affinities) (positions: float32[]) first last =
        use index = fixed affinities.Index
        use values = fixed affinities.Value
        use positions = fixed positions
        let pairs = positions |> NativePtr.toNativeInt |> NativePtr.ofNativeInt<uint64>
        let one = Vector256<float32>.One
        let mutable total = 0.0

        for i in first .. last - 1 do
            let x = Vector256.Create(NativePtr.get positions (2 * i))
            let y = Vector256.Create(NativePtr.get positions (2 * i + 1))
            let mutable sum = Vector256<float32>.Zero

            for at in affinities.Start[i] .. Lanes.Count .. affinities.Start[i + 1] - 1 do
                let struct (px, py) = gather pairs (NativePtr.add index at)
                let dx = x - px
                let dy = y - py
                let d = Vector256.FusedMultiplyAdd(dx, dx, Vector256.FusedMultiplyAdd(dy, dy, one))
                let p = Vector256.Load(NativePtr.add values at)
                sum <- Vector256.FusedMultiplyAdd(p, Vector256.Log d, sum)

            total <- total + float (Lanes.sum sum)

        total

    /// How many chunks `forces` is cut into.
    let chunks (affinities: Affinities) : int =
        (affinities.Start.Length - 2 + ChunkRows) / ChunkRows

    /// One chunk of: writes to `forces` the sum over j of p_ij (y_i - y_j) / (1 + |y_i - y_j|^2) for each point i (x, then y).
    let forces
        (affinities: Affinities)
        (positions: float32[])
        (forces: float32[])
        (chunk: int)
        : unit =
        let last = min (affinities.Start.Length - 1) ((chunk + 1) * ChunkRows)
        forcesOf affinities positions (chunk * ChunkRows) last forces

    /// The sum over all i and j of p_ij ln(1 + |y_i - y_j|^2).
    let energy (work: Work) (affinities: Affinities) (positions: float32[]) : float =
        let count = affinities.Start.Length - 1
        let sums = Array.zeroCreate (chunks affinities)

        Work.ranges work ChunkRows count (fun first last ->
            sums[first / ChunkRows] <- logsOf affinities positions first last)

        Array.sum sums

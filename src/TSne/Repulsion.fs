namespace Workbench.NeighbourEmbedding

#nowarn "9" // Loops on pointers.

open System
open System.Runtime.Intrinsics
open Microsoft.FSharp.NativeInterop

/// What pushes points apart, by Barnes and Hut's approximation: a cell far away acts as its points' mean. A group of points
/// walks the tree together, and a cell must be far enough for all of them: size < theta * (distance of the cell's mean from the
/// group's bounding box).
[<RequireQualifiedAccess>]
module Repulsion =
    /// Sources (x, y, mass) that are collected before they act.
    [<Literal>]
    let private MostSources = 1024

    /// Groups in a chunk of work.
    [<Literal>]
    let private ChunkGroups = 8

    /// Adds to the sums of 16 targets, for each source at distance d with w = mass / (1 + d^2): w, and the vector from source
    /// to target times w / (1 + d^2). Sums are kept as 16 z, 16 x, 16 y.
    let private act
        (sources: nativeptr<float32>)
        (count: int)
        (x: nativeptr<float32>)
        (y: nativeptr<float32>)
        (sums: nativeptr<float32>)
        =
        let one = Vector256<float32>.One
        let x0 = Vector256.Load x
        let x1 = Vector256.Load(NativePtr.add x 8)
        let y0 = Vector256.Load y
        let y1 = Vector256.Load(NativePtr.add y 8)
        let mutable z0 = Vector256<float32>.Zero
        let mutable z1 = Vector256<float32>.Zero
        let mutable fx0 = Vector256<float32>.Zero
        let mutable fx1 = Vector256<float32>.Zero
        let mutable fy0 = Vector256<float32>.Zero
        let mutable fy1 = Vector256<float32>.Zero
        let mutable source = sources

        for _ in 1..count do
            let sx = Vector256.Create(NativePtr.get source 0)
            let sy = Vector256.Create(NativePtr.get source 1)
            let mass = Vector256.Create(NativePtr.get source 2)
            source <- NativePtr.add source 3
            let dx = x0 - sx
            let dy = y0 - sy
            let d = Vector256.FusedMultiplyAdd(dx, dx, Vector256.FusedMultiplyAdd(dy, dy, one))
            let q = one / d
            let w = mass * q
            z0 <- z0 + w
            let f = w * q
            fx0 <- Vector256.FusedMultiplyAdd(f, dx, fx0)
            fy0 <- Vector256.FusedMultiplyAdd(f, dy, fy0)
            let dx = x1 - sx
            let dy = y1 - sy
            let d = Vector256.FusedMultiplyAdd(dx, dx, Vector256.FusedMultiplyAdd(dy, dy, one))
            let q = one / d
            let w = mass * q
            z1 <- z1 + w
            let f = w * q
            fx1 <- Vector256.FusedMultiplyAdd(f, dx, fx1)
            fy1 <- Vector256.FusedMultiplyAdd(f, dy, fy1)

        let inline add at (value: Vector256<float32>) =
            let target = NativePtr.add sums at
            Vector256.Store(Vector256.Load target + value, target)

        add 0 z0
        add 8 z1
        add 16 fx0
        add 24 fx1
        add 32 fy0
        add 40 fy1

    /// Without a word for NaN: one instruction.
    let inline private larger (a: float32) (b: float32) = Single.MaxNative(a, b)

    let inline private least (values: nativeptr<float32>) =
        let mutable least = NativePtr.get values 0

        for i in 1 .. Cells.Group - 1 do
            least <- Single.MinNative(least, NativePtr.get values i)

        least

    let inline private greatest (values: nativeptr<float32>) =
        let mutable greatest = NativePtr.get values 0

        for i in 1 .. Cells.Group - 1 do
            greatest <- larger greatest (NativePtr.get values i)

        greatest

    let inline private put (sources: nativeptr<float32>) at x y mass =
        let source = NativePtr.add sources (3 * at)
        NativePtr.set source 0 x
        NativePtr.set source 1 y
        NativePtr.set source 2 mass

    /// Walks the tree for the group that starts at `first` of the tree's order.
    let private walk
        (nodes: nativeptr<Node>)
        (nodeCount: int)
        (px: nativeptr<float32>)
        (py: nativeptr<float32>)
        (first: int)
        (scale: float32)
        (sources: nativeptr<float32>)
        (sums: nativeptr<float32>)
        =
        let x = NativePtr.add px first
        let y = NativePtr.add py first
        let left, right = least x, greatest x
        let bottom, top = least y, greatest y
        let mutable count = 0
        let mutable at = 0

        while at < nodeCount do
            let node = NativePtr.toByRef (NativePtr.add nodes at)
            let dx = larger (larger (left - node.X) (node.X - right)) 0f
            let dy = larger (larger (bottom - node.Y) (node.Y - top)) 0f

            if
                node.SquaredSize * scale < dx * dx + dy * dy
                && (node.Last <= first || node.First >= first + Cells.Group)
            then
                if count = MostSources then
                    act sources count x y sums
                    count <- 0

                put sources count node.X node.Y node.Mass
                count <- count + 1
                at <- node.Next
            else
                at <- at + 1

                if node.Next = at then
                    for r in node.First .. node.Last - 1 do
                        if count = MostSources then
                            act sources count x y sums
                            count <- 0

                        put sources count (NativePtr.get px r) (NativePtr.get py r) 1f
                        count <- count + 1

        act sources count x y sums

    /// The forces of one chunk of groups; its share of the normaliser.
    let private chunk (tree: QuadTree) scale firstGroup lastGroup (forces: float32[]) : float =
        use nodes = fixed tree.Nodes
        use x = fixed tree.X
        use y = fixed tree.Y
        let sources = NativePtr.stackalloc<float32>(3 * MostSources)
        let sums = NativePtr.stackalloc<float32>(3 * Cells.Group)
        let mutable normaliser = 0.0

        for group in firstGroup .. lastGroup - 1 do
            let first = group * Cells.Group
            NativePtr.initBlock sums 0uy (uint32 (3 * Cells.Group * sizeof<float32>))
            walk nodes tree.NodeCount x y first scale sources sums

            for r in 0 .. min Cells.Group (tree.Count - first) - 1 do
                let i = tree.Order[first + r]
                // A point acts on itself with weight 1 and no force.
                normaliser <- normaliser + float (NativePtr.get sums r) - 1.0
                forces[2 * i] <- NativePtr.get sums (Cells.Group + r)
                forces[2 * i + 1] <- NativePtr.get sums (2 * Cells.Group + r)

        normaliser

    /// Writes to `forces` the sum over j of (y_i - y_j) / (1 + |y_i - y_j|^2)^2 for each point i (x, then y), and returns
    /// Z, the sum over all i and j <> i of 1 / (1 + |y_i - y_j|^2). Theta 0 is exact.
    let compute (work: Work) (theta: float) (tree: QuadTree) (forces: float32[]) : float =
        // Theta 0: size * infinity (or NaN) is less than no distance.
        let scale = float32 (1.0 / (theta * theta))
        let groups = (tree.Count + Cells.Group - 1) / Cells.Group
        let normalisers = Array.zeroCreate<float>((groups + ChunkGroups - 1) / ChunkGroups)

        Work.ranges work ChunkGroups groups (fun first last ->
            normalisers[first / ChunkGroups] <- chunk tree scale first last forces)

        Array.sum normalisers

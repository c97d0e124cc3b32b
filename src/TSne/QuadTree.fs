namespace Workbench.NeighbourEmbedding

open System
open System.Numerics

/// A cell that holds points `First .. Last - 1` of the tree's order. Its children are the nodes after it, up to `Next - 1`,
/// each followed by its own; a leaf's `Next` is the node after it.
[<Struct; NoEquality; NoComparison>]
type Node =
    {
        /// The points' mean.
        mutable X: float32
        mutable Y: float32
        /// How many points.
        mutable Mass: float32
        /// The square of the longer side of the points' bounding box.
        mutable SquaredSize: float32
        mutable First: int
        mutable Last: int
        mutable Next: int
    }

/// What a cell needs of its children.
[<Struct; NoEquality; NoComparison>]
type private Extent =
    { Left: float32
      Right: float32
      Bottom: float32
      Top: float32
      SumX: float
      SumY: float }

/// Sizes in the quadtree.
[<RequireQualifiedAccess>]
module Cells =
    /// Points that are handled together: neighbours on the curve.
    [<Literal>]
    let Group = 16

    /// The most points in a leaf, unless they (nearly) coincide.
    [<Literal>]
    let Leaf = 8

/// A quadtree over points in the plane: points sorted along a curve that visits each cell's points one after the other, and the
/// cells in the order of a walk from the root. Building it again reuses its memory.
[<Sealed>]
type QuadTree(count: int) =
    let padded = (count + Cells.Group - 1) / Cells.Group * Cells.Group
    let mutable keys = Array.zeroCreate<uint64> count
    let mutable spare = Array.zeroCreate<uint64> count
    let order = Array.zeroCreate<int> count
    let x = Array.zeroCreate<float32> padded
    let y = Array.zeroCreate<float32> padded
    let nodes = Array.zeroCreate<Node>(2 * count)
    let mutable nodeCount = 0

    /// 16 bits with gaps of one.
    static let spread (bits: uint32) =
        let bits = (bits ||| (bits <<< 8)) &&& 0x00FF00FFu
        let bits = (bits ||| (bits <<< 4)) &&& 0x0F0F0F0Fu
        let bits = (bits ||| (bits <<< 2)) &&& 0x33333333u
        (bits ||| (bits <<< 1)) &&& 0x55555555u

    static let encode (positions: float32[]) (keys: uint64[]) =
        let mutable left, right = Single.PositiveInfinity, Single.NegativeInfinity
        let mutable bottom, top = Single.PositiveInfinity, Single.NegativeInfinity

        for i in 0 .. keys.Length - 1 do
            let x, y = positions[2 * i], positions[2 * i + 1]
            left <- min left x
            right <- max right x
            bottom <- min bottom y
            top <- max top y

        let side = max (right - left) (top - bottom)
        let scale = if side > 0f then 65536f / side else 0f

        for i in 0 .. keys.Length - 1 do
            let column = min 65535u (uint32 ((positions[2 * i] - left) * scale))
            let row = min 65535u (uint32 ((positions[2 * i + 1] - bottom) * scale))
            let code = spread column ||| (spread row <<< 1)
            keys[i] <- (uint64 code <<< 32) ||| uint64 i

    /// One pass of a radix sort, by 11 bits.
    static let pass (shift: int) (source: uint64[]) (target: uint64[]) =
        let next = Array.zeroCreate<int> 2048

        for key in source do
            let digit = int (key >>> shift) &&& 2047
            next[digit] <- next[digit] + 1

        let mutable sum = 0

        for digit in 0..2047 do
            let number = next[digit]
            next[digit] <- sum
            sum <- sum + number

        for key in source do
            let digit = int (key >>> shift) &&& 2047
            target[next[digit]] <- key
            next[digit] <- next[digit] + 1

    static let place
        (positions: float32[])
        (keys: uint64[])
        (order: int[])
        (x: float32[])
        (y: float32[])
        =
        for r in 0 .. x.Length - 1 do
            let i = int (uint32 keys[min r (keys.Length - 1)])
            x[r] <- positions[2 * i]
            y[r] <- positions[2 * i + 1]

            if r < order.Length then
                order[r] <- i

    static let quadrant (key: uint64) (shift: int) = int (key >>> shift) &&& 3

    /// The first place after `first` whose quadrant is another.
    static let quadrantEnd (keys: uint64[]) (shift: int) (first: int) (last: int) =
        let own = quadrant keys[first] shift
        let mutable low = first
        let mutable high = last

        while high - low > 1 do
            let middle = (low + high) >>> 1

            if quadrant keys[middle] shift = own then low <- middle else high <- middle

        high

    static let join (a: Extent) (b: Extent) : Extent =
        { Left = min a.Left b.Left
          Right = max a.Right b.Right
          Bottom = min a.Bottom b.Bottom
          Top = max a.Top b.Top
          SumX = a.SumX + b.SumX
          SumY = a.SumY + b.SumY }

    static let ofPoint (x: float32) (y: float32) : Extent =
        { Left = x
          Right = x
          Bottom = y
          Top = y
          SumX = float x
          SumY = float y }

    let rec build (first: int) (last: int) : Extent =
        let at = nodeCount
        nodeCount <- nodeCount + 1
        let differing = (keys[first] ^^^ keys[last - 1]) >>> 32
        let isLeaf = differing = 0UL || last - first <= Cells.Leaf
        let mutable extent = Unchecked.defaultof<Extent>

        if isLeaf then
            extent <- ofPoint x[first] y[first]

            for r in first + 1 .. last - 1 do
                extent <- join extent (ofPoint x[r] y[r])
        else
            let shift = 32 + (BitOperations.Log2 differing &&& ~~~1)
            let mutable start = quadrantEnd keys shift first last
            extent <- build first start

            while start < last do
                let next = quadrantEnd keys shift start last
                extent <- join extent (build start next)
                start <- next

        let size = max (extent.Right - extent.Left) (extent.Top - extent.Bottom)
        let mass = float (last - first)

        nodes[at] <-
            { X = float32 (extent.SumX / mass)
              Y = float32 (extent.SumY / mass)
              Mass = float32 mass
              SquaredSize = size * size
              First = first
              Last = last
              Next = nodeCount }

        extent

    /// Builds the tree of `positions`: x and y of each point in turn.
    member _.Build(positions: float32[]) : unit =
        encode positions keys
        pass 32 keys spare
        pass 43 spare keys
        pass 54 keys spare
        let sorted = spare
        spare <- keys
        keys <- sorted
        place positions keys order x y
        nodeCount <- 0
        build 0 count |> ignore

    member _.Count = count
    member _.Nodes = nodes
    member _.NodeCount = nodeCount
    /// The points' numbers in the tree's order.
    member _.Order = order
    /// The points' coordinates in the tree's order; the last one is repeated up to a whole group.
    member _.X = x
    member _.Y = y

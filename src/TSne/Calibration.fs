namespace Workbench.NeighbourEmbedding

open System

/// The Gaussian round a point whose perplexity, e to its entropy in nats, is the one asked for.
[<RequireQualifiedAccess>]
module Calibration =
    /// How near the entropy must come, in nats.
    [<Literal>]
    let private Tolerance = 1e-5

    [<Literal>]
    let private MostSteps = 100

    /// The entropy of p_j = exp(-b d_j) / sum, the sum, and the variance of b d under p. Distances count from the least.
    [<Struct>]
    type private Shape =
        { Entropy: float
          Sum: float
          Variance: float }

    let private shape (distances: float[]) (first: int) (count: int) (precision: float) =
        let least = distances[first]
        let mutable sum = 0.0
        let mutable linear = 0.0
        let mutable square = 0.0

        for j in first .. first + count - 1 do
            let energy = precision * (distances[j] - least)
            let weight = exp -energy
            sum <- sum + weight
            linear <- linear + weight * energy
            square <- square + weight * energy * energy

        let mean = linear / sum

        { Entropy = log sum + mean
          Sum = sum
          Variance = square / sum - mean * mean }

    /// A first guess: as if distances were exponentially distributed.
    let private guess (distances: float[]) first count =
        let mutable sum = 0.0

        for j in first .. first + count - 1 do
            sum <- sum + distances[j] - distances[first]

        if sum > 0.0 then float count / sum else 1.0

    /// Newton's step for the logarithm of the precision (the entropy falls by the variance for each e-fold), at most e^4-fold;
    /// half way back where it would leave what is known to be too low and too high.
    let private step entropy (shape: Shape) low high logarithm =
        let newton = (shape.Entropy - entropy) / max shape.Variance 1e-300
        let next = logarithm + Math.Clamp(newton, -4.0, 4.0)
        if next > low && next < high then next else (low + high) / 2.0

    /// The precision b at which p_j = exp(-b d_j) / sum has the entropy, as near as the distances allow: those of equal
    /// distance always get equal shares.
    let private precision entropy (distances: float[]) first count =
        let rec search steps low high logarithm =
            let shape = shape distances first count (exp logarithm)

            if steps = MostSteps || abs (shape.Entropy - entropy) <= Tolerance then
                struct (exp logarithm, shape.Sum)
            elif shape.Entropy > entropy then
                let next = step entropy shape logarithm high logarithm
                search (steps + 1) logarithm high next
            else
                let next = step entropy shape low logarithm logarithm
                search (steps + 1) low logarithm next

        search 1 -700.0 700.0 (log (guess distances first count))

    /// For each point the probabilities of its neighbours, p(j|i) = exp(-b_i d_ij) / sum, with precision b_i such that their
    /// entropy is ln perplexity. Their order is that of the neighbours.
    let conditional (work: Work) (perplexity: float) (neighbours: Neighbours) : float32[] =
        let count = neighbours.PerPoint
        let distances = neighbours.Distance
        let probabilities = Array.zeroCreate<float32> distances.Length
        let entropy = log perplexity

        Work.ranges work 64 (distances.Length / count) (fun first last ->
            for i in first .. last - 1 do
                let start = i * count
                let struct (precision, sum) = precision entropy distances start count

                for j in start .. start + count - 1 do
                    let weight = exp (-precision * (distances[j] - distances[start]))
                    probabilities[j] <- float32 (weight / sum))

        probabilities

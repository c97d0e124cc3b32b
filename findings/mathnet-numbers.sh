#!/usr/bin/env bash
# MathNet.Numerics 5.0.0: wrong numbers, without a word. Each is beside its formula, or another way in the same package.
#  - NegativeBinomial(r, p) draws from another distribution than its Mean, Probability and CumulativeDistribution are of: draws of
#    (3, 0.4) have a mean of r / p = 7.5, not r (1 - p) / p = 4.5.
#  - Entropy of Pareto has the wrong sign, that of Geometric is in bits where the others are in nats, that of Dirichlet is something else,
#    and that of Poisson an approximation (so its documentation says), which is -57.5 at 0.1.
#  - CumulativeDistribution of Poisson, Geometric and NegativeBinomial takes a float, and between whole numbers it rises: of Poisson(4) at
#    1.5 it is 0.156, where P(X <= 1.5) = P(X <= 1) = 0.092. Geometric has 0.163 at 0.5, though it is never below 1. Binomial is right.
#  - Skewness of SkewedGeneralizedT grows with the cube of the scale; that of SkewedGeneralizedError is something else.
#  - Distance.Jaccard looks only at places where both are not 0: of two vectors of 0 and 1 it is 0 however much they differ, or NaN.
#  - Fourier.FrequencyScale of an odd length: the negative frequencies are off by one, and the last is 0. Even lengths are right.
#  - Maximum and Minimum, and their indices, of a sparse vector do not see zeros: the least of 0, 7, 3 is 3.
#  - RunningWeightedStatistics.EffectiveSampleSize of eight samples of equal weight is 1; WeightedDescriptiveStatistics has 8.
#  - Cholesky of a matrix that is not symmetric does not throw, as it says it does, and its factor is another matrix's.
#  - Random sources: seeds 0 and 1 are one for seven of ten. First draws for the seeds 1 to 200 are all below 1e-15 for Mcg59 and all below
#    0.0012 for WH2006: runs that differ by such a seed begin alike.
#
# Seen:
#     NegativeBinomial(3, 0.4): mean 4.5, of its probabilities 4.5, of 100,000 draws 7.5
#     entropy, and from probabilities: Pareto(2, 6) -0.0681 0.0681, Geometric(0.3) 2.9376 2.0362, Poisson(0.1) -57.51 0.33
#     entropy of Dirichlet(1, 2, 3): 7.637; the mean of -DensityLn of its draws: -1.24
#     P(X <= 1.5) of Poisson(4): 0.156, P(X <= 1): 0.092; P(X <= 0.5) of Geometric(0.3): 0.163; Binomial at 1.5 and 1: 0.149 0.149
#     skewness, and from the density: SkewedGeneralizedT of scale 2 4.65 0.58, SkewedGeneralizedError of scale 2 3.71 0.67
#     Jaccard of 1 0 0 1 and 0 1 1 1: 0; of 1 0 and 0 1: NaN
#     frequencies of 5: 0 1 2 -1 0; of 6: 0 1 2 3 -2 -1
#     least of 0 7 3: sparse 3 at 2, dense 0 at 0; largest of 0 -7 -3: sparse -3 at 2, dense 0 at 0
#     effective sample size of eight equal weights: 1 and 8
#     Cholesky of 4 1 / 2 3: no exception, its product is 4 2 / 2 3
#     seeds 0 and 1 alike: Mcg31m1 Mcg59 Mrg32k3a Palf WH1982 WH2006 Xorshift; not: MersenneTwister SystemRandomSource Xoshiro256StarStar
#     largest first draw of seeds 1 to 200: Mcg59 3.47e-16, WH2006 0.0011, MersenneTwister 0.99
#
# Exit code 0: so it is. 1: it has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

cat > probe.fsproj <<'PROJECT'
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <TargetFramework>net10.0</TargetFramework>
    <OutputType>Exe</OutputType>
    <InvariantGlobalization>true</InvariantGlobalization>
  </PropertyGroup>
  <ItemGroup>
    <Compile Include="Program.fs" />
    <PackageReference Include="MathNet.Numerics" Version="5.0.0" />
    <PackageReference Update="FSharp.Core" Version="10.1.404" />
  </ItemGroup>
</Project>
PROJECT

cat > Program.fs <<'PROGRAM'
open System
open MathNet.Numerics
open MathNet.Numerics.Distributions
open MathNet.Numerics.IntegralTransforms
open MathNet.Numerics.LinearAlgebra
open MathNet.Numerics.Random
open MathNet.Numerics.Statistics

let near (tolerance: float) (wanted: float) (value: float) = abs (value - wanted) <= tolerance

/// An integral by the middles of many narrow strips.
let integral (low: float) (high: float) (f: float -> float) =
    let count = 400_000
    let width = (high - low) / float count
    Seq.init count (fun i -> f (low + (float i + 0.5) * width)) |> Seq.sum |> (*) width

let information (p: float) = if p > 0.0 then -p * log p else 0.0
let entropyOf (d: IDiscreteDistribution) = Seq.init 400 (fun k -> information (d.Probability k)) |> Seq.sum

// what is drawn
let negative = NegativeBinomial(3.0, 0.4, SystemRandomSource 1)
let ofProbabilities = Seq.init 400 (fun k -> float k * negative.Probability k) |> Seq.sum
let ofDraws = Seq.init 100_000 (fun _ -> float (negative.Sample())) |> Seq.average
printfn "NegativeBinomial(3, 0.4): mean %.1f, of its probabilities %.1f, of 100,000 draws %.1f" negative.Mean ofProbabilities ofDraws

// entropies
let pareto = Pareto(2.0, 6.0)
let paretoEntropy = integral 2.0 400.0 (fun x -> information (pareto.Density x))
let geometric, poisson = Geometric 0.3, Poisson 0.1
let geometricEntropy, poissonEntropy = entropyOf geometric, entropyOf poisson

printfn
    "entropy, and from probabilities: Pareto(2, 6) %.4f %.4f, Geometric(0.3) %.4f %.4f, Poisson(0.1) %.2f %.2f"
    pareto.Entropy
    paretoEntropy
    geometric.Entropy
    geometricEntropy
    poisson.Entropy
    poissonEntropy

let dirichlet = Dirichlet([| 1.0; 2.0; 3.0 |], SystemRandomSource 1)
let dirichletEntropy = Seq.init 50_000 (fun _ -> -dirichlet.DensityLn(dirichlet.Sample())) |> Seq.average
printfn "entropy of Dirichlet(1, 2, 3): %.3f; the mean of -DensityLn of its draws: %.2f" dirichlet.Entropy dirichletEntropy

// between whole numbers
let four, binomial = Poisson 4.0, Binomial(0.3, 10)
let between, below = four.CumulativeDistribution 1.5, four.CumulativeDistribution 1.0
let never = geometric.CumulativeDistribution 0.5
let right = binomial.CumulativeDistribution 1.5, binomial.CumulativeDistribution 1.0

let negativeRises =
    negative.CumulativeDistribution 1.5 > negative.CumulativeDistribution 1.0 + 0.05

printfn
    "P(X <= 1.5) of Poisson(4): %.3f, P(X <= 1): %.3f; P(X <= 0.5) of Geometric(0.3): %.3f; Binomial at 1.5 and 1: %.3f %.3f"
    between
    below
    never
    (fst right)
    (snd right)

// skewness
let skewness (d: IContinuousDistribution) =
    let mean = integral -400.0 400.0 (fun x -> x * d.Density x)
    let moment (n: int) = integral -400.0 400.0 (fun x -> pown (x - mean) n * d.Density x)
    moment 3 / Math.Pow(moment 2, 1.5)

let t = SkewedGeneralizedT(1.0, 2.0, 0.3, 2.0, 8.0)
let tOfOne = SkewedGeneralizedT(1.0, 1.0, 0.3, 2.0, 8.0)
let error = SkewedGeneralizedError(1.0, 2.0, 0.3, 1.5)
let skewT, skewError = skewness t, skewness error

printfn
    "skewness, and from the density: SkewedGeneralizedT of scale 2 %.2f %.2f, SkewedGeneralizedError of scale 2 %.2f %.2f"
    t.Skewness
    skewT
    error.Skewness
    skewError

// distances, frequencies, sparse vectors
let jaccard = Distance.Jaccard([| 1.0; 0.0; 0.0; 1.0 |], [| 0.0; 1.0; 1.0; 1.0 |])
let apart = Distance.Jaccard([| 1.0; 0.0 |], [| 0.0; 1.0 |])
printfn "Jaccard of 1 0 0 1 and 0 1 1 1: %g; of 1 0 and 0 1: %g" jaccard apart

let list (numbers: float[]) = numbers |> Array.map (sprintf "%g") |> String.concat " "
let odd, even = Fourier.FrequencyScale(5, 5.0), Fourier.FrequencyScale(6, 6.0)
printfn "frequencies of 5: %s; of 6: %s" (list odd) (list even)

let both (numbers: float[]) = Vector<float>.Build.SparseOfArray numbers, Vector<float>.Build.DenseOfArray numbers
let least (v: Vector<float>) = v.Minimum(), v.MinimumIndex()
let largest (v: Vector<float>) = v.Maximum(), v.MaximumIndex()
let sparseUp, denseUp = both [| 0.0; 7.0; 3.0 |]
let sparseDown, denseDown = both [| 0.0; -7.0; -3.0 |]

printfn
    "least of 0 7 3: sparse %g at %d, dense %g at %d; largest of 0 -7 -3: sparse %g at %d, dense %g at %d"
    (fst (least sparseUp))
    (snd (least sparseUp))
    (fst (least denseUp))
    (snd (least denseUp))
    (fst (largest sparseDown))
    (snd (largest sparseDown))
    (fst (largest denseDown))
    (snd (largest denseDown))

// weights
let weighted = [ for i in 1..8 -> Tuple<float, float>(1.0, float i) ]
let running = RunningWeightedStatistics(weighted).EffectiveSampleSize
let described = WeightedDescriptiveStatistics(weighted).EffectiveSampleSize
printfn "effective sample size of eight equal weights: %g and %g" running described

// a factor
let matrix = Matrix<float>.Build.DenseOfArray(array2D [ [ 4.0; 1.0 ]; [ 2.0; 3.0 ] ])
let factor = matrix.Cholesky().Factor
let product = factor * factor.Transpose()
let row i = product.Row i |> Seq.map (sprintf "%g") |> String.concat " "
printfn "Cholesky of 4 1 / 2 3: no exception, its product is %s / %s" (row 0) (row 1)

// seeds
let sources: (string * (int -> Random)) list =
    [ "Mcg31m1", (fun seed -> Mcg31m1 seed)
      "Mcg59", (fun seed -> Mcg59 seed)
      "MersenneTwister", (fun seed -> MersenneTwister seed)
      "Mrg32k3a", (fun seed -> Mrg32k3a seed)
      "Palf", (fun seed -> Palf seed)
      "SystemRandomSource", (fun seed -> SystemRandomSource seed)
      "WH1982", (fun seed -> WH1982 seed)
      "WH2006", (fun seed -> WH2006 seed)
      "Xorshift", (fun seed -> Xorshift seed)
      "Xoshiro256StarStar", (fun seed -> Xoshiro256StarStar seed) ]

let draws (source: Random) = List.init 100 (fun _ -> source.NextDouble())
let alike, different = sources |> List.partition (fun (_, make) -> draws (make 0) = draws (make 1))
let names = List.map fst >> String.concat " "
printfn "seeds 0 and 1 alike: %s; not: %s" (names alike) (names different)

let first name =
    let make = sources |> List.find (fun (other, _) -> other = name) |> snd
    Seq.init 200 (fun i -> (make (i + 1)).NextDouble()) |> Seq.max

printfn
    "largest first draw of seeds 1 to 200: Mcg59 %.3g, WH2006 %.2g, MersenneTwister %.2g"
    (first "Mcg59")
    (first "WH2006")
    (first "MersenneTwister")

exit (
    if
        near 1e-9 4.5 negative.Mean
        && near 1e-6 4.5 ofProbabilities
        && near 0.1 7.5 ofDraws
        && near 1e-3 (log (2.0 / 6.0) + 1.0 / 6.0 + 1.0) paretoEntropy
        && near 1e-3 -paretoEntropy pareto.Entropy
        && near 1e-6 (geometricEntropy / log 2.0) geometric.Entropy
        && poisson.Entropy < -50.0
        && near 1e-2 0.3337 poissonEntropy
        && dirichlet.Entropy > 7.0
        && near 0.05 -1.244 dirichletEntropy
        && between > below + 0.05
        && never > 0.1
        && negativeRises
        && fst right = snd right
        && near 1e-6 (8.0 * tOfOne.Skewness) t.Skewness
        && near 1e-2 (t.Skewness / 8.0) skewT
        && abs (error.Skewness - skewError) > 1.0
        && jaccard = 0.0
        && Double.IsNaN apart
        && odd = [| 0.0; 1.0; 2.0; -1.0; 0.0 |]
        && even = [| 0.0; 1.0; 2.0; 3.0; -2.0; -1.0 |]
        && (least sparseUp, least denseUp) = ((3.0, 2), (0.0, 0))
        && (largest sparseDown, largest denseDown) = ((-3.0, 2), (0.0, 0))
        && (running, described) = (1.0, 8.0)
        && (product - matrix).L1Norm() > 0.9
        && alike.Length = 7
        && first "Mcg59" < 1e-15
        && first "WH2006" < 0.0012
        && first "MersenneTwister" > 0.9
    then
        0
    else
        1
)
PROGRAM

dotnet run -c Release

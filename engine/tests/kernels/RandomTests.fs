module Workbench.Tests.RandomTests

#nowarn "9"

open System
open Expecto
open Microsoft.FSharp.NativeInterop
open Workbench.Engine
open Workbench.Tests.KernelCalls

type private Draw<'t when 't: unmanaged> =
    delegate of nativeptr<'t> * int64 * uint64 * uint64 -> unit

let private draw<'t when 't: unmanaged> (f: Draw<'t>) n seed offset =
    let y = Array.zeroCreate<'t> n
    use p = fixed y
    f.Invoke(p, int64 n, seed, offset)
    y

let private uniform = Draw<float32>(fun y n s o -> Philox.Uniform(y, n, s, o))
let private uniformDouble = Draw<float>(fun y n s o -> Philox.Uniform(y, n, s, o))
let private normal = Draw<float32>(fun y n s o -> Philox.Normal(y, n, s, o))
let private normalDouble = Draw<float>(fun y n s o -> Philox.Normal(y, n, s, o))
let private words = Draw<uint32>(fun y n s o -> Philox.Words(y, n, s, o))

let private integers low high =
    Draw<int64>(fun y n s o -> Philox.Integers(y, n, low, high, s, o))

let private permutation = Draw<int64>(fun y n s o -> Philox.Permutation(y, n, s, o))

let private block (counter: uint32[]) (key: uint32[]) =
    let output = Array.zeroCreate<uint32> 4
    Philox.Block(ReadOnlySpan counter, ReadOnlySpan key, Span output)
    output

/// The known answers for philox4x32-10 that its authors publish with their Random123 library.
let private cipher =
    testList
        "cipher"
        [ testCase "zeros" (fun () ->
              Expect.equal
                  (block (Array.zeroCreate 4) (Array.zeroCreate 2))
                  [| 0x6627e8d5u; 0xe169c58du; 0xbc57ac4cu; 0x9b00dbd8u |]
                  "zeros")
          testCase "ones" (fun () ->
              let ones n = Array.create n UInt32.MaxValue

              Expect.equal
                  (block (ones 4) (ones 2))
                  [| 0x408f276du; 0x41c83b0eu; 0xa20bc7c6u; 0x6d5451fdu |]
                  "ones")
          testCase "the digits of pi" (fun () ->
              let counter = [| 0x243f6a88u; 0x85a308d3u; 0x13198a2eu; 0x03707344u |]
              let answer = [| 0xd16cfe09u; 0x94fdccebu; 0x5001e420u; 0x24126ea1u |]
              Expect.equal (block counter [| 0xa4093822u; 0x299f31d0u |]) answer "pi")
          testCase "words follow the layout that the docs give, past a carry too" (fun () ->
              let seed, offset = 0x299f31d0a4093822UL, 0xfffffffbUL
              let actual = draw words 100 seed offset

              actual
              |> Array.iteri (fun i word ->
                  let own = offset + uint64 (i / 32 * 8 + i % 16 / 2)

                  let output =
                      block
                          [| uint32 own; uint32 (own >>> 32); 0u; 0u |]
                          [| uint32 seed; uint32 (seed >>> 32) |]

                  Expect.equal word output[i % 2 + 2 * (i % 32 / 16)] $"word {i}")) ]

let private depends name (f: Draw<'t>) =
    testList
        name
        [ testCase "an element depends on seed, offset and place alone" (fun () ->
              let all = draw f 20_000 5UL 16UL

              for n in [ 0; 1; 15; 16; 17; 31; 33; 100; 9_999 ] do
                  Expect.equal (draw f n 5UL 16UL) all[.. n - 1] $"first {n}")
          testCase "a call continues where the one before it ended" (fun () ->
              let all = draw f 64 5UL 0UL

              Expect.equal
                  (draw f 32 5UL (Philox.Advance 32L * uint64 sizeof<'t> / 8UL))
                  all[32..]
                  "second half")
          testCase "seeds and offsets tell streams apart" (fun () ->
              let a = draw f 32 5UL 0UL

              Expect.isTrue
                  (a <> draw f 32 6UL 0UL && a <> draw f 32 5UL (Philox.Advance 32L))
                  "other numbers")
          sameForAllThreads name (fun () -> draw f 50_001 9UL 3UL) ]

let private counts bins (x: float seq) =
    let counts = Array.zeroCreate<int> bins

    for v in x do
        counts[int (v * float bins)] <- counts[int (v * float bins)] + 1

    counts

/// Pearson's statistic against equal shares; for b bins it has mean b - 1 and deviation sqrt(2 (b - 1)).
let private chiSquare (counts: int[]) =
    let share = float (Array.sum counts) / float counts.Length
    counts |> Array.sumBy (fun c -> (float c - share) ** 2.0 / share)

let private even name (x: float seq) =
    let statistic = x |> counts 100 |> chiSquare

    Expect.isTrue
        (statistic > 50.0 && statistic < 160.0)
        $"{name}: chi-square {statistic} with 99 degrees of freedom"

/// Mean, variance, skewness and kurtosis of a normal sample are within five standard errors of 0, 1, 0, 3.
let private looksNormal name (x: float[]) =
    let n = float x.Length

    let moment k =
        x |> Array.averageBy (fun v -> pown v k)

    for k, right, variance in [ 1, 0.0, 1.0; 2, 1.0, 2.0; 3, 0.0, 15.0; 4, 3.0, 96.0 ] do
        Expect.isTrue
            (abs (moment k - right) < 5.0 * sqrt (variance / n))
            $"{name}: moment {k} is {moment k}, not {right}"

let private erf x =
    // Abramowitz and Stegun 7.1.26, within 1.5e-7.
    let t = 1.0 / (1.0 + 0.3275911 * abs x)

    let p =
        t
        * (0.254829592
           + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))

    float (sign x) * (1.0 - p * exp (-x * x))

let private distributions =
    testList
        "distributions"
        [ testCase "uniform numbers fill [0, 1) evenly" (fun () ->
              let x = draw uniform 100_000 1UL 0UL
              Expect.isTrue (Array.forall (fun v -> v >= 0f && v < 1f) x) "range"
              even "float" (Seq.map float x)
              let x = draw uniformDouble 100_000 1UL 0UL
              Expect.isTrue (Array.forall (fun v -> v >= 0.0 && v < 1.0) x) "range"
              even "double" x)
          testCase "neighbours are not correlated" (fun () ->
              let x = draw uniform 100_000 2UL 0UL |> Array.map (fun v -> float v - 0.5)

              for lag in [ 1; 2; 16; 32 ] do
                  let r = 12.0 * Seq.average (Seq.map2 (*) x (Seq.skip lag x))
                  Expect.isTrue (abs r < 5.0 / sqrt 1e5) $"lag {lag}: {r}")
          testCase "normal numbers have a normal's moments" (fun () ->
              looksNormal "float" (draw normal 200_000 3UL 0UL |> Array.map float)
              looksNormal "double" (draw normalDouble 200_000 3UL 0UL))
          testCase
              "normal numbers spread evenly through the normal's distribution function"
              (fun () ->
                  let share x =
                      min 0.999999 (0.5 * (1.0 + erf (x / sqrt 2.0)))

                  even "float" (draw normal 100_000 4UL 0UL |> Seq.map (float >> share))
                  even "double" (draw normalDouble 100_000 4UL 0UL |> Seq.map share))
          testCase "normal numbers equal Box and Muller's formula in double" (fun () ->
              let raw, z = draw words 32_000 7UL 0UL, draw normal 32_000 7UL 0UL

              for i in 0..31_999 do
                  let first = i / 32 * 32 + i % 16
                  let u = (float (raw[first] >>> 8) + 1.0) / 16777216.0
                  let angle = 2.0 * Math.PI * float (raw[first + 16] >>> 8) / 16777216.0
                  let right = sqrt (-2.0 * log u) * (if i % 32 < 16 then cos angle else sin angle)
                  Expect.isTrue (abs (float z[i] - right) < 2e-6) $"{i}: {z[i]}, not {right}")
          testCase "whole numbers lie in their range, evenly" (fun () ->
              let x = draw (integers -50L 50L) 100_000 5UL 0UL
              Expect.isTrue (Array.forall (fun v -> v >= -50L && v < 50L) x) "range"
              even "integers" (Seq.map (fun v -> (float v + 50.5) / 100.0) x)
              let x = draw (integers Int64.MinValue Int64.MaxValue) 1000 5UL 0UL

              Expect.isTrue
                  (Array.exists (fun v -> v < 0L) x && Array.exists (fun v -> v > 0L) x)
                  "the widest range"

              Expect.throwsT<ArgumentException>
                  (fun () -> draw (integers 3L 3L) 1 5UL 0UL |> ignore)
                  "an empty range")
          testCase "a coin falls as often as it should" (fun () ->
              let coin p =
                  draw
                      (Draw<float32>(fun y n s o -> Philox.Bernoulli(y, n, p, s, o)))
                      100_000
                      6UL
                      0UL

              Expect.isTrue (abs (Array.average (coin 0.3f) - 0.3f) < 0.0075f) "three in ten"

              Expect.equal
                  (Array.sum (coin 0f), Array.sum (coin 1f))
                  (0f, 100_000f)
                  "never and always") ]

let private permutations =
    testList
        "permutations"
        [ testCase "every number once" (fun () ->
              for n in [ 0; 1; 2; 16; 17; 1000 ] do
                  Expect.equal
                      (Array.sort (draw permutation n 8UL 0UL))
                      [| 0L .. int64 n - 1L |]
                      $"{n}")
          testCase "the same seed, the same order" (fun () ->
              Expect.equal (draw permutation 100 8UL 5UL) (draw permutation 100 8UL 5UL) "order")
          testCase "all orders of four are as likely" (fun () ->
              let orders =
                  [| for k in 0UL .. 23_999UL -> draw permutation 4 11UL (k * Philox.Advance 4L) |]

              let counts = orders |> Array.countBy id |> Array.map snd
              Expect.equal counts.Length 24 "orders seen"
              let statistic = chiSquare counts
              Expect.isTrue (statistic < 60.0) $"chi-square {statistic} with 23 degrees of freedom") ]

[<Tests>]
let tests =
    testList
        "random"
        [ cipher
          depends "words" words
          depends "uniform" uniform
          depends "uniform doubles" uniformDouble
          depends "normal" normal
          depends "normal doubles" normalDouble
          depends "integers" (integers 0L 1000L)
          distributions
          permutations ]

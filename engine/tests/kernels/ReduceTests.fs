module Workbench.Tests.ReduceTests

#nowarn "9"

open System
open Expecto
open Microsoft.FSharp.NativeInterop
open Workbench.Engine
open Workbench.Tests.KernelCalls

type private Fold =
    delegate of nativeptr<float32> * nativeptr<float32> * int64 * int64 * int64 -> unit

let private shapes =
    [ 1, 0, 1
      1, 1, 1
      1, 17, 1
      3, 255, 1
      5, 8193, 1
      1, 100_003, 1
      2, 20_000, 1
      700, 10, 1
      1, 5, 3
      1, 64, 16
      1, 65, 17
      2, 130, 33
      3, 7, 200
      1, 5000, 70
      4, 64, 1000
      1, 9000, 2 ]

let private numbers n =
    let random = Random(n + 1)
    Array.init n (fun _ -> float32 (random.NextDouble() * 4.0 - 1.0))

/// The terms that go into each result, in order.
let private terms (x: float32[]) (outer, reduced, inner) =
    Array.init (outer * inner) (fun i ->
        let start = i / inner * reduced * inner + i % inner
        Array.init reduced (fun k -> float x[start + k * inner]))

let private fold (f: Fold) (x: float32[]) (outer, reduced, inner) =
    let y = Array.zeroCreate<float32>(outer * inner)
    use px = fixed x
    use py = fixed y
    f.Invoke(px, py, int64 outer, int64 reduced, int64 inner)
    y

let private against name (f: Fold) (exact: float[] -> float) tolerance =
    testCase $"{name} of odd shapes" (fun () ->
        for (outer, reduced, inner) as shape in shapes do
            let x = numbers (outer * reduced * inner)

            Array.iter2
                (fun terms y ->
                    let right: float = exact terms
                    let allowed = tolerance * (1.0 + Array.sumBy abs terms)

                    Expect.isTrue
                        (float y = right || abs (float y - right) <= allowed)
                        $"{name} {shape}: {y}, not {right}")
                (terms x shape)
                (fold f x shape))

let private sum = Fold(fun x y o r i -> Reduce.Sum(x, y, o, r, i))
let private largest = Fold(fun x y o r i -> Reduce.Max(x, y, o, r, i))

/// Some 64 additions follow one another, each off by at most 2^-24 of the running sum.
let private whole =
    [ against "sum" sum Array.sum 4e-6
      against
          "sum of squares"
          (Fold(fun x y o r i -> Reduce.SumProducts(x, x, y, o, r, i)))
          (Array.sumBy (fun v -> v * v))
          4e-6
      against "max" largest (Array.fold max -infinity) 0.0
      against "min" (Fold(fun x y o r i -> Reduce.Min(x, y, o, r, i))) (Array.fold min infinity) 0.0
      testCase "a million equal terms" (fun () ->
          let x = Array.create 1_000_000 0.1f
          use p = fixed x
          let total = float (Reduce.Sum(p, 1_000_000L))
          Expect.isTrue (abs (total / (1e6 * float 0.1f) - 1.0) < 1e-6) $"{total}")
      testCase "sums of whole numbers are exact" (fun () ->
          let x = [| 1L .. 100_000L |]
          use p = fixed x
          Expect.equal (Reduce.Sum(p, 100_000L)) 5_000_050_000L "sum")
      sameForAllThreads "sums" (fun () ->
          List.map (fun (o, r, i as shape) -> fold sum (numbers (o * r * i)) shape) shapes) ]

let private argOf most (x: float32[]) (outer, reduced, inner) =
    let y = Array.zeroCreate<int64>(outer * inner)
    use px = fixed x
    use py = fixed y

    if most then
        Reduce.ArgMax(px, py, int64 outer, int64 reduced, int64 inner)
    else
        Reduce.ArgMin(px, py, int64 outer, int64 reduced, int64 inner)

    y

let private extremes =
    [ testCase "the first of the largest and of the smallest" (fun () ->
          for (outer, reduced, inner) as shape in List.filter (fun (_, r, _) -> r > 0) shapes do
              let x = numbers (outer * reduced * inner) |> Array.map round

              let first best terms =
                  int64 (Array.findIndex ((=) (best terms)) terms)

              Expect.equal
                  (argOf true x shape)
                  (Array.map (first Array.max) (terms x shape))
                  $"argmax {shape}"

              Expect.equal
                  (argOf false x shape)
                  (Array.map (first Array.min) (terms x shape))
                  $"argmin {shape}")
      testCase "NaN wins" (fun () ->
          for n in [ 3; 40; 300; 9000 ] do
              let x = numbers n
              x[n / 2] <- nanf
              x[n - 1] <- nanf
              Expect.isTrue (Single.IsNaN(fold largest x (1, n, 1) |> Array.head)) $"max of {n}"
              Expect.equal (argOf true x (1, n, 1)) [| int64 (n / 2) |] $"argmax of {n}"
              Expect.equal (argOf false x (1, n, 1)) [| int64 (n / 2) |] $"argmin of {n}")
      testCase "a row of -infinity" (fun () ->
          Expect.equal
              (fold largest (Array.create 20 -infinityf) (1, 20, 1))
              [| -infinityf |]
              "max") ]

type private Rows = delegate of nativeptr<float32> * nativeptr<float32> * int64 * int64 -> unit

let private rowsOf (f: Rows) perRow (x: float32[]) columns =
    let rows = x.Length / columns
    let y = Array.zeroCreate<float32>(rows * perRow)
    use px = fixed x
    use py = fixed y
    f.Invoke(px, py, int64 rows, int64 columns)
    y

let private logSumExp (row: float[]) =
    let most = Array.max row
    most + log (Array.sumBy (fun v -> exp (v - most)) row)

/// Inputs reach 60, where floats lie 4e-6 apart: that much of a shifted input is lost to rounding, and a power of e is off by that share.
let private rowCase name (f: Rows) one (tolerance: float -> float) (exact: float[] -> float[]) =
    testCase $"{name} of rows" (fun () ->
        for rows, columns in [ 1, 1; 7, 10; 3, 16; 5, 257; 2, 10_000 ] do
            let x = numbers (rows * columns) |> Array.map (fun v -> v * 20f)

            let expected =
                x |> Array.chunkBySize columns |> Array.collect (Array.map float >> exact)

            Array.iter2
                (fun (right: float) y ->
                    Expect.isTrue
                        (abs (float y - right) <= tolerance right)
                        $"{name} {rows}x{columns}: {y}, not {right}")
                expected
                (rowsOf f (if one then 1 else columns) x columns))

let private softmax (row: float[]) =
    let total = logSumExp row
    row |> Array.map (fun v -> exp (v - total))

/// Gradients at y of a loss with gradient g = the sine of the position.
let private gradCase
    name
    (f: nativeptr<float32> -> Rows)
    (exact: float[] -> float[] -> float[])
    (forward: float[] -> float[])
    =
    testCase $"{name}'s gradient" (fun () ->
        let y = numbers 257 |> Array.map float |> forward |> Array.map float32
        let g = Array.init 257 (fun i -> float32 (sin (float i)))
        use py = fixed y
        let expected = exact (Array.map float g) (Array.map float y)
        let actual = rowsOf (f py) 257 g 257

        Array.iter2
            (fun (right: float) dx ->
                Expect.isTrue (abs (float dx - right) <= 2e-6) $"{name}: {dx}, not {right}")
            expected
            actual)

let private soft =
    [ rowCase
          "log of a sum of exponentials"
          (Rows(fun x y r c -> Reduce.LogSumExp(x, y, r, c)))
          true
          (fun right -> 1e-6 * (1.0 + abs right))
          (fun row -> [| logSumExp row |])
      rowCase
          "softmax"
          (Rows(fun x y r c -> Reduce.Softmax(x, y, r, c)))
          false
          (fun right -> 8e-6 * right + 1e-37)
          softmax
      rowCase
          "log softmax"
          (Rows(fun x y r c -> Reduce.LogSoftmax(x, y, r, c)))
          false
          (fun right -> 1e-6 * (1.0 + abs right))
          (fun row -> (let total = logSumExp row in Array.map (fun v -> v - total) row))
      gradCase
          "softmax"
          (fun y -> Rows(fun g dx r c -> Reduce.SoftmaxGrad(g, y, dx, r, c)))
          (fun g y ->
              (let along = Array.sum (Array.map2 (*) g y) in
               Array.map2 (fun g y -> y * (g - along)) g y))
          softmax
      gradCase
          "log softmax"
          (fun y -> Rows(fun g dx r c -> Reduce.LogSoftmaxGrad(g, y, dx, r, c)))
          (fun g y -> Array.map2 (fun g' y -> g' - exp y * Array.sum g) g y)
          (softmax >> Array.map log)
      testCase "infinities in a log of a sum of exponentials" (fun () ->
          let sums =
              rowsOf
                  (Rows(fun x y r c -> Reduce.LogSumExp(x, y, r, c)))
                  1
                  [| -infinityf; -infinityf; infinityf; 0f |]
                  2

          Expect.equal sums [| -infinityf; infinityf |] "none, and all") ]

let private moments =
    testCase "mean and variance by channel" (fun () ->
        for outer, channels, inner in
            [ 100, 20, 1; 300, 257, 1; 7, 3, 50; 2, 5, 9000; 50, 1, 1; 9, 1, 30 ] do
            let x = numbers (outer * channels * inner) |> Array.map (fun v -> v + 100f)

            let mean, variance =
                Array.zeroCreate<float32> channels, Array.zeroCreate<float32> channels

            use px = fixed x
            use pm = fixed mean
            use pv = fixed variance
            Reduce.Moments(px, pm, pv, int64 outer, int64 channels, int64 inner)

            for c in 0 .. channels - 1 do
                let own =
                    [| for o in 0 .. outer - 1 do
                           for j in 0 .. inner - 1 -> float x[(o * channels + c) * inner + j] |]

                let centre = Array.average own
                let spread = own |> Array.averageBy (fun v -> (v - centre) ** 2.0)

                Expect.isTrue
                    (abs (float mean[c] - centre) < 1e-4)
                    $"mean of {outer}x{channels}x{inner}: {mean[c]}, not {centre}"

                Expect.isTrue
                    (abs (float variance[c] - spread) < 1e-5 * (1.0 + spread))
                    $"variance: {variance[c]}, not {spread}")

[<Tests>]
let tests =
    testList
        "reductions"
        [ testList "folds" whole
          testList "extremes" extremes
          testList "rows" soft
          moments ]

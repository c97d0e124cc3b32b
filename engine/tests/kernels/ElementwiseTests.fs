module Workbench.Tests.ElementwiseTests

#nowarn "9"

open System
open Expecto
open Workbench.Engine
open Workbench.Tests.KernelCalls

/// Logits or probabilities with targets.
let private lossCase
    name
    (op:
        'op
            when 'op: unmanaged
            and 'op :> ValueType
            and 'op: struct
            and 'op: (new: unit -> 'op)
            and 'op :> IBinaryOp<float32>)
    (exact: float -> float -> float)
    low
    high
    =
    testCase $"{name} is within 1e-6 of its formula in double" (fun () ->
        let random = Random 3

        let draw low high =
            Array.init 257 (fun _ -> float32 (low + random.NextDouble() * (high - low)))

        let x, t = draw low high, draw 0.0 1.0

        Array.iteri2
            (fun i (x: float32) y ->
                let right = exact (float x) (float t[i])

                Expect.isTrue
                    (abs (float y - right) <= 1e-6 * (1.0 + abs right))
                    $"{name} of {x}, {t[i]}: {y}, not {right}")
            x
            (binary op x t))

let private sigmoid (x: float) = 1.0 / (1.0 + exp -x)

let private losses =
    testList
        "cross-entropy"
        [ lossCase
              "from logits"
              (CrossEntropyLogitsOp<float32>())
              (fun x t -> log (1.0 + exp x) - x * t)
              -30.0
              30.0
          lossCase
              "from logits, gradient"
              (BindFirst<float32, CrossEntropyLogitsGradOp<float32>>(CrossEntropyLogitsGradOp(), 2f))
              (fun x t -> 2.0 * (sigmoid x - t))
              -30.0
              30.0
          lossCase
              "from probabilities"
              (CrossEntropyOp<float32>())
              (fun p t -> -t * log p - (1.0 - t) * log (1.0 - p))
              0.01
              0.99
          lossCase
              "from probabilities, gradient"
              (BindFirst<float32, CrossEntropyGradOp<float32>>(CrossEntropyGradOp(), 2f))
              (fun p t -> 2.0 * (p - t) / ((1.0 - p) * p))
              0.1
              0.9
          testCase "logarithms are held at -100" (fun () ->
              Expect.equal
                  (binary (CrossEntropyOp<float32>()) [| 0f; 1f; 0f; 1f |] [| 1f; 0f; 0f; 1f |])
                  [| 100f; 100f; 0f; 0f |]
                  "ends") ]

let private long = Array.init 100_003 (fun i -> float32 (sin (float i)) * 5f)

let private drivers =
    testList
        "drivers"
        [ testCase "an element's bits depend on its input alone" (fun () ->
              let whole = unary (TanhOp<float32>()) long

              for start, count in [ 1, 17; 3, 255; 16_383, 300; 99_990, 13 ] do
                  Expect.equal
                      (unary (TanhOp<float32>()) long[start .. start + count - 1])
                      whole[start .. start + count - 1]
                      "part")
          testCase "the result may take an operand's place" (fun () ->
              for x in lengths do
                  let y = Array.copy x
                  use p = fixed y
                  Elementwise.Unary(p, p, int64 x.Length, SigmoidOp<float32>())
                  Elementwise.Binary(p, p, p, int64 x.Length, AddOp<float32>())

                  agree
                      "in place"
                      0L
                      (unary (SigmoidOp<float32>()) x |> Array.map (fun v -> v + v))
                      y)
          testCase "nothing is written past the end" (fun () ->
              for n in 0..70 do
                  let y = Array.create 80 7f
                  use px = fixed long
                  use py = fixed y
                  Elementwise.Unary(px, py, int64 n, ExpOp<float32>())
                  Expect.isTrue (Array.forall ((=) 7f) y[n..]) $"length {n}")
          sameForAllThreads "exp" (fun () -> unary (ExpOp<float32>()) long)
          testCase "whole numbers wrap, compare and choose" (fun () ->
              let a, b =
                  [| for i in -40L .. 40L -> i * 3_000_000_000_000_000_000L |],
                  [| for i in -40L .. 40L -> i % 7L |]

              let y, mask = Array.zeroCreate<int64> 81, Array.zeroCreate<byte> 81
              use pa = fixed a
              use pb = fixed b
              use py = fixed y
              use pm = fixed mask
              Elementwise.Binary(pa, pb, py, 81L, MultiplyOp<int64>())
              Expect.equal y (Array.map2 (*) a b) "products"
              Elementwise.Compare(pa, pb, pm, 81L, LessOp<int64>())
              Expect.equal mask (Array.map2 (fun a b -> if a < b then 1uy else 0uy) a b) "less"
              Elementwise.Where(pm, pa, pb, py, 81L)
              Expect.equal y (Array.map2 min a b) "the smaller"
              Elementwise.MaskedFill(pm, 5L, pa, py, 81L)
              Expect.equal y (Array.map2 (fun a b -> if a < b then 5L else a) a b) "filled")
          testCase "comparisons with NaN, at lengths 0 to 256" (fun () ->
              for x in lengths do
                  let y, mask = shifted 1 x, Array.zeroCreate<byte>(x.Length + 1)
                  use px = fixed x
                  use py = fixed y
                  use pm = fixed mask

                  let check name (expected: float32 -> float32 -> bool) =
                      let right = Array.map2 (fun a b -> if expected a b then 1uy else 0uy) x y
                      Expect.equal mask[.. x.Length - 1] right name

                  Elementwise.Compare(px, py, pm, int64 x.Length, GreaterOrEqualOp<float32>())
                  check "greater or equal" (fun a b -> a >= b)
                  Elementwise.Compare(px, py, pm, int64 x.Length, NotEqualOp<float32>())
                  check "not equal" (fun a b -> a <> b)
                  Elementwise.CompareScalar(px, 0.5f, pm, int64 x.Length, LessOp<float32>())
                  check "less than a half" (fun a _ -> a < 0.5f)) ]

[<Tests>]
let tests = testList "elementwise" [ losses; drivers ]

module Workbench.Tests.MathTests

#nowarn "9"

open System
open Expecto
open Workbench.Engine
open Workbench.Tests.KernelCalls

/// The vector form of an operator against its scalar form, at all lengths; where the scalar form rounds a double result, the vector form may be off by its own error more.
let private unaryCase
    name
    tolerance
    (op:
        'op
            when 'op: unmanaged
            and 'op :> ValueType
            and 'op: struct
            and 'op: (new: unit -> 'op)
            and 'op :> IUnaryOp<float32>)
    =
    testCase $"{name} equals its specification at lengths 0 to 256" (fun () ->
        for x in lengths do
            agree name tolerance (x |> Array.map (fun (v: float32) -> op.Invoke v)) (unary op x))

let private binaryCase
    name
    tolerance
    (op:
        'op
            when 'op: unmanaged
            and 'op :> ValueType
            and 'op: struct
            and 'op: (new: unit -> 'op)
            and 'op :> IBinaryOp<float32>)
    =
    testCase $"{name} equals its specification at lengths 0 to 256" (fun () ->
        for x in lengths do
            let y = shifted 5 x

            agree
                name
                tolerance
                (Array.map2 (fun (a: float32) b -> op.Invoke(a, b)) x y)
                (binary op x y))

let private ternaryCase
    name
    tolerance
    (op:
        'op
            when 'op: unmanaged
            and 'op :> ValueType
            and 'op: struct
            and 'op: (new: unit -> 'op)
            and 'op :> ITernaryOp<float32>)
    =
    testCase $"{name} equals its specification at lengths 0 to 256" (fun () ->
        for x in lengths do
            let y, z = shifted 5 x, shifted 11 x
            let expected = Array.map3 (fun (a: float32) b c -> op.Invoke(a, b, c)) x y z
            agree name tolerance expected (ternary op x y z))

let private againstScalar =
    testList
        "operators"
        [ unaryCase "negate" 0L (NegateOp<float32>())
          unaryCase "abs" 0L (AbsOp<float32>())
          unaryCase "square" 0L (SquareOp<float32>())
          unaryCase "cube" 0L (CubeOp<float32>())
          unaryCase "sqrt" 0L (SqrtOp<float32>())
          unaryCase "rsqrt" 0L (RsqrtOp<float32>())
          unaryCase "reciprocal" 0L (ReciprocalOp<float32>())
          unaryCase "sign" 0L (SignOp<float32>())
          unaryCase "relu" 0L (ReluOp<float32>())
          unaryCase "leaky relu" 0L (LeakyReluOp<float32> 0.2f)
          unaryCase "clamp" 0L (ClampOp<float32>(-1f, 2f))
          unaryCase "exp" 2L (ExpOp<float32>())
          unaryCase "expm1" 2L (Expm1Op<float32>())
          unaryCase "log" 1L (LogOp<float32>())
          unaryCase "log1p" 2L (Log1pOp<float32>())
          unaryCase "tanh" 3L (TanhOp<float32>())
          unaryCase "sigmoid" 3L (SigmoidOp<float32>())
          unaryCase "softplus" 2L (SoftplusOp<float32>(1f, 20f))
          unaryCase "softplus of beta 3" 3L (SoftplusOp<float32>(3f, 20f))
          unaryCase "log sigmoid" 2L (LogSigmoidOp<float32>())
          binaryCase "add" 0L (AddOp<float32>())
          binaryCase "subtract" 0L (SubtractOp<float32>())
          binaryCase "multiply" 0L (MultiplyOp<float32>())
          binaryCase "divide" 0L (DivideOp<float32>())
          binaryCase "maximum" 0L (MaximumOp<float32>())
          binaryCase "minimum" 0L (MinimumOp<float32>())
          binaryCase "pow" 0L (PowOp<float32>())
          binaryCase "relu's gradient" 0L (ReluGradOp<float32>())
          binaryCase "leaky relu's gradient" 0L (LeakyReluGradOp<float32> 0.2f)
          binaryCase "clamp's gradient" 0L (ClampGradOp<float32>(-1f, 2f))
          binaryCase "abs's gradient" 0L (AbsGradOp<float32>())
          binaryCase "square's gradient" 0L (SquareGradOp<float32>())
          binaryCase "sqrt's gradient" 0L (SqrtGradOp<float32>())
          binaryCase "rsqrt's gradient" 0L (RsqrtGradOp<float32>())
          binaryCase "reciprocal's gradient" 0L (ReciprocalGradOp<float32>())
          binaryCase "expm1's gradient" 0L (Expm1GradOp<float32>())
          binaryCase "log1p's gradient" 0L (Log1pGradOp<float32>())
          binaryCase "tanh's gradient" 0L (TanhGradOp<float32>())
          binaryCase "sigmoid's gradient" 0L (SigmoidGradOp<float32>())
          binaryCase "softplus's gradient" 4L (SoftplusGradOp<float32>(1f, 20f))
          binaryCase "log sigmoid's gradient" 4L (LogSigmoidGradOp<float32>())
          ternaryCase "divide's gradient" 0L (DivideRightGradOp<float32>())
          ternaryCase "lerp" 4L (LerpOp<float32>())
          ternaryCase "maximum's gradient" 0L (MaximumGradOp<float32>())
          ternaryCase "minimum's gradient" 0L (MinimumGradOp<float32>()) ]

/// The double form of an operator is right to 1e-15 of the result, at all lengths, whatever the neighbours.
let private doubleCase
    name
    (op:
        'op
            when 'op: unmanaged
            and 'op :> ValueType
            and 'op: struct
            and 'op: (new: unit -> 'op)
            and 'op :> IUnaryOp<float>)
    =
    testCase $"{name} of doubles" (fun () ->
        for n in 0..100 do
            let x =
                Array.init n (fun i -> sin (float (i + n)) * [| 1e-8; 1.0; 30.0; 700.0 |][i % 4])

            let y = Array.zeroCreate<float> n
            use px = fixed x
            use py = fixed y
            Elementwise.Unary(px, py, int64 n, op)

            Array.iter2
                (fun (x: float) y ->
                    let right = op.Invoke x
                    let close = abs (y - right) <= 1e-15 * abs right
                    Expect.isTrue (close || y.Equals right) $"{name} of {x}: {y}, not {right}")
                x
                y)

let private doubles =
    testList
        "doubles"
        [ doubleCase "exp" (ExpOp<float>())
          doubleCase "expm1" (Expm1Op<float>())
          doubleCase "log" (LogOp<float>())
          doubleCase "log1p" (Log1pOp<float>())
          doubleCase "tanh" (TanhOp<float>())
          doubleCase "sigmoid" (SigmoidOp<float>())
          doubleCase "softplus" (SoftplusOp<float>(1.0, 20.0))
          doubleCase "log sigmoid" (LogSigmoidOp<float>()) ]

/// The largest error over some 200,000 floats of all sizes, in units in the last place of the exact result.
let private worstError
    (op:
        'op
            when 'op: unmanaged
            and 'op :> ValueType
            and 'op: struct
            and 'op: (new: unit -> 'op)
            and 'op :> IUnaryOp<float32>)
    (exact: float -> float)
    =
    let x =
        Array.init 200_000 (fun i -> BitConverter.UInt32BitsToSingle(uint32 i * 21_473u))

    Array.map2
        (fun (x: float32) (y: float32) ->
            let right = exact (float x)
            let rounded = float32 right

            if Single.IsFinite rounded && abs rounded < Single.MaxValue then
                abs (float y - right) / float (MathF.BitIncrement(abs rounded) - abs rounded)
            elif rounded.Equals y || abs rounded = Single.MaxValue then
                0.0
            else
                infinity)
        x
        (unary op x)
    |> Array.reduce max // Array.max passes over a NaN behind a number

let private accuracyCase name bound op exact =
    testCase $"{name} is within {bound} units in the last place" (fun () ->
        let worst = worstError op exact
        Expect.isTrue (worst <= bound) $"{name}: {worst}")

let private accuracy =
    testList
        "accuracy"
        [ accuracyCase "exp" 1.1 (ExpOp<float32>()) Math.Exp
          accuracyCase "expm1" 1.6 (Expm1Op<float32>()) ScalarMath.Expm1
          accuracyCase "log" 0.9 (LogOp<float32>()) Math.Log
          accuracyCase "log1p" 1.4 (Log1pOp<float32>()) ScalarMath.Log1p
          accuracyCase "tanh" 2.5 (TanhOp<float32>()) Math.Tanh
          accuracyCase "sigmoid" 2.3 (SigmoidOp<float32>()) ScalarMath.Sigmoid
          accuracyCase "softplus" 1.7 (SoftplusOp<float32>(1f, infinityf)) ScalarMath.Softplus
          accuracyCase "log sigmoid" 1.7 (LogSigmoidOp<float32>()) ScalarMath.LogSigmoid
          testCase "expm1 and log1p keep their digits near zero" (fun () ->
              Expect.floatClose
                  Accuracy.veryHigh
                  (ScalarMath.Expm1 1e-10 * 1e10)
                  1.00000000005
                  "expm1"

              Expect.floatClose
                  Accuracy.veryHigh
                  (ScalarMath.Log1p 1e-10 * 1e10)
                  0.99999999995
                  "log1p") ]

let private valuesCase name op cases =
    testCase $"{name} at the ends of its range" (fun () ->
        let x, expected = Array.unzip cases
        agree name 0L expected (unary op x))

let private ends =
    testList
        "special values"
        [ valuesCase
              "exp"
              (ExpOp<float32>())
              [| 0f, 1f
                 89f, infinityf
                 -104f, 0f
                 infinityf, infinityf
                 -infinityf, 0f
                 nanf, nanf
                 -103.5f, 1e-45f |]
          valuesCase
              "log"
              (LogOp<float32>())
              [| 1f, 0f
                 0f, -infinityf
                 -0f, -infinityf
                 -1f, nanf
                 infinityf, infinityf
                 -infinityf, nanf
                 nanf, nanf |]
          valuesCase
              "log1p"
              (Log1pOp<float32>())
              [| 0f, 0f
                 -0f, -0f
                 -1f, -infinityf
                 -2f, nanf
                 infinityf, infinityf
                 1e-45f, 1e-45f |]
          valuesCase
              "tanh"
              (TanhOp<float32>())
              [| 0f, 0f
                 -0f, -0f
                 10f, 1f
                 -10f, -1f
                 infinityf, 1f
                 -infinityf, -1f
                 nanf, nanf
                 1e-45f, 1e-45f |]
          valuesCase
              "sigmoid"
              (SigmoidOp<float32>())
              [| 0f, 0.5f; 20f, 1f; -110f, 0f; infinityf, 1f; -infinityf, 0f; nanf, nanf |]
          valuesCase
              "softplus"
              (SoftplusOp<float32>(1f, 20f))
              [| 21f, 21f; infinityf, infinityf; -infinityf, 0f; nanf, nanf |] ]

[<Tests>]
let tests = testList "math" [ againstScalar; doubles; accuracy; ends ]

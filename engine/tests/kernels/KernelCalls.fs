/// What the tests of the engine's loops share: calls on arrays, inputs, and the distance between floats.
module Workbench.Tests.KernelCalls

#nowarn "9"

open System
open Expecto
open Microsoft.FSharp.NativeInterop
open Workbench.Engine

let unary<'op
    when 'op: unmanaged
    and 'op :> ValueType
    and 'op: struct
    and 'op: (new: unit -> 'op)
    and 'op :> IUnaryOp<float32>>
    (op: 'op)
    (x: float32[])
    =
    let y = Array.zeroCreate<float32> x.Length
    use px = fixed x
    use py = fixed y
    Elementwise.Unary(px, py, int64 x.Length, op)
    y

let binary<'op
    when 'op: unmanaged
    and 'op :> ValueType
    and 'op: struct
    and 'op: (new: unit -> 'op)
    and 'op :> IBinaryOp<float32>>
    (op: 'op)
    a
    b
    =
    let y = Array.zeroCreate<float32>(Array.length a)
    use pa = fixed (a: float32[])
    use pb = fixed (b: float32[])
    use py = fixed y
    Elementwise.Binary(pa, pb, py, int64 a.Length, op)
    y

let ternary<'op
    when 'op: unmanaged
    and 'op :> ValueType
    and 'op: struct
    and 'op: (new: unit -> 'op)
    and 'op :> ITernaryOp<float32>>
    (op: 'op)
    a
    b
    c
    =
    let y = Array.zeroCreate<float32>(Array.length a)
    use pa = fixed (a: float32[])
    use pb = fixed (b: float32[])
    use pc = fixed (c: float32[])
    use py = fixed y
    Elementwise.Ternary(pa, pb, pc, py, int64 a.Length, op)
    y

/// Floats that lie between two, 0 for two NaNs or two zeros.
let ulps (a: float32) (b: float32) =
    let ordered (x: float32) =
        let bits = int64 (BitConverter.SingleToInt32Bits x)
        if bits < 0L then int64 Int32.MinValue - bits else bits

    if Single.IsNaN a && Single.IsNaN b then 0L
    elif Single.IsNaN a || Single.IsNaN b then Int64.MaxValue
    else abs (ordered a - ordered b)

let specials =
    [| 0f
       -0f
       1f
       -1f
       0.5f
       2f
       nanf
       infinityf
       -infinityf
       1e-45f
       -1e-45f
       1e-39f
       88.7f
       89f
       -87.5f
       -104f
       3.4e38f
       -3.4e38f |]

/// Every length from 0 to 256, of ordinary numbers with a special one here and there.
let lengths =
    let random = Random 1

    [| for n in 0..256 ->
           Array.init n (fun i ->
               if i % 7 = 3 then
                   specials[random.Next specials.Length]
               else
                   float32 (random.NextDouble() * 12.0 - 6.0)) |]

let agree name tolerance expected actual =
    Array.iteri2
        (fun i e a ->
            if ulps e a > tolerance then
                failtestf
                    "%s: element %d of %d is %g where %g is right"
                    name
                    i
                    (Array.length actual)
                    a
                    e)
        expected
        actual

/// The same numbers, by places to the left.
let shifted by (x: float32[]) =
    Array.init x.Length (fun i -> x[(i + by) % x.Length])

/// The same work with one, two and four threads.
let sameForAllThreads name (work: unit -> 'a) =
    testCase $"{name}: the same bits with 1, 2 and 4 threads" (fun () ->
        let before = Workers.Count

        try
            let results =
                [ for threads in [ 1; 2; 4 ] ->
                      (Workers.Count <- threads
                       work ()) ]

            Expect.equal results (List.replicate 3 results.Head) name
        finally
            Workers.Count <- before)

module Workbench.Tests.GemmTests

#nowarn "9"

open System
open System.Threading.Tasks
open Expecto
open Microsoft.FSharp.NativeInterop
open Workbench.Engine

/// A product to check. C's rows are CRow apart; what lies between them must stay as it is.
type private Case =
    { M: int
      N: int
      K: int
      ARow: int
      ACol: int
      BRow: int
      BCol: int
      CRow: int
      Accumulate: bool
      Bias: bool }

/// Row-major operands, with gaps of some elements between their rows, or the transposes of such.
let private layout (gap: int) transposedA transposedB (m, n, k) =
    let aRow, aCol = if transposedA then 1, m + gap else k + gap, 1
    let bRow, bCol = if transposedB then 1, k + gap else n + gap, 1

    { M = m
      N = n
      K = k
      ARow = aRow
      ACol = aCol
      BRow = bRow
      BCol = bCol
      CRow = n + gap
      Accumulate = false
      Bias = false }

let private span rows columns rowStep columnStep =
    if rows = 0 || columns = 0 then
        0
    else
        (rows - 1) * rowStep + (columns - 1) * columnStep + 1

let private draw (random: Random) count =
    Array.init count (fun _ -> random.NextDouble() - 0.5)

/// The operands A, B, C and bias of a case.
let private operands random case =
    draw random (span case.M case.K case.ARow case.ACol),
    draw random (span case.K case.N case.BRow case.BCol),
    draw random (case.M * case.CRow + 5),
    draw random case.N

let private singles case reference (a: float32[], b: float32[], c: float32[], bias: float32[]) =
    let c = Array.copy c
    use pa = fixed a
    use pb = fixed b
    use pc = fixed c
    use row = fixed bias
    let row = if case.Bias then row else NativePtr.nullPtr
    let m, n, k, accumulate = case.M, case.N, case.K, case.Accumulate

    let aRow, aCol, bRow, bCol =
        int64 case.ARow, int64 case.ACol, int64 case.BRow, int64 case.BCol

    let cRow = int64 case.CRow

    if reference then
        GemmReference.Run(m, n, k, pa, aRow, aCol, pb, bRow, bCol, pc, cRow, accumulate, row)
    else
        Gemm.Run(m, n, k, pa, aRow, aCol, pb, bRow, bCol, pc, cRow, accumulate, row)

    c

let private doubles case reference (a: float[], b: float[], c: float[], bias: float[]) =
    let c = Array.copy c
    use pa = fixed a
    use pb = fixed b
    use pc = fixed c
    use row = fixed bias
    let row = if case.Bias then row else NativePtr.nullPtr
    let m, n, k, accumulate = case.M, case.N, case.K, case.Accumulate

    let aRow, aCol, bRow, bCol =
        int64 case.ARow, int64 case.ACol, int64 case.BRow, int64 case.BCol

    let cRow = int64 case.CRow

    if reference then
        GemmReference.Run(m, n, k, pa, aRow, aCol, pb, bRow, bCol, pc, cRow, accumulate, row)
    else
        Gemm.Run(m, n, k, pa, aRow, aCol, pb, bRow, bCol, pc, cRow, accumulate, row)

    c

let private narrow (a, b, c, bias) =
    Array.map float32 a, Array.map float32 b, Array.map float32 c, Array.map float32 bias

let private withThreads count action =
    let before = Workers.Count
    Workers.Count <- count

    try
        action ()
    finally
        Workers.Count <- before

/// The kernel's C is the reference's, to the last bit, gaps included, in both precisions and for any number of threads.
let private check random case =
    let drawn = operands random case
    let narrowed = narrow drawn
    let bits32 = Array.map BitConverter.SingleToInt32Bits
    let bits64 = Array.map BitConverter.DoubleToInt64Bits
    let right32 = bits32 (singles case true narrowed)
    let right64 = bits64 (doubles case true drawn)

    for threads in [ 1; 2; 4 ] do
        withThreads threads (fun () ->
            if bits32 (singles case false narrowed) <> right32 then
                failtest $"float32, {threads} threads: {case}"

            if bits64 (doubles case false drawn) <> right64 then
                failtest $"float64, {threads} threads: {case}")

let private random seed = Random(seed: int)

let private layouts = List.allPairs [ false; true ] [ false; true ]

let private edges =
    testCase "every remainder of rows and columns, every transposition" (fun () ->
        let random = random 1

        for m in [ 1; 2; 3; 4; 5; 7; 8; 12; 15; 16; 17; 33 ] do
            for n in [ 1; 2; 10; 15; 16; 17; 31; 32; 33; 47; 48; 49; 70 ] do
                for k in [ 0; 1; 2; 3; 4; 7; 17 ] do
                    for transposedA, transposedB in layouts do
                        check random (layout 0 transposedA transposedB (m, n, k)))

let private anyShape =
    testCase "any sizes up to 70, gaps, biases, accumulation" (fun () ->
        let random = random 2

        for _ in 1..600 do
            let sizes = random.Next 71, random.Next 71, random.Next 71
            let flip () = random.Next 2 = 0
            let case = layout (random.Next 4) (flip ()) (flip ()) sizes
            let accumulate = flip ()

            check
                random
                { case with
                    Accumulate = accumulate
                    Bias = not accumulate && flip () })

let private anyStrides =
    testCase "any strides, also 0 for a broadcast operand" (fun () ->
        let random = random 3

        for _ in 1..300 do
            let case = layout 0 false false (random.Next 40, random.Next 70, random.Next 40)

            check
                random
                { case with
                    ARow = random.Next 4
                    ACol = random.Next 4
                    BRow = random.Next 4
                    BCol = random.Next 4 })

let private manyBlocks =
    testCase "products of many slices, groups and panels" (fun () ->
        let random = random 4

        for sizes in [ 3, 50, 2500; 40, 70, 1100; 600, 100, 60; 100, 200, 300; 20, 700, 30 ] do
            for transposedA, transposedB in layouts do
                check random (layout 1 transposedA transposedB sizes)

                check
                    random
                    { layout 0 transposedA transposedB sizes with
                        Accumulate = true })

let private large =
    testCase "a product too large for one cache: its first and last rows" (fun () ->
        let case = layout 0 false false (530, 600, 900)
        let a, b, c, bias = narrow (operands (random 5) case)
        let product = singles case false (a, b, c, bias)

        for from in [ 0; 520 ] do
            let rows = { case with M = 10 }

            let right =
                singles rows true (Array.skip (from * case.ARow) a, b, Array.zeroCreate 6000, bias)

            Expect.equal product[from * 600 .. from * 600 + 5999] right $"rows from {from}")

let private byHand =
    testCase "[1 2; 3 4] [5 6; 7 8] = [19 22; 43 50]" (fun () ->
        let case = layout 0 false false (2, 2, 2)

        let product bias =
            singles
                { case with Bias = bias }
                false
                ([| 1f; 2f; 3f; 4f |], [| 5f; 6f; 7f; 8f |], Array.zeroCreate 4, [| 1f; -1f |])

        Expect.equal (product false) [| 19f; 22f; 43f; 50f |] "the product"
        Expect.equal (product true) [| 20f; 21f; 44f; 49f |] "with a bias of (1, -1)")

let private accuracy =
    testCase "float32 is close to float64" (fun () ->
        let case = layout 0 false true (50, 60, 700)
        let drawn = operands (random 6) case
        let exact = doubles case true drawn
        let near = singles case false (narrow drawn)

        for i in 0 .. case.M * case.N - 1 do
            Less.than (abs (float near[i] - exact[i])) 1e-4 "700 products of halves")

let private concurrent =
    testCase "several callers at once" (fun () ->
        Parallel.For(
            0,
            8,
            fun seed ->
                for _ in 1..5 do
                    let case = layout 0 false false (60, 100, 80)
                    let drawn = narrow (operands (random seed) case)
                    Expect.equal (singles case false drawn) (singles case true drawn) "the product"
        )
        |> ignore)

let private refusals =
    testCase "a bias with accumulation, or a negative size, is refused" (fun () ->
        let case = layout 0 false false (1, 1, 1)

        let run case () =
            singles case false ([| 1f |], [| 1f |], [| 1f |], [| 1f |]) |> ignore

        Expect.throwsT<ArgumentException>
            (run
                { case with
                    Accumulate = true
                    Bias = true })
            "bias and accumulation"

        Expect.throwsT<ArgumentOutOfRangeException> (run { case with K = -1 }) "k = -1")

let private frugal =
    testCase "after warm-up no managed memory is taken" (fun () ->
        let a, b, c =
            NativePtr.stackalloc<float32> 2560,
            NativePtr.stackalloc<float32> 2560,
            NativePtr.stackalloc<float32> 4096

        let multiply () =
            Gemm.Run(64, 64, 40, a, 1L, 64L, b, 1L, 40L, c, 64L, false)

        for _ in 1..100 do
            multiply ()

        let before = GC.GetAllocatedBytesForCurrentThread()

        for _ in 1..100 do
            multiply ()

        Expect.equal (GC.GetAllocatedBytesForCurrentThread() - before) 0L "bytes")

// In sequence: the tests change the number of threads, and want the workers to themselves.
[<Tests>]
let tests =
    testSequenced (
        testList
            "gemm"
            [ edges
              anyShape
              anyStrides
              manyBlocks
              large
              byHand
              accuracy
              concurrent
              refusals
              frugal ]
    )

module Workbench.Tests.WorkersTests

#nowarn "9"

open System
open System.Threading
open System.Threading.Tasks
open Expecto
open Microsoft.FSharp.NativeInterop
open Workbench.Engine

/// Counts the visits to each chunk.
[<Struct>]
type private Visit(seen: nativeint) =
    interface IJob with
        member _.Run chunk =
            Interlocked.Increment(
                NativePtr.toByRef (NativePtr.add (NativePtr.ofNativeInt<int> seen) chunk)
            )
            |> ignore

/// Each chunk runs a job of its own.
[<Struct>]
type private Nest(inner: int, seen: nativeint) =
    interface IJob with
        member _.Run _ = Workers.For(inner, Visit seen)

/// Fails at one chunk.
[<Struct>]
type private FailAt(bad: int) =
    interface IJob with
        member _.Run chunk =
            if chunk = bad then
                invalidOp $"chunk {chunk}"

let private withThreads count action =
    let before = Workers.Count
    Workers.Count <- count

    try
        action ()
    finally
        Workers.Count <- before

let private visits run chunks =
    let seen = Array.zeroCreate<int>(chunks + 1)
    use pointer = fixed seen
    run (NativePtr.toNativeInt pointer)
    seen[.. chunks - 1]

let private everyChunk =
    testCase "every chunk runs exactly once, for 1, 2 and 4 threads" (fun () ->
        for threads in [ 1; 2; 4; 2 ] do
            withThreads threads (fun () ->
                for chunks in [ 0; 1; 2; 3; 17; 500 ] do
                    for _ in 1..50 do
                        let seen =
                            visits (fun pointer -> Workers.For(chunks, Visit pointer)) chunks

                        Expect.isTrue
                            (Array.forall ((=) 1) seen)
                            $"{chunks} chunks, {threads} threads"))

let private nested =
    testCase "a job may share out work of its own" (fun () ->
        withThreads 4 (fun () ->
            let seen = visits (fun pointer -> Workers.For(20, Nest(7, pointer))) 7
            Expect.isTrue (Array.forall ((=) 20) seen) "7 inner chunks, 20 times"))

let private concurrent =
    testCase "several threads may call at once" (fun () ->
        withThreads 2 (fun () ->
            let call _ =
                for _ in 1..500 do
                    let seen = visits (fun pointer -> Workers.For(5, Visit pointer)) 5
                    Expect.isTrue (Array.forall ((=) 1) seen) "5 chunks"

            Parallel.For(0, 8, call) |> ignore))

let private failing =
    testCase "a chunk's exception reaches the caller, and the workers go on" (fun () ->
        for threads in [ 1; 2; 4 ] do
            withThreads threads (fun () ->
                for _ in 1..20 do
                    Expect.throwsT<InvalidOperationException>
                        (fun () -> Workers.For(10, FailAt 6))
                        $"{threads} threads"

                    let seen = visits (fun pointer -> Workers.For(10, Visit pointer)) 10
                    Expect.isTrue (Array.forall ((=) 1) seen) "the next job"))

let private parked =
    testCase "workers that have parked wake up again" (fun () ->
        withThreads 4 (fun () ->
            for _ in 1..5 do
                Thread.Sleep 5
                let seen = visits (fun pointer -> Workers.For(100, Visit pointer)) 100
                Expect.isTrue (Array.forall ((=) 1) seen) "100 chunks"))

let private refusal =
    testCase "there is always at least one thread" (fun () ->
        Expect.throwsT<ArgumentOutOfRangeException> (fun () -> Workers.Count <- 0) "Count = 0")

[<Tests>]
let tests =
    testSequenced (testList "workers" [ everyChunk; nested; concurrent; failing; parked; refusal ])

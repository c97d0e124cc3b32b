namespace Expecto

// A builder of tasks must call the task builder's Run, which is marked as the compiler's own, and gets
// the code as a value, which is run dynamically.
#nowarn "1204" "3511"

open System
open System.Threading.Tasks

/// The leaf that every builder of tests ends in.
module internal Leaf =

    let named name state code =
        TestLabel(name, TestCase(code, state), state)

    /// A task is started when its test runs, not when the tree is built.
    let deferred (start: unit -> Task<unit>) =
        Async(async { return! start () |> Async.AwaitTask })

    /// How a theory's case is named.
    let caseName (value: 'a) =
        match box value with
        | null when typeof<'a> = typeof<string> -> "null"
        | :? string as text -> $"\"{text}\""
        | _ -> string value

/// Families of tests over given parts or cases.
module internal Family =

    let listOf state name tests =
        TestLabel(name, TestList(tests, state), state)

    /// One test for each named part.
    let parts (toCode: 'a -> TestCode) (tests: (string * 'a) seq) =
        tests |> Seq.map (fun (name, part) -> Leaf.named name Normal (toCode part))

    let awaited (start: unit -> #Task<unit>) =
        Leaf.deferred (fun () -> start () :> Task<unit>)

    let private theory state name (cases: 'a seq) (toCode: 'a -> TestCode) =
        let leaf case =
            Leaf.named (Leaf.caseName case) state (toCode case)

        listOf state name (cases |> Seq.map leaf |> List.ofSeq)

    let theorySync state name (cases: 'a seq when 'a: equality) (test: 'a -> 'b) =
        theory state name cases (fun case -> Sync(fun () -> test case |> ignore))

    let theoryAsync state name (cases: 'a seq when 'a: equality) (test: 'a -> Async<unit>) =
        theory state name cases (fun case -> Async(async.Delay(fun () -> test case)))

    let theoryTask state name (cases: 'a seq when 'a: equality) (test: 'a -> #Task<unit>) =
        theory state name cases (fun case -> awaited (fun () -> test case))

/// Builds a test from a block of synchronous code.
type TestCaseBuilder(name: string, focusState: FocusState) =
    member _.Zero() = ()
    member _.Delay(f: unit -> unit) = f

    member _.Combine(first: unit, rest: unit -> unit) =
        first
        rest ()

    member _.For(items: 'a seq, body: 'a -> unit) = Seq.iter body items

    member _.While(guard: unit -> bool, body: unit -> unit) =
        while guard () do
            body ()

    member _.Using(resource: #IDisposable, body) = using resource body

    member _.TryWith(body: unit -> unit, handler: exn -> unit) =
        try
            body ()
        with error ->
            handler error

    member _.TryFinally(body: unit -> unit, compensation: unit -> unit) =
        try
            body ()
        finally
            compensation ()

    member _.Run(f: unit -> unit) = Leaf.named name focusState (Sync f)

/// Builds a test from an async block.
type TestAsyncBuilder(name: string, focusState: FocusState) =
    member _.Zero() = async.Zero()
    member _.Delay f = async.Delay f
    member _.Return x = async.Return x
    member _.ReturnFrom(x: Async<'a>) = async.ReturnFrom x
    member _.Bind(x: Async<'a>, f: 'a -> Async<'b>) = async.Bind(x, f)
    member _.Using(resource: #IDisposable, body) = async.Using(resource, body)
    member _.While(guard, body) = async.While(guard, body)
    member _.For(items: 'a seq, body) = async.For(items, body)
    member _.Combine(first, rest) = async.Combine(first, rest)
    member _.TryFinally(body, compensation) = async.TryFinally(body, compensation)
    member _.TryWith(body, handler) = async.TryWith(body, handler)
    member _.Run(f: Async<unit>) = Leaf.named name focusState (Async f)

/// Builds a test from a task block, which starts when the test runs.
type TestTaskBuilder(name: string, focusState: FocusState) =
    member inline _.Zero() = task.Zero()
    member inline _.Delay f = task.Delay f
    member inline _.Return x = task.Return x
    member inline _.ReturnFrom(x: Task<'a>) = task.ReturnFrom x
    member inline _.Bind(x: Task<'a>, f: 'a -> _) = task.Bind(x, f)
    member inline _.Bind(x: Task, f: unit -> _) = task.Bind(x, f)
    member inline _.Bind(x: ValueTask<'a>, f: 'a -> _) = task.Bind(x, f)
    member inline _.Bind(x: ValueTask, f: unit -> _) = task.Bind(x, f)
    member inline _.Bind(x: Async<'a>, f: 'a -> _) = task.Bind(x, f)
    member inline _.Using(resource, body) = task.Using(resource, body)
    member inline _.While(guard, body) = task.While(guard, body)
    member inline _.For(items, body) = task.For(items, body)
    member inline _.Combine(first, rest) = task.Combine(first, rest)
    member inline _.TryFinally(body, compensation) = task.TryFinally(body, compensation)
    member inline _.TryWith(body, handler) = task.TryWith(body, handler)

    member _.Run(f: TaskCode<unit, unit>) =
        Leaf.named name focusState (Leaf.deferred (fun () -> task.Run f))

namespace Expecto

open System

/// One test case taken out of its tree, with everything it inherits from there.
[<ReferenceEquality>]
type FlatTest =
    {
        name: string list
        test: TestCode
        state: FocusState
        /// Some test of the whole tree is focused.
        focusOn: bool
        sequenced: SequenceMethod
    }

    /// The labels from the root down, joined.
    member flat.fullName(joinWith: string) = String.Join(joinWith, flat.name)

    /// Why the test is not to be run, if it is not.
    member flat.shouldSkipEvaluation =
        match flat.state with
        | Pending -> Some "The test or one of its parents is marked as Pending"
        | Normal when flat.focusOn -> Some "The test is skipped because other tests are Focused"
        | _ -> None

/// Functions on trees of tests.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Test =

    /// The state of a child: pending above all, else focused when either is.
    let computeChildFocusState parentState childState =
        match parentState, childState with
        | Pending, _
        | _, Pending -> Pending
        | Focused, _
        | _, Focused -> Focused
        | Normal, Normal -> Normal

    /// Some test of the tree is focused and not below a pending one.
    let rec isFocused test =
        match test with
        | TestCase(_, state) -> state = Focused
        | TestList(_, Pending)
        | TestLabel(_, _, Pending) -> false
        | TestList(tests, state) -> state = Focused || List.exists isFocused tests
        | TestLabel(_, inner, state) -> state = Focused || isFocused inner
        | Sequenced(_, inner) -> isFocused inner

    /// The test cases of a tree, in order.
    let toTestCodeList test =
        let focusOn = isFocused test

        let rec flatten path state sequenced test =
            match test with
            | TestCase(code, own) ->
                [ { name = List.rev path
                    test = code
                    state = computeChildFocusState state own
                    focusOn = focusOn
                    sequenced = sequenced } ]
            | TestList(tests, own) ->
                tests
                |> List.collect (flatten path (computeChildFocusState state own) sequenced)
            | TestLabel(label, inner, own) ->
                flatten (label :: path) (computeChildFocusState state own) sequenced inner
            | Sequenced(how, inner) -> flatten path state how inner

        flatten [] Normal InParallel test

    /// One flat list in which each test bears its full name.
    let fromFlatTests (joinWith: string) (tests: FlatTest list) =
        let relabel (flat: FlatTest) =
            let code = Sequenced(flat.sequenced, TestCase(flat.test, flat.state))
            TestLabel(flat.fullName joinWith, code, flat.state)

        TestList(List.map relabel tests, Normal)

    /// The same tests in a random order.
    let shuffle joiner test =
        toTestCodeList test |> List.randomShuffle |> fromFlatTests joiner

    /// Gives the state to a test, which keeps its own where that is the stronger one.
    let translateFocusState newFocusState test =
        let rec translate test =
            match test with
            | TestCase(code, state) -> TestCase(code, computeChildFocusState state newFocusState)
            | TestList(tests, state) -> TestList(tests, computeChildFocusState state newFocusState)
            | TestLabel(label, inner, state) ->
                TestLabel(label, inner, computeChildFocusState state newFocusState)
            | Sequenced(how, inner) -> Sequenced(how, translate inner)

        translate test

    /// Puts in place of each case what f makes of its label (null without one) and code.
    let rec replaceTestCode (f: string -> TestCode -> Test) test =
        match test with
        | TestLabel(label, TestCase(code, state), parent) ->
            f label code |> translateFocusState (computeChildFocusState parent state)
        | TestCase(code, state) -> f null code |> translateFocusState state
        | TestList(tests, state) -> TestList(List.map (replaceTestCode f) tests, state)
        | TestLabel(label, inner, state) -> TestLabel(label, replaceTestCode f inner, state)
        | Sequenced(how, inner) -> Sequenced(how, replaceTestCode f inner)

    /// The tests whose path of labels satisfies the predicate.
    let filter joiner (pred: string list -> bool) test =
        toTestCodeList test
        |> List.filter (fun flat -> pred flat.name)
        |> fromFlatTests joiner

    /// The code, failing when it takes more than the given milliseconds.
    let timeout timeout test =
        let limit (work: Async<unit>) =
            async {
                try
                    let! child = Async.StartChild(work, timeout)
                    do! child
                with :? TimeoutException ->
                    let allowed = TimeSpan.FromMilliseconds(float timeout)
                    raise (AssertException $"Timeout ({allowed})")
            }

        match test with
        | Sync run -> Async(limit (async { run () }))
        | SyncWithCancel run ->
            Async(
                limit (
                    async {
                        let! token = Async.CancellationToken
                        run token
                    }
                )
            )
        | Async work -> Async(limit work)
        | AsyncFsCheck(testConfig, stressConfig, check) ->
            AsyncFsCheck(testConfig, stressConfig, check >> limit)

/// What full names have in common.
module internal Paths =

    let rec private common a b =
        match a, b with
        | x :: a, y :: b when x = y -> x :: common a b
        | _ -> []

    /// The labels that all paths begin with; `miscellaneous` when there are none.
    let shared (paths: string list list) =
        match paths with
        | [] -> [ "miscellaneous" ]
        | first :: rest ->
            match List.fold common first rest with
            | [] -> [ "miscellaneous" ]
            | labels -> labels

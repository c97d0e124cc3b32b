namespace Expecto

open System
open System.Collections.Concurrent
open Expecto.Impl

/// A whole run: the checks before it, the tests, and what is to be done afterwards.
module internal Runner =

    /// What is called when all tests have run.
    let afterwards = ConcurrentQueue<unit -> unit>()

    let private finish () =
        let failures = ResizeArray()

        for f in afterwards do
            try
                f ()
            with error ->
                failures.Add error

        if failures.Count > 0 then
            raise (AggregateException failures)

    /// The exit code of a run: 1 at once for unwanted focused tests or duplicate names.
    let run cancel config tests =
        use _ = Output.configure config.colour config.verbosity
        let chosen = config.filter tests

        let focused =
            if config.failOnFocusedTests then Listing.focusedNames config tests else []

        let duplicates =
            if config.allowDuplicateNames then
                []
            else
                Listing.duplicates config.joinWith chosen

        if not focused.IsEmpty then
            Listing.logFocused focused
            1
        elif not duplicates.IsEmpty then
            config.printer.info $"Found duplicated test names, these names are: %A{duplicates}"
            |> Schedule.wait

            1
        else
            let code = runEvalWithCancel cancel config chosen |> Schedule.wait
            finish ()
            code

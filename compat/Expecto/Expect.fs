namespace Expecto

open System

/// Expectations; each fails the test with its message when it is not met.
[<RequireQualifiedAccess>]
module Expect =

    let throwsT<'texn when 'texn :> exn> (f: unit -> unit) message =
        let thrown =
            try
                f ()
                None
            with error ->
                Some error

        match thrown with
        | Some error when error.GetType() = typeof<'texn> -> ()
        | Some error ->
            failtestf
                "%s. Expected f to throw an exn of type %s, but one of type %s was thrown."
                message
                typeof<'texn>.FullName
                (error.GetType().FullName)
        | None -> failtestf "%s. Expected f to throw." message

    let equal (actual: 'a) (expected: 'a) message =
        if actual <> expected then
            failtestf "%s.\nexpected: %A\n  actual: %A" message expected actual

    let isTrue actual message =
        if not actual then
            failtestf "%s. Actual value was false but had expected it to be true." message

    let floatClose (accuracy: Accuracy<'u>) (actual: float<'u>) (expected: float<'u>) message =
        if Double.IsInfinity(float actual) || Double.IsInfinity(float expected) then
            failtestf "%s. Expected actual to not be infinity, but it was." message
        elif not (Accuracy.areClose accuracy actual expected) then
            failtestf "%s. actual=%.20g expected=%.20g" message actual expected

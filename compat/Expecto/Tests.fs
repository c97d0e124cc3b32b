namespace Expecto

open System
open System.Threading

/// Builders of tests and the functions that run them.
[<AutoOpen>]
module Tests =
    open Impl

    /// Fails the test with a stack trace.
    let failtest (msg: string) = raise (AssertException msg)

    /// Fails the test with a formatted message and a stack trace.
    let failtestf fmt = Printf.ksprintf failtest fmt

    /// Groups tests under a name.
    let testList name tests =
        TestLabel(name, TestList(tests, Normal), Normal)

    /// A test of synchronous code.
    let testCase name test =
        TestLabel(name, TestCase(Sync test, Normal), Normal)

    type CLIArguments =
        | Sequenced

    let runTestsWithCLIArgs (cliArgs: CLIArguments seq) (args: string array) tests =
        runEvalWithCancel CancellationToken.None standardConfig tests |> Async.RunSynchronously

    let runTestsInAssemblyWithCLIArgs cliArgs args =
        runTestsWithCLIArgs cliArgs args (defaultArg (testFromThisAssembly ()) (TestList([], Normal)))

namespace Expecto.Logging

/// How much is printed; a line below the chosen level is dropped.
type LogLevel =
    | Verbose
    | Debug
    | Info
    | Warn
    | Error
    | Fatal

/// How many colours the console gets: none, the basic ones, or 256.
type ColourLevel =
    | Colour0
    | Colour8
    | Colour256

namespace Expecto

open System
open System.Threading

/// Labels, counts and classification of one checked property.
type FsCheckTestData =
    { Labels: Set<string>
      NumberOfShrinks: int
      NumberOfTests: int
      Stamps: seq<int * string list> }

/// The settings of one property: how many cases, of which sizes, from which seed.
type FsCheckConfig =
    {
        maxTest: int
        startSize: int
        endSize: int
        /// Seed, gamma and size of the case to start from; None draws a fresh seed.
        replay: (uint64 * uint64 * int option) option
        /// Types whose static methods return the generators to use.
        arbitrary: Type list
        receivedArgs: FsCheckConfig -> string -> int -> obj list -> Async<unit>
        successfulShrink: FsCheckConfig -> string -> obj list -> Async<unit>
        finishedTest: FsCheckConfig -> string -> FsCheckTestData -> Async<unit>
    }

    /// 200 cases of sizes 1 to 100, a fresh seed, callbacks that do nothing.
    static member defaultConfig =
        { maxTest = 200
          startSize = 1
          endSize = 100
          replay = None
          arbitrary = []
          receivedArgs = fun _ _ _ _ -> async.Zero()
          successfulShrink = fun _ _ _ -> async.Zero()
          finishedTest = fun _ _ _ -> async.Zero() }

/// What a test case runs.
type TestCode =
    | Sync of stest: (unit -> unit)
    | SyncWithCancel of stest: (CancellationToken -> unit)
    | Async of atest: Async<unit>
    /// A property; without a configuration of its own it takes the run's.
    | AsyncFsCheck of
        testConfig: FsCheckConfig option *
        stressConfig: FsCheckConfig option *
        test: (FsCheckConfig -> Async<unit>)

/// Whether a test runs: Pending never does, and one Focused test silences all Normal ones.
type FocusState =
    | Normal
    | Pending
    | Focused

/// How a test stands to others: alone, one at a time within a named group, or in parallel.
type SequenceMethod =
    | Synchronous
    | SynchronousGroup of string
    | InParallel

/// A tree of tests.
type Test =
    | TestCase of code: TestCode * state: FocusState
    | TestList of tests: Test list * state: FocusState
    | TestLabel of label: string * test: Test * state: FocusState
    | Sequenced of SequenceMethod * Test

/// Base of the exceptions by which a test tells its outcome.
type ExpectoException(msg: string) =
    inherit Exception(msg)

/// An expectation was not met: the test fails, with a stack trace.
type AssertException(msg: string) =
    inherit ExpectoException(msg)

/// The test fails, without a stack trace.
type FailedException(msg: string) =
    inherit ExpectoException(msg)

/// The test is to be counted as ignored.
type IgnoreException(msg: string) =
    inherit ExpectoException(msg)

/// A place in a source file.
type SourceLocation = { sourcePath: string; lineNumber: int }

/// Marks a public static value of type Test to be found in its assembly.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property ||| AttributeTargets.Field)>]
type TestsAttribute() =
    inherit Attribute()

/// As Tests, and pending.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property ||| AttributeTargets.Field)>]
type PTestsAttribute() =
    inherit Attribute()

/// As Tests, and focused.
[<AttributeUsage(AttributeTargets.Method ||| AttributeTargets.Property ||| AttributeTargets.Field)>]
type FTestsAttribute() =
    inherit Attribute()

// Damages files of every format in as many ways as asked for, and reads them: the answer must be a value or bad input. Needs a
// Release build of the tests.
//
//     dotnet fsi .ci/fuzz.fsx [CASES, 100000] [SEED, 1]
//
// Ends with the summary line of a test run: a test is a format.

#I "../artifacts/bin/Workbench.Tests/release"
#r "FsCheck.dll"
#r "Expecto.dll"
#r "TorchSharp.dll"
#r "Workbench.dll"
#r "Workbench.Tests.dll"

open System.Diagnostics
open Workbench.Tests

let arguments = fsi.CommandLineArgs |> Array.skip 1
let cases = if arguments.Length > 0 then int arguments[0] else 100_000
let seed = if arguments.Length > 1 then int arguments[1] else 1
let each = (cases + Fuzz.formats.Length - 1) / Fuzz.formats.Length

let failed =
    [ for format in Fuzz.formats do
          let clock = Stopwatch.StartNew()
          let faults = Fuzz.run format seed 1 each

          printfn
              $"{format.Name}: {each} cases, {faults.Length} faults, {clock.Elapsed.TotalSeconds:F0} s"

          for number, fault in List.truncate 5 faults do
              printfn $"    case {number}: {fault}"

          if not faults.IsEmpty then
              format.Name ]

printfn
    $"{Fuzz.formats.Length - failed.Length} passed, 0 ignored, {failed.Length} failed, 0 errored"

exit (if failed.IsEmpty then 0 else 1)

/// Comparisons that NaN does not pass. Expecto's fail where the opposite holds, and of NaN nothing holds: to them, an error that must be
/// below a tolerance may be NaN.
[<RequireQualifiedAccess>]
module Workbench.Tests.Less

open Expecto

let private holds (relation: string) (isSo: bool) (value: 'T) (bound: 'T) (message: string) =
    if not isSo then
        failtestf "%s. Expected %A to be %s %A." message value relation bound

/// Fails unless the first value is less than the second.
let than (value: 'T) (bound: 'T) (message: string) : unit =
    holds "less than" (value < bound) value bound message

/// Fails unless the first value is less than the second, or equal to it.
let orEqual (value: 'T) (bound: 'T) (message: string) : unit =
    holds "at most" (value <= bound) value bound message

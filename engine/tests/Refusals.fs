/// What is refused, and by whom.
module Workbench.Tests.Refusals

open System
open System.Runtime.InteropServices
open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport

type private Call = unit -> torch.Tensor

/// A call that both engines refuse by one kind of exception; the managed engine says in these words what is wrong.
let refusal (kind: Type) (name: string, words: string list, call: Call) : Test =
    inScope name (fun () -> refused kind words (call >> ignore))

/// A call that libtorch refuses.
let libtorchRefuses (case: string * string list * Call) : Test =
    refusal typeof<ExternalException> case

/// A call that TorchSharp serves, and that the managed engine does not.
let managedLacks (name: string, words: string list, call: Call) : Test =
    inScope name (fun () ->
        if isManaged then
            refused typeof<NotSupportedException> words (call >> ignore)
        else
            call () |> ignore)

/// Tests that libtorch fails or does not survive; whoever lists some says which, and why.
let managedOnly (tests: Test list) : Test list = if isManaged then tests else []

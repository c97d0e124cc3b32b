/// What is said of an operation that the managed engine lacks.
module Workbench.Tests.EngineTests

open System
open System.Reflection
open Expecto
open TorchSharp
open Workbench
open Workbench.Tests.TensorSupport

/// What libtorch has and the managed engine has not, or not for everything; the surface's test knows of each.
let private lacking: (string * (unit -> obj) * string) list =
    [ "an operation", (fun () -> torch.ones(2).erfinv()), "no Tensor.erfinv()"
      "an overload", (fun () -> torch.tensor 2s), "no torch.tensor(Int16, Device, Boolean)"
      "a property", (fun () -> torch.eye(2L).H), "no Tensor.H"
      "a field", (fun () -> torch.float16), "no torch.float16"
      "a family", (fun () -> torch.linalg.det (torch.eye 2L)), "no linalg"
      "what it does in part",
      (fun () ->
          torch.ones([| 1L; 2L; 1L; 2L; 1L; 2L; 1L; 2L; 1L; 2L |]).transpose(1, 3).contiguous()),
      "does not do this: tensors have at most 8 dimensions" ]

let private said (f: unit -> obj) =
    try
        f () |> ignore
        None
    with error ->
        Some(Engine.explain error)

let private lackingCases =
    [ for what, f, expected in lacking do
          inScope what (fun () ->
              match said f with
              | Some(Some line) ->
                  Expect.isTrue isManaged "libtorch has it"
                  Expect.stringContains line expected "what it is"
                  Expect.stringContains line "--engine torch" "the way out"
                  Expect.isFalse (line.Contains '\n') "one line"
              | Some None -> failtest "no words for it"
              | None -> Expect.isFalse isManaged "the managed engine has it") ]

let private others =
    [ testCase "wrapped by reflection or a static initialiser" (fun () ->
          let missing = MissingMethodException "Method not found: 'Tensor Tensor.det()'."

          let wrapped =
              TypeInitializationException("Script", TargetInvocationException missing)

          let expected =
              if isManaged then
                  Some "the managed engine has no Tensor.det() (use --engine torch)"
              else
                  None

          Expect.equal (Engine.explain wrapped) expected "found inside")
      inScope "an operator and a constructor" (fun () ->
          let line text =
              Engine.explain (MissingMethodException text)

          if isManaged then
              Expect.stringContains
                  (line "Method not found: 'Void TorchSharp.Modules.Linear..ctor(Int64)'.").Value
                  "no new Modules.Linear(Int64) ("
                  "a constructor"

              Expect.stringContains
                  (line
                      "Method not found: 'System.ValueTuple`2<Tensor,Tensor> TorchSharp.torch.f(System.Nullable`1<ScalarType>)'.")
                      .Value
                  "no torch.f(ScalarType?) ("
                  "no type before the name")
      testCase "other errors are none of the engine's" (fun () ->
          for error in
              [ exn "not found"
                NotSupportedException "by a script" :> exn
                TypeLoadException "Could not load type 'A' from assembly 'B'." ] do
              Expect.isNone (Engine.explain error) error.Message)
      inScope "what both engines refuse is none of the engine's" (fun () ->
          Expect.equal (said (fun () -> box (torch.ones 2 + torch.ones 3))) (Some None) "shapes") ]

[<Tests>]
let tests =
    testList "Engines" [ testList "lacking" lackingCases; testList "errors" others ]

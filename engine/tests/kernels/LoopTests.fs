module Workbench.Tests.LoopTests

open System.Reflection
open Expecto
open Workbench.Engine

/// How a method asks to be compiled, but that of the threads' waiting, which holds no vectors.
let private loops =
    let every =
        BindingFlags.Static
        ||| BindingFlags.Instance
        ||| BindingFlags.Public
        ||| BindingFlags.NonPublic
        ||| BindingFlags.DeclaredOnly

    [ for kind in typeof<AddOp<float32>>.Assembly.GetTypes() do
          if not (kind.FullName.Contains "WorkerPool") then
              for method in kind.GetMethods every do
                  let flags = method.MethodImplementationFlags

                  if flags.HasFlag MethodImplAttributes.AggressiveOptimization then
                      kind.Name, method.Name, flags ]

[<Tests>]
let tests =
    testCase "loops of kernels are compiled by themselves, not into their callers" (fun () ->
        Expect.isGreaterThan loops.Length 40 "loops were found"

        for kind, name, flags in loops do
            Expect.isTrue
                (flags.HasFlag MethodImplAttributes.NoInlining)
                $"{kind}.{name} is marked by Kernel.Loop")

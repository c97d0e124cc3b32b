module Workbench.Tests.ExpectTests

open System
open System.IO
open System.Text.RegularExpressions
open Expecto

[<Measure>]
type private m

type Shape =
    | Circle of float
    | Box of int * int
    | Empty

type Point = { X: int; Y: int }

/// The message of every expectation tested here.
let why = "why"
let private stream (bytes: byte list) = new MemoryStream(Array.ofList bytes)

/// The message with which an expectation fails.
let private messageOf (f: unit -> unit) =
    try
        f ()
        failtest "the expectation was met"
    with :? AssertException as error ->
        error.Message

/// A test that the expectation is met by the first, and fails on the second with the words.
let both name (met: unit -> unit) (unmet: unit -> unit) words =
    testCase name (fun () ->
        met ()
        Expect.stringContains (messageOf unmet) words "the message says what was found")

let private onValues =
    [ both
          "throws"
          (fun () -> Expect.throws (fun () -> failwith "x") why)
          (fun () -> Expect.throws ignore why)
          "why. Expected f to throw."
      both
          "throwsC"
          (fun () ->
              Expect.throwsC (fun () -> failwith "x") (fun e -> Expect.equal e.Message "x" why))
          (fun () -> Expect.throwsC ignore ignore)
          "Expected f to throw."
      both
          "throwsT"
          (fun () -> Expect.throwsT<ArgumentException> (fun () -> invalidArg "a" "b") why)
          (fun () -> Expect.throwsT<ArgumentException> (fun () -> failwith "x") why)
          "why. Expected f to throw an exn of type System.ArgumentException, but one of type System.Exception"
      both
          "isNone"
          (fun () -> Expect.isNone None why)
          (fun () -> Expect.isNone (Some 3) why)
          "why. Expected None, was Some(3)."
      both
          "isSome"
          (fun () -> Expect.isSome (Some 3) why)
          (fun () -> Expect.isSome None why)
          "why. Expected Some _, was None."
      both
          "wantSome"
          (fun () -> Expect.equal (Expect.wantSome (Some 3) why) 3 why)
          (fun () -> Expect.wantSome None why)
          "Expected Some _, was None."
      both
          "isChoice1Of2"
          (fun () -> Expect.isChoice1Of2 (Choice1Of2 1) why)
          (fun () -> Expect.isChoice1Of2 (Choice2Of2 2) why)
          "Expected Choice1Of2, was Choice2Of2(2)."
      both
          "isChoice2Of2"
          (fun () -> Expect.isChoice2Of2 (Choice2Of2 2) why)
          (fun () -> Expect.isChoice2Of2 (Choice1Of2 1) why)
          "was Choice1Of2(1)."
      both
          "isOk"
          (fun () -> Expect.isOk (Ok 1) why)
          (fun () -> Expect.isOk (Result.Error "no") why)
          "Expected Ok, was Error(\"no\")."
      both
          "wantOk"
          (fun () -> Expect.equal (Expect.wantOk (Ok 1) why) 1 why)
          (fun () -> Expect.wantOk (Result.Error 5) why)
          "Expected Ok, was Error(5)."
      both
          "isError"
          (fun () -> Expect.isError (Result.Error 5) why)
          (fun () -> Expect.isError (Ok 1) why)
          "Expected Error, was Ok(1)."
      both
          "wantError"
          (fun () -> Expect.equal (Expect.wantError (Result.Error 5) why) 5 why)
          (fun () -> Expect.wantError (Ok()) why)
          "Expected Error, was Ok(())."
      both
          "wantCase of one field"
          (fun () -> Expect.equal (Expect.wantCase (Circle 2.0) <@ Circle @> why) 2.0 why)
          (fun () -> Expect.wantCase (Box(1, 2)) <@ Circle @> why |> ignore)
          "Expected Circle, was Box (1, 2)."
      both
          "wantCase of two fields"
          (fun () -> Expect.equal (Expect.wantCase (Box(1, 2)) <@ Box @> why) (1, 2) why)
          (fun () -> Expect.wantCase Empty <@ Box @> why |> ignore)
          "Expected Box, was Empty."
      both
          "isCase without fields"
          (fun () -> Expect.isCase Empty <@ fun () -> Empty @> why)
          (fun () -> Expect.isCase (Circle 1.0) <@ fun () -> Empty @> why)
          "Expected Empty, was Circle 1.0."
      both
          "isNotNull"
          (fun () -> Expect.isNotNull "" why)
          (fun () -> Expect.isNotNull (null: string) why)
          "why"
      both
          "isNull"
          (fun () -> Expect.isNull (null: string) why)
          (fun () -> Expect.isNull "a" why)
          "Expected null, but was \"a\"."
      both
          "isNotNullValue"
          (fun () -> Expect.isNotNullValue (Nullable 1) why)
          (fun () -> Expect.isNotNullValue (Nullable<int>()) why)
          "Expected non-null, but was null."
      both
          "isNullValue"
          (fun () -> Expect.isNullValue (Nullable<int>()) why)
          (fun () -> Expect.isNullValue (Nullable 1) why)
          "Expected null, but was 1."
      both
          "isLessThan"
          (fun () -> Expect.isLessThan 1 2 why)
          (fun () -> Expect.isLessThan 2 2 why)
          "Expected a (2) to be less than b (2)."
      both
          "isLessThanOrEqual"
          (fun () -> Expect.isLessThanOrEqual 2 2 why)
          (fun () -> Expect.isLessThanOrEqual 3 2 why)
          "Expected a (3) to be less than or equal to b (2)."
      both
          "isGreaterThan"
          (fun () -> Expect.isGreaterThan 3 2 why)
          (fun () -> Expect.isGreaterThan nan 2.0 why)
          "Expected a (nan) to be greater than b (2.0)."
      both
          "isGreaterThanOrEqual"
          (fun () -> Expect.isGreaterThanOrEqual 2 2 why)
          (fun () -> Expect.isGreaterThanOrEqual 1 2 why)
          "Expected a (1) to be greater than or equal to b (2)."
      both
          "isFalse"
          (fun () -> Expect.isFalse false why)
          (fun () -> Expect.isFalse true why)
          "why. Actual value was true but had expected it to be false."
      both
          "isTrue"
          (fun () -> Expect.isTrue true why)
          (fun () -> Expect.isTrue false why)
          "why. Actual value was false but had expected it to be true."
      both
          "streamsEqual"
          (fun () -> Expect.streamsEqual (stream [ 1uy; 2uy ]) (stream [ 1uy; 2uy ]) why)
          (fun () -> Expect.streamsEqual (stream [ 1uy; 2uy ]) (stream [ 1uy ]) why)
          "why. Not equal at pos 1" ]

let private onNumbers =
    let low = Accuracy.low
    let lowMetres: Accuracy<m> = Accuracy.low

    [ both
          "floatClose"
          (fun () -> Expect.floatClose lowMetres 1.0005<m> 1.0<m> why)
          (fun () -> Expect.floatClose { absolute = 0.1; relative = 0.0 } 1.0 1.25 why)
          "but was 0.25. actual=1 expected=1.25"
      both
          "floatClose and infinity"
          (fun () -> Expect.floatClose low 0.0 1e-7 why)
          (fun () -> Expect.floatClose low infinity infinity why)
          "Expected actual to not be infinity, but it was."
      both
          "floatClose and NaN"
          (fun () -> Expect.floatClose low 0.0 0.0 why)
          (fun () -> Expect.floatClose low nan nan why)
          "but was NaN"
      both
          "float32Close"
          (fun () -> Expect.float32Close Accuracy32.low 1.0005f 1.0f why)
          (fun () -> Expect.float32Close Accuracy.highf 1.5f 1.0f why)
          "but was 0.5."
      both
          "floatLessThanOrClose"
          (fun () -> Expect.floatLessThanOrClose low nan 1.0 why)
          (fun () -> Expect.floatLessThanOrClose low 2.0 1.0 why)
          "but was 1."
      both
          "float32LessThanOrClose"
          (fun () -> Expect.float32LessThanOrClose Accuracy32.low 0.5f 1.0f why)
          (fun () -> Expect.float32LessThanOrClose Accuracy32.low 2.0f 1.0f why)
          "but was 1."
      both
          "floatGreaterThanOrClose"
          (fun () -> Expect.floatGreaterThanOrClose low 2.0 1.0 why)
          (fun () -> Expect.floatGreaterThanOrClose low 1.0 2.0 why)
          "but was 1."
      both
          "float32GreaterThanOrClose"
          (fun () -> Expect.float32GreaterThanOrClose Accuracy32.low nanf 1.0f why)
          (fun () -> Expect.float32GreaterThanOrClose Accuracy32.low 1.0f 2.0f why)
          "but was 1."
      both
          "isNaN"
          (fun () ->
              Expect.isNaN nan why
              Expect.isNaNf nanf why)
          (fun () -> Expect.isNaNf 1.0f why)
          "Float should be a NaN"
      both
          "isNotNaN"
          (fun () ->
              Expect.isNotNaN 1.0 why
              Expect.isNotNaNf 1.0f why)
          (fun () -> Expect.isNotNaNf nanf why)
          "Float was the NaN"
      both
          "isPositiveInfinity"
          (fun () ->
              Expect.isPositiveInfinity infinity why
              Expect.isPositiveInfinityf infinityf why)
          (fun () -> Expect.isPositiveInfinityf -infinityf why)
          "Float should be positive infinity."
      both
          "isNegativeInfinity"
          (fun () ->
              Expect.isNegativeInfinity -infinity why
              Expect.isNegativeInfinityf -infinityf why)
          (fun () -> Expect.isNegativeInfinityf infinityf why)
          "Float should be negative infinity."
      both
          "isInfinity"
          (fun () ->
              Expect.isInfinity -infinity why
              Expect.isInfinityf infinityf why)
          (fun () -> Expect.isInfinityf 1.0f why)
          "Float should be infinity."
      both
          "isNotPositiveInfinity"
          (fun () ->
              Expect.isNotPositiveInfinity -infinity why
              Expect.isNotPositiveInfinityf 1.0f why)
          (fun () -> Expect.isNotPositiveInfinityf infinityf why)
          "Float was positive infinity."
      both
          "isNotNegativeInfinity"
          (fun () ->
              Expect.isNotNegativeInfinity infinity why
              Expect.isNotNegativeInfinityf 1.0f why)
          (fun () -> Expect.isNotNegativeInfinityf -infinityf why)
          "Float was negative infinity."
      both
          "isNotInfinity"
          (fun () ->
              Expect.isNotInfinity nan why
              Expect.isNotInfinityf 1.0f why)
          (fun () -> Expect.isNotInfinityf -infinityf why)
          "Float was negative infinity." ]

let private plain (message: string) =
    Regex.Replace(message, "\027\\[[0-9;]*m", "")

let private onEquality =
    [ both
          "equal on numbers"
          (fun () -> Expect.equal 1 1 why)
          (fun () -> Expect.equal 1.5 2.5 why)
          "why. Actual value was 1.500000 but had expected it to be 2.500000."
      both
          "equal on NaN"
          (fun () -> Expect.equal [| 1; 2 |] [| 1; 2 |] why)
          (fun () -> Expect.equal nan nan why)
          "why. Actual value was NaN"
      both
          "equal on strings"
          (fun () -> Expect.equal "ab" "ab" why)
          (fun () -> Expect.equal "abc" "abd" why)
          "why. String does not match at position 2. Expected char: 'd', but got 'c'."
      both
          "equal on strings of other lengths"
          (fun () -> Expect.equal "" "" why)
          (fun () -> Expect.equal "a" "ab" why)
          "at pos 1 for expected item 'b'."
      both
          "equal on records"
          (fun () -> Expect.equal { X = 1; Y = 2 } { X = 1; Y = 2 } why)
          (fun () -> Expect.equal { X = 1; Y = 2 } { X = 1; Y = 3 } why)
          "Record does not match at position 2 for field named `Y`. Expected field with value: 3, but got 2."
      both
          "notEqual"
          (fun () -> Expect.notEqual 1 2 why)
          (fun () -> Expect.notEqual 1 1 why)
          "why. Actual value was equal to 1 but had expected them to be non-equal."
      both
          "equalWithDiffPrinter"
          (fun () -> Expect.equalWithDiffPrinter (fun _ _ -> "") 1 1 why)
          (fun () -> Expect.equalWithDiffPrinter (fun e a -> $" {e} is not {a}") 1 2 why)
          "why. 2 is not 1"
      testCase "equal shows both values" (fun () ->
          let message = messageOf (fun () -> Expect.equal 1 2 "one is two") |> plain
          Expect.equal message "one is two.\nexpected: 2\n  actual: 1" "the real layout")
      testCase "equal puts long values on lines of their own" (fun () ->
          let long = String('a', 101)
          let message = messageOf (fun () -> Expect.equal [ long ] [] why) |> plain
          Expect.stringStarts message "why.\nexpected:\n[]\n  actual:\n[" "the real layout") ]

let private onAsyncs =
    let fails = async { failwith "x" }

    let unmet (expectation: Async<unit>) words =
        let message = messageOf (fun () -> Async.RunSynchronously expectation)
        Expect.stringContains message words "the message says what was found"

    [ testAsync "throwsAsync" {
          do! Expect.throwsAsync (fun () -> fails) why
          unmet (Expect.throwsAsync (fun () -> async.Zero()) why) "why. Expected f to throw."
      }
      testAsync "throwsAsyncC" {
          do!
              Expect.throwsAsyncC (fun () -> fails) (fun e ->
                  async { Expect.equal e.Message "x" why })

          unmet (Expect.throwsAsyncC (fun () -> async.Zero()) (fun _ -> async.Zero())) "to throw."
      }
      testAsync "throwsAsyncT" {
          do! Expect.throwsAsyncT<Exception> (fun () -> fails) why

          unmet
              (Expect.throwsAsyncT<ArgumentException> (fun () -> fails) why)
              "System.Exception was"
      } ]

[<Tests>]
let tests =
    testList
        "Expect"
        [ testList "values" onValues
          testList "numbers" onNumbers
          testList "equality" onEquality
          testList "asyncs" onAsyncs ]

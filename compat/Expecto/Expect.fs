namespace Expecto

open System
open System.Collections.Generic
open System.IO
open System.Text.RegularExpressions
open Microsoft.FSharp.Quotations
open Microsoft.FSharp.Reflection

/// Expectations. Each raises AssertException with its message, and what was found, when not met.
[<RequireQualifiedAccess>]
module Expect =

    open Failure

    /// f throws.
    let throws f message =
        require (thrownBy f).IsSome message "Expected f to throw."

    /// f throws; the continuation gets the exception.
    let throwsC f (cont: exn -> 'a) =
        match thrownBy f with
        | Some error -> cont error
        | None -> failtest "Expected f to throw."

    /// f throws an exception of exactly this type.
    [<RequiresExplicitTypeArguments>]
    let throwsT<'texn when 'texn :> exn> f message =
        requireThrown<'texn> message (thrownBy f)

    /// f throws.
    let throwsAsync f message =
        async {
            let! thrown = thrownByAsync f
            require thrown.IsSome message "Expected f to throw."
        }

    /// f throws; the continuation gets the exception.
    let throwsAsyncC f (cont: exn -> Async<unit>) =
        async {
            match! thrownByAsync f with
            | Some error -> do! cont error
            | None -> failtest "Expected f to throw."
        }

    /// f throws an exception of exactly this type.
    [<RequiresExplicitTypeArguments>]
    let throwsAsyncT<'texn when 'texn :> exn> f message =
        async {
            let! thrown = thrownByAsync f
            requireThrown<'texn> message thrown
        }

    let isNone x message =
        match x with
        | None -> ()
        | Some value -> fail message $"Expected None, was Some(%A{value})."

    /// Some, whose value is returned.
    let wantSome x message =
        match x with
        | Some value -> value
        | None -> fail message "Expected Some _, was None."

    let isSome x message = wantSome x message |> ignore

    let isChoice1Of2 x message =
        match x with
        | Choice1Of2 _ -> ()
        | Choice2Of2 value -> fail message $"Expected Choice1Of2, was Choice2Of2(%A{value})."

    let isChoice2Of2 x message =
        match x with
        | Choice2Of2 _ -> ()
        | Choice1Of2 value -> fail message $"Expected Choice2Of2 _, was Choice1Of2(%A{value})."

    /// Ok, whose value is returned.
    let wantOk x message =
        match x with
        | Ok value -> value
        | Error error -> fail message $"Expected Ok, was Error(%A{error})."

    let isOk x message = wantOk x message |> ignore

    /// Error, whose value is returned.
    let wantError x message =
        match x with
        | Error error -> error
        | Ok value -> fail message $"Expected Error, was Ok(%A{value})."

    let isError x message = wantError x message |> ignore

    /// The union case of the quoted constructor, as in `<@ Circle @>`; its data are returned.
    let wantCase (actual: 'Union) (template: Expr<'CaseData -> 'Union>) message : 'CaseData =
        let wanted = Compare.caseOf template
        let found, fields = FSharpValue.GetUnionFields(actual, typeof<'Union>)

        if found.Tag = wanted.Tag then
            Compare.dataAs<'CaseData> fields
        else
            fail message $"Expected {wanted.Name}, was %A{actual}."

    let isCase actual template message =
        wantCase actual template message |> ignore

    let isNotNull (x: 'a when 'a: null) (message: string) =
        if isNull x then
            failtest message

    let isNull (x: 'a when 'a: null) message =
        if not (isNull x) then
            fail message $"Expected null, but was %A{x}."

    let isNotNullValue (x: Nullable<'t>) message =
        require x.HasValue message "Expected non-null, but was null."

    let isNullValue (x: Nullable<'t>) message =
        if x.HasValue then
            fail message $"Expected null, but was %A{x.Value}."

    /// a < b; passes when either is NaN.
    let isLessThan a b message =
        if a >= b then
            fail message $"Expected a (%A{a}) to be less than b (%A{b})."

    /// a <= b; passes when either is NaN.
    let isLessThanOrEqual a b message =
        if a > b then
            fail message $"Expected a (%A{a}) to be less than or equal to b (%A{b})."

    /// a > b; fails when either is NaN.
    let isGreaterThan a b message =
        if not (a > b) then
            fail message $"Expected a (%A{a}) to be greater than b (%A{b})."

    /// a >= b; fails when either is NaN.
    let isGreaterThanOrEqual a b message =
        if not (a >= b) then
            fail message $"Expected a (%A{a}) to be greater than or equal to b (%A{b})."

    let private infinite name =
        $"Expected {name} to not be infinity, but it was."

    /// |actual - expected| <= absolute + relative * max(|actual|, |expected|); fails on NaN, infinity.
    let floatClose (accuracy: Accuracy<'u>) (actual: float<'u>) (expected: float<'u>) message =
        require (not (Double.IsInfinity(float actual))) message (infinite "actual")
        require (not (Double.IsInfinity(float expected))) message (infinite "expected")

        if not (Accuracy.areClose accuracy actual expected) then
            farApart
                message
                (float accuracy.absolute)
                accuracy.relative
                (float actual)
                (float expected)

    /// As floatClose.
    let float32Close
        (accuracy: Accuracy32<'u>)
        (actual: float32<'u>)
        (expected: float32<'u>)
        message
        =
        require (not (Single.IsInfinity(float32 actual))) message (infinite "actual")
        require (not (Single.IsInfinity(float32 expected))) message (infinite "expected")

        if not (Accuracy.areClose accuracy actual expected) then
            farApart
                message
                (float accuracy.absolute)
                (float accuracy.relative)
                (float actual)
                (float expected)

    /// actual <= expected, or close; passes when either is NaN.
    let floatLessThanOrClose accuracy (actual: float<'u>) expected message =
        if actual > expected then
            floatClose accuracy actual expected message

    /// As floatLessThanOrClose.
    let float32LessThanOrClose accuracy (actual: float32<'u>) expected message =
        if actual > expected then
            float32Close accuracy actual expected message

    /// actual >= expected, or close; passes when either is NaN.
    let floatGreaterThanOrClose accuracy (actual: float<'u>) expected message =
        if actual < expected then
            floatClose accuracy actual expected message

    /// As floatGreaterThanOrClose.
    let float32GreaterThanOrClose accuracy (actual: float32<'u>) expected message =
        if actual < expected then
            float32Close accuracy actual expected message

    let isNaN (f: float<'u>) message =
        require (Double.IsNaN(float f)) message "Float should be a NaN (not a number) value."

    let isNaNf (f: float32<'u>) message = isNaN (float f) message

    let isNotNaN (f: float<'u>) message =
        require (not (Double.IsNaN(float f))) message "Float was the NaN (not a number) value."

    let isNotNaNf (f: float32<'u>) message = isNotNaN (float f) message

    let isPositiveInfinity (actual: float<'u>) message =
        let holds = Double.IsPositiveInfinity(float actual)
        require holds message "Float should be positive infinity."

    let isPositiveInfinityf (actual: float32<'u>) message =
        isPositiveInfinity (float actual) message

    let isNegativeInfinity (actual: float<'u>) message =
        let holds = Double.IsNegativeInfinity(float actual)
        require holds message "Float should be negative infinity."

    let isNegativeInfinityf (actual: float32<'u>) message =
        isNegativeInfinity (float actual) message

    let isInfinity (actual: float<'u>) message =
        require (Double.IsInfinity(float actual)) message "Float should be infinity."

    let isInfinityf (actual: float32<'u>) message = isInfinity (float actual) message

    let isNotPositiveInfinity (actual: float<'u>) message =
        let holds = not (Double.IsPositiveInfinity(float actual))
        require holds message "Float was positive infinity."

    let isNotPositiveInfinityf (actual: float32<'u>) message =
        isNotPositiveInfinity (float actual) message

    let isNotNegativeInfinity (actual: float<'u>) message =
        let holds = not (Double.IsNegativeInfinity(float actual))
        require holds message "Float was negative infinity."

    let isNotNegativeInfinityf (actual: float32<'u>) message =
        isNotNegativeInfinity (float actual) message

    let isNotInfinity (actual: float<'u>) message =
        isNotNegativeInfinity actual message
        isNotPositiveInfinity actual message

    let isNotInfinityf (actual: float32<'u>) message = isNotInfinity (float actual) message

    let isNotEmpty (actual: string) message =
        isNotNull actual message
        require (actual <> "") message "Should not be empty."

    let isNotWhitespace (actual: string) message =
        isNotEmpty actual message
        require (not (String.IsNullOrWhiteSpace actual)) message "Should not be whitespace."

    let isEmpty (actual: 'a seq) message =
        require (Seq.isEmpty actual) message "Should be empty."

    let isNonEmpty (actual: 'a seq) message =
        require (not (Seq.isEmpty actual)) message "Should not be empty."

    /// So many items satisfy the selector.
    let hasCountOf (actual: 'a seq) (expected: uint32) (selector: 'a -> bool) message =
        let found = actual |> Seq.filter selector |> Seq.length |> uint32

        if found <> expected then
            fail message $"Should be of count: {expected}, but was: {found}"

    let stringStarts (subject: char seq) (prefix: char seq) message =
        requirePrefix (String.Concat subject) (String.Concat prefix) message

    let private isRecord (value: obj) =
        not (Object.ReferenceEquals(value, null))
        && FSharpType.IsRecord(value.GetType())

    /// Equal values; the printer gets the expected and the actual one, and tells them apart.
    let equalWithDiffPrinter
        (diffPrinter: obj -> obj -> string)
        (actual: 'a)
        (expected: 'a)
        message
        =
        let both () = diffPrinter expected actual

        match box actual, box expected with
        | (:? string as a), (:? string as e) -> requireSame "String" both a e message
        | (:? float as a), (:? float as e) ->
            if a <> e then
                fail message (sprintf "Actual value was %f but had expected it to be %f." a e)
        | a, e ->
            if actual <> expected then
                match if isRecord a && isRecord e then Compare.differingField a e else None with
                | Some(place, name, found, wanted) ->
                    fail
                        message
                        $"\nRecord does not match at position {place} for field named `{name}`. Expected field with value: %A{wanted}, but got %A{found}.{both ()}"
                | None -> failtest $"{message}.{both ()}"

    /// What `equal` shows of two values that differ.
    let mutable defaultDiffPrinter: obj -> obj -> string =
        fun expected actual -> Compare.versus "expected" expected "  actual" actual

    /// actual = expected, with F#'s equality: the contents of arrays count, and NaN equals nothing.
    let equal (actual: 'a) (expected: 'a) message =
        equalWithDiffPrinter defaultDiffPrinter actual expected message

    let notEqual (actual: 'a) (expected: 'a) message =
        if actual = expected then
            fail
                message
                $"Actual value was equal to %A{actual} but had expected them to be non-equal."

    let isMatch (actual: string) (pattern: string) message =
        require
            (Regex.IsMatch(actual, pattern))
            message
            $"Expected {actual} to match pattern: /{pattern}/"

    let isRegexMatch (actual: string) (regex: Regex) message =
        require (regex.IsMatch actual) message $"Expected {actual} to match regex: /{regex}/"

    /// The groups of the pattern's first match satisfy the operator.
    let isMatchGroups
        (actual: string)
        (pattern: string)
        (matchesOperator: GroupCollection -> bool)
        message
        =
        require
            (matchesOperator (Regex.Match(actual, pattern).Groups))
            message
            $"Expected {actual} to match pattern: /{pattern}/ and apply to operator function: {matchesOperator}"

    /// The groups of the regex's first match satisfy the operator.
    let isMatchRegexGroups
        (actual: string)
        (regex: Regex)
        (matchesOperator: GroupCollection -> bool)
        message
        =
        require
            (matchesOperator (regex.Match(actual).Groups))
            message
            $"Expected {actual} to match regex: /{regex}/ and apply to operator function: {matchesOperator}"

    let isNotMatch (actual: string) (pattern: string) message =
        require
            (not (Regex.IsMatch(actual, pattern)))
            message
            $"Expected {actual} not to match pattern: /{pattern}/"

    let isNotRegexMatch (actual: string) (regex: Regex) message =
        require
            (not (regex.IsMatch actual))
            message
            $"Expected {actual} not to match regex: /{regex}/"

    let isFalse actual message =
        require (not actual) message "Actual value was true but had expected it to be false."

    let isTrue actual message =
        require actual message "Actual value was false but had expected it to be true."

    /// Some item satisfies the asserter.
    let exists (actual: 'a seq) asserter message =
        let found = not (Object.ReferenceEquals(actual, null)) && Seq.exists asserter actual
        require found message $"There isn't any element which satisfies given assertion {asserter}."

    /// All items satisfy the asserter.
    let all (actual: 'a seq) asserter message =
        requireAll actual asserter message (fun () -> "Some elements don't satisfy `asserter`")

    let allEqual (actual: 'a seq) equalTo message =
        requireAll actual ((=) equalTo) message (fun () ->
            $"Some elements don't equal to `equalTo`: %A{equalTo}")

    let contains (sequence: 'a seq) element message =
        if not (Seq.contains element sequence) then
            fail message $"Sequence did not contain %A{element}."

    /// Every expected item is there, in any order and number.
    let containsAll (actual: 'a seq) (expected: 'a seq) message =
        let found, wanted = List.ofSeq actual, List.ofSeq expected

        let without others =
            List.filter (fun item -> not (List.contains item others))

        let missing = without found wanted

        if not missing.IsEmpty then
            ofCollections
                message
                "all"
                [ "All elements in `actual`:", Compare.braced found
                  "All elements in `expected`:", Compare.braced wanted
                  "Missing elements from `actual`:", Compare.braced missing
                  "Extra elements in `actual`:", Compare.braced (without wanted found) ]

    /// Every item is there as often as the map says, and no other.
    let distribution (actual: 'a seq) (expected: Map<'a, uint32>) message =
        let found =
            actual |> Seq.countBy id |> Seq.map (fun (k, n) -> k, uint32 n) |> Map.ofSeq

        let missing = Compare.missing found expected
        let extra = Compare.extra found expected
        let wanted = Compare.braced [ for KeyValue(k, n) in expected -> $"%A{k}: {n}" ]

        if missing <> "" || extra <> "" then
            ofCollections
                message
                "every"
                [ "All elements in `actual`:", Compare.braced actual
                  "All elements in `expected` ['item', 'number of expected occurrences']:", wanted
                  "Missing elements from `actual`:", missing
                  "Extra elements in `actual`:", extra ]

    let sequenceEqual (actual: 'a seq) (expected: 'a seq) message =
        let both () =
            Compare.versus
                "expected"
                (Compare.numbered expected)
                "  actual"
                (Compare.numbered actual)

        requireSame "Sequence" both actual expected message

    let sequenceStarts (subject: 'a seq) (prefix: 'a seq) message =
        match Compare.firstDifference subject prefix with
        | None
        | Some(_, _, None) -> ()
        | Some(i, Some s, Some p) ->
            fail message $"Sequence does not match at position {i}. Expected: %A{p}, but got %A{s}."
        | Some(i, None, Some p) ->
            fail
                message
                $"Sequence actual shorter than expected, at pos {i} for expected item %A{p}."

    /// The expected items are met in their order, with any others between them.
    let sequenceContainsOrder (actual: 't seq) (expected: 't seq) msg =
        let left = Queue<'t> expected
        let passed = List.ofSeq actual

        for item in passed do
            if left.Count > 0 && left.Peek() = item then
                left.Dequeue() |> ignore

        if left.Count > 0 then
            fail
                msg
                $"Remainder of expected enumerable:\n{Compare.numbered left}\nWent through actual enumerable ({passed.Length} items):\n{Compare.numbered passed}\n"

    let isAscending (subject: 'a seq) message =
        let holds = subject |> Seq.pairwise |> Seq.forall (fun (a, b) -> b >= a)
        require holds message "Sequence is not ascending"

    let isDescending (subject: 'a seq) message =
        let holds = subject |> Seq.pairwise |> Seq.forall (fun (a, b) -> b <= a)
        require holds message "Sequence is not descending"

    let stringContains (subject: string) (substring: string) message =
        require
            (subject.Contains substring)
            message
            $"Expected subject string '{subject}' to contain substring '{substring}'."

    let stringEnds (subject: string) (suffix: string) message =
        require
            (subject.EndsWith(suffix, StringComparison.Ordinal))
            message
            $"Expected subject string '{subject}' to end with '{suffix}'."

    let stringHasLength (subject: string) length message =
        require
            (subject.Length = length)
            message
            $"Expected subject string '{subject}' to have length '{length}'."

    let hasLength (seq: 'a seq) expectedLength message =
        let length = Seq.length seq

        if length <> expectedLength then
            fail
                message
                $"Expected list to have length {expectedLength}, but length was {length}. Seq:\n%A{seq}"

    /// Both streams yield the same bytes to their ends.
    let streamsEqual (s1: Stream) (s2: Stream) message =
        let rec compareFrom position =
            match s1.ReadByte(), s2.ReadByte() with
            | -1, -1 -> ()
            | a, b when a = b -> compareFrom (position + 1)
            | _ -> fail message $"Not equal at pos {position}"

        compareFrom 0

module Workbench.Tests.ExpectCollectionTests

open System.Text.RegularExpressions
open Expecto
open Workbench.Tests.ExpectTests

let private onStrings =
    [ both
          "isNotEmpty"
          (fun () -> Expect.isNotEmpty " " why)
          (fun () -> Expect.isNotEmpty "" why)
          "why. Should not be empty."
      both
          "isNotWhitespace"
          (fun () -> Expect.isNotWhitespace " a" why)
          (fun () -> Expect.isNotWhitespace " \t" why)
          "why. Should not be whitespace."
      both
          "stringStarts"
          (fun () -> Expect.stringStarts "abc" "ab" why)
          (fun () -> Expect.stringStarts "abc" "ax" why)
          "Differs at position 1 with subject 'b' and prefix 'x'."
      both
          "stringStarts on a short subject"
          (fun () -> Expect.stringStarts "" "" why)
          (fun () -> Expect.stringStarts "a" "ab" why)
          "Differs at position 1 with char 'b'."
      both
          "stringContains"
          (fun () -> Expect.stringContains "abc" "b" why)
          (fun () -> Expect.stringContains "abc" "x" why)
          "Expected subject string 'abc' to contain substring 'x'."
      both
          "stringEnds"
          (fun () -> Expect.stringEnds "abc" "bc" why)
          (fun () -> Expect.stringEnds "abc" "b" why)
          "Expected subject string 'abc' to end with 'b'."
      both
          "stringHasLength"
          (fun () -> Expect.stringHasLength "abc" 3 why)
          (fun () -> Expect.stringHasLength "abc" 2 why)
          "Expected subject string 'abc' to have length '2'."
      both
          "isMatch"
          (fun () -> Expect.isMatch "abc" "b." why)
          (fun () -> Expect.isMatch "abc" "x" why)
          "why. Expected abc to match pattern: /x/"
      both
          "isRegexMatch"
          (fun () -> Expect.isRegexMatch "abc" (Regex "^a") why)
          (fun () -> Expect.isRegexMatch "abc" (Regex "^b") why)
          "why. Expected abc to match regex: /^b/"
      both
          "isMatchGroups"
          (fun () -> Expect.isMatchGroups "abc" "(b)" (fun g -> g[1].Value = "b") why)
          (fun () -> Expect.isMatchGroups "abc" "(b)" (fun g -> g[1].Value = "c") why)
          "why. Expected abc to match pattern: /(b)/ and apply to operator function"
      both
          "isMatchRegexGroups"
          (fun () -> Expect.isMatchRegexGroups "abc" (Regex "(b)") (fun g -> g.Count = 2) why)
          (fun () -> Expect.isMatchRegexGroups "abc" (Regex "(b)") (fun g -> g.Count = 3) why)
          "why. Expected abc to match regex: /(b)/ and apply"
      both
          "isNotMatch"
          (fun () -> Expect.isNotMatch "abc" "x" why)
          (fun () -> Expect.isNotMatch "abc" "b" why)
          "why. Expected abc"
      both
          "isNotRegexMatch"
          (fun () -> Expect.isNotRegexMatch "abc" (Regex "x") why)
          (fun () -> Expect.isNotRegexMatch "abc" (Regex "b") why)
          "why. Expected abc" ]

let private onSequences =
    [ both
          "isEmpty"
          (fun () -> Expect.isEmpty [] why)
          (fun () -> Expect.isEmpty [ 1 ] why)
          "why. Should be empty."
      both
          "isNonEmpty"
          (fun () -> Expect.isNonEmpty [ 1 ] why)
          (fun () -> Expect.isNonEmpty [] why)
          "why. Should not be empty."
      both
          "hasCountOf"
          (fun () -> Expect.hasCountOf [ 1; 2; 3 ] 2u (fun n -> n > 1) why)
          (fun () -> Expect.hasCountOf [ 1; 2; 3 ] 2u (fun n -> n > 2) why)
          "why. Should be of count: 2, but was: 1"
      both
          "exists"
          (fun () -> Expect.exists [ 1; 2 ] ((=) 2) why)
          (fun () -> Expect.exists [ 1; 2 ] ((=) 3) why)
          "why. There isn't any element which satisfies given assertion"
      both
          "all"
          (fun () -> Expect.all [ 1; 2 ] ((<) 0) why)
          (fun () -> Expect.all [ 1; 2 ] ((<) 1) why)
          "why. Some elements don't satisfy `asserter`.\nElement at index: 0 which is equal to: 1"
      both
          "allEqual"
          (fun () -> Expect.allEqual [ 2; 2 ] 2 why)
          (fun () -> Expect.allEqual [ 2; 3 ] 2 why)
          "equal to `equalTo`: 2.\nElement at index: 1 which is equal to: 3"
      both
          "contains"
          (fun () -> Expect.contains [ 1; 2 ] 2 why)
          (fun () -> Expect.contains [ 1; 2 ] 3 why)
          "why. Sequence did not contain 3."
      both
          "containsAll"
          (fun () -> Expect.containsAll [ 1; 2; 3 ] [ 3; 1; 1 ] why)
          (fun () -> Expect.containsAll [ 1; 2 ] [ 2; 4 ] why)
          "Missing elements from `actual`:\n        {4}\n        Extra elements in `actual`:\n        {1}"
      both
          "distribution"
          (fun () -> Expect.distribution "abb" (Map [ 'a', 1u; 'b', 2u ]) why)
          (fun () -> Expect.distribution "abb" (Map [ 'a', 2u; 'b', 1u ]) why)
          "''a'' (1/2)"
      both
          "sequenceEqual"
          (fun () -> Expect.sequenceEqual [| 1; 2 |] [ 1; 2 ] why)
          (fun () -> Expect.sequenceEqual [ 1; 2 ] [ 1; 3 ] why)
          "why. Sequence does not match at position 1. Expected item: 3, but got 2."
      both
          "sequenceEqual on a short sequence"
          (fun () -> Expect.sequenceEqual [] [] why)
          (fun () -> Expect.sequenceEqual [ 1 ] [ 1; 3 ] why)
          "at pos 1 for expected item 3."
      both
          "sequenceStarts"
          (fun () -> Expect.sequenceStarts [ 1; 2 ] [ 1 ] why)
          (fun () -> Expect.sequenceStarts [ 1; 2 ] [ 2 ] why)
          "why. Sequence does not match at position 0. Expected: 2, but got 1."
      both
          "sequenceContainsOrder"
          (fun () -> Expect.sequenceContainsOrder [ 1; 9; 2; 2; 3 ] [ 1; 2; 3 ] why)
          (fun () -> Expect.sequenceContainsOrder [ 1; 3; 2 ] [ 1; 2; 3 ] why)
          "why. Remainder of expected enumerable:\n  [0] 3"
      both
          "isAscending"
          (fun () -> Expect.isAscending [ 1; 1; 2 ] why)
          (fun () -> Expect.isAscending [ 1; 2; 1 ] why)
          "why. Sequence is not ascending"
      both
          "isDescending"
          (fun () -> Expect.isDescending [ 2; 1; 1 ] why)
          (fun () -> Expect.isDescending [ 1; 2 ] why)
          "why. Sequence is not descending"
      both
          "hasLength"
          (fun () -> Expect.hasLength [ 1; 2 ] 2 why)
          (fun () -> Expect.hasLength [ 1; 2 ] 3 why)
          "why. Expected list to have length 3, but length was 2. Seq:\n[1; 2]" ]

[<Tests>]
let tests =
    testList
        "Expect on collections"
        [ testList "strings" onStrings; testList "sequences" onSequences ]

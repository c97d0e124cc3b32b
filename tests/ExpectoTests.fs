module Workbench.Tests.ExpectoTests

open Expecto

[<Tests>]
let tests =
    testList
        "Expecto"
        [ testCase "equal values are equal" (fun () -> Expect.equal [ 1; 2 ] [ 1; 2 ] "same list")
          testProperty "reversing twice changes nothing" (fun (xs: int list) ->
              List.rev (List.rev xs) = xs) ]

namespace Expecto

open System

/// How expectations fail: the caller's message, then what was found.
module internal Failure =

    let fail (message: string) (detail: string) = failtest $"{message}. {detail}"

    let require condition message detail =
        if not condition then
            fail message detail

    /// What f throws.
    let thrownBy (f: unit -> unit) =
        try
            f ()
            None
        with error ->
            Some error

    /// What f's computation throws.
    let thrownByAsync (f: unit -> Async<unit>) =
        async {
            try
                do! f ()
                return None
            with error ->
                return Some error
        }

    /// Something was thrown, of exactly this type.
    let requireThrown<'texn> message (thrown: exn option) =
        match thrown with
        | None -> fail message "Expected f to throw."
        | Some error when error.GetType() <> typeof<'texn> ->
            let wanted, found = typeof<'texn>.FullName, error.GetType().FullName

            fail
                message
                $"Expected f to throw an exn of type {wanted}, but one of type {found} was thrown."
        | Some _ -> ()

    /// Two numbers lie apart by more than the accuracy allows.
    let farApart message (absolute: float) (relative: float) (actual: float) expected =
        let digits (x: float) = sprintf "%.20g" x
        let allowed = digits (absolute + relative * max (abs actual) (abs expected))
        let accuracy = $"{{absolute={digits absolute}; relative={digits relative}}}"

        fail
            message
            (String.concat
                " "
                [ $"Expected difference to be less than {allowed} for accuracy {accuracy},"
                  $"but was {digits (abs (actual - expected))}."
                  $"actual={digits actual} expected={digits expected}" ])

    /// Two strings or sequences hold the same; otherwise where they differ, and both of them whole.
    let requireSame what (both: unit -> string) (actual: 'a seq) (expected: 'a seq) message =
        let item, was = if what = "String" then "char", " was" else "item", ""

        let detail =
            match Compare.firstDifference actual expected with
            | None -> ""
            | Some(i, Some a, Some e) ->
                $"{what} does not match at position {i}. Expected {item}: %A{e}, but got %A{a}."
            | Some(i, None, Some e) ->
                $"{what} actual{was} shorter than expected, at pos {i} for expected item %A{e}."
            | Some(i, found, _) ->
                $"{what} actual{was} longer than expected, at pos {i} found item %A{found.Value}."

        if detail <> "" then
            fail message (detail + both ())

    /// The subject begins with the prefix, character by character.
    let requirePrefix (subject: string) (prefix: string) message =
        let fail detail =
            fail message (detail + Compare.versus " prefix" prefix "subject" subject)

        match Compare.firstDifference subject prefix with
        | None
        | Some(_, _, None) -> ()
        | Some(i, None, Some p) ->
            fail
                $"Expected subject string to be longer or equal to prefix. Differs at position {i} with char '{p}'."
        | Some(i, Some s, Some p) ->
            fail
                $"Expected subject string to start with the prefix. Differs at position {i} with subject '{s}' and prefix '{p}'."

    /// Every item passes; those that do not are listed under the detail.
    let requireAll (actual: 'a seq) asserter message (detail: unit -> string) =
        require (not (Object.ReferenceEquals(actual, null))) message "Sequence is empty"

        match Compare.failing asserter actual with
        | [] -> ()
        | items ->
            let lines = String.concat "\n" items
            fail message $"{detail ()}.\n{lines}"

    /// A table of what two collections hold, and of what one lacks or has too much of.
    let ofCollections message what (sections: (string * string) list) =
        let lines =
            [ for title, content in sections do
                  if content <> "" then
                      $"        {title}\n        {content}" ]

        let table = String.concat "\n" lines

        fail
            message
            $"\n    Sequence `actual` does not contain {what} `expected` elements.\n{table}"

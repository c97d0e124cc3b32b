namespace Workbench

/// Words that were meant.
[<RequireQualifiedAccess>]
module Words =

    /// How many letters are to be changed, added or left out to make one word of another (Levenshtein).
    let private edits (a: string) (b: string) : int =
        let next (row: int[]) (letter: char) =
            let cost left at =
                let kept = row[at - 1] + (if b[at - 1] = letter then 0 else 1)
                List.min [ left + 1; row[at] + 1; kept ]

            Array.scan cost (row[0] + 1) [| 1 .. b.Length |]

        Seq.fold next [| 0 .. b.Length |] a |> Array.last

    /// Of the words that are known, the nearest to this one, if at most two letters are wrong or it may be meant for another reason.
    let nearest (mayBeMeant: string -> bool) (known: string list) (word: string) : string option =
        known
        |> List.filter (fun other -> edits word other <= 2 || mayBeMeant other)
        |> List.sortBy (edits word)
        |> List.tryHead

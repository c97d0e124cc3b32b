namespace Expecto

open System
open System.Text
open Microsoft.FSharp.Quotations
open Microsoft.FSharp.Quotations.Patterns
open Microsoft.FSharp.Reflection

/// What the expectations need to find and show a difference.
module internal Compare =

    /// The first place where two sequences differ; None stands for "already at its end".
    let firstDifference (a: 'a seq) (b: 'a seq) =
        use left = a.GetEnumerator()
        use right = b.GetEnumerator()

        let next (items: Collections.Generic.IEnumerator<'a>) =
            if items.MoveNext() then Some items.Current else None

        let rec search index =
            match next left, next right with
            | None, None -> None
            | Some x, Some y when x = y -> search (index + 1)
            | x, y -> Some(index, x, y)

        search 0

    /// The text with what differs from the other in ink.
    let private marked ink (text: string) (other: string) =
        let differs i =
            i >= other.Length || text[i] <> other[i]

        let result = StringBuilder()
        let mutable start = 0

        while start < text.Length do
            let mutable stop = start + 1

            while stop < text.Length && differs stop = differs start do
                stop <- stop + 1

            let piece = text[start .. stop - 1]
            result.Append(if differs start then Output.paint ink piece else piece) |> ignore
            start <- stop

        string result

    let private shown (value: obj) =
        match value with
        | :? string as text -> text
        | other -> sprintf "%A" other

    /// Both values under their names, long ones on lines of their own.
    let versus (firstName: string) (first: obj) (secondName: string) (second: obj) =
        let a, b = shown first, shown second
        let long (text: string) = text.Length > 100 || text.Contains '\n'
        let gap = if long a || long b then "\n" else " "
        let firstText, secondText = marked Output.Good a b, marked Output.Bad b a
        $"\n{firstName}:{gap}{firstText}\n{secondName}:{gap}{secondText}"

    /// The items, a numbered line each.
    let numbered (items: 'a seq) =
        items
        |> Seq.mapi (fun i item -> $"  [{i}] %A{item}")
        |> String.concat Environment.NewLine

    /// The first field in which two records differ: its place from 1, its name, both values.
    let differingField (actual: obj) (expected: obj) =
        FSharpType.GetRecordFields(actual.GetType())
        |> Seq.mapi (fun i field ->
            i + 1, field.Name, field.GetValue actual, field.GetValue expected)
        |> Seq.tryFind (fun (_, _, a, e) -> a <> e)

    /// The items that fail, an indexed line each.
    let failing (asserter: 'a -> bool) (items: 'a seq) =
        items
        |> Seq.indexed
        |> Seq.filter (fun (_, item) -> not (asserter item))
        |> Seq.map (fun (i, item) -> $"Element at index: {i} which is equal to: %A{item}")
        |> List.ofSeq

    /// `{a, b}`
    let braced (items: 'a seq) =
        let all = items |> Seq.map (fun item -> $"{item}") |> String.concat ", "
        $"{{{all}}}"

    let private countOf (key: 'a) (counts: Map<'a, uint32>) =
        counts |> Map.tryFind key |> Option.defaultValue 0u

    /// The keys found too rarely, a line each with (found/wanted).
    let missing (found: Map<'a, uint32>) (wanted: Map<'a, uint32>) =
        [ for KeyValue(key, count) in wanted do
              if countOf key found < count then
                  $"'%A{key}' ({countOf key found}/{count})" ]
        |> String.concat "\n\t"

    /// The keys found too often, a line each with (found/wanted).
    let extra (found: Map<'a, uint32>) (wanted: Map<'a, uint32>) =
        [ for KeyValue(key, count) in found do
              if count > countOf key wanted then
                  $"'%A{key}' ({count}/{countOf key wanted})" ]
        |> String.concat "\n\t"

    /// The union case that a quoted constructor makes.
    let rec caseOf (template: Expr) =
        match template with
        | Lambda(_, body)
        | Let(_, _, body) -> caseOf body
        | NewUnionCase(case, _) -> case
        | _ ->
            invalidArg "template" "Template expression must be a function constructing a union case"

    /// The case's data: unit, the one field, or a tuple of all.
    let dataAs<'data> (fields: obj array) =
        match fields with
        | [||] -> Unchecked.defaultof<'data>
        | [| one |] -> one :?> 'data
        | many -> FSharpValue.MakeTuple(many, typeof<'data>) :?> 'data

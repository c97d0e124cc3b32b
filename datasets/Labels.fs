namespace Workbench

open System
open System.Globalization
open System.IO
open System.Text

/// Labels as a file has them.
[<RequireQualifiedAccess>]
type LabelArray =
    | Numbers of int64[]
    | Words of string[]

    member this.Length: int =
        match this with
        | Numbers numbers -> numbers.Length
        | Words words -> words.Length

/// From the labels of files to the numbers of classes, 0 to their count less one.
[<RequireQualifiedAccess>]
module Labels =
    /// More classes than this are taken for something else.
    let private mostClasses = 1000

    /// `7`, and numpy.savetxt's `7.000000000000000000e+00`; `007` is a word.
    let private tryWhole (text: string) : int64 option =
        let isPadded = text.Length > 1 && text[0] = '0' && Char.IsAsciiDigit text[1]

        match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
        | true, number when not isPadded && Double.IsInteger number && abs number < 1e15 ->
            Some(int64 number)
        | _ -> None

    /// Words; numbers where all of them are whole ones.
    let ofWords (words: string[]) : LabelArray =
        let numbers = Array.choose tryWhole words

        if numbers.Length = words.Length then
            LabelArray.Numbers numbers
        else
            LabelArray.Words words

    let private words (array: NpyArray) (count: int) : string[] =
        let size = array.Type.Size

        let encoding =
            if array.Type.Kind = 'S' then
                Encoding.UTF8
            else
                UTF32Encoding(array.Type.BigEndian, byteOrderMark = false)

        Array.init count (fun i ->
            encoding.GetString(array.Data.Slice(i * size, size).Span).TrimEnd '\000')

    /// Where the only number other than 0 of each row stands, of N x K numbers.
    let private hot path (array: NpyArray) (number: int -> float) : int64[] =
        let steps = NpyArray.steps array

        Array.init array.Shape[0] (fun row ->
            let isHot column =
                number (row * steps[0] + column * steps[1]) <> 0.0

            match List.filter isHot [ 0 .. array.Shape[1] - 1 ] with
            | [ column ] -> int64 column
            | several ->
                BadInput.fail
                    $"{path} has the shape {Arrays.text array.Shape}, and its row {row} (from 0) has {several.Length} numbers other than 0: labels are N, or one-hot rows of N x K; of scores, numpy.save('new.npy', x.argmax(1))")

    let private wholeNumber path (number: float) : int64 =
        if Double.IsInteger number && abs number < 1e15 then
            int64 number
        else
            BadInput.fail
                $"{path} holds the label %g{number}: labels are whole numbers or words; numpy.save('new.npy', x.round().astype('int64')) rounds them"

    /// Labels from N, N x 1 or 1 x N whole numbers (floats, too, where they are whole), bools or texts, or from N x K one-hot rows.
    /// `BadInput` for anything else.
    let ofArray (path: string) (array: NpyArray) : LabelArray =
        let isSingle =
            match array.Shape with
            | [| _ |]
            | [| _; 1 |]
            | [| 1; _ |] -> true
            | _ -> false

        let count = Arrays.count array.Shape

        match array.Type.Kind, NpyArray.wholes array, NpyArray.numbers array with
        | ('U' | 'S'), _, _ when isSingle -> ofWords (words array count)
        | 'b', Some whole, _ when isSingle ->
            LabelArray.Words(Array.init count (fun i -> if whole i = 0L then "False" else "True"))
        | _, Some whole, _ when isSingle -> LabelArray.Numbers(Array.init count whole)
        | _, _, Some number when isSingle ->
            LabelArray.Numbers(Array.init count (number >> wholeNumber path))
        | _, _, Some number when array.Shape.Length = 2 -> LabelArray.Numbers(hot path array number)
        | _ ->
            BadInput.fail
                $"{path} holds {Arrays.text array.Shape} elements of type {NpyArray.typeText array.Type}: labels are N whole numbers or words, or one-hot rows of N x K"

    /// Labels of a list of Python objects, as numpy saves an array of the type object.
    let internal ofObjects (path: string) (items: PyValue list) : LabelArray =
        items
        |> List.map (fun item ->
            match item with
            | PyInt number -> string number
            | PyFloat number -> string (wholeNumber path number)
            | PyBool truth -> if truth then "True" else "False"
            | PickleGlobals.Word text -> text
            | _ -> BadInput.fail $"{path} holds a label that is no whole number and no word")
        |> Array.ofList
        |> ofWords

    /// One label a line. A line more than there are images, the first, is a heading.
    let ofText (path: string) (images: int) : LabelArray =
        let text =
            Files.openRead path (fun file ->
                use reader = new StreamReader(file, Encoding.UTF8)
                reader.ReadToEnd())

        let lines =
            text.TrimEnd().Split '\n'
            |> Array.map (fun line -> line.Trim().Trim('"').Trim())

        let lines = if lines.Length = images + 1 then Array.tail lines else lines

        let at wrong = Array.tryFindIndex wrong lines

        match at ((=) ""), at (fun line -> line.Contains ',' || line.Contains '\t') with
        | Some empty, _ -> BadInput.fail $"{path} has an empty line among its labels ({empty + 1})"
        | None, Some several ->
            BadInput.fail
                $"{path} has several columns ('{lines[several]}'), where labels are one a line: labels.to_csv('new.csv', index=False) of one column alone"
        | None, None -> ofWords lines

    /// The names of the classes, which are the different labels of all parts in order, and each part's labels as numbers of these.
    /// `isOfTen`: labels from 0 to 9 stay as they are. `BadInput` for labels that make no classes.
    let renumbered
        (path: string)
        (isOfTen: bool)
        (parts: LabelArray list)
        : string list * int64[] list =
        let asWords part =
            match part with
            | LabelArray.Numbers numbers -> Array.map string numbers
            | LabelArray.Words words -> words

        let numbers =
            parts
            |> List.choose (fun part ->
                match part with
                | LabelArray.Numbers numbers -> Some numbers
                | LabelArray.Words _ -> None)

        let placed (names: 'T -> string) (values: 'T[] list) (classes: 'T[]) =
            let count = values |> List.sumBy Array.length

            if
                classes.Length > mostClasses
                || (classes.Length > 10 && 2 * classes.Length > count)
            then
                BadInput.fail
                    $"{path}: {count} labels of which {classes.Length} are different make no classes (at most {mostClasses}): are they numbers of the images, or measurements?"

            let place = dict (Array.mapi (fun i value -> value, int64 i) classes)

            classes |> Array.map names |> List.ofArray,
            values |> List.map (Array.map (fun value -> place[value]))

        let distinct order values =
            values |> Seq.concat |> Seq.distinct |> Seq.sortWith order |> Array.ofSeq

        if numbers.Length < parts.Length then
            let words = parts |> List.map asWords
            placed id words (distinct (fun a b -> String.CompareOrdinal(a, b)) words)
        else
            let classes = distinct compare numbers

            let isAsIs =
                isOfTen && Array.forall (fun label -> label >= 0L && label <= 9L) classes

            placed string numbers (if isAsIs then [| 0L .. 9L |] else classes)

namespace Workbench

open System.Text.RegularExpressions

/// Training, validation or test examples as a file has them.
type DataPart =
    {
        /// `train`, `validation` or `test`.
        Name: string
        Images: ImageArray
        Labels: LabelArray option
    }

/// What the name of an array says that it holds.
type ArrayRole =
    {
        /// Of which part, `train`, `validation` or `test`; none of all examples.
        Part: string option
        IsLabels: bool
    }

/// Naming parts of data sets.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module DataPart =
    /// The parts that a data set may have.
    let names: string list = [ "train"; "validation"; "test" ]

    /// A part whose images and labels are equally many; else `BadInput` naming the file.
    let create (path: string) (name: string) (images: ImageArray) (labels: LabelArray option) =
        match labels with
        | Some labels when labels.Length <> images.Shape[0] ->
            BadInput.fail
                $"{path}: {labels.Length} labels do not fit the {images.Shape[0]} images ({name})"
        | _ ->
            { Name = name
              Images = images
              Labels = labels }

    let private words =
        Regex(
            @"^(?:(?<train>train(?:ing)?)|(?<validation>val(?:id(?:ation)?)?)|(?<test>test(?:ing)?)"
            + @"|(?<labels>labels?|targets?|class(?:es)?|y)|images?|imgs?|data|pixels|features|x|set|[-_./ ])+$",
            RegexOptions.IgnoreCase ||| RegexOptions.NonBacktracking
        )

    /// `x_train`, `test_labels`, `valY`, `images`, `data`, `train`, ...; none of a name that says nothing of the kind.
    let role (name: string) : ArrayRole option =
        let found = words.Match name
        let parts = names |> List.filter (fun part -> found.Groups[part].Success)

        if found.Success && parts.Length < 2 then
            Some
                { Part = List.tryHead parts
                  IsLabels = found.Groups["labels"].Success }
        else
            None

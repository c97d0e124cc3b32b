namespace Workbench

open System.Text.RegularExpressions

/// What a figure's name tells of it: which way is the better one, and how much it matters. A script with several models puts theirs
/// before the name.
[<RequireQualifiedAccess>]
module FigureNames =

    let private lower =
        [ "nelbo"
          "nll"
          "reconstruction"
          "test_error"
          "validation_error"
          "train_error"
          "mse"
          "fid_lenet"
          "code_distance"
          "path_length"
          "detour"
          "unevenness" ]

    let private higher =
        [ "active_units"
          "parzen"
          "precision"
          "recall"
          "density"
          "coverage"
          "clear_share"
          "smallest_class_share"
          "agreement"
          "accuracy"
          "between_plausible"
          "trustworthiness" ]

    let private isOneOf (names: string list) (figure: string) =
        names |> List.exists (fun name -> figure = name || figure.EndsWith("_" + name))

    /// None of a figure of which neither way is better; nor of a loss, which settings may change: it is what was trained.
    let better (figure: string) : Better option =
        if isOneOf lower figure then Some Lower
        elif isOneOf higher figure then Some Higher
        else None

    let private foremost =
        [ "test_nelbo"; "test_loss"; "test_error"; "test_accuracy"; "fid_lenet" ]

    /// Those that explain others, or are the data's: floors, the shares of single classes, how far the run came.
    let isLesser (figure: string) : bool =
        Regex.IsMatch(figure, "^epochs$|^kl_weight$|_entropy$|_floor$|_of_test$|_[0-9]+$")

    let private rank (figure: string) =
        if isLesser figure then 4
        elif List.contains figure foremost then 0
        elif Regex.IsMatch(figure, "(^|_)test_") then 1
        elif Regex.IsMatch(figure, "(^|_)(train|validation)_") then 3
        else 2

    /// Those by which models are compared first, then other test figures; those of training images near the end. Else as they came.
    let ordered (figures: string list) : string list = List.sortBy rank figures

    /// For readers, with an arrow to where it is better.
    let title (figure: string) : string =
        let readable = Sections.readable figure

        match better figure with
        | Some Lower -> readable + " ↓"
        | Some Higher -> readable + " ↑"
        | None -> readable

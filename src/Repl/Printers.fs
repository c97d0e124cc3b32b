namespace Workbench

open System
open System.Globalization
open TorchSharp

/// Values as an interactive session shows them: what they are, not what they are made of. `scripts/prelude.fsx` hands these to
/// F# Interactive.
[<RequireQualifiedAccess>]
module Printers =
    let private number (value: float) =
        value.ToString("G5", CultureInfo.InvariantCulture)

    let private whole (value: int64) =
        value.ToString("N0", CultureInfo.InvariantCulture)

    /// Lines as F# Interactive sets them: the first one where it pleases, so the others two characters in.
    let private lines (lines: string list) = String.concat "\n  " lines

    /// Rows of cells as lines, every column as wide as its widest cell, flush right.
    let private table (rows: string list list) =
        let widths =
            rows
            |> List.transpose
            |> List.map (fun column -> column |> List.map _.Length |> List.max)

        rows
        |> List.map (fun cells ->
            List.map2 (fun (cell: string) (width: int) -> cell.PadLeft width) cells widths
            |> String.concat "  ")

    /// The most rows, and the most numbers in a row, that are shown of a tensor.
    let private edge = 6

    let private shape (tensor: torch.Tensor) =
        let sizes = String.Join(" x ", tensor.shape)
        let kind = (string tensor.dtype).ToLowerInvariant()
        if sizes = "" then $"{kind} scalar" else $"{kind} {sizes}"

    let private firstRow (row: torch.Tensor) =
        let shown = row.narrow (0L, 0L, min (int64 edge) row.shape[0])

        let numbers =
            [ for value in shown.contiguous().data<float>().ToArray() -> number value ]

        if row.shape[0] > int64 edge then numbers @ [ "..." ] else numbers

    /// The upper left corner of a matrix.
    let private corner (matrix: torch.Tensor) =
        let shown = matrix.narrow (0L, 0L, min (int64 edge) matrix.shape[0])
        let rows = [ for i in 0L .. shown.shape[0] - 1L -> firstRow shown[i] ]

        if matrix.shape[0] > int64 edge then
            rows @ [ rows.Head |> List.map (fun _ -> "...") ]
        else
            rows

    let private statistics (values: torch.Tensor) =
        let value (tensor: torch.Tensor) = number (tensor.item<float>())
        $"least {value (values.min ())}, mean {value (values.mean ())}, most {value (values.max ())}"

    /// Type and shape, least, mean and greatest number, and of one and two dimensions the numbers at the upper left.
    let tensor (tensor: torch.Tensor) : string =
        if tensor.IsInvalid then
            "a disposed tensor"
        elif tensor.numel () = 0L then
            $"{shape tensor}, empty"
        else
            use _ = torch.no_grad ()
            use _ = torch.NewDisposeScope()
            let values = tensor.detach().cpu().to_type(torch.float64)

            let heading = $"{shape tensor}: {statistics values}"

            match tensor.shape.Length with
            | 0 -> $"{shape tensor}: {number (values.item<float>())}"
            | 1 -> lines (heading :: table [ firstRow values ])
            | 2 -> lines (heading :: table (corner values))
            | _ -> heading

    /// Name, sizes, pixel mode.
    let dataset (data: Dataset) : string = string data

    let private count (parameters: Parameters) =
        parameters |> Map.values |> Seq.sumBy _.numel()

    /// A line for each parameter: its name and shape; and how many numbers they are in all.
    let parameters (parameters: Parameters) : string =
        let longest = parameters |> Map.keys |> Seq.map _.Length |> Seq.fold max 0

        [ for name, tensor in Map.toSeq parameters -> $"{name.PadRight longest}  {shape tensor}" ]
        @ [ $"{whole (count parameters)} numbers" ]
        |> lines

    /// Five digits, zeros at the end too, so that the points of a column stand below each other.
    let private figure (value: float) =
        if value = 0.0 || not (Double.IsFinite value) then
            number value
        else
            let decimals = Math.Clamp(4 - int (floor (log10 (abs value))), 0, 9)
            value.ToString($"F{decimals}", CultureInfo.InvariantCulture)

    /// train_pixel_entropy as train over pixel_entropy.
    let private twoLines (name: string) =
        match name.IndexOf '_' with
        | -1 -> "", name
        | at -> name.Substring(0, at), name.Substring(at + 1)

    let private historyTable (history: EpochFigures list) =
        match history with
        | [] -> [ "no epochs" ]
        | first :: _ ->
            let upper, lower = first.Figures |> List.map (fst >> twoLines) |> List.unzip

            let row (epoch: EpochFigures) =
                string epoch.Epoch :: (epoch.Figures |> List.map (snd >> figure))

            table (("" :: upper) :: ("epoch" :: lower) :: List.map row history)

    /// Epochs and figures as a table, an epoch a line.
    let history (history: EpochFigures list) : string = lines (historyTable history)

    let private stateLines (state: State) =
        $"epoch {state.Epoch}, {whole state.Steps} steps, seed {state.Seed}, {whole (count state.Parameters)} parameters"
        :: historyTable state.History

    /// How far training has come, and its history.
    let state (state: State) : string = lines (stateLines state)

    /// A model of an interactive session: its data, how far training has come, its history.
    let trained (data: Dataset) (state: State) : string =
        lines ($"a VAE of {data}" :: stateLines state)

namespace Workbench

open System
open System.Globalization
open Plotly.NET
open Plotly.NET.LayoutObjects

/// The axes of charts on pages.
[<RequireQualifiedAccess>]
module internal Axes =

    /// plotly.js reads some HTML in texts; ours have none.
    let plain (text: string) : string =
        text.Replace("&", "&amp;").Replace("<", "&lt;").Replace(">", "&gt;")

    let private title (text: string) = Title.init (Text = plain text)

    let private ofKind (kind: StyleParam.AxisType) (name: string) (tickEvery: int option) range =
        LinearAxis.init (Title = title name, AxisType = kind, ?DTick = tickEvery, ?Range = range)

    let linear (name: string) : LinearAxis =
        ofKind StyleParam.AxisType.Linear name None None

    let categories (name: string) : LinearAxis =
        ofKind StyleParam.AxisType.Category name None None

    /// Epochs are whole numbers: a short axis has a tick at each, and none between.
    let epochs (values: float list) : LinearAxis =
        let last = List.fold max 0.0 values
        ofKind StyleParam.AxisType.Linear "epoch" (if last <= 12.0 then Some 1 else None) None

    /// Whether positive values span more than a factor.
    let areApart (factor: float) (values: float list) : bool =
        not values.IsEmpty
        && List.min values > 0.0
        && List.max values > factor * List.min values

    /// The leading digits of ticks, from few to many in a decade.
    let private digits =
        [ [ 1.0 ]
          [ 1.0; 2.0; 5.0 ]
          [ 1.0; 1.5; 2.0; 3.0; 4.0; 5.0; 7.0 ]
          [ 1.0; 1.2; 1.4; 1.6; 1.8; 2.0; 2.5; 3.0; 3.5; 4.0; 5.0; 6.0; 7.0; 8.0; 9.0 ] ]

    let private fewest = 4

    /// Round numbers from `least` to `most`, both positive: the first choice of leading digits that gives enough of them.
    let ticks (least: float) (most: float) : float list =
        let decades = [ floor (log10 least) .. floor (log10 most) ]

        let within (leading: float list) =
            [ for decade in decades do
                  for digit in leading do
                      digit * 10.0 ** decade ]
            |> List.filter (fun tick -> tick >= least && tick <= most)

        let choices = List.map within digits

        choices
        |> List.tryFind (fun ticks -> ticks.Length >= fewest)
        |> Option.defaultValue (List.last choices)

    let private tickText (tick: float) =
        let format = if tick >= 1e-4 && tick < 1e6 then "#,0.#####" else "0.#E+0"

        tick.ToString(format, CultureInfo.InvariantCulture)

    let private logarithmicIn range (name: string) (least: float) (most: float) =
        let ticks = ticks least most

        LinearAxis.init (
            Title = title $"{name}, log scale",
            AxisType = StyleParam.AxisType.Log,
            TickVals = ticks,
            TickText = List.map tickText ticks,
            ?Range = range
        )

    /// A logarithmic axis for positive values whose ticks are whole numbers to read, not exponents.
    let logarithmic (name: string) (values: float list) : LinearAxis =
        logarithmicIn None name (List.min values) (List.max values)

    /// An axis with room for the labels beside the outermost values; logarithmic where they are more than a factor of two apart.
    let roomy (name: string) (values: float list) : LinearAxis =
        let apart = areApart 2.0 values

        match (if apart then List.map log10 values else values) with
        | [] -> linear name
        | places ->
            let least, most = List.min places, List.max places
            let room = if most > least then 0.18 * (most - least) else 0.5
            let low, high = least - room, most + room
            let range = Some(StyleParam.Range.MinMax(low, high))

            if apart then
                logarithmicIn range name (10.0 ** low) (10.0 ** high)
            else
                ofKind StyleParam.AxisType.Linear name None range

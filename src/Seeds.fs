namespace Workbench

open System
open System.Globalization
open MathNet.Numerics.Distributions

/// A figure over seeds: so many, their mean, and the standard deviation of the sample (over n - 1), which a single one has not.
[<RequireQualifiedAccess>]
type Spread =
    { Count: int
      Mean: float
      Deviation: float option }

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module Spread =

    /// Of the values that are finite; none where there are none.
    let tryOf (values: float list) : Spread option =
        match List.filter Double.IsFinite values with
        | [] -> None
        | first :: _ as values ->
            // Equal values have a deviation of 0, whatever their sum is rounded to.
            let apart = values |> List.map (fun value -> value - first)
            let middle = List.average apart

            let deviation =
                if values.Length < 2 then
                    None
                else
                    let squares = apart |> List.sumBy (fun value -> (value - middle) ** 2.0)
                    Some(sqrt (squares / float (values.Length - 1)))

            Some
                { Count = values.Length
                  Mean = first + middle
                  Deviation = deviation }

    /// How likely means at least as far apart are where there is no difference: Welch's t-test, two-sided. None where either has a
    /// single seed, of which nothing can be said.
    let pValue (a: Spread) (b: Spread) : float option =
        match a.Deviation, b.Deviation with
        | Some first, Some second ->
            let ofMean deviation count = deviation ** 2.0 / float count
            let one, other = ofMean first a.Count, ofMean second b.Count

            if one + other = 0.0 then
                Some(if a.Mean = b.Mean then 1.0 else 0.0)
            else
                let part variance count = variance ** 2.0 / float (count - 1)
                let freedom = (one + other) ** 2.0 / (part one a.Count + part other b.Count)
                let t = abs (a.Mean - b.Mean) / sqrt (one + other)
                Some(2.0 * StudentT.CDF(0.0, 1.0, freedom, -t))
        | _ -> None

    /// Whether the difference of two means is within the seeds' spread: Welch's test does not find it at 5 %, or they are equal.
    /// There is no correction for many comparisons: of twenty settings alike, one is expected to seem different.
    let isWithin (a: Spread) (b: Spread) : bool option =
        pValue a b |> Option.map (fun p -> p >= 0.05)

    /// The mean ± the deviation, to the place of its second digit; of a single seed the value alone.
    let told (spread: Spread) : string =
        let alone =
            if Double.IsInteger spread.Mean then
                string spread.Mean
            else
                Sections.four spread.Mean

        match spread.Deviation with
        | None -> alone
        | Some 0.0 -> alone + " ± 0"
        | Some deviation -> Sections.withError spread.Mean deviation

/// A value on the axis of a setting that varies.
[<RequireQualifiedAccess>]
type Place = { Text: string; Value: float }

/// Points that differ in their seed alone, by the other settings that vary.
[<RequireQualifiedAccess>]
type SeedGroup =
    {
        /// The names of all settings that vary, of which it may lack some.
        Varied: string list
        Settings: (string * Json) list
        Points: Point list
    }

    /// Its settings as on a command line.
    member this.Label: string =
        if this.Settings.IsEmpty then
            "all"
        else
            [ for name, value in this.Settings -> $"{name} {Json.plain value}" ]
            |> String.concat ", "

    member this.TrySetting(name: string) : Json option =
        this.Settings |> List.tryFind (fst >> (=) name) |> Option.map snd

    /// The value of a setting as on a command line.
    member this.Value(name: string) : string =
        this.TrySetting name |> Option.map Json.plain |> Option.defaultValue "–"

    /// The values of all settings that vary.
    member this.Values: string =
        if this.Varied.IsEmpty then
            "all"
        else
            this.Varied |> List.map this.Value |> String.concat ", "

    /// The points that count, one a seed: a run made twice is no second seed.
    member this.Finished: Point list =
        this.Points
        |> List.filter _.IsFinished
        |> List.distinctBy (fun point -> List.tryFind (fst >> (=) "seed") point.Settings)

    /// A final figure over the seeds.
    member this.Spread(figure: string) : Spread option =
        this.Finished |> List.choose _.TryFigure(figure) |> Spread.tryOf

    /// A figure of the epochs over the seeds that have the epoch.
    member this.Course(figure: string) : (float * Spread) list =
        let pick name =
            List.tryFind (fst >> (=) name) >> Option.map snd

        [ for point in this.Finished do
              for row in point.Epochs do
                  match pick "epoch" row, pick figure row with
                  | Some epoch, Some value -> epoch, value
                  | _ -> () ]
        |> List.groupBy fst
        |> List.sortBy fst
        |> List.choose (fun (epoch, values) ->
            Spread.tryOf (List.map snd values) |> Option.map (fun spread -> epoch, spread))

[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module SeedGroup =

    /// The settings of which points have different values, or some have none, but for the seed.
    let varied (points: Point list) : string list =
        let valuesOf name =
            points
            |> List.map (fun point -> List.tryFind (fst >> (=) name) point.Settings)
            |> List.distinct

        points
        |> List.collect (_.Settings >> List.map fst)
        |> List.distinct
        |> List.filter (fun name -> name <> "seed" && (valuesOf name).Length > 1)

    /// Where a setting's values stand on its axis, and whether they are numbers; others stand in the order in which they come.
    let scale (groups: SeedGroup list) (name: string) : bool * (SeedGroup -> Place) =
        let number (text: string) =
            match Double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture) with
            | true, value when Double.IsFinite value -> Some value
            | _ -> None

        let texts = groups |> List.map _.Value(name) |> List.distinct
        let areNumbers = texts |> List.forall (number >> Option.isSome)

        let place (group: SeedGroup) : Place =
            let text = group.Value name

            let value =
                if areNumbers then
                    (number text).Value
                else
                    float (List.findIndex ((=) text) texts)

            { Text = text; Value = value }

        areNumbers, place

    /// Points in groups that differ in more than the seed, in the order of their settings' values.
    let ofPoints (points: Point list) : SeedGroup list =
        let names = varied points

        let group (settings, points) : SeedGroup =
            { Varied = names
              Settings = settings
              Points = points }

        let groups =
            points
            |> List.groupBy (fun point ->
                point.Settings |> List.filter (fun (name, _) -> List.contains name names))
            |> List.map group

        let places = names |> List.map (scale groups >> snd)

        groups
        |> List.sortBy (fun group -> [ for place in places -> (place group).Value ])

    /// The final figures that all finished points have, in the order in which they matter.
    let shared (groups: SeedGroup list) : string list =
        groups |> List.collect _.Finished |> Point.shared |> FigureNames.ordered

    /// The best mean of a figure, where one way is known to be better and the groups differ at all.
    let tryBest (figure: string) (groups: SeedGroup list) : Spread option =
        let all = groups |> List.choose _.Spread(figure)

        if all |> List.distinctBy _.Mean |> List.length < 2 then
            None
        else
            match FigureNames.better figure with
            | Some Lower -> Some(List.minBy _.Mean all)
            | Some Higher -> Some(List.maxBy _.Mean all)
            | None -> None

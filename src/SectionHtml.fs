namespace Workbench

open System
open System.Globalization
open Giraffe.ViewEngine

/// What a page shows, as HTML.
[<RequireQualifiedAccess>]
module internal SectionHtml =

    let private tile (tile: Tile) =
        let notes =
            [ match tile.Better with
              | Some Lower -> "lower is better"
              | Some Higher -> "higher is better"
              | None -> ()
              tile.Note ]
            |> List.filter ((<>) "")

        li
            [ _class "tile" ]
            [ span [] [ str tile.Name ]
              strong [] [ str tile.Value ]
              small [] [ str $" {tile.Unit}" ]
              span [] [ str (String.concat "; " notes) ] ]

    let private tiles (measuredOn: string) (all: Tile list) =
        div
            []
            [ p [ _class "measured" ] [ str measuredOn ]
              ul [ _class "tiles" ] (List.map tile all) ]

    let embedded (png: byte[]) =
        $"data:image/png;base64,{Convert.ToBase64String png}"

    let private blocks (alternative: string) (pngs: byte[] list) =
        div
            [ _class "blocks" ]
            [ for png in pngs do
                  let width, height = (Png.size png).Value

                  img
                      [ _width (string width)
                        _height (string height)
                        _alt alternative
                        _src (embedded png) ] ]

    let private rows (caption: string) (rows: (string * byte[] list) list) =
        figure
            [ _class "images" ]
            [ figcaption [] [ str caption ]
              div
                  [ _class "rows" ]
                  [ for label, pngs in rows do
                        div [ _class "label" ] [ str label ]
                        blocks $"{caption}: {label}" pngs ] ]

    let private isNumber (cell: string) =
        cell = "–"
        || cell.TrimStart('★', '≈', '\u00a0').Split([| " ± "; " of " |], StringSplitOptions.None)
           |> Array.forall (fun part ->
               fst (Double.TryParse(part, NumberStyles.Number, CultureInfo.InvariantCulture)))

    /// A row of a table whose first cell names it.
    let named (name: XmlNode) (cells: XmlNode list) =
        tr [] (th [ _scope "row" ] [ name ] :: cells)

    /// Columns of numbers are aligned at the right; a row with an address has its name as a link.
    let private cells caption (header: string list) (rows: (string * string list) list) =
        let kinds =
            [ for column in 1 .. header.Length - 1 ->
                  if rows |> List.forall (fun (_, row) -> isNumber row[column]) then
                      [ _class "number" ]
                  else
                      [] ]

        let heads =
            List.map2 (fun kind text -> th (_scope "col" :: kind) [ str text ]) ([] :: kinds) header

        let row (address, row: string list) =
            let name = str row.Head
            let name = if address = "" then name else a [ _href address ] [ name ]
            named name (List.map2 (fun kind text -> td kind [ str text ]) kinds row.Tail)

        figure
            [ _class "table" ]
            [ figcaption [] [ str caption ]
              div
                  [ _class "sideways" ]
                  [ table [] [ thead [] [ tr [] heads ]; tbody [] (List.map row rows) ] ] ]

    let private chart (title: string) (attributes: XmlAttribute list) =
        figure [] [ figcaption [] [ str title ]; div (_class "chart" :: attributes) [] ]

    let spriteOf (part: Section) =
        match part with
        | Section.Cloud(_, _, images) -> Some images.Png
        | _ -> None

    let private cloud (sprites: byte[] list) title (images: Thumbnails) =
        chart
            title
            [ for name, value in
                  [ "sprite", List.findIndex ((=) images.Png) sprites
                    "columns", images.Columns
                    "width", images.Width
                    "height", images.Height ] do
                  attr $"data-{name}" (string value) ]

    let shown (sprites: byte[] list) (part: Section) =
        match part with
        | Section.Tiles(measuredOn, all) -> tiles measuredOn all
        | Section.Chart(title, _) -> chart title []
        | Section.Cloud(title, _, images) -> cloud sprites title images
        | Section.Images(caption, pngs) ->
            figure [ _class "images" ] [ figcaption [] [ str caption ]; blocks caption pngs ]
        | Section.Rows(caption, content) -> rows caption content
        | Section.Table(caption, header, content) ->
            cells caption header [ for row in content -> "", row ]
        | Section.LinkedTable(caption, header, content) -> cells caption header content
        | Section.Explorer(title, words, _) ->
            figure
                []
                [ figcaption [] [ str title ]
                  p [ _class "measured" ] [ str words ]
                  div [ _class "explorer" ] [] ]
        | Section.Words content -> p [] [ str content ]
        | Section.Warning _ -> emptyText

    let chartOf (part: Section) =
        match part with
        | Section.Chart(_, chart)
        | Section.Cloud(_, chart, _) -> Some chart
        | _ -> None

    /// Sections in order; charts that follow one another share a grid, and so do clouds, which are higher.
    let rec sections (show: Section -> XmlNode) (rest: Section list) : XmlNode list =
        let alike =
            match rest with
            | Section.Chart _ :: _ -> rest |> List.takeWhile _.IsChart
            | Section.Cloud _ :: _ -> rest |> List.takeWhile _.IsCloud
            | _ -> []

        match alike, rest with
        | _, [] -> []
        | [], first :: rest -> show first :: sections show rest
        | charts, _ ->
            div [ _class "charts" ] (List.map show charts)
            :: sections show (List.skip charts.Length rest)

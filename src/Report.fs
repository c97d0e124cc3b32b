namespace Workbench

open System
open System.Globalization
open System.IO
open System.Reflection

/// A final figure of a page.
type Tile =
    {
        Name: string
        Value: string
        Unit: string
        /// What it was measured on: pixel mode, data, how many.
        Note: string
    }

/// What a page shows, in the script's order.
[<RequireQualifiedAccess>]
type Section =
    /// The final figures, as a row of tiles.
    | Tiles of Tile list
    /// Any chart, by `Plots` or the author's own. What it does not set is the page's: size, colours, fonts; with a template of
    /// its own it has that one's instead. Charts that follow one another stand two abreast.
    | Chart of title: string * chart: Plotly.NET.GenericChart
    /// Labelled rows of pictures (PNG, unscaled), one below the other, under one caption.
    | Rows of caption: string * rows: (string * byte[] list) list
    /// Rows of cells under a header; the first cell of a row names it.
    | Table of caption: string * header: string list * rows: string list list
    /// Pictures (PNG, unscaled) of one caption, side by side as far as there is room.
    | Images of caption: string * blocks: byte[] list
    /// A paragraph.
    | Words of string

/// Everything a report says.
type Page =
    {
        /// The question that the script asks.
        Question: string
        /// One line on what was run.
        Lead: string
        /// What a reader must know first: that the run diverged, or was interrupted.
        Notice: string option
        Sections: Section list
        Settings: (string * Json) list
        /// The command that makes the page again.
        Command: string
        /// Names and values for the foot: data and its hash, versions, wall-clock.
        Facts: (string * string) list
    }

/// One self-contained HTML page: readable on a telephone and on paper, light and dark.
[<RequireQualifiedAccess>]
module Report =

    let private resource (name: string) =
        use reader =
            new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream name)

        reader.ReadToEnd()

    let private style = lazy (resource "report.css")
    let private behaviour = lazy (resource "report.js")

    let private tile (tile: Tile) =
        Html.text "span" tile.Name
        + Html.text "strong" tile.Value
        + Html.text "small" $" {tile.Unit}"
        + Html.text "span" tile.Note
        |> Html.classed "li" "tile"

    let private chart (title: string) =
        Html.element "figure" [] (Html.text "figcaption" title + Html.classed "div" "chart" "")

    let private block (caption: string) (png: byte[]) =
        let width, height = (PngReader.size png).Value
        let data = Convert.ToBase64String png

        $"<img width=\"{width}\" height=\"{height}\" alt=\"{Html.encode caption}\" src=\"data:image/png;base64,{data}\">"

    let private images (caption: string) (blocks: byte[] list) =
        Html.classed "div" "blocks" (Html.all (block caption) blocks)
        + Html.text "figcaption" caption
        |> Html.classed "figure" "images"

    let private rows (caption: string) (rows: (string * byte[] list) list) =
        let row (label, blocks) =
            Html.classed "div" "label" (Html.encode label)
            + Html.classed "div" "blocks" (Html.all (block $"{caption}: {label}") blocks)

        Html.text "figcaption" caption + Html.classed "div" "rows" (Html.all row rows)
        |> Html.classed "figure" "images"

    let private isNumber (cell: string) =
        cell = "–"
        || fst (Double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture))

    /// Columns of numbers are aligned at the right.
    let private table (caption: string) (header: string list) (rows: string list list) =
        let kinds =
            [ for column in 1 .. header.Length - 1 ->
                  if rows |> List.forall (fun row -> isNumber row[column]) then
                      [ "class", "number" ]
                  else
                      [] ]

        let headCell kind =
            Html.encode >> Html.element "th" (("scope", "col") :: kind)

        let cells (row: string list) =
            List.map2 (fun kind -> Html.encode >> Html.element "td" kind) kinds row.Tail

        let row (row: string list) =
            Html.element "th" [ "scope", "row" ] (Html.encode row.Head)
            + String.concat "" (cells row)
            |> Html.element "tr" []

        let head = List.map2 headCell ([] :: kinds) header |> String.concat ""

        let content =
            Html.element "thead" [] (Html.element "tr" [] head)
            + Html.element "tbody" [] (Html.all row rows)

        Html.text "figcaption" caption
        + Html.classed "div" "sideways" (Html.element "table" [] content)
        |> Html.classed "figure" "table"

    let private isChart section =
        match section with
        | Section.Chart _ -> true
        | _ -> false

    let private section (section: Section) =
        match section with
        | Section.Tiles tiles -> Html.classed "ul" "tiles" (Html.all tile tiles)
        | Section.Chart(title, _) -> chart title
        | Section.Images(caption, blocks) -> images caption blocks
        | Section.Rows(caption, content) -> rows caption content
        | Section.Table(caption, header, content) -> table caption header content
        | Section.Words content -> Html.text "p" content

    /// Sections in order; charts that follow one another share a grid.
    let rec private sections (rest: Section list) : string list =
        match List.takeWhile isChart rest, rest with
        | _, [] -> []
        | [], first :: rest -> section first :: sections rest
        | charts, _ ->
            Html.classed "div" "charts" (Html.all section charts)
            :: sections (List.skip charts.Length rest)

    /// The charts' JSON, in the order of their places.
    let private charts (page: Page) =
        page.Sections
        |> List.choose (fun section ->
            match section with
            | Section.Chart(_, chart) -> Some(Plots.json chart)
            | _ -> None)
        |> String.concat ",\n"

    let private settings (settings: (string * Json) list) =
        let row (name, value) =
            let value = Json.plain value

            Html.element "th" [ "scope", "row" ] (Html.encode name)
            + Html.text "td" (if value = "" then "–" else value)
            |> Html.element "tr" []

        Html.text "summary" "Settings" + Html.element "table" [] (Html.all row settings)
        |> Html.element "details" []

    let private foot (page: Page) =
        let fact (name, value) =
            Html.text "dt" name + Html.text "dd" value

        let command =
            page.Command.Split ' ' |> Array.map (Html.text "span") |> String.concat " "

        Html.text "h2" "To make this page again"
        + Html.element "p" [] (Html.element "code" [] command)
        + Html.element "dl" [] (Html.all fact page.Facts)
        |> Html.element "footer" []

    let private notice (content: string) =
        Html.element "p" [ "class", "notice"; "role", "alert" ] (Html.encode content)

    let private head (title: string) =
        String.concat
            "\n"
            [ "<meta charset=\"utf-8\">"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
              Html.text "title" title
              // No icon: without this line a browser asks a server for one.
              "<link rel=\"icon\" href=\"data:,\">"
              Html.element "style" [] style.Value ]

    /// A whole document in the workbench's style from the content of its body.
    let document (title: string) (body: string) : string =
        let content =
            Html.element "head" [] (head title) + "\n" + Html.element "body" [] body

        "<!DOCTYPE html>\n" + Html.element "html" [ "lang", "en" ] content + "\n"

    let private body (page: Page) =
        String.concat
            "\n"
            [ Html.text "h1" page.Question + Html.classed "p" "lead" (Html.encode page.Lead)
              |> Html.element "header" []
              yield! Option.toList (Option.map notice page.Notice)
              Html.element "main" [] (String.concat "\n" (sections page.Sections))
              settings page.Settings
              foot page
              Html.element
                  "script"
                  [ "type", "application/json"; "id", "charts" ]
                  $"[{charts page}]"
              if List.exists isChart page.Sections then
                  Html.element "script" [] Plots.script.Value
              Html.element "script" [] behaviour.Value ]

    /// "10,000".
    let count (number: int64) : string =
        number.ToString("N0", CultureInfo.InvariantCulture)

    /// The page as HTML. Equal pages give equal texts.
    let render (page: Page) : string = document page.Question (body page)

namespace Workbench

open System
open System.Globalization
open System.IO
open System.Reflection
open Giraffe.ViewEngine

/// A final figure of a page; the note tells what it was measured on: pixel mode, data, how many.
type Tile =
    { Name: string
      Value: string
      Unit: string
      Note: string }

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
        /// The run's folder, as `vae/20261128-162752`.
        Run: string
        /// `started 2026-11-28 16:27 +01:00`.
        When: string
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

    /// A text that is built into the assembly.
    let internal resource (name: string) : string =
        use reader =
            new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream name)

        reader.ReadToEnd()

    let private sheet = lazy (resource "report.css")

    /// How charts look, for every page with charts.
    let internal charting = lazy (resource "charts.js")

    let private behaviour = lazy (charting.Value + resource "report.js")

    let private tile (tile: Tile) =
        li
            [ _class "tile" ]
            [ span [] [ str tile.Name ]
              strong [] [ str tile.Value ]
              small [] [ str $" {tile.Unit}" ]
              span [] [ str tile.Note ] ]

    let private captioned (caption: string) = figcaption [] [ str caption ]

    let private blocks (alternative: string) (pngs: byte[] list) =
        div
            [ _class "blocks" ]
            [ for png in pngs do
                  let width, height = (Png.size png).Value

                  img
                      [ _width (string width)
                        _height (string height)
                        _alt alternative
                        _src $"data:image/png;base64,{Convert.ToBase64String png}" ] ]

    let private rows (caption: string) (rows: (string * byte[] list) list) =
        figure
            [ _class "images" ]
            [ captioned caption
              div
                  [ _class "rows" ]
                  [ for label, pngs in rows do
                        div [ _class "label" ] [ str label ]
                        blocks $"{caption}: {label}" pngs ] ]

    let private isNumber (cell: string) =
        cell = "–"
        || fst (Double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture))

    /// A row of a table whose first cell names it.
    let private named (name: string) (cells: XmlNode list) =
        tr [] (th [ _scope "row" ] [ str name ] :: cells)

    /// Columns of numbers are aligned at the right.
    let private cells (caption: string) (header: string list) (rows: string list list) =
        let kinds =
            [ for column in 1 .. header.Length - 1 ->
                  if rows |> List.forall (fun row -> isNumber row[column]) then
                      [ _class "number" ]
                  else
                      [] ]

        let heads =
            List.map2 (fun kind text -> th (_scope "col" :: kind) [ str text ]) ([] :: kinds) header

        let row (row: string list) =
            named row.Head (List.map2 (fun kind text -> td kind [ str text ]) kinds row.Tail)

        figure
            [ _class "table" ]
            [ captioned caption
              div
                  [ _class "sideways" ]
                  [ table [] [ thead [] [ tr [] heads ]; tbody [] (List.map row rows) ] ] ]

    let private shown (part: Section) =
        match part with
        | Section.Tiles tiles -> ul [ _class "tiles" ] (List.map tile tiles)
        | Section.Chart(title, _) -> figure [] [ captioned title; div [ _class "chart" ] [] ]
        | Section.Images(caption, pngs) ->
            figure [ _class "images" ] [ blocks caption pngs; captioned caption ]
        | Section.Rows(caption, content) -> rows caption content
        | Section.Table(caption, header, content) -> cells caption header content
        | Section.Words content -> p [] [ str content ]

    /// Sections in order; charts that follow one another share a grid.
    let rec private sections (rest: Section list) : XmlNode list =
        match rest |> List.takeWhile _.IsChart, rest with
        | _, [] -> []
        | [], first :: rest -> shown first :: sections rest
        | charts, _ ->
            div [ _class "charts" ] (List.map shown charts)
            :: sections (List.skip charts.Length rest)

    /// The charts' JSON, in the order of their places.
    let private charts (page: Page) =
        [ for part in page.Sections do
              match part with
              | Section.Chart(_, chart) -> Plots.json chart
              | _ -> () ]
        |> String.concat ",\n"

    let private settings (settings: (string * Json) list) =
        let row (name, value) =
            let value = Json.plain value
            named name [ td [] [ str (if value = "" then "–" else value) ] ]

        details [] [ summary [] [ str "Settings" ]; table [] (List.map row settings) ]

    let private foot (page: Page) =
        footer
            []
            [ h2 [] [ str "To make this page again" ]
              p
                  []
                  [ code
                        []
                        [ for word in page.Command.Split ' ' do
                              span [] [ str word ]
                              str " " ] ]
              dl
                  []
                  [ for name, value in page.Facts do
                        dt [] [ str name ]
                        dd [] [ str value ] ] ]

    /// A whole document in the workbench's style from the content of its body.
    let document (name: string) (content: XmlNode list) : string =
        html
            [ _lang "en" ]
            [ head
                  []
                  [ meta [ _charset "utf-8" ]
                    meta [ _name "viewport"; _content "width=device-width, initial-scale=1" ]
                    title [] [ str name ]
                    // No icon: without this line a browser asks a server for one.
                    link [ _rel "icon"; _href "data:," ]
                    style [] [ rawText sheet.Value ] ]
              body [] content ]
        |> RenderView.AsString.htmlDocument

    /// "2026-11-28 16:27 +01:00".
    let minute (time: DateTimeOffset) : string =
        time.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture)

    /// "10,000".
    let count (number: int64) : string =
        number.ToString("N0", CultureInfo.InvariantCulture)

    /// The page as HTML. Equal pages give equal texts.
    let render (page: Page) : string =
        document
            $"{page.Run} · {page.Question}"
            [ header
                  []
                  [ h1 [] [ str page.Question ]
                    p [ _class "lead" ] [ str page.Lead ]
                    p [ _class "run" ] [ str $"{page.Run}, {page.When}" ] ]
              for notice in Option.toList page.Notice do
                  p [ _class "notice"; attr "role" "alert" ] [ str notice ]
              main [] (sections page.Sections)
              settings page.Settings
              foot page
              script [ _type "application/json"; _id "charts" ] [ rawText $"[{charts page}]" ]
              if page.Sections |> List.exists _.IsChart then
                  script [] [ rawText Plots.script.Value ]
              script [] [ rawText behaviour.Value ] ]

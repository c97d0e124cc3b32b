namespace Workbench

open System
open System.Globalization
open System.IO
open System.Net
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
    | Figures of Tile list
    /// Lines over epochs. Charts that follow one another stand two abreast.
    | Curves of title: string * unit: string * series: Series list
    /// A column for each value, beneath its name.
    | Columns of title: string * axis: string * unit: string * values: (string * float) list
    /// Pictures (PNG, unscaled) of one caption, side by side as far as there is room.
    | Images of caption: string * blocks: byte[] list
    /// A paragraph.
    | Text of string

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

    let private encode (text: string) = WebUtility.HtmlEncode text

    /// An element of trusted content; its attributes' values are encoded here.
    let private element (name: string) (attributes: (string * string) list) (content: string) =
        let attributes =
            attributes
            |> List.map (fun (key, value) -> $" {key}=\"{encode value}\"")
            |> String.concat ""

        $"<{name}{attributes}>{content}</{name}>"

    let private classed name (kind: string) content = element name [ "class", kind ] content

    let private text name (content: string) = element name [] (encode content)

    let private all (render: 'T -> string) (items: 'T list) : string =
        items |> List.map render |> String.concat "\n"

    let private tile (tile: Tile) =
        text "span" tile.Name
        + text "strong" tile.Value
        + text "small" $" {tile.Unit}"
        + text "span" tile.Note
        |> classed "li" "tile"

    let private chart (title: string) =
        element "figure" [] (text "figcaption" title + classed "div" "chart" "")

    /// Width and height of a PNG, from its header.
    let private size (png: byte[]) =
        let number at =
            Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(ReadOnlySpan(png, at, 4))

        number 16, number 20

    let private block (caption: string) (png: byte[]) =
        let width, height = size png
        let data = Convert.ToBase64String png

        $"<img width=\"{width}\" height=\"{height}\" alt=\"{encode caption}\" src=\"data:image/png;base64,{data}\">"

    let private images (caption: string) (blocks: byte[] list) =
        classed "div" "blocks" (all (block caption) blocks) + text "figcaption" caption
        |> classed "figure" "images"

    let private isChart section =
        match section with
        | Section.Curves _
        | Section.Columns _ -> true
        | Section.Figures _
        | Section.Images _
        | Section.Text _ -> false

    let private section (section: Section) =
        match section with
        | Section.Figures tiles -> classed "ul" "tiles" (all tile tiles)
        | Section.Curves(title, _, _)
        | Section.Columns(title, _, _, _) -> chart title
        | Section.Images(caption, blocks) -> images caption blocks
        | Section.Text content -> text "p" content

    /// Sections in order; charts that follow one another share a grid.
    let rec private sections (rest: Section list) : string list =
        match List.takeWhile isChart rest, rest with
        | _, [] -> []
        | [], first :: rest -> section first :: sections rest
        | charts, _ ->
            classed "div" "charts" (all section charts)
            :: sections (List.skip charts.Length rest)

    /// The charts' JSON, in the order of their places.
    let private charts (page: Page) =
        page.Sections
        |> List.choose (fun section ->
            match section with
            | Section.Curves(_, unit, series) -> Some(Plots.curves unit series)
            | Section.Columns(_, axis, unit, values) -> Some(Plots.columns axis unit values)
            | Section.Figures _
            | Section.Images _
            | Section.Text _ -> None)
        |> List.map Plots.json
        |> String.concat ",\n"

    let private settings (settings: (string * Json) list) =
        let row (name, value) =
            element "th" [ "scope", "row" ] (encode name) + text "td" (Json.plain value)
            |> element "tr" []

        text "summary" "Settings" + element "table" [] (all row settings)
        |> element "details" []

    let private foot (page: Page) =
        let fact (name, value) = text "dt" name + text "dd" value

        let command = page.Command.Split ' ' |> Array.map (text "span") |> String.concat " "

        text "h2" "To make this page again"
        + element "p" [] (element "code" [] command)
        + element "dl" [] (all fact page.Facts)
        |> element "footer" []

    let private notice (content: string) =
        element "p" [ "class", "notice"; "role", "alert" ] (encode content)

    let private head (page: Page) =
        String.concat
            "\n"
            [ "<meta charset=\"utf-8\">"
              "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
              text "title" page.Question
              // No icon: without this line a browser asks a server for one.
              "<link rel=\"icon\" href=\"data:,\">"
              element "style" [] style.Value ]

    let private body (page: Page) =
        String.concat
            "\n"
            [ text "h1" page.Question + classed "p" "lead" (encode page.Lead)
              |> element "header" []
              yield! Option.toList (Option.map notice page.Notice)
              element "main" [] (String.concat "\n" (sections page.Sections))
              settings page.Settings
              foot page
              element "script" [ "type", "application/json"; "id", "charts" ] $"[{charts page}]"
              if List.exists isChart page.Sections then
                  Plots.script.Value
              element "script" [] behaviour.Value ]

    /// "10,000".
    let count (number: int64) : string =
        number.ToString("N0", CultureInfo.InvariantCulture)

    /// The page as HTML. Equal pages give equal texts.
    let render (page: Page) : string =
        let content = element "head" [] (head page) + "\n" + element "body" [] (body page)
        "<!DOCTYPE html>\n" + element "html" [ "lang", "en" ] content + "\n"

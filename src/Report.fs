namespace Workbench

open System
open System.Globalization
open System.IO
open System.Reflection
open System.Text.RegularExpressions
open System.Threading.Tasks
open Giraffe.ViewEngine

/// One HTML page: readable on a telephone and on paper, light and dark.
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

    let private embedded (png: byte[]) =
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
    let private named (name: XmlNode) (cells: XmlNode list) =
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

    let private spriteOf (part: Section) =
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

    let private shown (sprites: byte[] list) (part: Section) =
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
        | Section.Words content -> p [] [ str content ]
        | Section.Warning _ -> emptyText

    let private chartOf (part: Section) =
        match part with
        | Section.Chart(_, chart)
        | Section.Cloud(_, chart, _) -> Some chart
        | _ -> None

    /// Sections in order; charts that follow one another share a grid, and so do clouds, which are higher.
    let rec private sections (show: Section -> XmlNode) (rest: Section list) : XmlNode list =
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

    let private told (value: Json) =
        if Json.plain value = "" then "–" else Json.plain value

    let private settings (page: Page) =
        let row (name, value) =
            let isChanged = List.contains (name, value) page.Changed
            named (if isChanged then b [] [ str name ] else str name) [ td [] [ str (told value) ] ]

        details [] [ summary [] [ str "Settings" ]; table [] (List.map row page.Settings) ]

    let private later = [ attr "data-later" ""; _hidden ]

    /// The text of a page with what was hidden for later.
    let reveal (html: string) : string =
        html.Replace(" data-later=\"\" hidden", "")

    let private top (page: Page) =
        header
            []
            [ h1 [] [ str page.Question ]
              p [ _class "lead" ] [ str page.Lead ]
              if not page.Changed.IsEmpty then
                  p
                      [ _class "changed" ]
                      [ str "Not the defaults: "
                        for name, value in page.Changed do
                            span [] [ str $"{name} "; b [] [ str (told value) ] ] ]
              p [ _class "run" ] [ str $"{page.Run}, {page.When}" ]
              nav
                  []
                  [ for words, address in page.Links do
                        a [ _href address ] [ str words ]
                    for words, address in page.LaterLinks do
                        a (_href address :: later) [ str words ] ] ]

    let private foot (page: Page) =
        let purpose, command = page.Command

        footer
            []
            [ h2 [] [ str purpose ]
              p
                  []
                  [ code
                        []
                        [ for word in command.Split ' ' do
                              span [] [ str word ]
                              str " " ] ]
              dl
                  []
                  [ for name, value in page.Facts do
                        dt [] [ str name ]
                        dd [] [ str value ] ] ]

    /// A whole document in the workbench's style from the content of its body, and more for its head.
    let document (more: XmlNode list) (name: string) (content: XmlNode list) : string =
        html
            [ _lang "en" ]
            [ head
                  []
                  [ meta [ _charset "utf-8" ]
                    meta [ _name "viewport"; _content "width=device-width, initial-scale=1" ]
                    title [] [ str name ]
                    // No icon: without this line a browser asks a server for one.
                    link [ _rel "icon"; _href "data:," ]
                    style [] [ rawText sheet.Value ]
                    yield! more ]
              body [] content ]
        |> RenderView.AsString.htmlDocument

    /// "2026-11-28 16:27 +01:00".
    let minute (time: DateTimeOffset) : string =
        time.ToString("yyyy-MM-dd HH:mm zzz", CultureInfo.InvariantCulture)

    /// "10,000".
    let count (number: int64) : string =
        number.ToString("N0", CultureInfo.InvariantCulture)

    /// Equal thumbnails of several charts are in the page once.
    let private sprites (all: Section list) =
        all |> List.choose spriteOf |> List.distinct

    let private content (all: Section list) =
        main [] (sections (shown (sprites all)) all)

    /// What draws the charts of sections, with plotly.js at an address or within.
    let private scripts (address: string option) (all: Section list) =
        let charts = all |> List.choose (chartOf >> Option.map Plots.json)

        [ for png in sprites all do
              img [ _class "sprite"; _hidden; _alt ""; _src (embedded png) ]
          script
              [ _type "application/json"; _id "charts" ]
              [ rawText ("[" + String.concat ",\n" charts + "]") ]
          match address with
          | _ when charts.IsEmpty -> ()
          | Some address -> script [ _src address ] []
          | None -> script [] [ rawText Plots.script.Value ]
          script [] [ rawText behaviour.Value ] ]

    /// Sections alone as a page that needs nothing else.
    let plain (name: string) (all: Section list) : string =
        document [] name (content all :: scripts None all)

    /// What charts and pages are made with. Loaded on the caller's thread: fsi, which finds them, may be at work on it next.
    let private libraries =
        [ "Giraffe.ViewEngine"; "Plotly.NET"; "DynamicObj"; "Newtonsoft.Json" ]

    let private preparing =
        lazy
            (let line =
                { Name = ""
                  Points = [ (1.0, 1.0); (2.0, 1.0) ] }

             let tile =
                 { Name = ""
                   Value = ""
                   Unit = ""
                   Better = None
                   Note = "" }

             for name in libraries do
                 Assembly.Load name |> ignore

             Task.Run(fun () ->
                 let all =
                     [ Section.Tiles("", [ tile ])
                       Section.Chart("", Plots.lines "" [ line; line ])
                       Section.Chart("", Plots.columns "" "" [ ("", 1.0) ])
                       Section.Table("", [ "" ], [ [ "" ] ]) ]

                 document [] "" (content all :: scripts (Some "") all) |> ignore)
             |> ignore)

    /// .NET compiles code when it first runs, and that of a first page with charts takes as long as a short training. So a page that
    /// nobody sees is drawn on a core of its own, while fsi compiles a script and data are read.
    let prepare () : unit = preparing.Value

    /// What the page of a run under way says once it has not been written for long.
    let private silence (written: DateTimeOffset) =
        p
            [ _class "notice"; attr "data-written" (written.ToString "O"); _hidden ]
            [ str "Nothing was written here for "
              b [] []
              str " minutes. If the run was killed, its command with "
              code [] [ str "--resume" ]
              str " and this folder goes on after its last whole epoch." ]

    /// A text whose options do not break after their hyphens.
    let private prose (text: string) =
        [ for index, part in Array.indexed (Regex.Split(text, "(--[a-z-]+)")) do
              if index % 2 = 0 then str part else span [ _class "option" ] [ str part ] ]

    /// What a page's reader must know first, in one box.
    let private notices (texts: string list) =
        let box (more: XmlNode list) =
            div [ _class "notice"; attr "role" "alert" ] more

        match texts with
        | [] -> []
        | [ text ] -> [ box (prose text) ]
        | texts -> [ box [ ul [] [ for text in texts -> li [] (prose text) ] ] ]

    /// The page as HTML. Equal pages give equal texts.
    let render (page: Page) : string =
        document
            [ if page.Live.IsSome then
                  meta [ _httpEquiv "refresh"; _content "30" ] ]
            $"{page.Run} · {page.Question}"
            [ top page
              for written in Option.toList page.Live do
                  silence written
              yield! notices page.Notices
              for notice in Option.toList page.LaterNotice do
                  p ([ _class "notice"; attr "role" "alert" ] @ later) [ str notice ]
              content page.Sections
              settings page
              foot page
              yield! scripts page.Script page.Sections ]

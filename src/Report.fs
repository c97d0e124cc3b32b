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

    let private exploring = lazy (resource "explorer.js")

    let private behaviour = lazy (charting.Value + resource "report.js")

    let private told (value: Json) =
        if Json.plain value = "" then "–" else Json.plain value

    let private settings (page: Page) =
        let row (name, value) =
            let isChanged = List.contains (name, value) page.Changed

            SectionHtml.named
                (if isChanged then b [] [ str name ] else str name)
                [ td [] [ str (told value) ] ]

        details [] [ summary [] [ str "Settings" ]; table [] (List.map row page.Settings) ]

    let private later, private earlier =
        [ attr "data-later" ""; _hidden ], [ attr "data-earlier" "" ]

    /// The text of a page with what was hidden for later, and without the links whose place that takes.
    let reveal (html: string) : string =
        html.Replace(" data-later=\"\" hidden", "").Replace(" data-earlier=\"\"", " hidden")

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
                        let isPassing = page.LaterLinks |> List.exists (snd >> (=) address)
                        a (_href address :: (if isPassing then earlier else [])) [ str words ]
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
        all |> List.choose SectionHtml.spriteOf |> List.distinct

    let private content (all: Section list) =
        main [] (SectionHtml.sections (SectionHtml.shown (sprites all)) all)

    /// The decoders that a page runs, as JavaScript; none where it runs none.
    let decoders (all: Section list) : string option =
        match
            all
            |> List.choose (function
                | Section.Explorer(_, _, decoder) -> Some(Json.line decoder)
                | _ -> None)
        with
        | [] -> None
        | found -> Some("window.decoders = [" + String.concat ",\n" found + "];")

    /// The file of these beside a page that has not all within.
    let decoderName = "decoder.js"

    let private explorers (isWithin: bool) (all: Section list) =
        [ if all |> List.exists _.IsExplorer then
              if isWithin then
                  for text in Option.toList (decoders all) do
                      script [] [ rawText text ]
              else
                  script [ _src decoderName ] []

              script [] [ rawText exploring.Value ] ]

    /// What draws the charts of sections, with plotly.js at an address or within.
    let private scripts (address: string option) (all: Section list) =
        let charts = all |> List.choose (SectionHtml.chartOf >> Option.map Plots.json)

        [ for png in sprites all do
              img [ _class "sprite"; _hidden; _alt ""; _src (SectionHtml.embedded png) ]
          script
              [ _type "application/json"; _id "charts" ]
              [ rawText ("[" + String.concat ",\n" charts + "]") ]
          match address with
          | _ when charts.IsEmpty -> ()
          | Some address -> script [ _src address ] []
          | None -> script [] [ rawText Plots.script.Value ]
          script [] [ rawText behaviour.Value ]
          yield! explorers address.IsNone all ]

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

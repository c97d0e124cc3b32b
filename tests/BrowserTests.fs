/// The page as a browser shows it. Compiled and run where WORKBENCH_BROWSER names a Chromium; `pdftotext` reads its PDF.
module Workbench.Tests.BrowserTests

open System
open System.Diagnostics
open System.IO
open System.Text.RegularExpressions
open System.Threading.Tasks
open Expecto
open Microsoft.Playwright
open Plotly.NET
open Workbench
open Workbench.Tests.BrowserSupport
open Workbench.Tests.FileSupport

/// Opens a page's text and hands it over once every chart stands.
let private openedText (text: string) (view: View) (look: IPage -> Heard -> Task) : Task =
    task {
        let path = Path.Combine(Path.GetTempPath(), $"workbench-{Guid.NewGuid():N}.html")
        File.WriteAllText(path, text)
        let drawn = "document.querySelectorAll('.chart .main-svg .xtick').length > 0"

        try
            do!
                showing view path (fun page heard ->
                    task {
                        let! _ = page.WaitForFunctionAsync drawn
                        do! look page heard
                    })
        finally
            File.Delete path
    }

let private openedPage (content: Page) = openedText (Report.render content)

let private opened = openedPage ReportSamples.page

let private everyTrace =
    "[...document.querySelectorAll('.chart')].map(c => c.querySelectorAll('.scatterlayer .trace, .barlayer .point').length)"

let private draws (view: View) =
    opened view (fun page heard ->
        task {
            let! traces = evaluate<int[]> page everyTrace
            Expect.equal traces [| 2; 2; 2; 32; 2; 1; 2; 11 |] "lines and columns of each chart"
            let! bars = evaluate<int> page "document.querySelectorAll('.errorbar').length"
            Expect.equal bars 3 "error bars of the measured line"
            Expect.isEmpty heard.Complaints "nothing on the console"

            Expect.isEmpty
                (heard.Requests
                 |> Seq.filter (fun url -> not (Regex.IsMatch(url, "^(file|data|blob):"))))
                "no network"
        })

/// The histogram of the sample page with options of its author's, beside it without.
let private authored =
    let own =
        Chart.Histogram(X = [ 1.0; 2.0; 2.0 ], MarkerColor = Color.fromString "rgb(1, 2, 3)")
        |> Chart.withTitle ("His", TitleFont = Font.init (Color = Color.fromString "rgb(4, 5, 6)"))
        |> Chart.withLayoutStyle (PlotBGColor = Color.fromString "rgb(7, 8, 9)")
        |> Chart.withSize (Height = 500)

    { ReportSamples.page with
        Sections = [ Section.Chart("Ours", own); ReportSamples.histogram ] }

/// Of each chart: the colours of its columns, its background and its title, and its height.
let private looks =
    """[...document.querySelectorAll('.chart')].map(chart => {
        const of = (selector, property) => {
            const found = chart.querySelector(selector);
            return found ? getComputedStyle(found)[property] : '';
        };
        return [of('.barlayer .point path', 'fill'), of('.bglayer .bg', 'fill'), of('.gtitle', 'fill'),
            String(chart.clientHeight), String(chart.getBoundingClientRect().top)];
    })"""

let private keepsAuthors () =
    openedPage authored desk (fun page heard ->
        task {
            let! looks = evaluate<string[][]> page looks
            let authors, ours = looks[0], looks[1]
            let set = [| "rgb(1, 2, 3)"; "rgb(7, 8, 9)"; "rgb(4, 5, 6)"; "500" |]
            Expect.equal authors[..3] set "as the author set it"

            Expect.equal
                ours[..3]
                [| "rgb(47, 127, 214)"; "rgb(0, 0, 0)"; ""; "288" |]
                "the page's"

            Expect.equal authors[4] ours[4] "abreast"
            Expect.isEmpty heard.Complaints "nothing on the console"
        })

/// The relative luminance of "rgb(r, g, b)".
let private luminance (color: string) =
    Regex.Matches(color, @"[\d.]+")
    |> Seq.truncate 3
    |> Seq.map (fun part -> float part.Value / 255.0)
    |> Seq.map (fun c -> if c <= 0.03928 then c / 12.92 else ((c + 0.055) / 1.055) ** 2.4)
    |> Seq.zip [ 0.2126; 0.7152; 0.0722 ]
    |> Seq.sumBy (fun (weight, c) -> weight * c)

let private contrast (a: string) (b: string) =
    let a, b = luminance a, luminance b
    (max a b + 0.05) / (min a b + 0.05)

let private colours =
    """(() => {
        const of = (selector, property) => getComputedStyle(document.querySelector(selector))[property];
        return [of('body', 'backgroundColor'), of('body', 'color'), of('.lead', 'color'),
            of('.chart .xtick text', 'fill'), of('.chart .infolayer .ytitle', 'fill'), of('.chart .legendtext', 'fill')];
    })()"""

let private isReadable (page: IPage) =
    task {
        let! colours = evaluate<string[]> page colours

        for ink in colours[1..] do
            Expect.isGreaterThan (contrast colours[0] ink) 4.5 $"{ink} on {colours[0]}"

        return colours[0]
    }

let private followsScheme () =
    opened { desk with Scheme = ColorScheme.Dark } (fun page _ ->
        task {
            let! dark = isReadable page
            do! page.EmulateMediaAsync(PageEmulateMediaOptions(ColorScheme = ColorScheme.Light))
            let! light = isReadable page
            Less.than (luminance dark) 0.1 "dark"
            Expect.isGreaterThan (luminance light) 0.9 "light, without loading again"
        })

let private scales =
    "[...document.querySelectorAll('.blocks img')].map(i => i.getBoundingClientRect().width * devicePixelRatio / i.naturalWidth)"

let private rendering =
    "[...document.querySelectorAll('.blocks img')].map(i => getComputedStyle(i).imageRendering)"

let private isSharp (view: View) =
    opened view (fun page _ ->
        task {
            let! rendering = evaluate<string[]> page rendering
            Expect.allEqual rendering "pixelated" "no smoothing"
            let! scales = evaluate<float[]> page scales
            Expect.equal scales.Length 3 "pictures"

            for scale in scales do
                Expect.isGreaterThanOrEqual (round scale) 1.0 "at least a device pixel"
                Less.than (abs (scale - round scale)) 0.01 $"{scale} is whole"
        })

let private sideways =
    "document.documentElement.scrollWidth - document.documentElement.clientWidth"

let private fits (width: int) =
    opened { telephone with Width = width } (fun page _ ->
        task {
            let! over = evaluate<float> page sideways
            Expect.equal over 0.0 "no sideways scrolling"

            let! wide =
                evaluate<string[]>
                    page
                    "[...document.querySelectorAll('.chart .main-svg, img')].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML.slice(0, 80))"

            Expect.isEmpty wide "every chart and picture within the page"

            let! scrolls =
                evaluate<bool>
                    page
                    "(e => e.scrollWidth > e.clientWidth)(document.querySelector('.sideways'))"

            Expect.isTrue scrolls "a wide table scrolls in its place"
        })

/// Figures as a judge of new images gives them: long names, and a model's column that is needed to read them.
let private withFigures =
    { ReportSamples.page with
        Sections =
            [ ReportSamples.histogram
              Section.Table(
                  "Figures of new images.",
                  [ "figure"; "A: plain autoencoder"; "B: normalised bottleneck"; "C: VAE"; "of" ],
                  [ for figure in
                        [ "FID-LeNet to the test images ↓"
                          "Clear images (a class has probability above 0.9) ↑"
                          "Euclidean distance of test images to the nearest training image" ] ->
                        [ figure
                          "491.16 ± 0.77"
                          "0 of 10,000"
                          "1.39 ± 0.46"
                          "10,000 test images" ] ]
              )
              Section.Table(
                  "Figures.",
                  [ "figure"; "value ± standard error"; "of" ],
                  [ [ "Euclidean distance of test images to the nearest training image"
                      "0.4157 ± 0.0014"
                      "10,000 new images" ] ]
              ) ] }

/// The right ends of the first row's cells of each table, without scrolling.
let private cellEnds =
    "[...document.querySelectorAll('.sideways tbody')].map(b => [...b.rows[0].cells].map(c => c.getBoundingClientRect().right))"

let private showsNumbers () =
    task {
        do!
            openedPage withFigures { desk with Width = 1200 } (fun page _ ->
                task {
                    let! ends = evaluate<float[][]> page cellEnds
                    Less.than (Array.last ends[0]) 1200.0 "all models on a desk"
                })

        do!
            openedPage withFigures telephone (fun page _ ->
                task {
                    let! ends = evaluate<float[][]> page cellEnds
                    Less.than (ends[1].[1]) 390.0 "the numbers on a telephone"
                })
    }
    :> Task

/// What `pdftotext` finds in a PDF.
let private textOf (pdf: byte[]) =
    withFile "page.pdf" pdf (fun path ->
        let start =
            ProcessStartInfo("pdftotext", [ "-layout"; path; "-" ], RedirectStandardOutput = true)

        use reader = Process.Start start
        let text = reader.StandardOutput.ReadToEnd()
        reader.WaitForExit()
        text)

/// Elements of the printed page that are wider than it, and the settings' height.
let private onPaper =
    """[...document.querySelectorAll('figure, table, .main-svg, img')]
        .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5).map(e => e.outerHTML.slice(0, 80))"""

let private legendSize =
    "getComputedStyle(document.querySelector('.chart .legendtext')).fontSize"

let private prints () =
    opened { desk with Scheme = ColorScheme.Dark } (fun page _ ->
        task {
            let! pdf = page.PdfAsync(PagePdfOptions(Format = "A4"))
            let text = textOf pdf
            let count (pattern: string) = Regex.Count(text, pattern)
            Expect.equal (count "\\bepoch\\b") 4 "every chart over epochs"

            Expect.isGreaterThanOrEqual
                (count "latent dimension\\b")
                2
                "title and axis of the columns"

            Expect.stringContains text "setting-24" "settings opened"
            Expect.stringContains text "Three rows of sixteen." "captions"
            Expect.equal (count "8\\.25") 2 "a wide table's last columns"

            // 14 mm at each side of 210 are 688 points of a screen.
            do! page.SetViewportSizeAsync(688, 900)
            do! page.EmulateMediaAsync(PageEmulateMediaOptions(Media = Media.Print))
            let! _ = evaluate<bool> page "dispatchEvent(new Event('beforeprint'))"
            let! wide = evaluate<string[]> page onPaper
            Expect.isEmpty wide "everything within the paper"
            let! _ = isReadable page

            let! split =
                evaluate<string>
                    page
                    "getComputedStyle(document.querySelector('figure')).breakInside"

            Expect.equal split "avoid" "no figure is cut by a page's end"

            let! table =
                evaluate<string>
                    page
                    "getComputedStyle(document.querySelector('.table')).breakInside"

            Expect.equal table "auto" "but a table, between its rows"
            let! onPaper = evaluate<string> page legendSize
            let! _ = evaluate<bool> page "dispatchEvent(new Event('afterprint'))"
            let! onScreen = evaluate<string> page legendSize
            Expect.equal (onPaper, onScreen) ("10px", "13px") "legends take less room on paper"
        })

/// Of the chart whose axes have one scale: pixels a unit along x and along y. Of the first chart: the ends of its axis of x.
let private finenesses =
    """(() => {
        const clouds = [...document.querySelectorAll('.chart')].filter(c => c._fullLayout.yaxis.scaleanchor);
        const fineness = axis => axis._length / Math.abs(axis.range[1] - axis.range[0]);
        return clouds.map(c => [fineness(c._fullLayout.xaxis), fineness(c._fullLayout.yaxis)]);
    })()"""

let private ends =
    "document.querySelector('.chart')._fullLayout.xaxis.range.map(Number)"

let private withCloud =
    let codes = [ for i in 0..99 -> i, float i, sin (float i) * 20.0 ]

    let images =
        { Png = Png.encodeGrey 20 20 (Array.init 400 byte)
          Columns = 10
          Width = 2
          Height = 2 }

    { ReportSamples.page with
        Sections =
            [ ReportSamples.histogram
              ReportSamples.curves "Negative ELBO"
              ReportSamples.rows
              Section.Cloud("Codes", Plots.cloud "first" "second" [ "7", codes ], images) ] }

let private clouds =
    "[...document.querySelectorAll('.chart')].filter(c => c._fullLayout.yaxis.scaleanchor).map(c => [c.clientHeight, c._fullLayout.yaxis._length])"

/// Of each line of the first chart: its dash as the legend draws it, in widths of its stroke, and as the chart does.
let private strokes =
    """[...document.querySelectorAll('.chart')].slice(1, 2).flatMap(chart =>
        [['.legendlines path'], ['.scatterlayer .js-line']].map(([path]) =>
            [...chart.querySelectorAll(path)].map(line =>
                getComputedStyle(line).strokeDasharray + ' ' + getComputedStyle(line).strokeWidth).join('; ')))"""

/// The charts of whose legend an entry lies under their buttons.
let private covered =
    """[...document.querySelectorAll('.chart')].filter(chart => {
        const buttons = chart.querySelector('.modebar')?.getBoundingClientRect();
        const entries = [...chart.querySelectorAll('.legend .traces')].map(entry => entry.getBoundingClientRect());
        return buttons && entries.some(entry => entry.right > buttons.left && entry.top < buttons.bottom - 1 && entry.bottom > buttons.top);
    }).length"""

let private keepsButtonsFree () =
    let series =
        [ for name in [ "training"; "generated" ] ->
              { Name = $"D of {name} images, each batch"
                Points = [ 1.0, 0.1; 2.0, 0.2 ] } ]

    let long = Plots.lines "mean probability" series

    openedPage
        { ReportSamples.page with
            Sections = [ Section.Chart("Long names", long) ] }
        desk
        (fun page _ ->
            task {
                let! count = evaluate<int> page covered
                Expect.equal count 0 "legends and buttons apart"
            })

let private wastesNothing () =
    openedPage withCloud telephone (fun page _ ->
        task {
            let! sizes = evaluate<float[][]> page clouds

            for size in sizes do
                Expect.isGreaterThan
                    (size[1] / size[0])
                    0.3
                    "the points have a good part of the chart"

            let! strokes = evaluate<string[]> page strokes
            Expect.stringContains strokes[0] ";" "two lines"
            Expect.equal strokes[0] strokes[1] "a legend draws its lines as the chart does"
        })

let private zooms () =
    openedPage withCloud desk (fun page heard ->
        task {
            let! scales = evaluate<float[][]> page finenesses
            Expect.isNonEmpty scales "a cloud"

            for scale in scales do
                Expect.floatClose Accuracy.low scale[0] scale[1] "a unit is as long either way"

            let plane = page.Locator(".chart .nsewdrag").First
            do! plane.ScrollIntoViewIfNeededAsync()
            let! box = plane.BoundingBoxAsync()
            let! before = evaluate<float[]> page ends
            do! page.Mouse.MoveAsync(box.X + box.Width * 0.3f, box.Y + box.Height * 0.3f)
            do! page.Mouse.DownAsync()
            do! page.Mouse.MoveAsync(box.X + box.Width * 0.7f, box.Y + box.Height * 0.7f)
            do! page.Mouse.UpAsync()
            let! after = evaluate<float[]> page ends
            Expect.isGreaterThan after[0] before[0] "from the left"
            Less.than after[1] before[1] "from the right"
            Expect.isEmpty heard.Complaints "nothing on the console"
        })

/// Where the point of a number lies on the page, of the first line or group of a chart.
let private placeOf chart number =
    sprintf
        """(() => {
        const place = document.querySelectorAll('.chart')[%d];
        const { xaxis: x, yaxis: y } = place._fullLayout;
        const box = place.getBoundingClientRect();
        const trace = place._fullData[0];
        return [box.x + x._offset + x.d2p(trace.x[%d]), box.y + y._offset + y.d2p(trace.y[%d])];
    })()"""
        chart
        number
        number

let private pointAt (page: IPage) chart number =
    task {
        do! page.Locator(".chart").Nth(chart).ScrollIntoViewIfNeededAsync()
        let! at = evaluate<float32[]> page (placeOf chart number)
        do! page.Mouse.MoveAsync(at[0] - 3f, at[1])
        do! page.Mouse.MoveAsync(at[0], at[1])
    }

let private tells () =
    openedPage withCloud desk (fun page heard ->
        task {
            do! pointAt page 1 3
            let labels = page.Locator ".hoverlayer .hovertext"
            do! labels.First.WaitForAsync()
            let! texts = labels.AllTextContentsAsync()

            Expect.containsAll
                texts
                [ "epoch 4 · test 119 nats per image"; "epoch 4 · training 117 nats per image" ]
                "the lines at a point"

            do! pointAt page 2 23
            let glass = page.Locator ".glass"
            do! glass.WaitForAsync()

            let! style =
                evaluate<string[]>
                    page
                    "(({ backgroundPosition, width }) => [backgroundPosition, width])(document.querySelector('.glass').style)"

            Expect.equal
                style
                [| "-18px -12px"; "6px" |]
                "the image of the point, three times as large"

            Expect.isEmpty heard.Complaints "nothing on the console"
        })

let private enlarges () =
    openedPage withCloud desk (fun page _ ->
        task {
            let picture = page.Locator(".blocks img").First
            let viewer = page.Locator ".viewer"
            do! picture.ClickAsync()
            do! viewer.WaitForAsync()
            let! box = viewer.Locator("img").BoundingBoxAsync()
            Expect.isGreaterThan box.Width (0.9f * float32 desk.Width) "as wide as the window"
            do! viewer.ClickAsync()
            let! shown = viewer.IsVisibleAsync()
            Expect.isFalse shown "a click closes it"
            do! picture.FocusAsync()
            do! page.Keyboard.PressAsync "Enter"
            do! viewer.WaitForAsync()
            do! page.Keyboard.PressAsync "Escape"
            let! shown = viewer.IsVisibleAsync()
            Expect.isFalse shown "so does Escape"
        })

/// As `Repl.chart` makes it.
let private drawsAlone () =
    let text = Report.plain "chart" [ ReportSamples.curves "Loss" ]

    openedText text desk (fun page heard ->
        task {
            let! traces = evaluate<int[]> page everyTrace
            Expect.equal traces [| 2 |] "both lines"
            Expect.isEmpty heard.Complaints "nothing on the console"
        })

/// Settings beside one another: bands, bars, and the axes of three settings.
let private compared =
    let two =
        [ "latent", ComparisonTests.wholes [ 2; 8 ]
          "kl-weight", ComparisonTests.wholes [ 1; 2; 1000 ] ]

    let three = ("activation", List.map Json.Text [ "relu"; "tanh" ]) :: two

    { ReportSamples.page with
        Sections =
            Comparison.sections (ComparisonTests.grid two)
            @ Comparison.sections (ComparisonTests.grid three) }

let private shownOf =
    """[...document.querySelectorAll('.chart')].map(chart => [
        chart.querySelectorAll('.fills path').length, chart.querySelectorAll('.errorbar').length,
        chart.querySelectorAll('.parcoords .axis-title').length])"""

/// The texts of the axes of settings, which are plotly.js's own.
let private axisInk =
    "getComputedStyle(document.querySelector('.parcoords .axis-title')).fill"

let private compares (view: View) =
    openedPage compared view (fun page heard ->
        task {
            let! shown = evaluate<int[][]> page shownOf

            Expect.equal
                shown
                [| [| 6; 0; 0 |]; [| 0; 6; 0 |]; [| 10; 0; 0 |]; [| 0; 0; 4 |] |]
                "bands, bars, axes"

            let! paper = isReadable page
            let! ink = evaluate<string> page axisInk
            Expect.isGreaterThan (contrast paper ink) 4.5 "names of axes can be read"
            let! over = evaluate<float> page sideways
            Expect.equal over 0.0 "no sideways scrolling"
            let! count = evaluate<int> page covered
            Expect.equal count 0 "legends and buttons apart"

            Expect.isEmpty
                (heard.Complaints |> Seq.filter (fun text -> not (text.Contains "ReadPixels")))
                "nothing on the console, but that a processor that draws for a graphics card is slow"
        })

[<Tests>]
let tests =
    testSequenced (
        testList
            "Browser"
            [ case "draws every chart without network or complaint" (fun () -> draws desk)
              case "so in the dark" (fun () -> draws { desk with Scheme = ColorScheme.Dark })
              case
                  "an author's chart keeps what he sets, and is the page's for the rest"
                  keepsAuthors
              case "so on a telephone" (fun () -> draws telephone)
              case "texts can be read, and follow the scheme" followsScheme
              case "pictures are sharp on a desk" (fun () -> isSharp desk)
              case "pictures are sharp on a tablet" (fun () ->
                  isSharp { desk with Width = 768; Ratio = 2f })
              case "pictures are sharp on a telephone" (fun () -> isSharp telephone)
              case "390 points are wide enough" (fun () -> fits 390)
              case "320 points are wide enough" (fun () -> fits 320)
              case "a table shows its numbers, whatever its rows are called" showsNumbers
              case
                  "a cloud is as high as its points are, and legends tell lines apart"
                  wastesNothing
              case "a legend leaves the buttons free" keepsButtonsFree
              case "a drag enlarges a part of a chart, and clouds have one scale" zooms
              case "a point tells what it is, of a cloud with its image" tells
              case "a picture is enlarged by pointer and keyboard" enlarges
              case "a page of sections alone is drawn, too" drawsAlone
              case "settings beside one another" (fun () -> compares desk)
              case "settings in the dark" (fun () ->
                  compares { desk with Scheme = ColorScheme.Dark })
              case "settings on a telephone" (fun () -> compares telephone)
              case "prints every chart whole" prints ]
    )

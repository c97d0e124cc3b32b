/// runs/index.html as a browser shows it, over 1,000 runs. Compiled and run where WORKBENCH_BROWSER names a Chromium.
module Workbench.Tests.IndexBrowserTests

open System
open System.IO
open System.Threading.Tasks
open Expecto
open Microsoft.Playwright
open Workbench
open Workbench.Tests.BrowserSupport

let private count = 1000

/// The final figure of the run of a number, no two alike.
let private nelbo (number: int) =
    100.0 + float (number * 37 % count) / 10.0

let private put (folder: string) (name: string) (fields: (string * Json) list) =
    File.WriteAllText(Path.Combine(folder, name), Json.text (Json.Object fields))

/// A finished run's timing.json, so many minutes after the first.
let private putTiming (folder: string) (minutes: int) (notices: string list) =
    let started =
        DateTimeOffset(2026, 3, 1, 0, 0, 0, TimeSpan.FromHours 1.0).AddMinutes(float minutes)

    put
        folder
        "timing.json"
        [ "started", Json.Text(started.ToString "o")
          "ended", Json.Text "finished"
          "notices", Json.List(List.map Json.Text notices) ]

/// A run's files as a run leaves them, without a run.
let private addRun
    (home: string)
    (path: string)
    (minutes: int)
    script
    settings
    (figures: (string * float) list)
    =
    let folder = Path.Combine(home, path)
    Directory.CreateDirectory(Path.Combine(folder, "samples")) |> ignore

    put
        folder
        "config.json"
        ([ "script", Json.Text script
           "data", Json.Text "glyphs"
           "epochs", Json.Whole 20 ]
         @ settings)

    put
        folder
        "metrics.json"
        [ for name, value in ("epochs", 20.0) :: figures -> name, Json.Real value ]

    putTiming folder minutes []
    File.WriteAllText(Path.Combine(folder, "report.html"), "")
    File.WriteAllBytes(Path.Combine(folder, "samples", "samples.png"), ReportSamples.samples)
    let names = "epoch" :: List.map fst figures

    let row (epoch: int) =
        string epoch
        :: [ for _, value in figures -> Json.number (value + 60.0 / float epoch - 3.0) ]

    File.WriteAllLines(
        Path.Combine(folder, "metrics.csv"),
        [ for cells in names :: [ for epoch in 1..20 -> row epoch ] -> String.concat "," cells ]
    )

let private ofVae number =
    [ for name in
          [ "train_loss"
            "train_reconstruction"
            "train_kl"
            "train_nelbo"
            "test_reconstruction"
            "test_kl"
            "test_nelbo" ] -> name, nelbo number ]

let private addVae home path number seed latent weight =
    let settings =
        [ "seed", Json.Whole seed
          "latent", Json.Whole latent
          "kl-weight", Json.Real weight
          "activation", Json.Text "tanh" ]

    addRun home path number "vae" settings (ofVae number)

/// Number 0 is the oldest, by a year. One in ten is a GAN, one in fifty a sweep of four points.
let private add (home: string) (number: int) =
    if number % 50 = 13 then
        let path, weights = $"kl-sweep/{number:D4}", [ 0.1; 0.5; 1.0; 2.0 ]

        for weight in weights do
            addVae home $"{path}/kl-weight-{weight}" (number + int weight) 0 32 weight

        addRun
            home
            path
            number
            "kl-sweep"
            [ "kl-weight", Json.List(List.map Json.Real weights) ]
            [ "points", 4.0; "finished", 4.0 ]
    elif number % 10 = 7 then
        addRun
            home
            $"gan/{number:D4}"
            number
            "gan"
            [ "noise", Json.Whole 100 ]
            [ "fid_lenet", 3.0; "recall", 0.5 ]
    else
        let latent = [| 2; 8; 32 |]
        addVae home $"vae/{number:D4}" number (number % 4) latent[number % 3] 1.0

/// What the run vae/0998 has to say.
let private warning = "Generated images are too much alike."

let private home =
    lazy
        (let folder = Directory.CreateTempSubdirectory "workbench-tests-"
         AppDomain.CurrentDomain.ProcessExit.Add(fun _ -> folder.Delete true)
         let home = Path.Combine(folder.FullName, "runs")

         for number in 0 .. count - 1 do
             add home number

         put
             (Path.Combine(home, "vae", "0999"))
             "evaluation.json"
             [ "models",
               Json.List
                   [ Json.Object
                         [ "folder", Json.Text ""; "epoch", Json.Whole 3; "figures", Json.List [] ] ] ]

         putTiming (Path.Combine(home, "vae", "0000")) -525600 []
         putTiming (Path.Combine(home, "vae", "0998")) 998 [ warning ]
         RunIndex.update (Path.Combine(home, "vae", "0000"))
         home)

let private wide = { desk with Width = 1200 }

/// Opens the index at an address behind #.
let private opened (view: View) (hash: string) (look: IPage -> Task) : Task =
    showing view (Path.Combine(home.Value, $"index.html{hash}")) (fun page heard ->
        task {
            do! look page
            Expect.isEmpty heard.Complaints "nothing on the console"

            Expect.isEmpty
                (heard.Requests
                 |> Seq.filter (fun url ->
                     not (
                         url.StartsWith "file:"
                         || url.StartsWith "data:"
                         || url.StartsWith "blob:"
                     )))
                "no network"
        })

let private textOf (page: IPage) (selector: string) =
    page.Locator(selector).First.InnerTextAsync()

/// The texts of a column of the rows that are shown, by its head's name.
let private column (page: IPage) (name: string) =
    evaluate<string[]>
        page
        $$"""(() => {
            const heads = [...document.querySelectorAll('.runs thead th')].map(head => head.textContent);
            const place = heads.indexOf('{{name}}');
            return [...document.querySelectorAll('.runs tbody tr')].map(row => row.cells[place].textContent);
        })()"""

let private heads (page: IPage) =
    evaluate<string[]>
        page
        "[...document.querySelectorAll('.runs thead th')].map(head => head.textContent)"

let private rowCount = "document.querySelectorAll('.runs tbody tr').length"

let private until (page: IPage) (condition: string) : Task =
    task {
        let! _ = page.WaitForFunctionAsync condition
        ()
    }

/// Scrolls the table until it has so many rows.
let private scrolled (page: IPage) (rows: int) =
    until
        page
        $$"""(() => {
            const place = document.querySelector('.sideways');
            place.scrollTop = place.scrollHeight;
            return {{rowCount}} === {{rows}};
        })()"""

let private says (page: IPage) (text: string) =
    until page $"document.getElementById('count').textContent === '{text}'"

let private opens () =
    opened wide "" (fun page ->
        task {
            do! says page "1,000 runs, newest first"
            let! names = column page "run"
            Expect.equal names[..1] [| "vae/0999"; "vae/0998" |] "the newest first"

            let! visible =
                evaluate<int>
                    page
                    "[...document.querySelectorAll('.runs tbody tr')].filter(row => row.getBoundingClientRect().bottom <= innerHeight).length"

            Expect.isGreaterThanOrEqual visible 30 "rows on a screen"

            let! sorted =
                evaluate<string[]>
                    page
                    "[...document.querySelectorAll('[aria-sort]')].map(head => head.textContent + head.ariaSort)"

            Expect.equal sorted [| "when (+01:00)descending" |] "and it is seen"
            let! evaluations = column page "evaluation"

            Expect.equal
                evaluations[..1]
                [| "evaluation of epoch 3"; "" |]
                "marked, the run has more epochs"

            let! link = page.Locator("td a").First.GetAttributeAsync "href"
            Expect.equal link "vae/0999/evaluation.html" "a link"
            let! pictures = evaluate<int> page "document.querySelectorAll('.runs img').length"
            Expect.equal pictures 0 "pictures on demand"
            let! plotly = evaluate<bool> page "window.Plotly !== undefined"
            Expect.isFalse plotly "plotly.js on demand"
            do! scrolled page count
            let! all = column page "run"
            Expect.equal (Array.last all) "vae/0000" "each run has a row"
        })

let private filters () =
    opened wide "" (fun page ->
        task {
            let shown =
                [ for number in 0 .. count - 1 do
                      if
                          number % 50 <> 13
                          && number % 10 <> 7
                          && number % 3 = 0
                          && nelbo number < 110.0
                      then
                          number ]

            do! page.FillAsync("#filter", "vae latent=2 test_nelbo<110 -seed=7")
            do! says page $"{shown.Length} of 1,000 runs, newest first"
            let! names = column page "run"
            Expect.equal names [| for number in List.rev shown -> $"vae/{number:D4}" |] "those"
            let! _ = page.ReloadAsync()
            do! says page $"{shown.Length} of 1,000 runs, newest first"
            let! kept = page.InputValueAsync "#filter"
            Expect.equal kept "vae latent=2 test_nelbo<110 -seed=7" "the address keeps it"

            for text, left in
                [ "0999", 1
                  "LATENT=2,8 vae/099", 6
                  "seed!=0 vae/099", 7
                  "\"vae/0999\"", 1
                  "state=stopped", 0
                  "started>=2026-03-01T16:39 vae", 1
                  "fid_lenet=3 gan/000", 1
                  "-vae gan/00", 10
                  "kl-weight=0.5", 20
                  "test_nelbo<", 1000
                  "warning", 1
                  "\"finished, warning\"", 1
                  "\"03-01 16:38\"", 1
                  "-warning", 999
                  "state=warning", 1
                  "state!=warning", 999
                  "state=finished", 1000 ] do
                do! page.FillAsync("#filter", text)

                do!
                    until
                        page
                        $"document.getElementById('count').textContent.startsWith('{left:N0} ')"

            do! page.FillAsync("#filter", "nosuch>1")
            do! says page "0 of 1,000 runs, newest first; no run has nosuch"
            do! page.FillAsync("#filter", "")
            do! says page "1,000 runs, newest first"
        })

/// The colour of the dot before a run's state.
let private dotOf (page: IPage) (name: string) =
    evaluate<string>
        page
        $$"""(() => {
            const row = document.querySelector("tbody input[aria-label='compare {{name}}']").closest('tr');
            return getComputedStyle(row.querySelector('.state'), '::before').color;
        })()"""

let private warns (scheme: ColorScheme) (amber: string) =
    opened { wide with Scheme = scheme } "#filter=vae%2F099" (fun page ->
        task {
            let! dot = dotOf page "vae/0998"
            Expect.equal dot amber "no dot of a good run"
            let! good = dotOf page "vae/0999"
            Expect.notEqual good amber "which has its own"

            let cell =
                page.Locator("tbody td").Filter(LocatorFilterOptions(HasText = "warning"))

            let! text = cell.InnerTextAsync()
            Expect.stringContains text "finished" "words beside the colour"
            let! title = cell.GetAttributeAsync "title"
            Expect.equal title warning "what the warning says"
        })

let private sorts () =
    opened wide "" (fun page ->
        task {
            let head = page.Locator("thead button", PageLocatorOptions(HasText = "test nelbo"))
            do! head.FocusAsync()
            do! page.Keyboard.PressAsync "Enter"
            do! says page "1,000 runs, by test nelbo, ascending"
            do! scrolled page count
            let! ascending = column page "test nelbo"

            let told =
                ascending
                |> Array.filter ((<>) "")
                |> Array.map (fun text -> float (text.Replace("best ", "")))

            Expect.equal told (Array.sort told) "the least first"
            Expect.equal told[0] 100.0 "of all"
            let lacking = ascending |> Array.findIndex ((=) "")
            Expect.allEqual ascending[lacking..] "" "those without last"
            let! focus = evaluate<string> page "document.activeElement.textContent"
            Expect.equal focus "test nelbo" "the next key turns it round"
            do! page.Keyboard.PressAsync " "
            do! says page "1,000 runs, by test nelbo, descending"
            do! scrolled page count
            let! descending = column page "test nelbo"

            let most =
                List.max
                    [ for number in 0 .. count - 1 do
                          if number % 10 <> 7 && number % 50 <> 13 then
                              nelbo number ]

            Expect.equal descending[0] $"{most:F2}" "the most first"
            Expect.equal descending[lacking..] ascending[lacking..] "those without last again"
            let! _ = page.ReloadAsync()
            do! says page "1,000 runs, by test nelbo, descending"
        })

let private columns () =
    opened wide "#filter=vae%2F000" (fun page ->
        task {
            let! some = heads page

            Expect.equal
                some
                [| "run"
                   "state"
                   "script"
                   "data"
                   "when (+01:00)"
                   "test nelbo"
                   "latent"
                   "seed"
                   "test reconstruction"
                   "test kl"
                   "train loss"
                   "train reconstruction"
                   "train kl"
                   "train nelbo" |]
                "what runs are compared by, settings that differ, test figures first"

            do! page.FillAsync("#filter", "vae/000 latent=2")
            do! says page "4 of 1,000 runs, newest first"
            let! fewer = heads page
            Expect.isTrue (Array.contains "latent" fewer) "what was asked for stays"
            do! page.FillAsync("#filter", "vae/0000")
            do! says page "1 of 1,000 runs, newest first"
            let! one = heads page
            Expect.isFalse (Array.contains "seed" one) "one run differs from none"
            do! page.CheckAsync "#everything"
            let! all = heads page
            Expect.containsAll all [ "activation"; "epochs"; "kl-weight" ] "all"
            do! page.UncheckAsync "#everything"
            do! page.FillAsync("#filter", "")
            do! says page "1,000 runs, newest first"
            let! mixed = heads page
            Less.orEqual mixed.Length 18 "of several scripts, not a wall"
            Expect.containsAll mixed [ "test nelbo"; "fid lenet" ] "something of each"

            let! ends =
                evaluate<float[]>
                    page
                    "[...document.querySelectorAll('.runs thead th')].filter(h => /nelbo|fid/.test(h.textContent)).slice(0, 2).map(h => h.getBoundingClientRect().right)"

            for right in ends do
                Less.than right 1200.0 "of each script a figure that needs no scrolling"

            // A4, landscape, with 14 mm at each side.
            do! page.SetViewportSizeAsync(1017, 688)
            do! page.EmulateMediaAsync(PageEmulateMediaOptions(Media = Media.Print))

            let! width =
                evaluate<float>
                    page
                    "document.querySelector('.runs').getBoundingClientRect().right"

            Less.orEqual width 1017.0 "on paper every column"
        })

/// Runs of three scripts, and none of another year.
let private leavesRoom () =
    opened wide "#filter=started%3E2026" (fun page ->
        task {
            let! times = column page "when (2026, +01:00)"
            Expect.equal times[0] "03-01 16:39" "without the year, which is in the head"

            let! left =
                evaluate<float>
                    page
                    "[...document.querySelectorAll('.runs thead th')].find(head => head.textContent === 'test nelbo').getBoundingClientRect().left"

            Less.than left 560.0 "more than half for settings and figures"

            let! whole =
                evaluate<int>
                    page
                    "[...document.querySelectorAll('.runs thead th')].filter(head => head.getBoundingClientRect().right <= innerWidth - 24).length"

            Expect.isGreaterThanOrEqual whole 13 "columns that need no scrolling"
            do! page.FillAsync("#filter", "")
            do! says page "1,000 runs, newest first"
            let! times = column page "when (+01:00)"
            Expect.equal times[0] "2026-03-01 16:39" "with the year, where it tells runs apart"
        })

let private legend =
    "[...document.querySelectorAll('#overlay .legendtext')].map(text => text.textContent)"

/// Runs of two scripts: each setting has one value among those that have it.
let private comparesScripts () =
    opened wide "#filter=000" (fun page ->
        task {
            for name in [ "vae/0008"; "gan/0007" ] do
                do! page.Locator($"tbody input[aria-label='compare {name}']").CheckAsync()

            do! page.ClickAsync "#open"
            do! until page "document.querySelectorAll('#samples figcaption').length === 2"

            let! captions =
                evaluate<string[]>
                    page
                    "[...document.querySelectorAll('#samples figcaption')].map(caption => caption.textContent)"

            Expect.equal captions [| "vae/0008 · vae"; "gan/0007 · gan" |] "their scripts"
        })

let private compares (view: View) =
    opened view "#filter=vae%2F000" (fun page ->
        task {
            for place in [ 0; 1 ] do
                do! page.Locator("tbody input").Nth(place).FocusAsync()
                do! page.Keyboard.PressAsync " "

            let! label = textOf page "#open"
            Expect.equal label "compare 2 runs" "two"
            do! page.ClickAsync "#open"

            do!
                until
                    page
                    "document.querySelectorAll('#overlay .scatterlayer .trace').length === 2"

            let! figure = page.InputValueAsync "#figure"
            Expect.equal figure "test_nelbo" "the figure that models are compared by"
            let! names = evaluate<string[]> page legend

            Expect.equal
                names
                [| "vae/0009 · latent 2 · seed 1"; "vae/0008 · latent 32 · seed 0" |]
                "what tells them apart"

            let! hover =
                evaluate<string[]>
                    page
                    "(() => { const [line] = document.getElementById('overlay').data; return [line.hovertemplate, line.customdata[3]]; })()"

            Expect.equal
                hover
                [| "vae/0009 · epoch %{x} · test nelbo %{customdata}<extra></extra>"
                   "145.30" |]
                "under the pointer"

            let! samples =
                evaluate<string[]>
                    page
                    "[...document.querySelectorAll('#samples img')].map(image => image.getAttribute('src'))"

            Expect.equal
                samples
                [| "vae/0009/samples/samples.png"; "vae/0008/samples/samples.png" |]
                "samples"

            let! _ = page.SelectOptionAsync("#figure", "train_kl")
            do! until page "document.querySelector('#overlay .ytitle').textContent === 'train kl'"
            let! _ = page.ReloadAsync()
            do! until page "document.querySelector('#overlay .ytitle')?.textContent === 'train kl'"

            let! over =
                evaluate<float>
                    page
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"

            Expect.equal over 0.0 "no sideways scroll"

            let! beyond =
                evaluate<float>
                    page
                    "Math.max(...[...document.querySelectorAll('#overlay .main-svg, #samples img')].map(item => item.getBoundingClientRect().right)) - innerWidth"

            Less.than beyond 0.0 "within the page"
            do! page.ClickAsync "#none"
            do! until page "document.getElementById('comparison').hidden"
        })

let private opensSweep () =
    opened wide "#filter=kl-sweep%2F0013" (fun page ->
        task {
            do! says page "1 of 1,000 runs, newest first"
            let! best = column page "test nelbo"

            let least =
                List.min [ for weight in [ 0.1; 0.5; 1.0; 2.0 ] -> nelbo (13 + int weight) ]

            Expect.equal best [| $"best {least:F2}" |] "the best of its points"
            let! state = column page "state"
            Expect.equal state [| "finished, 4 of 4" |] "how many finished"
            do! page.Locator(".toggle").FocusAsync()
            do! page.Keyboard.PressAsync "Enter"
            do! until page $"{rowCount} === 5"
            let! heads = heads page
            Expect.contains heads "kl-weight" "what the points differ in"
            let! unsorted = column page "run"

            do!
                page
                    .Locator("thead button", PageLocatorOptions(HasText = "kl-weight"))
                    .ClickAsync()

            let! ascending = column page "run"

            Expect.equal
                ascending[1..]
                [| for weight in [ "0.1"; "0.5"; "1"; "2" ] -> $"kl-weight-{weight}" |]
                "below it, in order"

            Expect.equal unsorted ascending "also before a column is asked for"

            do!
                page
                    .Locator("thead button", PageLocatorOptions(HasText = "kl-weight"))
                    .ClickAsync()

            let! descending = column page "run"
            Expect.equal descending[1..] (Array.rev ascending[1..]) "turned round"

            let! link =
                evaluate<string>
                    page
                    "document.querySelectorAll('tbody a')[1].getAttribute('href')"

            Expect.equal link "kl-sweep/0013/kl-weight-2/report.html" "a page each"
            do! page.Locator("tbody input").First.CheckAsync()
            let! label = textOf page "#open"
            Expect.equal label "compare 4 runs" "a sweep's points"
            do! page.Locator(".toggle").ClickAsync()
            do! until page $"{rowCount} === 1"
        })

let private fits (width: int) =
    opened { telephone with Width = width } "#pictures=yes" (fun page ->
        task {
            let! over =
                evaluate<float>
                    page
                    "document.documentElement.scrollWidth - document.documentElement.clientWidth"

            Expect.equal over 0.0 "the page does not scroll sideways"

            let! sides =
                evaluate<float[]>
                    page
                    """(() => {
                        const place = document.querySelector('.sideways');
                        const left = () => document.querySelector('tbody th').getBoundingClientRect().left;
                        const before = left();
                        place.scrollLeft = 300;
                        return [place.scrollWidth - place.clientWidth, place.scrollLeft, before, left()];
                    })()"""

            Expect.isGreaterThan sides[0] 0.0 "the table does, in its place"
            Expect.equal sides[1] 300.0 "it moved"
            Expect.equal sides[2] sides[3] "the runs' names stay"
        })

/// The shown width of each thumbnail, and the points that a pixel of the original has.
let private thumbnails =
    """[...document.querySelectorAll('.thumbnail')].map(t => {
        const image = t.firstElementChild;
        return [t.clientWidth, image.clientWidth * 2 / image.naturalWidth];
    })"""

let private areSharp (view: View) =
    opened view "#filter=vae%2F0999&pictures=yes" (fun page ->
        task {
            do! until page "document.querySelector('.thumbnail img').naturalWidth > 0"
            let! shown = evaluate<float[][]> page thumbnails
            Expect.equal shown [| [| 233.0; 1.0 |] |] "eight whole images"
        })

let private listsWithoutScripts () =
    opened { desk with RunsScripts = false } "" (fun page ->
        task {
            let! links = page.Locator("li a").CountAsync()
            Expect.equal links (count + 80) "each run, and the points of twenty sweeps"
            let! isShown = page.Locator("li a").First.IsVisibleAsync()
            Expect.isTrue isShown "to be seen"
            let! isHidden = page.Locator("#filter").IsHiddenAsync()
            Expect.isTrue isHidden "what does nothing is not there"
        })

[<Tests>]
let tests =
    testSequenced (
        testList
            "Index in a browser"
            [ case "opens with the newest first, and asks for nothing" opens
              case "a text filters, and the address keeps it" filters
              case "a warning has a colour of its own, and its text" (fun () ->
                  warns ColorScheme.Light "rgb(180, 106, 0)")
              case "so in the dark" (fun () -> warns ColorScheme.Dark "rgb(229, 163, 75)")
              case "a key sorts by a column, another turns it round" sorts
              case "columns are those in which the shown runs differ" columns
              case "the first columns leave room, and times say what differs" leavesRoom
              case "two runs' curves in one chart, their samples beside one another" (fun () ->
                  compares wide)
              case "runs of two scripts are told apart by these" comparesScripts
              case "so on a telephone in the dark" (fun () ->
                  compares
                      { telephone with
                          Scheme = ColorScheme.Dark })
              case "a sweep opens into its points" opensSweep
              case "390 points are wide enough" (fun () -> fits 390)
              case "320 points are wide enough" (fun () -> fits 320)
              case "thumbnails are whole images, sharp, on a desk" (fun () -> areSharp desk)
              case "and on a telephone" (fun () -> areSharp telephone)
              case "without scripts there is a list" listsWithoutScripts ]
    )

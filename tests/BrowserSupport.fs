/// Pages opened in a browser: what the tests that do so share.
module Workbench.Tests.BrowserSupport

open System
open System.IO
open System.Threading.Tasks
open Expecto
open Microsoft.Playwright

/// How the page is looked at.
type View =
    { Width: int
      Height: int
      Ratio: float32
      Scheme: ColorScheme
      RunsScripts: bool }

let desk =
    { Width = 1280
      Height = 900
      Ratio = 1f
      Scheme = ColorScheme.Light
      RunsScripts = true }

let telephone =
    { desk with
        Width = 390
        Height = 844
        Ratio = 3f }

let private flags =
    [ "--no-sandbox"
      "--disable-gpu"
      "--disable-quic"
      "--no-first-run"
      "--disable-background-networking"
      "--disable-component-update"
      "--disable-sync" ]

let private executable () =
    match Environment.GetEnvironmentVariable "WORKBENCH_BROWSER" with
    | null
    | "" -> skiptest "WORKBENCH_BROWSER does not name a Chromium"
    | path when File.Exists path -> path
    | path -> failtestf "WORKBENCH_BROWSER is %s, which is not there" path

let private browser: Task<IBrowser> Lazy =
    lazy
        (task {
            // Before Playwright, whose driver lies beside one of the two engines' tests alone.
            let options = BrowserTypeLaunchOptions(ExecutablePath = executable (), Args = flags)
            let! playwright = Playwright.CreateAsync()
            return! playwright.Chromium.LaunchAsync options
        })

/// What a page asked for and complained of while it was open.
type Heard =
    { Requests: ResizeArray<string>
      Complaints: ResizeArray<string> }

let private listen (page: IPage) =
    let heard =
        { Requests = ResizeArray()
          Complaints = ResizeArray() }

    page.Request.Add(fun request -> heard.Requests.Add request.Url)
    page.PageError.Add heard.Complaints.Add

    page.Console.Add(fun message ->
        if message.Type = "error" || message.Type = "warning" then
            heard.Complaints.Add message.Text)

    heard

/// Opens a page's file and hands it over.
let showing (view: View) (path: string) (look: IPage -> Heard -> Task) : Task =
    task {
        let! browser = browser.Value

        let! context =
            browser.NewContextAsync(
                BrowserNewContextOptions(
                    ViewportSize = ViewportSize(Width = view.Width, Height = view.Height),
                    DeviceScaleFactor = view.Ratio,
                    ColorScheme = view.Scheme,
                    JavaScriptEnabled = view.RunsScripts
                )
            )

        let! page = context.NewPageAsync()
        let heard = listen page
        let! _ = page.GotoAsync $"file://{path}"
        do! look page heard
        do! context.CloseAsync()
    }

let evaluate<'T> (page: IPage) (script: string) : Task<'T> = page.EvaluateAsync<'T> script

/// A test of a page, which opens it when its turn comes.
let case name (test: unit -> Task) = testTask name { do! test () }

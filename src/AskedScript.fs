namespace Workbench

open System
open System.IO

/// A script that is known by its path alone, once this process runs: it is asked for its options in a process of its own. It says
/// first what it is, then for each line of options what they set, until its standard input ends; all of it is lines of JSON.
[<RequireQualifiedAccess>]
module AskedScript =

    /// Of such a process WORKBENCH_ASKED is 1.
    let private variable = "WORKBENCH_ASKED"

    let isThis: bool = Environment.GetEnvironmentVariable variable = "1"

    let private texts (values: string list) = Json.List(List.map Json.Text values)

    let private greeting (script: ScriptFile) =
        Json.Object
            [ "name", Json.Text script.Name
              "question", Json.Text script.Question
              "takes", texts script.Takes
              "own", texts (List.collect _.Names script.Own) ]

    /// The script's own options in force where some are given, and its defaults of the common ones by these.
    let private reply (script: ScriptFile) (question: string) =
        try
            let given =
                [ for option in Json.items (Json.parse question) do
                      match List.map Json.plain (Json.items option) with
                      | name :: values -> name, values
                      | [] -> () ]

            let own = [ for options in script.Own -> options.Read given ]

            let described =
                List.map2 (fun options cases -> options.Describe cases) script.Own own

            Json.Object
                [ "own", Json.Object(List.concat described)
                  "common", Json.Object(Settings.describe (script.Common own)) ]
        with BadInput complaint ->
            Json.Object [ "complaint", Json.Text complaint ]

    /// Answers for a script.
    let answer (script: ScriptFile) (input: TextReader) (output: TextWriter) : unit =
        let say (json: Json) =
            output.WriteLine(Json.line json)
            output.Flush()

        let rec goOn () =
            match input.ReadLine() with
            | null -> ()
            | question ->
                say (reply script question)
                goOn ()

        say (greeting script)
        goOn ()

    /// The script at a path as it tells of itself: its own options are read by its process, which lives until it is disposed.
    let start (path: string) : ScriptFile * IDisposable =
        let running = PointProcess.start variable path []
        let errors = running.StandardError.ReadToEndAsync()

        let rec hear () =
            match running.StandardOutput.ReadLine() with
            | null ->
                running.WaitForExit()

                if running.ExitCode = 130 then // Ctrl-C on a terminal, which reaches both
                    raise (OperationCanceledException())

                BadInput.fail
                    "--script: %s is no experiment: %s"
                    path
                    (PointProcess.reason running.ExitCode errors.Result)
            | line when line.StartsWith '{' -> Map.ofList (Json.fields (Json.parse line))
            | _ -> hear () // what a script prints by itself

        let told = hear ()

        let names field =
            [ for name in Json.items told[field] -> Json.plain name ]

        let read (given: (string * string list) list) =
            let own = given |> List.filter (fun (name, _) -> List.contains name (names "own"))
            let options = Json.List [ for name, values in own -> texts (name :: values) ]
            running.StandardInput.WriteLine(Json.line options)
            running.StandardInput.Flush()
            let answer = hear ()

            match answer.TryFind "complaint" with
            | Some complaint -> raise (BadInput(Json.plain complaint))
            | None -> answer

        let part field (answer: obj) =
            let answer = answer :?> Map<string, Json>
            Json.fields answer[field]

        { Name = Json.plain told["name"]
          Path = path
          Question = Json.plain told["question"]
          Takes = names "takes"
          Common = fun own -> Settings.read<Common>(Settings.options (part "common" own.Head))
          Own =
            [ { Names = names "own"
                Read = read >> box
                Describe = part "own"
                Help = fun () -> [] } ]
          Others = []
          Example = None },
        { new IDisposable with
            member _.Dispose() =
                running.StandardInput.Close()
                running.Dispose() }

namespace Workbench

open System

/// A point of a sweep that is under way: since when, what it told last, whether it trains several models, one after the other, and
/// the seconds that it will take, where that is known.
type private RunningPoint =
    { Started: int64
      Told: string list
      IsSeveral: bool
      Takes: float option }

/// What a sweep tells of its points, processes that say a line an epoch: on a terminal a line for each that is under way; elsewhere
/// lines as they start, after each quarter of their epochs, and as they end. `waiting` are those that are not finished yet.
type SweepProgress
    (screen: Screen, clock: TimeProvider, isQuiet, jobs: int, labels: string list, waiting: int) =
    let gate, count = obj (), labels.Length
    let widest = labels |> List.map String.length |> List.fold max 0
    let label = [ for label in labels -> label.PadRight widest ]
    let mutable running: Map<int, RunningPoint> = Map.empty
    let mutable waiting, took = waiting, ([]: float list)
    let mutable isStopped = false

    let elapsed point =
        clock.GetElapsedTime(point.Started).TotalSeconds

    let print index parts =
        if not isQuiet then
            label[index] :: List.ofArray ((String.concat "  " parts).Split "  ")
            |> Text.wrapParts screen.Width (widest + 2)
            |> List.iter screen.PrintWhole

    /// A point takes as long as those that ended did, or as those under way say; each free place takes the next point.
    let left () =
        let place (busy: float list) seconds =
            match List.sort busy with
            | first :: others when busy.Length >= jobs -> first + seconds :: others
            | busy -> seconds :: busy

        match if took.IsEmpty then List.choose _.Takes (List.ofSeq running.Values) else took with
        | [] -> []
        | _ when isStopped -> []
        | known ->
            let busy =
                [ for point in running.Values -> max 0.0 (List.average known - elapsed point) ]

            let ends = List.replicate waiting (List.average known) |> List.fold place busy
            [ $"about {Progress.duration (List.max (0.0 :: ends))} left" ]

    let line (index: int) (point: RunningPoint) =
        let rank part = if part < 3 then part else part + 1
        let told = point.Told |> List.mapi (fun part text -> rank part, text)

        (0, label[index]) :: told @ [ 3, Progress.duration (elapsed point) ]
        |> Progress.fit (screen.Width - 1)

    let draw () =
        if screen.IsLive && not isQuiet && not running.IsEmpty then
            let ended = $"{count - waiting - running.Count} of {count} points done"

            [ for KeyValue(index, point) in running -> line index point ]
            @ [ String.concat ", " (ended :: left ()) ]
            |> screen.Show

    let quarter epoch epochs =
        epoch * 4 / epochs > (epoch - 1) * 4 / epochs

    let change (what: unit -> unit) =
        lock gate (fun () ->
            what ()
            draw ())

    let ticking = new Threading.Timer((fun _ -> change ignore), null, 1000, 1000)

    do
        let before = if waiting < count then $", {count - waiting} of them finished" else ""

        if not isQuiet then
            let points = if count = 1 then "1 point" else $"{count} points"
            screen.Print $"{points}{before}, {jobs} at a time"

    /// A point's process starts.
    member _.Start(index: int) : unit =
        change (fun () ->
            waiting <- waiting - 1

            let point =
                { Started = clock.GetTimestamp()
                  Told = [ "starting" ]
                  IsSeveral = false
                  Takes = None }

            running <- running.Add(index, point)

            if not screen.IsLive then
                print index [ "started" ])

    /// A line of its output: of an epoch, or the name of one of several models, whose epochs do not tell how long the others take.
    member _.Hear(index: int, line: string) : unit =
        change (fun () ->
            let point = running[index]

            let next =
                match Progress.tryRead line with
                | Some(epoch, epochs, told, left) ->
                    if not screen.IsLive && epoch < epochs && quarter epoch epochs then
                        print index told

                    let takes = left |> Option.map (fun left -> elapsed point + left)

                    { point with
                        Told = told
                        Takes = (if point.IsSeveral then None else takes) }
                | None when line.EndsWith ':' ->
                    { point with
                        Told = [ line.TrimEnd ':' ]
                        IsSeveral = true }
                | None -> point

            running <- running.Add(index, next))

    /// Its process has ended, and this is to be said of it.
    member _.End(index: int, ending: Ending, result: string) : unit =
        change (fun () ->
            match ending with
            | Ending.Finished -> took <- elapsed running[index] :: took
            | Ending.Failed _ -> ()
            | Ending.Interrupted -> // not one of those that are done
                waiting <- waiting + 1
                isStopped <- true

            running <- running.Remove index
            let isLast = waiting = 0 && running.IsEmpty
            print index (result :: (if screen.IsLive || isLast then [] else left ())))

    interface IDisposable with
        member _.Dispose() =
            ticking.Dispose()

            lock gate (fun () ->
                running <- Map.empty
                screen.Show [])

namespace Workbench

open System
open System.IO
open System.Threading

/// Fetching published data sets: never what is there already, and nothing into place that is not whole and right.
[<RequireQualifiedAccess>]
module Download =

    /// Tells of itself, is not stopped, waits 15 s for an answer and 30 s for more of it, tries three times.
    let defaults: DownloadOptions =
        { Quiet = false
          Stop = CancellationToken.None
          Patience =
            { Connect = TimeSpan.FromSeconds 15.0
              Stall = TimeSpan.FromSeconds 30.0
              Tries = 3
              Backoff = TimeSpan.FromSeconds 1.0 } }

    /// The data set of that name, if it can be downloaded.
    let tryFind (name: string) : RemoteSet option =
        Remote.sets |> List.tryFind (fun set -> set.Name = name)

    let private missing (set: RemoteSet) (folder: string) =
        set.Files
        |> List.filter (fun file -> not (File.Exists(Path.Combine(folder, file.Name))))

    let private pause (options: DownloadOptions) (time: TimeSpan) =
        options.Stop.WaitHandle.WaitOne time |> ignore
        options.Stop.ThrowIfCancellationRequested()

    /// Tries one address as often as patience has it; what kept the file from coming, if it did not.
    let private fromAddress options (display: DownloadDisplay) (file: RemoteFile) part address =
        let rec tries number (delay: TimeSpan) =
            match Transfer.attempt options (address + file.Name) file part display.Reached with
            | Ok() -> None
            | Error(Passing why) when number < options.Patience.Tries ->
                display.Note $"{file.Name}: {address}: {why}; once more in {delay.TotalSeconds} s"
                pause options delay
                tries (number + 1) (delay * 2.0)
            | Error(Passing why | Lasting why) ->
                display.Note $"{file.Name}: {address}: {why}"
                Some $"{address}: {why}"

        tries 1 options.Patience.Backoff

    let private giveUp (set: RemoteSet) folder (file: RemoteFile) (faults: string list) =
        BadInput.fail
            "%s is not there and cannot be downloaded: %s: %s. Put %s into %s, or set WORKBENCH_DATA to the folder that holds %s/, or use --data glyphs"
            set.Name
            file.Name
            (String.Join("; ", List.rev faults))
            (String.Join(", ", missing set folder |> List.map _.Name))
            folder
            set.Name

    /// Fetches a file from the first address that has it, and gives the addresses in the order to try for the next file: those
    /// that failed come last.
    let private fetchFile options display (set: RemoteSet) folder addresses (file: RemoteFile) =
        let rec from untried failed faults part =
            match untried with
            | [] -> giveUp set folder file faults
            | address :: rest ->
                match fromAddress options display file part address with
                | None -> untried @ List.rev failed
                | Some fault -> from rest (address :: failed) (fault :: faults) part

        display.Begin file
        PartialFile.complete (Path.Combine(folder, file.Name)) (from addresses [] [])

    /// Fetches those files of the set that the folder lacks. Another process or thread that is at it already is waited for. Raises
    /// `BadInput` with one line where a file cannot be had or not be written, `OperationCanceledException` when stopped; what
    /// has come of a file by then is kept, and gone on from the next time.
    let fetchSet (options: DownloadOptions) (set: RemoteSet) (folder: string) : unit =
        if not (List.isEmpty (missing set folder)) then
            PartialFile.guarded folder (fun () -> Directory.CreateDirectory folder |> ignore)

            DownloadDisplay.show options.Quiet set.Name (fun display ->
                let waiting () =
                    display.Note $"another process is downloading into {folder}; waiting for it"

                FolderLock.holding options.Stop waiting folder (fun () ->
                    missing set folder
                    |> List.fold (fetchFile options display set folder) set.Addresses
                    |> ignore))

    /// WORKBENCH_MIRROR names an address below which folders lie as in `data/`; it replaces the published ones.
    let private withMirror (set: RemoteSet) =
        match Environment.GetEnvironmentVariable "WORKBENCH_MIRROR" with
        | null
        | "" -> set
        | mirror when mirror.StartsWith "http://" || mirror.StartsWith "https://" ->
            { set with
                Addresses = [ $"{mirror.TrimEnd '/'}/{set.Name}/" ] }
        | other ->
            BadInput.fail "WORKBENCH_MIRROR: %s does not begin with http:// or https://" other

    /// `fetchSet` from the published addresses, or from those below WORKBENCH_MIRROR.
    let fetch (options: DownloadOptions) (set: RemoteSet) (folder: string) : unit =
        fetchSet options (withMirror set) folder

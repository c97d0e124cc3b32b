namespace Workbench

open System
open System.IO
open System.Threading

/// One at a time in a folder, among processes and threads: whoever has the file `.lock` open for itself alone. The system takes
/// the lock from a process that dies, however it dies.
[<RequireQualifiedAccess>]
module FolderLock =
    let private pollEvery = TimeSpan.FromMilliseconds 100.0

    /// "Somebody else has it open" on Linux (EAGAIN), macOS (EAGAIN) and Windows (ERROR_SHARING_VIOLATION).
    let private isTaken (error: IOException) =
        List.contains error.HResult [ 11; 35; 0x80070020 ]

    let private tryOpen (path: string) =
        try
            Some(
                new FileStream(
                    path,
                    FileMode.OpenOrCreate,
                    FileAccess.Write,
                    FileShare.None,
                    4096,
                    FileOptions.DeleteOnClose
                )
            )
        with :? IOException as error when isTaken error ->
            None

    let rec private openAlone (stop: CancellationToken) (wait: unit -> unit) (path: string) =
        stop.ThrowIfCancellationRequested()

        match PartialFile.guarded path (fun () -> tryOpen path) with
        | Some file -> file
        | None ->
            wait ()
            stop.WaitHandle.WaitOne pollEvery |> ignore
            openAlone stop ignore path

    /// Runs `action` with the folder's lock, calling `waiting` once if another has it now. The file says which process has it.
    let holding
        (stop: CancellationToken)
        (waiting: unit -> unit)
        (folder: string)
        (action: unit -> unit)
        : unit =
        let path = Path.Combine(folder, ".lock")
        use file = openAlone stop waiting path

        PartialFile.guarded path (fun () ->
            file.SetLength 0L
            file.Write(Text.Encoding.ASCII.GetBytes $"{Environment.ProcessId}\n")
            file.Flush())

        action ()

    /// The folder's lock until it is disposed, or none where another has it.
    let tryHold (folder: string) : IDisposable option =
        tryOpen (Path.Combine(folder, ".lock"))
        |> Option.map (fun file -> file :> IDisposable)

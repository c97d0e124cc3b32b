namespace Workbench

open System
open System.IO
open System.Security.Cryptography
open System.Threading

/// Something the user gave us is wrong: a file, a folder, an option. The text is one line that names it, says what is wrong
/// and what to do; a script prints it on stderr and exits with code 2.
exception BadInput of string with
    override this.Message = this.Data0

    /// As F# Interactive shows it: the line alone, without a stack. A session loads data by a function, not by an option.
    override this.ToString() =
        "error: " + this.Data0.Replace("--data: ", "").Replace("--labels: ", "")

/// Raising `BadInput`.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module BadInput =
    /// One line, no longer than is worth printing, whatever a hostile file puts into it.
    let private oneLine (text: string) =
        let visible = String.map (fun c -> if Char.IsControl c then ' ' else c) text
        if visible.Length <= 2000 then visible else visible[..1999] + "..."

    /// Raises `BadInput` with a formatted text, made into one line.
    let fail format =
        Printf.ksprintf (fun text -> raise (BadInput(oneLine text))) format

    /// Raises `BadInput` with the complaint, "--option: what is wrong, what to do", unless the condition holds.
    let require (condition: bool) (complaint: string) : unit =
        if not condition then
            fail "%s" complaint

/// Opening what a user names, writing so that no reader ever sees half a file, and one at a time in a folder.
[<RequireQualifiedAccess>]
module Files =
    /// Opens the file `path` and hands its stream to `read`. A missing or unreadable file, a folder, and compressed data that does
    /// not unpack raise `BadInput` naming the path.
    let openRead (path: string) (read: FileStream -> 'T) : 'T =
        if String.IsNullOrWhiteSpace path then
            BadInput.fail "the name of a data file is empty: give the path of a file"

        if Directory.Exists path then
            BadInput.fail $"{path} is a folder: give the path of a file"

        if not (File.Exists path) then
            BadInput.fail $"{path} does not exist: check the path"

        try
            use stream =
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 <<< 16)

            read stream
        with
        | :? InvalidDataException ->
            BadInput.fail $"{path} is damaged: it does not unpack; fetch it again"
        | :? IOException
        | :? UnauthorizedAccessException
        | :? NotSupportedException as e -> BadInput.fail $"{path} cannot be read: {e.Message}"

    /// SHA-256 of what is in the file `path`, in hexadecimal; bad input as of `openRead`.
    let hash (path: string) : string =
        openRead path (SHA256.HashData >> Convert.ToHexStringLower)

    /// The next `count` bytes of the file `path`; `BadInput` where there are fewer.
    let take (path: string) (source: Stream) (count: int) : byte[] =
        let bytes = GC.AllocateUninitializedArray<byte> count

        if source.ReadAtLeast(bytes, count, throwOnEndOfStream = false) < count then
            BadInput.fail $"{path} is cut short: fetch it again"

        bytes

    /// Runs what writes `path`; where the system refuses, `BadInput` names it and says why and what to do.
    let guarded (path: string) (remedy: string) (write: unit -> 'T) : 'T =
        try
            write ()
        with
        | :? DirectoryNotFoundException ->
            BadInput.fail
                $"{path} cannot be written: its folder does not exist; make it, or {remedy}"
        | :? IOException
        | :? UnauthorizedAccessException as e ->
            let reason = e.Message.TrimEnd '.'
            BadInput.fail $"{path} cannot be written: {reason}; make room, or {remedy}"

    let private replaceWith (former: string option) (path: string) (write: Stream -> unit) =
        let temporary = $"{path}.{Guid.NewGuid():N}.tmp"

        try
            guarded path "choose another folder (what was there before is kept)" (fun () ->
                using (File.Create temporary) (fun file ->
                    write file
                    file.Flush true)

                match former with
                | Some former when File.Exists path -> File.Move(path, former, overwrite = true)
                | _ -> ()

                File.Move(temporary, path, overwrite = true))
        finally
            if File.Exists temporary then
                File.Delete temporary

    /// Writes the file `path` under a temporary name beside it, to the disk itself, then renames it, replacing what was there.
    /// When `write` fails, nothing is left behind and what was there stays; a full disk or a folder that is gone is `BadInput`.
    let replace (path: string) (write: Stream -> unit) : unit = replaceWith None path write

    /// `replace` that keeps what was there as `former`, once the new file is whole.
    let replaceKeeping (former: string) (path: string) (write: Stream -> unit) : unit =
        replaceWith (Some former) path write

    /// "Somebody else has it open" on Linux (EAGAIN), macOS (EAGAIN) and Windows (ERROR_SHARING_VIOLATION).
    let private isTaken (error: IOException) =
        List.contains error.HResult [ 11; 35; 0x80070020 ]

    let private lockOf (folder: string) = Path.Combine(folder, ".lock")

    let private hostWord = "host "
    let private touchedEvery = TimeSpan.FromSeconds 10.0

    /// The other machine whose process had the lock and touched it in the last minute. Locks of a shared file system may end at the
    /// machine, and a process of one that does not answer may be at work all the same.
    let private abroad (file: FileStream) : string option =
        use reader = new StreamReader(file, leaveOpen = true)

        let isFresh =
            DateTime.UtcNow - File.GetLastWriteTimeUtc file.SafeFileHandle <
                TimeSpan.FromMinutes 1.0

        let text = reader.ReadToEnd()

        if isFresh && text.StartsWith(hostWord, StringComparison.Ordinal) then
            Some(text.Substring(hostWord.Length).Trim())
            |> Option.filter ((<>) Environment.MachineName)
        else
            None

    /// The open lock with this machine's name in it, touched until it is let go of.
    let private kept (path: string) (file: FileStream) : IDisposable =
        let quietly (action: unit -> unit) =
            try
                action ()
            with
            | :? IOException
            | :? UnauthorizedAccessException -> () // the folder was taken away

        let touch () =
            lock file (fun () ->
                if file.CanWrite then
                    quietly (fun () ->
                        let text =
                            Text.Encoding.UTF8.GetBytes $"{hostWord}{Environment.MachineName}\n"

                        file.Position <- 0L
                        file.Write text
                        file.SetLength text.Length
                        file.Flush()))

        touch ()
        let touching = new Timer((fun _ -> touch ()), null, touchedEvery, touchedEvery)

        { new IDisposable with
            member _.Dispose() =
                touching.Dispose()

                lock file (fun () ->
                    // As long as it is held, where the system lets go of the name of an open file.
                    if not (OperatingSystem.IsWindows()) then
                        quietly (fun () -> File.Delete path)

                    quietly file.Dispose

                    if OperatingSystem.IsWindows() then
                        quietly (fun () -> File.Delete path)) }

    /// Who only looks (`isHeld`) is in the way for an instant: a lock that is taken is asked for again before that is believed.
    let rec private tryHoldAgain (tries: int) (folder: string) : IDisposable option =
        let path = lockOf folder

        try
            let file =
                new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)

            if (abroad file).IsSome then
                file.Dispose()
                None
            else
                Some(kept path file)
        with :? IOException as error when isTaken error ->
            if tries = 0 then
                None
            else
                Thread.Sleep 5
                tryHoldAgain (tries - 1) folder

    /// The folder for the caller alone, among processes and threads, until the result is disposed; none where another has it. The
    /// lock is the open file `.lock`: the system takes it from a process that dies, however it dies. That of another machine counts
    /// until a minute after it was touched last, for which the machines' clocks must agree.
    let tryHold (folder: string) : IDisposable option = tryHoldAgain 3 folder

    /// Opens the lock to look at it. Makes none where there is none, and leaves one that nobody holds as it is.
    let private look (found: FileStream -> 'T) (taken: 'T) (none: 'T) (folder: string) : 'T =
        try
            use file =
                new FileStream(lockOf folder, FileMode.Open, FileAccess.Read, FileShare.Read)

            found file
        with
        | :? IOException as error -> if isTaken error then taken else none
        | :? UnauthorizedAccessException -> none

    /// Whether somebody holds the folder.
    let isHeld (folder: string) : bool =
        look (abroad >> Option.isSome) true false folder

    /// The other machine that holds the folder, where its name can be read.
    let heldFrom (folder: string) : string option = look abroad None None folder

    /// `tryHold` that waits, after one call of `waiting`, for whoever has the folder. `OperationCanceledException` when stopped.
    let rec hold (stop: CancellationToken) (waiting: unit -> unit) (folder: string) : IDisposable =
        stop.ThrowIfCancellationRequested()

        match tryHold folder with
        | Some held -> held
        | None ->
            waiting ()
            stop.WaitHandle.WaitOne 100 |> ignore
            hold stop ignore folder

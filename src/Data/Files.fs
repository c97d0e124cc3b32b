namespace Workbench

open System
open System.IO

/// Opening what a user names, and writing so that no reader ever sees half a file.
[<RequireQualifiedAccess>]
module Files =
    /// Opens the file `path` and hands its stream to `read`. A missing or unreadable file, a folder, and compressed data that does
    /// not unpack raise `BadInput` naming the path.
    let openRead (path: string) (read: FileStream -> 'T) : 'T =
        if String.IsNullOrWhiteSpace path then
            BadInput.fail "the name of a data file is empty: give the path of a file"

        if Directory.Exists path then
            BadInput.fail "%s is a folder: give the path of a file" path

        if not (File.Exists path) then
            BadInput.fail "%s does not exist: check the path" path

        try
            use stream =
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 <<< 16)

            read stream
        with
        | :? InvalidDataException ->
            BadInput.fail "%s is damaged: it does not unpack; fetch it again" path
        | :? IOException
        | :? UnauthorizedAccessException
        | :? NotSupportedException as e -> BadInput.fail "%s cannot be read: %s" path e.Message

    /// Writes the file `path` under a temporary name beside it, to the disk itself, then renames it, replacing what was there.
    /// When `write` fails, nothing is left behind and what was there stays.
    let replace (path: string) (write: Stream -> unit) : unit =
        let temporary = $"{path}.{Guid.NewGuid():N}.tmp"

        try
            using (File.Create temporary) (fun file ->
                write file
                file.Flush true)

            File.Move(temporary, path, overwrite = true)
        finally
            File.Delete temporary

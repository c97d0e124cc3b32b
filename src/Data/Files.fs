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

    /// Removes a file that may be there, in a folder that may be gone.
    let private remove (path: string) =
        try
            File.Delete path
        with :? DirectoryNotFoundException ->
            ()

    let private replaceWith (path: string) (write: Stream -> unit) (former: string option) : unit =
        let temporary = $"{path}.{Guid.NewGuid():N}.tmp"

        try
            try
                using (File.Create temporary) (fun file ->
                    write file
                    file.Flush true)

                match former with
                | Some former when File.Exists path -> File.Move(path, former, overwrite = true)
                | _ -> ()

                File.Move(temporary, path, overwrite = true)
            with
            | :? IOException
            | :? UnauthorizedAccessException as e ->
                BadInput.fail
                    "%s cannot be written: %s; make room, or choose another folder (what was there before is kept)"
                    path
                    e.Message
        finally
            remove temporary

    /// Writes the file `path` under a temporary name beside it, to the disk itself, then renames it, replacing what was there.
    /// When `write` fails, nothing is left behind and what was there stays; a full disk or a folder that is gone is `BadInput`.
    let replace (path: string) (write: Stream -> unit) : unit = replaceWith path write None

    /// `replace` that keeps what was there as `former`, once the new file is whole.
    let replaceKeeping (former: string) (path: string) (write: Stream -> unit) : unit =
        replaceWith path write (Some former)

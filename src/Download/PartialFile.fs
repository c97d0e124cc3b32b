namespace Workbench

open System
open System.IO
open System.Security.Cryptography

/// A file under way, `NAME.part`, in the folder where it will be `NAME` when it is whole. What stops a download leaves it there,
/// for the next one to go on from.
[<RequireQualifiedAccess>]
module PartialFile =

    /// Does something to the file or folder `path`; where the system refuses, `BadInput` names it and says why.
    let guarded (path: string) (action: unit -> 'T) : 'T =
        try
            action ()
        with
        | :? IOException
        | :? UnauthorizedAccessException as e ->
            BadInput.fail
                "%s cannot be written: %s. Make room for it, or set WORKBENCH_DATA to another folder"
                path
                e.Message

    let private path (place: string) = place + ".part"

    /// Unbuffered, so that a full disk is noticed by the write that fills it.
    let private create (place: string) =
        guarded (path place) (fun () ->
            new FileStream(
                path place,
                FileMode.OpenOrCreate,
                FileAccess.ReadWrite,
                FileShare.None,
                bufferSize = 1
            ))

    /// Throws away what is there.
    let restart (part: FileStream) : unit =
        guarded part.Name (fun () -> part.SetLength 0L)

    /// Adds bytes at the end.
    let append (part: FileStream) (bytes: byte[]) (count: int) : unit =
        guarded part.Name (fun () ->
            part.Seek(0L, SeekOrigin.End) |> ignore
            part.Write(bytes, 0, count))

    /// SHA-256 of all that is there, in lower-case hexadecimal.
    let sha256 (part: FileStream) : string =
        guarded part.Name (fun () ->
            part.Seek(0L, SeekOrigin.Begin) |> ignore
            Convert.ToHexStringLower(SHA256.HashData(part: Stream)))

    /// Hands the partial file of `place` to `fill`, which makes it whole and right or raises, and then renames it. Nothing is left
    /// of a file that `fill` left empty.
    let complete (place: string) (fill: FileStream -> 'T) : 'T =
        let part = create place

        let filled =
            try
                let filled = fill part
                guarded part.Name (fun () -> part.Flush(flushToDisk = true))
                filled
            finally
                let isEmpty = part.Length = 0L
                part.Dispose()

                if isEmpty then
                    File.Delete part.Name

        guarded place (fun () -> File.Move(part.Name, place, overwrite = true))
        filled

namespace Workbench

open System
open System.IO

/// Something the user gave us is wrong: a file, a folder, an option. The text is one line that names it, says what is wrong
/// and what to do; a script prints it on stderr and exits with code 2.
exception BadInput of string with
    override this.Message = this.Data0

/// Raising `BadInput`, and the places where the operating system's complaints become one.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module BadInput =
    /// The longest text worth printing; what a hostile file puts into a message is cut there.
    let private longest = 2000

    let private oneLine (text: string) =
        let visible = String.map (fun c -> if Char.IsControl c then ' ' else c) text

        if visible.Length <= longest then
            visible
        else
            visible.Substring(0, longest) + "..."

    /// Raises `BadInput` with a formatted text, made into one line.
    let fail format =
        Printf.ksprintf (fun text -> raise (BadInput(oneLine text))) format

    /// Opens the file `path` for reading and hands its stream and length (bytes) to `read`. A missing or unreadable file, a
    /// folder, a file that is no plain file or a bad gzip stream raises `BadInput` naming the path.
    let openRead (path: string) (read: FileStream -> 'T) : 'T =
        if String.IsNullOrWhiteSpace path then
            fail "the name of a data file is empty: give the path of a file"

        if Directory.Exists path then
            fail "%s is a folder: give the path of a file" path

        if not (File.Exists path) then
            fail "%s does not exist: check the path" path

        try
            use stream =
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 <<< 16)

            read stream
        with
        | :? InvalidDataException -> fail "%s is damaged: it does not unpack; fetch it again" path
        | :? IOException
        | :? UnauthorizedAccessException
        | :? NotSupportedException as e -> fail "%s cannot be read: %s" path e.Message

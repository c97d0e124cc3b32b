namespace Workbench

open System

/// Something the user gave us is wrong: a file, a folder, an option. The text is one line that names it, says what is wrong
/// and what to do; a script prints it on stderr and exits with code 2.
exception BadInput of string with
    override this.Message = this.Data0

/// Raising `BadInput`.
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

    /// Raises `BadInput` with the complaint, "--option: what is wrong, what to do", unless the condition holds.
    let require (condition: bool) (complaint: string) : unit =
        if not condition then
            fail "%s" complaint

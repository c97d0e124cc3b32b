namespace Workbench

open System.Net

/// The little HTML that pages are made of. Contents are trusted where a name does not say that it encodes them.
[<RequireQualifiedAccess>]
module Html =
    let encode (text: string) : string = WebUtility.HtmlEncode text

    /// An element of trusted content; its attributes' values are encoded here.
    let element (name: string) (attributes: (string * string) list) (content: string) : string =
        let attributes =
            attributes
            |> List.map (fun (key, value) -> $" {key}=\"{encode value}\"")
            |> String.concat ""

        $"<{name}{attributes}>{content}</{name}>"

    /// `element` with a class.
    let classed (name: string) (kind: string) (content: string) : string =
        element name [ "class", kind ] content

    /// An element of text, which is encoded.
    let text (name: string) (content: string) : string = element name [] (encode content)

    /// What `render` gives of each, a line each.
    let all (render: 'T -> string) (items: 'T list) : string =
        items |> List.map render |> String.concat "\n"

namespace Plotly.NET

open System

/// A colour with its opacity, each part from 0 to 255.
type ARGB =
    { A: byte
      R: byte
      G: byte
      B: byte }

    static member create (a: int) (r: int) (g: int) (b: int) : ARGB =
        let part value =
            if value < 0 || value > 255 then
                failwith $"a part of a colour is 0 to 255, not {value}"

            byte value

        { A = part a
          R = part r
          G = part g
          B = part b }

    static member fromRGB (r: int) (g: int) (b: int) : ARGB = ARGB.create 255 r g b

/// A colour, several, or values on a colour scale.
type Color private (value: obj) =
    member internal _.Value = value

    static member fromARGB (a: int) (r: int) (g: int) (b: int) : Color = Color(ARGB.create a r g b)

    static member fromRGB (r: int) (g: int) (b: int) : Color = Color.fromARGB 255 r g b

    /// Six hexadecimal digits, with # before them or not.
    static member fromHex(s: string) : Color =
        match Convert.FromHexString(s.TrimStart '#') with
        | [| r; g; b |] -> Color.fromRGB (int r) (int g) (int b)
        | _ -> failwith $"{s} is not a colour of six hexadecimal digits"

    /// A CSS colour, written as it is given.
    static member fromString(c: string) : Color = Color c

    static member fromColors(c: Color seq) : Color =
        Color(c |> Seq.map _.Value |> Array.ofSeq)

    static member fromColorScaleValues(c: #IConvertible seq) : Color = Color c

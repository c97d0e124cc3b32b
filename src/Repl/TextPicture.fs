namespace Workbench

open System

/// Images as lines of text. A block character shows two by two dots; a dot, half as wide as it is high, stands for one pixel
/// across and two down.
[<RequireQualifiedAccess>]
module TextPicture =

    /// By the dots that are on: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
    let private blocks = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"

    /// One of the images, N x channels x height x width, its colours averaged.
    type private Image =
        { Images: FloatArray
          Index: int }

        member this.Channels = this.Images.Shape[1]
        member this.Height = this.Images.Shape[2]
        member this.Width = this.Images.Shape[3]

    let private grey (image: Image) y x =
        if y < image.Height && x < image.Width then
            Seq.init image.Channels (fun channel ->
                let plane = image.Index * image.Channels + channel
                image.Images.Values[(plane * image.Height + y) * image.Width + x])
            |> Seq.average
        else
            0f

    /// Lower than one half: what a young model has learnt is faint, and thin strokes fill half a dot.
    let private threshold = 0.35f

    let private isOn (image: Image) row column =
        let sum = grey image (2 * row) column + grey image (2 * row + 1) column
        sum / 2f > threshold

    let private block (image: Image) row column =
        let bit number down across =
            if isOn image (2 * row + down) (2 * column + across) then number else 0

        blocks[bit 1 0 0 + bit 2 0 1 + bit 4 1 0 + bit 8 1 1]

    let private across (width: int) = (width + 1) / 2
    let private down (height: int) = (height + 3) / 4

    let private line row (image: Image) =
        String(Array.init (across image.Width) (block image row))

    /// As many of the images, N x channels x height x width in [0, 1], as fit side by side into so many characters, and at least
    /// one: a string of lines without spaces at their ends.
    let row (characters: int) (images: FloatArray) : string =
        let fitting = max 1 ((characters + 1) / (across images.Shape[3] + 1))

        let shown =
            [ for index in 0 .. min fitting images.Shape[0] - 1 ->
                  { Images = images; Index = index } ]

        [ for row in 0 .. down images.Shape[2] - 1 ->
              (shown |> List.map (line row) |> String.concat " ").TrimEnd() ]
        |> String.concat "\n"

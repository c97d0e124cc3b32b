namespace Workbench

open System
open TorchSharp

/// Images as lines of text. A block character shows two by two dots; a dot, half as wide as it is high, stands for one pixel
/// across and two down.
[<RequireQualifiedAccess>]
module TextPicture =

    /// By the dots that are on: 1 upper left, 2 upper right, 4 lower left, 8 lower right.
    let private blocks = " ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█"

    /// An image's grey values, row by row.
    type private Image =
        { Height: int
          Width: int
          Values: float32[] }

    let private grey (image: Image) y x =
        if y < image.Height && x < image.Width then
            image.Values[y * image.Width + x]
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

    let private image (channels: int) height width (pixels: torch.Tensor) =
        use _ = torch.NewDisposeScope()
        let grey = pixels.reshape(int64 channels, -1L).mean [| 0L |]

        { Height = height
          Width = width
          Values = grey.to_type(torch.float32).cpu().contiguous().data<float32>().ToArray() }

    /// As many of the images, N x pixels in [0, 1], as fit side by side into so many characters, and at least one: a string of
    /// lines without spaces at their ends. Colours are averaged.
    let row (characters: int) (imageShape: int list) (images: torch.Tensor) : string =
        match imageShape with
        | [ channels; height; width ] ->
            use _ = torch.no_grad ()
            let fitting = max 1 ((characters + 1) / (across width + 1))
            let count = min fitting (int images.shape[0])

            let shown =
                [ for i in 0 .. count - 1 -> image channels height width images[int64 i] ]

            [ for row in 0 .. down height - 1 ->
                  (shown |> List.map (line row) |> String.concat " ").TrimEnd() ]
            |> String.concat "\n"
        | shape -> invalidArg (nameof imageShape) $"channels, height and width, not %A{shape}"

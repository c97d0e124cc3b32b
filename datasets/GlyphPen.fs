namespace Workbench

open System
open System.Runtime.CompilerServices

/// A point a pen passes. In a shape: across and down, each in about 0..1. On the image: in pixels.
[<Struct>]
type internal PenPoint =
    {
        X: float
        Y: float
        /// The pen turns sharply here.
        Corner: bool
        /// Of the pen, in pixels.
        Radius: float
    }

/// How the ten digits are written: for each, several ways, each a few strokes through some points.
[<RequireQualifiedAccess>]
module internal GlyphShapes =
    let private point (text: string) =
        let numbers = text.TrimEnd('!').Split ','

        { X = float numbers[0] / 100.0
          Y = float numbers[1] / 100.0
          Corner = text.EndsWith '!'
          Radius = 0.0 }

    /// A way to write a digit with how often it is chosen.
    let private way (often: int) (strokes: string list) =
        [ for stroke in strokes -> stroke.Split ' ' |> Array.map point ]
        |> List.toArray
        |> Array.replicate often

    /// In hundredths of the digit's height, from its upper left; `!` marks a corner.
    let private table =
        [| // 0: an oval from its top, a round one whose ends cross, a narrow one, one open at the top.
           [ way 4 [ "58,3 34,8 16,40 18,76 40,98 66,88 82,54 76,18 54,3" ]
             way 3 [ "62,8 40,2 16,28 10,64 30,96 60,94 84,64 84,28 62,4 44,10" ]
             way 2 [ "50,2 30,20 26,60 40,97 60,93 72,56 68,16 46,3" ]
             way 2 [ "48,6 24,22 14,60 34,96 64,92 82,58 74,20 56,1" ] ]
           // 1: a stroke, one with a flag, one with a flag and a foot.
           [ way 6 [ "50,0 50,50 50,100" ]
             way 3 [ "32,22 52,2! 51,50 50,100" ]
             way 1 [ "30,24 52,2! 52,50 51,98"; "28,99 52,98 78,99" ] ]
           // 2: a flat base, a looped one, a wavy one.
           [ way 3 [ "14,24 30,4 60,2 78,22 66,50 36,78 10,97! 45,94 88,96" ]
             way 3 [ "14,22 38,2 70,8 74,34 50,66 22,92 12,84 26,74 46,86 66,97 92,86" ]
             way 3 [ "12,30 30,6 64,4 76,28 54,62 16,94! 40,86 66,96 92,88" ] ]
           // 3: a sharp waist, a soft one, a flat top.
           [ way 4 [ "14,12 40,1 70,10 72,32 40,46! 74,54 82,78 56,98 26,98 8,86" ]
             way 3 [ "16,10 46,0 74,14 64,38 44,46 66,50 82,72 60,96 28,98 10,88" ]
             way 1 [ "16,4 46,4 78,4! 44,42! 74,50 82,76 58,98 28,98 12,88" ] ]
           // 4: open at the top, closed with a point, in one stroke.
           [ way 4 [ "24,6 12,52 34,62 88,52"; "74,4 68,50 62,100" ]
             way 2 [ "68,100 67,50 66,2! 38,34 8,66! 50,66 94,64" ]
             way 2 [ "18,10 16,46 38,56 68,44 78,8! 72,50 66,100" ]
             way 2 [ "30,2 20,30 8,56! 50,57 90,54"; "62,26 60,60 56,100" ] ]
           // 5: body then hat, hat then body in one stroke, round like an S.
           [ way 4 [ "34,6 28,46! 50,38 76,52 78,80 50,99 14,90"; "34,6 60,7 88,3" ]
             way 3 [ "84,4 56,5 34,8! 26,46! 52,38 78,54 76,82 48,99 14,92" ]
             way 2 [ "84,2 48,8 28,34 56,46 76,68 58,94 14,94" ] ]
           // 6: a curved stem, a straight one, one that begins with a hook.
           [ way 4 [ "68,2 38,24 18,60 24,92 52,98 76,80 66,58 40,58 22,76" ]
             way 3 [ "50,0 30,36 18,74 38,98 68,90 72,66 46,58 20,76" ]
             way 1 [ "76,12 58,2 30,26 16,66 34,97 68,88 70,62 42,58 20,76" ] ]
           // 7: plain, with a bar, with a hook at the left, with a round shoulder.
           [ way 4 [ "14,8 48,8 84,6! 64,44 46,100" ]
             way 2 [ "14,8 48,8 84,6! 64,46 46,100"; "36,54 60,52 84,50" ]
             way 2 [ "12,24 16,6! 50,10 84,4! 58,48 46,100" ]
             way 3 [ "12,14 40,4 76,6 72,34 54,66 44,100" ] ]
           // 8: one stroke in the shape of an S and back, two rings, an open top.
           [ way 4 [ "74,14 50,2 24,16 32,38 58,52 76,76 52,98 24,80 36,56 62,38 76,14" ]
             way
                 2
                 [ "50,2 26,14 28,38 50,46 72,36 72,12 46,2"
                   "50,46 22,62 24,92 52,99 78,88 76,60 48,46" ]
             way 3 [ "82,8 56,2 28,16 36,40 66,56 74,84 46,99 22,82 38,56 66,34 80,8" ] ]
           // 9: a ring and a straight stem, a curved tail, a small ring on a long stem.
           [ way 4 [ "74,18 50,4 22,18 20,42 44,52 70,38 76,12! 74,56 66,100" ]
             way 2 [ "76,18 48,3 20,22 24,46 52,50 76,22! 78,66 56,97 24,94" ]
             way 3 [ "70,12 42,4 20,24 30,44 58,38 72,6! 66,52 54,100" ] ] |]
        |> Array.map Array.concat

    /// One way to write `digit`, by how common it is.
    let choose (random: SplitMix) (digit: int) : PenPoint[][] =
        let ways = table[digit]
        ways[random.Below ways.Length]

/// From the points of a stroke to grey pixels: jitter, a smooth path, a size and place as in MNIST, and soft-edged ink.
[<RequireQualifiedAccess>]
module internal GlyphPen =
    /// Side of an image, in pixels.
    [<Literal>]
    let Side = 28

    /// MNIST's digits fill a box of 20 pixels.
    let private box = 20.0

    /// Steps of the path between two points of a stroke.
    let private steps = 6

    /// How one writer writes one digit. A point, which ends a stroke or does not, is shaken, widened, bowed, slanted and turned
    /// about the middle.
    let private hand (random: SplitMix) : bool -> PenPoint -> PenPoint =
        // Half the angle's tangent gives cosine and sine without a library call.
        let half = 0.05 * random.Bell()
        let norm = 1.0 + half * half
        let cos, sin = (1.0 - half * half) / norm, 2.0 * half / norm
        let width = random.Between(0.8, 1.25)
        let slant = 0.12 + 0.2 * random.Bell()
        let bow = 0.045 * random.Bell()
        let lean = 0.1 * random.Bell()
        let steady = random.Between(0.008, 0.038)

        fun isEnd p ->
            let shake = if isEnd then 1.5 * steady else steady
            let x = (p.X - 0.5 + shake * random.Bell()) * width
            let y = p.Y - 0.5 + shake * random.Bell()
            let x = x * (1.0 + lean * 2.0 * y) - slant * y + bow * (4.0 * y * y - 0.5)

            { p with
                X = cos * x - sin * y
                Y = sin * x + cos * y }

    /// One coordinate of the cubic from b to c whose slopes at its ends come from the neighbours a and d (Catmull and Rom).
    let private cubic a b c d t =
        b
        + 0.5
          * t
          * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))

    /// The path through the points: smooth, but for a turn at each corner.
    let private path (points: PenPoint[]) : PenPoint[] =
        let last = points.Length - 1

        let neighbour at beside =
            if beside < 0 || beside > last || points[at].Corner then
                points[at]
            else
                points[beside]

        [| for i in 0 .. last - 1 do
               let a, b, c, d =
                   neighbour i (i - 1), points[i], points[i + 1], neighbour (i + 1) (i + 2)

               for s in 0 .. steps - 1 do
                   let t = float s / float steps

                   { b with
                       X = cubic a.X b.X c.X d.X t
                       Y = cubic a.Y b.Y c.Y d.Y t }
           points[last] |]

    /// A path with the pen's radius: pressure drifts, and lifts a little at the ends.
    let private press (random: SplitMix) (radius: float) (path: PenPoint[]) =
        let drift, swell = 0.14 * random.Bell(), 0.1 * random.Bell()
        let lift = random.Between(0.0, 0.25)

        path
        |> Array.mapi (fun i point ->
            let t = 2.0 * float i / float (path.Length - 1) - 1.0
            let t4 = t * t * t * t
            let pressure = 1.0 + drift * t + swell * (1.0 - 2.0 * t * t) - lift * t4

            { point with
                Radius = radius * max 0.45 pressure })

    /// Scales the strokes to the box and puts their centre of mass near the image's middle.
    let private centre (random: SplitMix) (radius: float) (soft: float) (strokes: PenPoint[][]) =
        let points = Array.concat strokes
        let low (f: PenPoint -> float) = f (Array.minBy f points)
        let high (f: PenPoint -> float) = f (Array.maxBy f points)
        let left, top = low _.X, low _.Y
        let extent = max (high _.X - left) (high _.Y - top)
        let scale = (box * random.Between(0.9, 1.04) - 2.0 * radius) / extent
        let weight = points |> Array.sumBy _.Radius

        let mean (f: PenPoint -> float) =
            (points |> Array.sumBy (fun p -> p.Radius * f p)) / weight

        let middle = float (Side - 1) / 2.0
        // The outermost pixels stay free of ink.
        let margin = high _.Radius + soft

        let shift mean low high =
            let wanted = middle + 0.6 * random.Bell() - scale * mean
            let least, most = margin - scale * low, float (Side - 1) - margin - scale * high
            min (max wanted least) (max least most)

        let dx = shift (mean _.X) left (high _.X)
        let dy = shift (mean _.Y) top (high _.Y)

        let move (p: PenPoint) =
            { p with
                X = scale * p.X + dx
                Y = scale * p.Y + dy }

        strokes |> Array.map (Array.map move)

    /// Inks one piece of a path: at distance d the ink is a smooth step from 1 to 0 where d passes the radius. Compiled at once as
    /// well as can be: most of a first set would be drawn before .NET had noticed that it pays.
    [<MethodImpl(MethodImplOptions.AggressiveOptimization)>]
    let private inkPiece (image: float[]) (soft: float) (a: PenPoint) (b: PenPoint) =
        let reach = max a.Radius b.Radius + soft
        let first v = max 0 (int (ceil (v - reach)))

        let last v =
            min (Side - 1) (int (floor (v + reach)))

        let dx, dy = b.X - a.X, b.Y - a.Y
        let length2 = dx * dx + dy * dy + 1e-12

        for y in first (min a.Y b.Y) .. last (max a.Y b.Y) do
            for x in first (min a.X b.X) .. last (max a.X b.X) do
                let px, py = float x - a.X, float y - a.Y
                let along = min 1.0 (max 0.0 ((px * dx + py * dy) / length2))
                let ex, ey = px - along * dx, py - along * dy
                let radius = a.Radius + along * (b.Radius - a.Radius)
                let distance = sqrt (ex * ex + ey * ey)
                let step = min 1.0 (max 0.0 ((radius + soft - distance) / (2.0 * soft)))
                let at = y * Side + x
                image[at] <- max image[at] (step * step * (3.0 - 2.0 * step))

    /// Writes `digit` into `target`, 28 x 28 bytes from 0 (paper) to 255 (ink).
    let write (random: SplitMix) (digit: int) (target: Span<byte>) : unit =
        let hand = hand random
        let radius = min 2.0 (max 0.8 (1.3 + 0.3 * random.Bell()))
        let soft = random.Between(0.45, 0.85)
        let darkest = random.Between(0.94, 1.0)

        let place (points: PenPoint[]) =
            points |> Array.mapi (fun i -> hand (i = 0 || i = points.Length - 1))

        let strokes =
            GlyphShapes.choose random digit
            |> Array.map (place >> path >> press random radius)
            |> centre random radius soft

        let image = Array.zeroCreate<float>(Side * Side)

        for stroke in strokes do
            for a, b in Array.pairwise stroke do
                inkPiece image soft a b

        for i in 0 .. image.Length - 1 do
            target[i] <- byte (image[i] * darkest * 255.0 + 0.5)

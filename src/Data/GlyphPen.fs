namespace Workbench

/// A point of a pen's path on the image, in pixels, with the pen's radius there.
[<Struct>]
type internal Inked = { X: float; Y: float; Radius: float }

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

    /// How one writer writes one digit: a plane map and the shakiness of the hand.
    type private Hand =
        {
            Width: float
            Slant: float
            Bow: float
            Lean: float
            /// Cosine and sine of the rotation.
            Cos: float
            Sin: float
            Shake: float
        }

    let private hand (random: SplitMix) =
        // Half the angle's tangent gives cosine and sine without a library call.
        let half = 0.05 * random.Bell()
        let norm = 1.0 + half * half

        { Width = random.Between(0.8, 1.25)
          Slant = 0.12 + 0.2 * random.Bell()
          Bow = 0.045 * random.Bell()
          Lean = 0.1 * random.Bell()
          Cos = (1.0 - half * half) / norm
          Sin = 2.0 * half / norm
          Shake = random.Between(0.008, 0.038) }

    /// A point as this hand puts it: shaken, widened, bowed, slanted and turned about the middle.
    let private place (random: SplitMix) (hand: Hand) (isEnd: bool) (p: PenPoint) : PenPoint =
        let shake = if isEnd then 1.5 * hand.Shake else hand.Shake
        let x = (p.X - 0.5 + shake * random.Bell()) * hand.Width
        let y = p.Y - 0.5 + shake * random.Bell()

        let x =
            x * (1.0 + hand.Lean * 2.0 * y) - hand.Slant * y
            + hand.Bow * (4.0 * y * y - 0.5)

        { X = hand.Cos * x - hand.Sin * y
          Y = hand.Sin * x + hand.Cos * y
          Corner = p.Corner }

    /// One coordinate of the cubic from b to c whose slopes at its ends come from the neighbours a and d (Catmull and Rom).
    let private cubic a b c d t =
        b
        + 0.5
          * t
          * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))

    /// The path through the points: smooth, but for a turn at each corner.
    let private path (points: PenPoint[]) : struct (float * float)[] =
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
                   struct (cubic a.X b.X c.X d.X t, cubic a.Y b.Y c.Y d.Y t)
           struct (points[last].X, points[last].Y) |]

    /// The pen's radius along a stroke (pixels): pressure drifts, and lifts a little at the ends.
    let private press (random: SplitMix) (radius: float) (path: struct (float * float)[]) =
        let drift, swell = 0.14 * random.Bell(), 0.1 * random.Bell()
        let lift = random.Between(0.0, 0.25)

        path
        |> Array.mapi (fun i (struct (x, y)) ->
            let t = 2.0 * float i / float (path.Length - 1) - 1.0
            let t4 = t * t * t * t
            let pressure = 1.0 + drift * t + swell * (1.0 - 2.0 * t * t) - lift * t4

            { X = x
              Y = y
              Radius = radius * max 0.45 pressure })

    /// Scales the strokes to the box and puts their centre of mass near the image's middle.
    let private centre
        (random: SplitMix)
        (radius: float)
        (soft: float)
        (strokes: Inked[][])
        : Inked[][] =
        let points = Array.concat strokes

        let low (f: Inked -> float) =
            points |> Array.fold (fun n p -> min n (f p)) infinity

        let high (f: Inked -> float) =
            points |> Array.fold (fun n p -> max n (f p)) -infinity

        let left, top = low _.X, low _.Y
        let extent = max (high _.X - left) (high _.Y - top)
        let scale = (box * random.Between(0.9, 1.04) - 2.0 * radius) / extent
        let weight = points |> Array.sumBy _.Radius

        let mean (f: Inked -> float) =
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

        let move (p: Inked) =
            { p with
                X = scale * p.X + dx
                Y = scale * p.Y + dy }

        strokes |> Array.map (Array.map move)

    /// Inks one piece of a path: at distance d the ink is a smooth step from 1 to 0 where d passes the radius.
    let private inkPiece (image: float[]) (soft: float) (a: Inked) (b: Inked) =
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
                let ink = step * step * (3.0 - 2.0 * step)
                let at = y * Side + x

                if ink > image[at] then
                    image[at] <- ink

    /// Writes `digit` into `target`, 28 x 28 bytes from 0 (paper) to 255 (ink).
    let write (random: SplitMix) (digit: int) (target: System.Span<byte>) : unit =
        let hand = hand random
        let radius = min 2.0 (max 0.8 (1.3 + 0.3 * random.Bell()))
        let soft = random.Between(0.45, 0.85)
        let darkest = random.Between(0.94, 1.0)

        let placeStroke (points: PenPoint[]) =
            points
            |> Array.mapi (fun i -> place random hand (i = 0 || i = points.Length - 1))

        let strokes =
            GlyphShapes.choose random digit
            |> Array.map (placeStroke >> path >> press random radius)
            |> centre random radius soft

        let image = Array.zeroCreate<float>(Side * Side)

        for stroke in strokes do
            for i in 1 .. stroke.Length - 1 do
                inkPiece image soft stroke[i - 1] stroke[i]

        for i in 0 .. image.Length - 1 do
            target[i] <- byte (image[i] * darkest * 255.0 + 0.5)

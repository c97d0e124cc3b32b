namespace Workbench

open System
open System.Threading.Tasks

/// Coloured backgrounds in place of the photographs that MNIST-M is made with. A field is a number, mostly in 0..1, for each of
/// the 28 x 28 pixels.
[<RequireQualifiedAccess>]
module internal GlyphTextures =
    let private side = GlyphPen.Side

    let private smooth t = t * t * (3.0 - 2.0 * t)

    /// The field whose value at (x, y) is `value x y`.
    let inline private field ([<InlineIfLambda>] value: float -> float -> float) : float[] =
        let values = Array.zeroCreate<float>(side * side)

        for y in 0 .. side - 1 do
            for x in 0 .. side - 1 do
                values[y * side + x] <- value (float x) (float y)

        values

    /// Random values on a lattice `spacing` pixels wide, blended smoothly between its knots.
    let private noise (random: SplitMix) (spacing: float) : float[] =
        let knots = int (float side / spacing) + 3
        let values = Array.init (knots * knots) (fun _ -> random.Unit())
        let shiftX, shiftY = random.Unit(), random.Unit()

        field (fun x y ->
            let u, v = x / spacing + shiftX, y / spacing + shiftY
            let column, row = int u, int v
            let s, t = smooth (u - float column), smooth (v - float row)
            let at = row * knots + column
            let upper = values[at] + s * (values[at + 1] - values[at])
            let lower = values[at + knots] + s * (values[at + knots + 1] - values[at + knots])
            upper + t * (lower - upper))

    /// Three octaves, each half as wide and `rough` times as strong as the one before.
    let private octaves (random: SplitMix) : float[] =
        let spacing, rough = random.Between(6.0, 20.0), random.Between(0.35, 0.8)
        let whole = 1.0 + rough + rough * rough

        Array.map3
            (fun a b c -> (a + rough * b + rough * rough * c) / whole)
            (noise random spacing)
            (noise random (spacing / 2.0))
            (noise random (spacing / 4.0))

    /// A vector of length 1, without a library cosine.
    let private direction (random: SplitMix) =
        let x, y = random.Between(-1.0, 1.0), random.Between(-1.0, 1.0)
        let length = sqrt (x * x + y * y) + 1e-9
        struct (x / length, y / length)

    let private gradient (random: SplitMix) : float[] =
        let struct (dx, dy) = direction random
        field (fun x y -> 0.5 + (dx * (x - 13.5) + dy * (y - 13.5)) / float side)

    /// Soft stripes of one direction, bent by noise.
    let private stripes (random: SplitMix) : float[] =
        let struct (dx, dy) = direction random
        let period, bend = random.Between(4.0, 14.0), random.Between(0.0, 1.2)
        let phase = random.Unit()

        let along = field (fun x y -> (dx * x + dy * y) / period + phase)

        Array.map2
            (fun along waver ->
                let t = along + bend * waver
                smooth (abs (2.0 * (t - floor t) - 1.0)))
            along
            (noise random 9.0)

    /// Some round spots with soft rims.
    let private blobs (random: SplitMix) : float[] =
        let spot () =
            let cx, cy = random.Between(-2.0, 30.0), random.Between(-2.0, 30.0)
            let radius = random.Between(2.5, 7.0)

            field (fun x y ->
                let d2 = ((x - cx) * (x - cx) + (y - cy) * (y - cy)) / (radius * radius)
                1.0 / (1.0 + d2 * d2))

        List.init (3 + random.Below 5) (fun _ -> spot ())
        |> List.reduce (Array.map2 max)

    /// Two areas with a crisp, irregular border, as an object before its surroundings.
    let private areas (random: SplitMix) : float[] =
        let shape = noise random (random.Between(8.0, 18.0))

        Array.map2
            (fun shape slope ->
                smooth (min 1.0 (max 0.0 (6.0 * (0.6 * shape + 0.4 * slope - 0.5) + 0.5))))
            shape
            (gradient random)

    let private pattern (random: SplitMix) : float[] =
        match random.Below 6 with
        | 0 -> gradient random
        | 1 -> stripes random
        | 2 -> blobs random
        | 3 -> areas random
        | _ -> octaves random

    /// A colour around a common brightness, as in photographs: few are pure.
    let private colour (random: SplitMix) =
        let brightness, tint = random.Between(0.05, 0.95), random.Between(0.02, 0.22)
        Array.init 3 (fun _ -> brightness + tint * random.Bell())

    /// Fills `target`, 3 x 28 x 28 bytes (red, green, blue planes), with a texture of its own: two colours mixed by a pattern, a
    /// third one here and there, and grain.
    let paint (random: SplitMix) (target: System.Span<byte>) : unit =
        let one, other, third = colour random, colour random, colour random
        let mix, patches, grain = pattern random, octaves random, noise random 1.6
        let share, strength = random.Between(0.0, 0.9), random.Between(0.02, 0.25)

        for c in 0..2 do
            for i in 0 .. mix.Length - 1 do
                let mixed = one[c] + mix[i] * (other[c] - one[c])
                let patched = mixed + share * patches[i] * (third[c] - mixed)
                let value = patched + strength * (grain[i] - 0.5)
                target[c * mix.Length + i] <- byte (min 1.0 (max 0.0 value) * 255.0 + 0.5)

/// Images with their labels: N x 28 x 28 or N x 3 x 28 x 28, and N labels in 0..9.
type LabelledBytes = { Images: ByteArray; Labels: byte[] }

/// The embedded data set: ten classes of stroke-drawn digits, made from a seed by code, the same bytes on every platform: no file
/// and no network is needed. Classes are balanced, and the order is shuffled.
[<RequireQualifiedAccess>]
module Glyphs =
    /// The usual sets: 10,000 images from `trainSeed` and 2,000 from `testSeed`, which share no random numbers.
    let trainSeed, testSeed, trainCount, testCount = 1UL, 2UL, 10_000, 2_000

    let private side = GlyphPen.Side

    /// Each class in turn, then shuffled (Fisher and Yates).
    let private labels (seed: uint64) (count: int) =
        let random = SplitMix.OfItem(seed, -1)
        let labels = Array.init count (fun i -> byte (i % 10))

        for i in count - 1 .. -1 .. 1 do
            let j = random.Below(i + 1)
            let label = labels[i]
            labels[i] <- labels[j]
            labels[j] <- label

        labels

    /// `count` images of `shape` bytes each, image i drawn from a generator of its own, so that threads do not matter.
    let private make seed count (shape: int[]) (draw: SplitMix -> int -> Memory<byte> -> unit) =
        let labels = labels seed count
        let size = Arrays.count shape
        let bytes = Array.zeroCreate<byte>(count * size)

        let drawItem i =
            draw (SplitMix.OfItem(seed, i)) (int labels[i]) (Memory(bytes, i * size, size))

        Parallel.For(0, count, drawItem) |> ignore

        { Images =
            { Shape = Array.append [| count |] shape
              Bytes = bytes }
          Labels = labels }

    /// `count` grey digits, N x 28 x 28, 0 paper and 255 ink. Equal seeds give equal bytes; a shorter set is no prefix of a longer.
    let grey (seed: uint64) (count: int) : LabelledBytes =
        make seed count [| side; side |] (fun random digit target ->
            GlyphPen.write random digit target.Span)

    /// `count` digits on coloured textures by the recipe of MNIST-M, |background - digit| in each channel (Ganin et al., 2016):
    /// N x 3 x 28 x 28. The digits are those of `grey` with the same seed.
    let coloured (seed: uint64) (count: int) : LabelledBytes =
        make seed count [| 3; side; side |] (fun random digit target ->
            let ink = Array.zeroCreate<byte>(side * side)
            GlyphPen.write random digit (Span ink)
            let target = target.Span
            GlyphTextures.paint random target

            for i in 0 .. target.Length - 1 do
                target[i] <- byte (abs (int target[i] - int ink[i % ink.Length])))

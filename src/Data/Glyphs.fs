namespace Workbench

open System
open System.Threading.Tasks

/// Images with their labels: N x 28 x 28 or N x 3 x 28 x 28, and N labels in 0..9.
type LabelledBytes = { Images: ByteArray; Labels: byte[] }

/// The embedded data set: ten classes of stroke-drawn digits, made from a seed by code, the same bytes on every platform: no file
/// and no network is needed. Classes are balanced, and the order is shuffled.
[<RequireQualifiedAccess>]
module Glyphs =
    /// The usual sets: 10,000 images from `trainSeed` and 2,000 from `testSeed`, which share no random numbers.
    let trainSeed, testSeed, trainCount, testCount = 1UL, 2UL, 10_000, 2_000

    let private pixels = GlyphPen.Side * GlyphPen.Side

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
        let perImage = Array.fold (*) 1 shape
        let bytes = Array.zeroCreate<byte>(count * perImage)

        Parallel.For(
            0,
            count,
            fun i ->
                draw
                    (SplitMix.OfItem(seed, i))
                    (int labels[i])
                    (Memory(bytes, i * perImage, perImage))
        )
        |> ignore

        { Images =
            { Shape = Array.append [| count |] shape
              Bytes = bytes }
          Labels = labels }

    /// `count` grey digits, N x 28 x 28, 0 paper and 255 ink. Equal seeds give equal bytes; a shorter set is no prefix of a longer.
    let grey (seed: uint64) (count: int) : LabelledBytes =
        make seed count [| GlyphPen.Side; GlyphPen.Side |] (fun random digit target ->
            GlyphPen.write random digit target.Span)

    /// `count` digits on coloured textures by the recipe of MNIST-M, |background - digit| in each channel (Ganin et al., 2016):
    /// N x 3 x 28 x 28. The digits are those of `grey` with the same seed.
    let coloured (seed: uint64) (count: int) : LabelledBytes =
        make seed count [| 3; GlyphPen.Side; GlyphPen.Side |] (fun random digit target ->
            let ink = Array.zeroCreate<byte> pixels
            GlyphPen.write random digit (Span ink)
            let target = target.Span
            GlyphTextures.paint random target

            for i in 0 .. target.Length - 1 do
                target[i] <- byte (abs (int target[i] - int ink[i % pixels])))

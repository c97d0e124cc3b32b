module Workbench.Tests.GlyphsTests

open System
open System.Security.Cryptography
open Expecto
open Workbench

let private train = lazy (Glyphs.grey Glyphs.trainSeed Glyphs.trainCount)
let private test = lazy (Glyphs.grey Glyphs.testSeed Glyphs.testCount)

let private hash (bytes: byte[]) =
    Convert.ToHexStringLower(SHA256.HashData bytes)[..15]

let private image (set: LabelledBytes) i =
    let size = set.Images.Bytes.Length / set.Labels.Length
    ReadOnlySpan(set.Images.Bytes, i * size, size).ToArray()

/// The mean image of each class.
let private means (set: LabelledBytes) =
    [| for digit in 0uy .. 9uy ->
           let members =
               [| 0 .. set.Labels.Length - 1 |]
               |> Array.filter (fun i -> set.Labels[i] = digit)

           let sum = Array.zeroCreate<float> 784

           for i in members do
               image set i |> Array.iteri (fun p b -> sum[p] <- sum[p] + float b)

           sum |> Array.map (fun s -> s / float members.Length) |]

/// The share of images whose class mean is nearer than the other means.
let private accuracy (means: float[][]) (set: LabelledBytes) =
    let nearest i =
        let pixels = image set i

        means
        |> Array.map (fun mean ->
            Array.fold2 (fun d m b -> d + (m - float b) ** 2.0) 0.0 mean pixels)
        |> Array.indexed
        |> Array.minBy snd
        |> fst

    let right =
        Seq.init set.Labels.Length id
        |> Seq.filter (fun i -> nearest i = int set.Labels[i])

    float (Seq.length right) / float set.Labels.Length

[<Tests>]
let tests =
    testList
        "Glyphs"
        [ testCase "the same bytes every time, on every platform" (fun () ->
              let first = Glyphs.grey 1UL 100
              Expect.equal first (Glyphs.grey 1UL 100) "twice"
              Expect.equal (hash first.Images.Bytes) "2df8e9099c316bca" "grey"

              Expect.equal
                  (hash (Glyphs.coloured 1UL 100).Images.Bytes)
                  "cf90dc7d98f044ef"
                  "coloured")
          testCase "shapes, and classes in balance and shuffled" (fun () ->
              let set = train.Value
              Expect.equal set.Images.Shape [| 10_000; 28; 28 |] "grey"
              Expect.equal (Glyphs.coloured 1UL 20).Images.Shape [| 20; 3; 28; 28 |] "coloured"

              Expect.equal
                  (Array.countBy id set.Labels |> Array.sort)
                  [| for d in 0uy .. 9uy -> d, 1000 |]
                  "balance"

              let inOrder =
                  set.Labels |> Seq.indexed |> Seq.filter (fun (i, label) -> int label = i % 10)

              Expect.isTrue (Seq.length inOrder < 1500) "shuffled")
          testCase "train and test share no image" (fun () ->
              let hashes (set: LabelledBytes) =
                  Set.ofSeq (Seq.init set.Labels.Length (image set >> hash))

              let train, test = hashes train.Value, hashes test.Value
              Expect.equal (train.Count, test.Count) (10_000, 2_000) "no image twice"
              Expect.isTrue (Set.intersect train test).IsEmpty "disjoint")
          testCase "digits lie as MNIST's do" (fun () ->
              let set = train.Value
              let ink = Array.averageBy float set.Images.Bytes / 255.0
              Expect.isTrue (ink > 0.11 && ink < 0.15) $"MNIST's mean is 0.131, this is {ink}"

              for i in 0..999 do
                  let pixels = image set i

                  let border =
                      [ for n in 0..27 do
                            yield! [ n; 756 + n; 28 * n; 28 * n + 27 ] ]

                  Expect.isTrue
                      (border |> List.forall (fun at -> pixels[at] = 0uy))
                      $"image {i}: a free border"

                  Expect.isTrue (Array.max pixels > 150uy) $"image {i}: ink")
          testCase "a nearest-mean classifier is far above chance and far from perfect" (fun () ->
              let accuracy = accuracy (means train.Value) test.Value
              Expect.isTrue (accuracy > 0.6 && accuracy < 0.95) $"accuracy {accuracy}")
          testCase "coloured digits are the grey ones before a background" (fun () ->
              let grey, coloured = Glyphs.grey 7UL 50, Glyphs.coloured 7UL 50
              Expect.equal coloured.Labels grey.Labels "the labels"

              for i in 0..49 do
                  let ink, pixels = image grey i, image coloured i
                  // Where there is no ink the background shows; where there is, the channel is at least its distance from white.
                  let plain =
                      [ for p in 0..783 do
                            if ink[p] = 0uy then
                                pixels[p] ]

                  Expect.isTrue (List.length (List.distinct plain) > 3) $"image {i} has a texture") ]

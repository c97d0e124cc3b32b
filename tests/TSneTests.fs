module Workbench.Tests.TSneTests

open System
open System.Threading
open Expecto
open FsCheck
open Workbench
open Workbench.Tests.TensorSupport
open Workbench.Tests.TSneSupport

/// Three round clusters in 10 dimensions; point i is of cluster i % 3.
let private clusters (count: int) =
    normal 1 count 10
    |> Array2D.mapi (fun i k x -> if k = i % 3 then x + 12.0 else x)

let private brief =
    { TSne.defaults with
        Iterations = 120
        ExaggeratedIterations = 60
        Perplexity = 10.0 }

let private bits (positions: float32[,]) =
    positions
    |> Seq.cast<float32>
    |> Seq.map BitConverter.SingleToInt32Bits
    |> Array.ofSeq

let private positionsOf settings (rows: float[,]) =
    (TSne.run settings TSne.unwatched rows).Positions

let private finite (positions: float32[,]) =
    Expect.all (Seq.cast<float32> positions) Single.IsFinite "every coordinate is finite"

let private refuses (part: string) (act: unit -> unit) =
    let mutable text = ""

    try
        act ()
    with BadInput message ->
        text <- message

    Expect.stringContains text part "the message"

(* numpy and scikit-learn 1.2.1:
   i, k = np.arange(60)[:, None], np.arange(5)
   x = np.sin(1.3 * i + 0.7 * k * i + k * k)
   [trustworthiness(x, x[:, 1:3], n_neighbors=n) for n in (1, 5, 12)] *)
let private waves =
    Array2D.init 60 5 (fun i k -> sin (1.3 * float i + 0.7 * float (k * i) + float (k * k)))

(* i, k = np.arange(300)[:, None], np.arange(6)
   x = np.sin(0.05 * (k + 1) * i) + 0.2 * np.sin(1.3 * i * (k + 2) + k * k)
   t = TSNE(learning_rate="auto", init="pca", random_state=0)
   t.fit_transform(x.astype(np.float32)); t.kl_divergence_ *)
let private curve =
    Array2D.init 300 6 (fun i k ->
        sin (0.05 * float ((k + 1) * i))
        + 0.2 * sin (1.3 * float (i * (k + 2)) + float (k * k)))

[<Tests>]
let tests =
    testList
        "t-SNE"
        [ testCase "clusters that lie apart stay apart"
          <| fun () ->
              let positions = positionsOf TSne.defaults (clusters 240) |> Array2D.map float

              for i in 0..239 do
                  let nearest = byDistance positions i |> Array.truncate 40
                  Expect.all nearest (fun j -> j % 3 = i % 3) $"the 40 nearest of point {i}"

          testCase "the KL divergence reached is scikit-learn's"
          <| fun () ->
              let embedding = TSne.run TSne.defaults TSne.unwatched curve
              Expect.isLessThan embedding.Kl (0.23018643 * 1.02) "KL"
              Expect.isGreaterThan (TSne.trustworthiness 12 curve embedding.Positions) 0.999 "T"

          testCase "any number of threads gives the same bits, and so does the seed again"
          <| fun () ->
              let rows = clusters 701

              let run threads seed =
                  let settings =
                      { brief with
                          Threads = threads
                          Seed = seed }

                  let embedding = TSne.run settings TSne.unwatched rows
                  bits embedding.Positions, BitConverter.DoubleToInt64Bits embedding.Kl

              let one = run 1 0
              Expect.equal (run 2 0) one "2 threads"
              Expect.equal (run 4 0) one "4 threads"
              Expect.notEqual (fst (run 2 1)) (fst one) "another seed"

          testCase "single precision, double precision and whole numbers are read alike"
          <| fun () ->
              let rows = Array2D.init 64 3 (fun i k -> (i * (k + 3) * 7) % 32)

              let run rows =
                  bits (TSne.run brief TSne.unwatched rows).Positions

              let expected = bits (positionsOf brief (Array2D.map float rows))
              Expect.equal (run rows) expected "whole numbers"
              let single = TSne.run brief TSne.unwatched (Array2D.map float32 rows)
              Expect.equal (bits single.Positions) expected "single precision"

          testCase "the input is left as it was"
          <| fun () ->
              let rows = clusters 40
              let copy = Array2D.copy rows
              positionsOf brief rows |> ignore
              Expect.equal rows copy "the rows"

          testCase "progress is told every 50 iterations and the divergence falls"
          <| fun () ->
              let told = ResizeArray()

              let watch =
                  { TSne.unwatched with
                      Progress = fun iteration kl -> told.Add(iteration, kl) }

              let settings = { brief with Iterations = 320 }
              let embedding = TSne.run settings watch (clusters 150)
              Expect.equal (Seq.map fst told |> List.ofSeq) [ 50..50..320 ] "iterations"
              Expect.isLessThan (snd told[5]) (snd told[0]) "the divergence falls"
              close 0.02 embedding.Kl (snd told[5]) "the last is near the result's"
              let silent = TSne.run settings TSne.unwatched (clusters 150)

              Expect.equal
                  (bits embedding.Positions)
                  (bits silent.Positions)
                  "watching changes nothing"

          testCase "cancelling ends the run, before it starts or on the way"
          <| fun () ->
              let cancelled at =
                  use source = new CancellationTokenSource()
                  let mutable last = 0

                  let progress iteration _ =
                      last <- iteration

                      if iteration = at then
                          source.Cancel()

                  if at = 0 then
                      source.Cancel()

                  let watch: TSne.Watch =
                      { Progress = progress
                        Cancel = source.Token }

                  Expect.throwsT<OperationCanceledException>
                      (fun () -> TSne.run TSne.defaults watch (clusters 100) |> ignore)
                      $"cancelled at {at}"

                  last

              Expect.equal (cancelled 0) 0 "nothing was done"
              Expect.equal (cancelled 100) 100 "nothing was done after iteration 100"

          testCase "few points: all others are neighbours"
          <| fun () ->
              // Perplexity 30 would look at 91.
              finite (positionsOf { brief with Perplexity = 30.0 } (clusters 40))
              finite (positionsOf { brief with Perplexity = 1.0 } (clusters 2))

          testCase "points at one place, on a line, in one dimension, or far out do no harm"
          <| fun () ->
              finite (positionsOf brief (Array2D.create 100 4 3.0))
              finite (positionsOf brief (Array2D.init 100 3 (fun i _ -> float i)))
              finite (positionsOf brief (Array2D.init 100 1 (fun i _ -> float i)))

              finite (
                  positionsOf
                      brief
                      (Array2D.init 100 2 (fun i _ -> if i = 0 then 1e200 else float (i % 5)))
              )

          testCase "without iterations the start comes back: spread 1e-4 along the first axis"
          <| fun () ->
              let positions = positionsOf { brief with Iterations = 0 } (clusters 300)
              let x = [ for i in 0..299 -> float positions[i, 0] ]
              let mean = List.average x
              close 1e-6 (sqrt (List.averageBy (fun x -> (x - mean) ** 2.0) x)) 1e-4 "deviation"

          testCase "bad input is refused in one clear line"
          <| fun () ->
              let refusesRows part rows =
                  refuses part (fun () -> positionsOf brief rows |> ignore)

              let rows = clusters 50

              let spoilt value =
                  Array2D.mapi (fun i k x -> if i = 16 && k = 3 then value else x) rows

              refusesRows "point 17 of 50 is not finite" (spoilt nan)
              refusesRows "point 17 of 50 is not finite" (spoilt infinity)
              refusesRows "perplexity 10 needs more points than that, not 10" (clusters 10)
              refusesRows "nothing to place" (Array2D.zeroCreate 20 0)

              let refusesSettings part settings =
                  refuses part (fun () -> positionsOf settings rows |> ignore)

              refusesSettings
                  "perplexity must be at least 1, not 0.5"
                  { brief with Perplexity = 0.5 }

              refusesSettings "perplexity" { brief with Perplexity = nan }
              refusesSettings "theta must lie in 0 to 1, not -1" { brief with Theta = -1.0 }

              refusesSettings
                  "learning rate must be positive"
                  { brief with LearningRate = Some 0.0 }

              refusesSettings "exaggeration must be positive" { brief with Exaggeration = -2.0 }
              refusesSettings "iterations must be at least 0" { brief with Iterations = -1 }
              refusesSettings "threads must be at least 1" { brief with Threads = 0 }

          testProperty "points are as trustworthy as can be placed where they are, ties or not"
          <| fun (PositiveInt seed) ->
              let random = Random seed
              let rows = Array2D.init (8 + seed % 90) 3 (fun _ _ -> random.Next 4)
              Expect.equal (TSne.trustworthiness 3 rows rows) 1.0 "identity"

          testProperty "trustworthiness is its definition"
          <| fun (PositiveInt seed) ->
              let count, k = 30 + seed % 300, 1 + seed % 14
              let single rows = Array2D.map (float32 >> float) rows

              let rows, positions =
                  single (normal seed count 6), single (normal (seed + 1) count 2)

              let surplus i =
                  let rank = byDistance rows i |> Array.mapi (fun r j -> j, r + 1) |> Map

                  byDistance positions i
                  |> Array.truncate k
                  |> Array.sumBy (fun j -> max 0 (rank[j] - k))

              let n = float count
              let scale = 2.0 / (n * float k * (2.0 * n - 3.0 * float k - 1.0))
              let expected = 1.0 - scale * float (Seq.sumBy surplus (seq { 0 .. count - 1 }))
              close 1e-12 (TSne.trustworthiness k rows positions) expected "trustworthiness"

          testCase "trustworthiness is scikit-learn's"
          <| fun () ->
              for k, expected in
                  [ 1, 0.7129310344827586; 5, 0.7419230769230769; 12, 0.7909973226238286 ] do
                  let actual = TSne.trustworthiness k waves waves[*, 1..2]
                  close 1e-9 actual expected $"{k} neighbours"

          testCase "trustworthiness of what does not match is refused"
          <| fun () ->
              let rows = clusters 20

              let refuses part act =
                  refuses part (fun () -> act () |> ignore)

              refuses "20 points but 19 positions" (fun () ->
                  TSne.trustworthiness 3 rows rows[..18, *])

              refuses "fewer than half" (fun () -> TSne.trustworthiness 10 rows rows)
              refuses "at least 1" (fun () -> TSne.trustworthiness 0 rows rows) ]

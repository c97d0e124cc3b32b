module Workbench.TSne.Tests.TSneTests

open System
open System.Threading
open Expecto
open Workbench.Tests
open FsCheck
open Workbench.NeighbourEmbedding
open Workbench.TSne.Tests.Support

/// Three round clusters in 10 dimensions; point i is of cluster i % 3.
let private clusters (count: int) =
    normal 1 count 10
    |> Array2D.mapi (fun i k x -> if k = i % 3 then x + 12.0 else x)

let private brief =
    TSneSettings(Iterations = 120, ExaggeratedIterations = 60, Perplexity = 10.0)

let private place (settings: TSneSettings) (rows: float[,]) =
    TSne.Run(flat rows, Array2D.length1 rows, settings)

let private positionsOf settings rows = (place settings rows).Positions

/// N x 2.
let private inPlane (positions: float32[]) =
    Array2D.init (positions.Length / 2) 2 (fun i k -> float positions[2 * i + k])

let private trustworthiness k rows positions =
    TSne.Trustworthiness(flat rows, flat positions, Array2D.length1 rows, k)

let private bits (positions: float32[]) =
    Array.map BitConverter.SingleToInt32Bits positions

let private finite (positions: float32[]) =
    Expect.all positions Single.IsFinite "every coordinate is finite"

/// The exception of that kind whose message says so.
let private refuses<'Error when 'Error :> exn> (part: string) (act: unit -> unit) =
    Expect.throwsC act (fun error ->
        Expect.equal (error.GetType()) typeof<'Error> error.Message
        Expect.stringContains error.Message part "the message")

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

(* i, k = np.arange(2000)[:, None], np.arange(10)
   def h(i, k): x = np.sin(12.9898 * i + 78.233 * k) * 43758.5453; return x - np.floor(x)
   x = h(i, k) + 0.2 * h(-(1 + i % 10), k), placed as above *)
let private overlapping =
    let noise (i: int) (k: int) =
        let x = sin (12.9898 * float i + 78.233 * float k) * 43758.5453
        x - floor x

    Array2D.init 2000 10 (fun i k -> noise i k + 0.2 * noise (-(1 + i % 10)) k)

[<Tests>]
let tests =
    testList
        "t-SNE"
        [ testCase "clusters that lie apart stay apart"
          <| fun () ->
              let positions = positionsOf (TSneSettings()) (clusters 240) |> inPlane

              for i in 0..239 do
                  let nearest = byDistance positions i |> Array.truncate 40
                  Expect.all nearest (fun j -> j % 3 = i % 3) $"the 40 nearest of point {i}"

          testCase "the KL divergence reached is scikit-learn's"
          <| fun () ->
              let embedding = place (TSneSettings()) curve
              Less.than embedding.Kl (0.23018643 * 1.02) "KL"
              let trust = trustworthiness 12 curve (inPlane embedding.Positions)
              Expect.isGreaterThan trust 0.999 "T"

          testCase
              "clusters that overlap too much to be gathered are not drawn to one place for good"
          <| fun () ->
              let embedding = place (TSneSettings()) overlapping
              Less.than embedding.Kl (2.36314297 * 1.02) "KL, scikit-learn's"
              let trust = trustworthiness 12 overlapping (inPlane embedding.Positions)
              Expect.isGreaterThan trust (0.94138025 - 0.01) "T, scikit-learn's"

          testCase "any number of threads gives the same bits, and so does the seed again"
          <| fun () ->
              let rows = clusters 701

              let run threads seed =
                  let settings =
                      TSneSettings(
                          Iterations = 120,
                          ExaggeratedIterations = 60,
                          Threads = threads,
                          Seed = seed
                      )

                  let embedding = place settings rows
                  bits embedding.Positions, BitConverter.DoubleToInt64Bits embedding.Kl

              let one = run 1 0
              Expect.equal (run 2 0) one "2 threads"
              Expect.equal (run 4 0) one "4 threads"
              Expect.notEqual (fst (run 2 1)) (fst one) "another seed"

          testCase "progress is told every 50 iterations and the divergence falls"
          <| fun () ->
              let told = ResizeArray()

              let settings = TSneSettings(Iterations = 320, ExaggeratedIterations = 60)
              let rows = clusters 150

              let embedding =
                  TSne.Run(flat rows, 150, settings, fun iteration kl -> told.Add(iteration, kl))

              Expect.equal (Seq.map fst told |> List.ofSeq) [ 50..50..320 ] "iterations"
              Less.than (snd told[5]) (snd told[0]) "the divergence falls"
              close 0.02 embedding.Kl (snd told[5]) "the last is near the result's"
              let silent = positionsOf settings rows
              Expect.equal (bits embedding.Positions) (bits silent) "watching changes nothing"

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

                  let run () =
                      TSne.Run(flat (clusters 100), 100, null, progress, source.Token) |> ignore

                  Expect.throwsT<OperationCanceledException> run $"cancelled at {at}"

                  last

              Expect.equal (cancelled 0) 0 "nothing was done"
              Expect.equal (cancelled 100) 100 "nothing was done after iteration 100"

          testCase "few points: all others are neighbours"
          <| fun () ->
              // Perplexity 30 would look at 91.
              finite (positionsOf (TSneSettings(Iterations = 120)) (clusters 40))
              finite (positionsOf (TSneSettings(Iterations = 120, Perplexity = 1.0)) (clusters 2))

          testCase "points at one place, on a line, in one dimension, or far out do no harm"
          <| fun () ->
              finite (positionsOf brief (Array2D.create 100 4 3.0))
              finite (positionsOf brief (Array2D.init 100 3 (fun i _ -> float i)))
              finite (positionsOf brief (Array2D.init 100 1 (fun i _ -> float i)))

              finite (
                  positionsOf
                      brief
                      (Array2D.init 100 2 (fun i _ -> if i = 0 then 1e38 else float (i % 5)))
              )

          testCase "without iterations the start comes back: spread 1e-4 along the first axis"
          <| fun () ->
              let positions = positionsOf (TSneSettings(Iterations = 0)) (clusters 300)
              let x = [ for i in 0..299 -> float positions[2 * i] ]
              let mean = List.average x
              close 1e-6 (sqrt (List.averageBy (fun x -> (x - mean) ** 2.0) x)) 1e-4 "deviation"

          testCase "bad input is refused by an exception that names it"
          <| fun () ->
              let refusesRows part rows =
                  refuses<ArgumentException> part (fun () -> positionsOf brief rows |> ignore)

              let spoilt value =
                  Array2D.mapi (fun i k x -> if i = 16 && k = 3 then value else x) (clusters 50)

              refusesRows "point 17 of 50 is not finite (Parameter 'rows')" (spoilt nan)
              refusesRows "point 17 of 50 is not finite" (spoilt infinity)
              refusesRows "0 numbers do not make up 20 points" (Array2D.zeroCreate 20 0)
              refusesRows "0 numbers do not make up 0 points" (Array2D.zeroCreate 0 3)

              refuses<ArgumentException> "7 numbers do not make up 2 points" (fun () ->
                  TSne.Run(Array.zeroCreate<float32> 7, 2) |> ignore)

              let refusesSettings part settings =
                  refuses<ArgumentOutOfRangeException> part (fun () ->
                      positionsOf settings (clusters 10) |> ignore)

              refusesSettings
                  "must be at least 1 and less than the number of points, 10 (Parameter 'Perplexity')"
                  (TSneSettings(Perplexity = 10.0))

              for perplexity in [ 0.5; nan; infinity ] do
                  refusesSettings "'Perplexity'" (TSneSettings(Perplexity = perplexity))

              for theta in [ -1.0; 1.1; nan ] do
                  refusesSettings "'Theta'" (TSneSettings(Perplexity = 3.0, Theta = theta))

              for settings, name in
                  [ TSneSettings(Perplexity = 3.0, LearningRate = 0.0), "LearningRate"
                    TSneSettings(Perplexity = 3.0, Exaggeration = -2.0), "Exaggeration"
                    TSneSettings(Perplexity = 3.0, ExaggeratedIterations = -1),
                    "ExaggeratedIterations"
                    TSneSettings(Perplexity = 3.0, Iterations = -1), "Iterations"
                    TSneSettings(Perplexity = 3.0, Threads = 0), "Threads" ] do
                  refusesSettings $"'{name}'" settings

          testProperty "points are as trustworthy as can be placed where they are, ties or not"
          <| fun (PositiveInt seed) ->
              let random = Random seed
              let rows = Array2D.init (8 + seed % 90) 3 (fun _ _ -> float (random.Next 4))
              Expect.equal (trustworthiness 3 rows rows) 1.0 "identity"

          testProperty "trustworthiness is its definition"
          <| fun (PositiveInt seed) ->
              let count, k = 30 + seed % 300, 1 + seed % 14
              let rows, positions = normal seed count 6, normal (seed + 1) count 2

              let surplus i =
                  let rank = byDistance rows i |> Array.mapi (fun r j -> j, r + 1) |> Map

                  byDistance positions i
                  |> Array.truncate k
                  |> Array.sumBy (fun j -> max 0 (rank[j] - k))

              let n = float count
              let scale = 2.0 / (n * float k * (2.0 * n - 3.0 * float k - 1.0))
              let expected = 1.0 - scale * float (Seq.sumBy surplus (seq { 0 .. count - 1 }))
              close 1e-12 (trustworthiness k rows positions) expected "trustworthiness"

          testCase "trustworthiness is scikit-learn's"
          <| fun () ->
              for k, expected in
                  [ 1, 0.7129310344827586; 5, 0.7419230769230769; 12, 0.7909973226238286 ] do
                  let actual = trustworthiness k waves waves[*, 1..2]
                  close 1e-9 actual expected $"{k} neighbours"

          testCase "trustworthiness of what does not match is refused"
          <| fun () ->
              let rows = clusters 20

              let refuses part k positions =
                  refuses<ArgumentOutOfRangeException> part (fun () ->
                      trustworthiness k rows positions |> ignore)

              refuses "less than half of 20 points" 10 rows
              refuses "at least 1" 0 rows

              Expect.throwsT<ArgumentException>
                  (fun () -> trustworthiness 3 rows (normal 1 19 3) |> ignore)
                  "57 numbers are not 20 positions" ]

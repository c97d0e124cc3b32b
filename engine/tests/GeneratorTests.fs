/// Random tensors: streams, states, shares and ranges.
module Workbench.Tests.GeneratorTests

open System
open System.Runtime.InteropServices
open Expecto
open TorchSharp
open Workbench.Tests.TensorSupport
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

let private generator (seed: int64) =
    let generator = new torch.Generator()
    generator.manual_seed seed

let private whole (tensor: Tensor) =
    tensor.to_type(torch.int64).data<int64>().ToArray()

/// All kinds of draws, as numbers.
let private draws: (string * (torch.Generator -> float[])) list =
    [ "rand", (fun g -> elements (torch.rand ([| 37L |], generator = g)))
      "rand of doubles",
      (fun g -> elements (torch.rand ([| 37L |], dtype = torch.float64, generator = g)))
      "randn", (fun g -> elements (torch.randn ([| 5L; 7L |], generator = g)))
      "randn of doubles",
      (fun g -> elements (torch.randn ([| 37L |], dtype = torch.float64, generator = g)))
      "randint", (fun g -> elements (torch.randint (0L, 1000L, [| 37L |], generator = g)))
      "randperm", (fun g -> elements (torch.randperm (37L, generator = g)))
      "bernoulli",
      (fun g -> elements (torch.bernoulli (torch.full ([| 64L |], 0.5.ToScalar()), generator = g)))
      "normal_", (fun g -> elements (torch.zeros(37).normal_(0.0, 1.0, g)))
      "uniform_", (fun g -> elements (torch.zeros(37).uniform_(0.0, 1.0, g)))
      "bernoulli_", (fun g -> elements (torch.zeros(64).bernoulli_(0.5, g))) ]

let private streams =
    [ testCase "a seed has 64 bits, of which libtorch takes 32" (fun () ->
          use _ = torch.NewDisposeScope()

          for name, draw in draws do
              use one = generator 7L
              use other = generator (7L + (1L <<< 32))
              Expect.equal (draw one <> draw other) isManaged name)

      for name, draw in draws do
          testCase $"{name}: a seed decides, and the stream moves on" (fun () ->
              use _ = torch.NewDisposeScope()
              use one = generator 7L
              use two = generator 7L
              use other = generator 8L
              let first = draw one
              Expect.equal (draw two) first "the same seed"
              Expect.notEqual (draw other) first "another seed"
              Expect.notEqual (draw one) first "the next draw"
              one.manual_seed 7L |> ignore
              Expect.equal (draw one) first "seeded again")

          testCase $"{name}: a state saved and set continues the stream" (fun () ->
              use _ = torch.NewDisposeScope()
              use one = generator 11L
              draw one |> ignore
              let state = one.get_state ()
              let next = draw one
              use two = generator 0L
              two.set_state state
              Expect.equal (draw two) next "in another generator"
              one.set_state state
              Expect.equal (draw one) next "in the same one") ]

/// Fails when a share is more than five standard deviations from its probability.
let private expectShare what (p: float) (n: int) (hits: int) =
    let share = float hits / float n

    if abs (share - p) > 5.0 * sqrt (p * (1.0 - p) / float n) then
        failtestf "%s: %g where %g was expected" what share p

let private count = 200_000

let private properties =
    [ testCase "rand fills [0, 1) evenly" (fun () ->
          use _ = torch.NewDisposeScope()
          use g = generator 1L
          let x = elements (torch.rand ([| int64 count |], generator = g))
          Expect.all x (fun v -> v >= 0.0 && v < 1.0) "in range"

          for tenth in 0..9 do
              let hits = x |> Array.filter (fun v -> int (v * 10.0) = tenth) |> Array.length
              expectShare $"tenth {tenth}" 0.1 count hits)
      testCase "randn has the normal's moments and tails" (fun () ->
          use _ = torch.NewDisposeScope()
          use g = generator 2L
          let x = elements (torch.randn ([| int64 count |], generator = g))
          let mean = Array.average x
          let variance = x |> Array.averageBy (fun v -> v * v)
          Less.than (abs mean) (5.0 / sqrt (float count)) "mean 0"
          Less.than (abs (variance - 1.0)) (5.0 * sqrt (2.0 / float count)) "variance 1"

          expectShare
              "below -1"
              0.158655
              count
              (x |> Array.filter (fun v -> v < -1.0) |> Array.length)

          expectShare
              "above 2"
              0.022750
              count
              (x |> Array.filter (fun v -> v > 2.0) |> Array.length)

          expectShare
              "above 3"
              0.0013499
              count
              (x |> Array.filter (fun v -> v > 3.0) |> Array.length))
      testCase "randint takes each number as often" (fun () ->
          use _ = torch.NewDisposeScope()
          use g = generator 3L
          let x = whole (torch.randint (-3L, 4L, [| int64 count |], generator = g))
          Expect.all x (fun v -> v >= -3L && v < 4L) "in range"

          for v in -3L .. 3L do
              expectShare $"{v}" (1.0 / 7.0) count (x |> Array.filter ((=) v) |> Array.length))
      testCase "randperm is a permutation, and any element may come first" (fun () ->
          use _ = torch.NewDisposeScope()
          use g = generator 4L

          for n in [ 0L; 1L; 2L; 17L; 1000L ] do
              let order = whole (torch.randperm (n, generator = g))
              Expect.equal (Array.sort order) [| 0L .. n - 1L |] $"of {n}"

          let first =
              Array.init 5000 (fun _ -> (whole (torch.randperm (5L, generator = g)))[0])

          for v in 0L .. 4L do
              expectShare $"{v} first" 0.2 5000 (first |> Array.filter ((=) v) |> Array.length))
      testCase "bernoulli keeps each element's own probability" (fun () ->
          use _ = torch.NewDisposeScope()
          use g = generator 5L
          let p = torch.from_array([| 0.0f; 1.0f; 0.25f |]).expand([| int64 count; 3L |])
          let x = torch.bernoulli (p, generator = g)
          Expect.equal x.dtype torch.float32 "the type of the probabilities"
          let hits = elements (x.sum 0L) |> Array.map int
          Expect.equal hits[0] 0 "never"
          Expect.equal hits[1] count "always"
          expectShare "a quarter" 0.25 count hits[2])
      testCase "uniform_ and normal_ scale" (fun () ->
          use _ = torch.NewDisposeScope()
          use g = generator 6L
          let u = elements (torch.zeros(1000, dtype = torch.float64).uniform_(-2.0, 5.0, g))
          Expect.all u (fun v -> v >= -2.0 && v < 5.0) "in range"
          let n = torch.zeros(count, dtype = torch.float64).normal_(3.0, 0.5, g)

          Less.than (abs (n.mean().item<float>() - 3.0)) (2.5 / sqrt (float count)) "mean 3"

          Less.than (abs (n.std().item<float>() - 0.5)) (2.5 / sqrt (float count)) "deviation 0.5")
      testCase "a draw has no gradient for its probabilities" (fun () ->
          use _ = torch.NewDisposeScope()
          let p = torch.full ([| 3L |], 0.5.ToScalar(), requires_grad = true)
          use g = generator 1L
          let x = torch.bernoulli (p, generator = g)
          (x * p).sum().backward()
          Expect.equal (elements p.grad) (elements x) "that of the factor alone")
      testCase "randint in another type" (fun () ->
          use _ = torch.NewDisposeScope()
          let bytes = torch.randint (255L, 256L, [| 2L |], dtype = torch.uint8)
          Expect.equal bytes.dtype torch.uint8 "as asked"
          Expect.equal (elements bytes) [| 255.0; 255.0 |] "all that fits"

          Expect.equal
              (torch.randint(1L, 2L, [| 1L |], dtype = torch.bool).dtype)
              torch.bool
              "bools") ]

let private refusals: (string * Type * (unit -> Tensor)) list =
    [ "randint of nothing", typeof<ExternalException>, (fun () -> torch.randint (3L, 3L, [| 2L |]))
      "randint beyond bytes",
      typeof<ArgumentOutOfRangeException>,
      (fun () -> torch.randint (0L, 257L, [| 2L |], dtype = torch.uint8))
      "randint beyond bools",
      typeof<ExternalException>,
      (fun () -> torch.randint (0L, 3L, [| 2L |], dtype = torch.bool))
      "randint of a negative size",
      typeof<ExternalException>,
      (fun () -> torch.randint (0L, 2L, [| -1L |]))
      "rand of whole numbers",
      typeof<ArgumentException>,
      (fun () -> torch.rand ([| 2L |], dtype = torch.int64))
      "randn of whole numbers",
      typeof<ArgumentException>,
      (fun () -> torch.randn ([| 2L |], dtype = torch.int64))
      "rand_like of whole numbers",
      typeof<ExternalException>,
      (fun () -> torch.rand_like (torch.zeros (2, dtype = torch.int64)))
      "normal_ in whole numbers",
      typeof<ExternalException>,
      (fun () -> torch.zeros(2, dtype = torch.int64).normal_())
      "normal_ of a negative deviation",
      typeof<ExternalException>,
      (fun () -> torch.zeros(2).normal_(0.0, -1.0))
      "uniform_ in whole numbers",
      typeof<ExternalException>,
      (fun () -> torch.zeros(2, dtype = torch.int64).uniform_(0.0, 1.0))
      "uniform_ of an empty range",
      typeof<ExternalException>,
      (fun () -> torch.zeros(2).uniform_(1.0, 0.0))
      "bernoulli of whole numbers",
      typeof<ExternalException>,
      (fun () -> torch.bernoulli (torch.zeros (2, dtype = torch.int64)))
      "bernoulli of more than 1",
      typeof<ExternalException>,
      (fun () -> torch.bernoulli (torch.full ([| 2L |], 1.5.ToScalar())))
      "bernoulli of less than 0",
      typeof<ExternalException>,
      (fun () -> torch.bernoulli (torch.full ([| 2L |], (-0.5).ToScalar())))
      "bernoulli of NaN",
      typeof<ExternalException>,
      (fun () -> torch.bernoulli (torch.full ([| 2L |], nan.ToScalar(), dtype = torch.float64)))
      "bernoulli_ of more than 1",
      typeof<ExternalException>,
      (fun () -> torch.zeros(2).bernoulli_ 1.5)
      // These end the process on libtorch.
      if isManaged then
          "rand of a negative size", typeof<ExternalException>, (fun () -> torch.rand [| -1L |])
          "randperm of a negative number", typeof<ExternalException>, (fun () -> torch.randperm -1L)

          "a state of another type",
          typeof<ExternalException>,
          (fun () ->
              use g = generator 1L
              let state = torch.zeros 16
              g.set_state state
              state) ]

let private refusalCases =
    [ for name, kind, f in refusals do
          inScope $"{name} is refused" (fun () -> refused kind [] (fun () -> f () |> ignore)) ]

let private defaults =
    [ testCase "manual_seed restarts the default generator" (fun () ->
          use _ = torch.NewDisposeScope()
          let draw () = elements (torch.randn [| 9L |])
          torch.manual_seed 5L |> ignore
          let first = draw ()
          Expect.notEqual (draw ()) first "it moves on"
          torch.manual_seed 5L |> ignore
          Expect.equal (draw ()) first "and starts again") ]

[<Tests>]
let tests =
    testList
        "Random tensors"
        [ testList "streams" streams
          testList "properties" properties
          testList "refused" refusalCases
          testSequenced (testList "the default generator" defaults) ]

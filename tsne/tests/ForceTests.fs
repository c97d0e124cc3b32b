module Workbench.TSne.Tests.ForceTests

open System
open Expecto
open Workbench.Tests
open FsCheck
open Workbench.NeighbourEmbedding
open Workbench.TSne.Tests.Support

/// Repulsive forces and normaliser by all pairs, in double precision.
let private exact (positions: float[,]) =
    let count = Array2D.length1 positions
    let forces = Array.zeroCreate<float>(2 * count)
    let mutable normaliser = 0.0

    for i in 0 .. count - 1 do
        for j in 0 .. count - 1 do
            if i <> j then
                let q = 1.0 / (1.0 + squaredDistance positions i j)
                normaliser <- normaliser + q

                for axis in 0..1 do
                    let d = positions[i, axis] - positions[j, axis]
                    forces[2 * i + axis] <- forces[2 * i + axis] + q * q * d

    forces, normaliser

let private repulsion threads theta (positions: float[,]) =
    let tree = QuadTree(Array2D.length1 positions)
    let forces = Array.zeroCreate<float32>(2 * tree.Count)
    tree.Build(flat positions)
    let normaliser = Repulsion.Compute(work threads, theta, tree, forces)
    forces, normaliser

let private attraction (affinities: Affinities) (positions: float32[]) =
    let forces = Array.zeroCreate<float32> positions.Length

    for chunk in 0 .. Attraction.Chunks affinities - 1 do
        Attraction.Forces(affinities, positions, forces, chunk)

    forces

let private someAffinities count =
    let neighbours = Neighbours(work 1, 20, points (normal 1 count 4))
    Affinities(work 1, neighbours, Calibration.Conditional(work 1, 6.0, neighbours))

/// KL(P || Q) by its definition.
let private divergence (affinities: Affinities) (positions: float[,]) =
    let _, normaliser = exact positions

    Seq.sum (
        seq {
            for i in 0 .. affinities.Count - 1 do
                for at in affinities.Start[i] .. affinities.Start[i + 1] - 1 do
                    let p = float affinities.Value[at]

                    if p > 0.0 then
                        let distance = squaredDistance positions i affinities.Index[at]
                        p * log (p * (1.0 + distance) * normaliser)
        }
    )

/// Positions in few bunches, some at the same place.
let private bunches (seed: int) count =
    let random = Random seed
    let spread = normal seed count 2
    let scale = 10.0 ** (random.NextDouble() * 6.0 - 4.0)
    let size = [| for _ in 1..4 -> random.NextDouble() * scale |]

    Array2D.init count 2 (fun i k ->
        float (
            float32 (
                scale * float (i % 4 * (k + 1))
                + (if i % 7 = 0 then 0.0 else size[i % 4] * spread[i, k])
            )
        ))

[<Tests>]
let tests =
    testList
        "t-SNE forces"
        [ testProperty "each node of the tree stands for its points, and its children share them"
          <| fun (PositiveInt seed) ->
              let positions = bunches seed (1 + seed % 300)
              let tree = QuadTree(Array2D.length1 positions)
              tree.Build(flat positions)
              Expect.equal (Array.sort tree.Order) [| 0 .. tree.Count - 1 |] "every point once"

              Expect.equal
                  (tree.Nodes[0].First, tree.Nodes[0].Last)
                  (0, tree.Count)
                  "the root has all"

              Expect.equal tree.Nodes[0].Next tree.Nodes.Length "the root is the first node"

              for at in 0 .. tree.Nodes.Length - 1 do
                  let node = tree.Nodes[at]
                  let points = [ for r in node.First .. node.Last - 1 -> tree.Order[r] ]

                  let mean axis =
                      points |> List.averageBy (fun i -> positions[i, axis])

                  let values axis =
                      points |> List.map (fun i -> positions[i, axis])

                  let extent axis =
                      List.max (values axis) - List.min (values axis)

                  let size = max (extent 0) (extent 1)
                  close 1e-5 (float node.X) (mean 0) "mean x"
                  close 1e-5 (float node.Y) (mean 1) "mean y"
                  close 1e-5 (float node.Mass) (float points.Length) "mass"
                  close 1e-4 (float node.SquaredSize) (size * size) "size"
                  let mutable child = at + 1
                  let mutable first = node.First

                  while child < node.Next do
                      Expect.equal tree.Nodes[child].First first "children follow each other"
                      first <- tree.Nodes[child].Last
                      child <- tree.Nodes[child].Next

                  if node.Next > at + 1 then
                      Expect.equal first node.Last "children have all points"

          testProperty "with theta 0 repulsion is that of all pairs"
          <| fun (PositiveInt seed) ->
              let positions = bunches seed (2 + seed % 150)
              let expected, normaliser = exact positions
              let forces, z = repulsion 2 0.0 positions
              close 1e-5 z normaliser "the normaliser"
              Less.than (relativeError (Seq.map float forces) expected) 1e-4 "forces"

          testCase "with theta 0.5 forces are near the exact ones, with theta 0.2 nearer"
          <| fun () ->
              for scale in [ 1e-4; 1.0; 30.0 ] do
                  let positions = normal 3 1500 2 |> Array2D.map ((*) scale)
                  let expected, normaliser = exact positions

                  let error theta =
                      let forces, z = repulsion 2 theta positions
                      close (0.02 * theta) (z / normaliser) 1.0 "the normaliser"
                      relativeError (Seq.map float forces) expected

                  Less.than (error 0.5) 0.02 $"theta 0.5, scale {scale}"
                  Less.than (error 0.2) 0.002 $"theta 0.2, scale {scale}"

          testCase "a cell with points of the group is never taken for one point, even with theta 1"
          <| fun () ->
              let positions = normal 4 400 2
              let expected, normaliser = exact positions
              let forces, z = repulsion 1 1.0 positions
              close 0.05 (z / normaliser) 1.0 "the normaliser"
              Less.than (relativeError (Seq.map float forces) expected) 0.1 "forces"

          testCase "the gradient from forces is the derivative of the KL divergence"
          <| fun () ->
              let count = 40
              let affinities = someAffinities count
              let positions = normal 5 count 2
              let repulsion, normaliser = repulsion 1 0.0 positions
              let attraction = attraction affinities (flat positions)

              let gradient =
                  Array.map2
                      (fun a r -> 4.0 * (float a - float r / normaliser))
                      attraction
                      repulsion

              let step = 1e-5

              let difference at =
                  let moved by =
                      let copy = Array2D.copy positions
                      copy[at / 2, at % 2] <- copy[at / 2, at % 2] + by
                      divergence affinities copy

                  (moved step - moved -step) / (2.0 * step)

              let expected = Array.init (2 * count) difference
              Less.than (relativeError gradient expected) 1e-5 "the gradient"

          testCase "the sums of the KL divergence are its definition"
          <| fun () ->
              let affinities = someAffinities 100
              let positions = normal 6 100 2 |> Array2D.map (fun x -> float (float32 (5.0 * x)))
              let _, normaliser = repulsion 1 0.0 positions
              let energy = Attraction.Energy(work 2, affinities, flat positions)
              let kl = affinities.NegativeEntropy() + energy + log normaliser
              close 1e-5 kl (divergence affinities positions) "KL" ]

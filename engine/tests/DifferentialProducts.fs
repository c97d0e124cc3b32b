/// Products of matrices, convolutions both ways, pooling.
module Workbench.Tests.DifferentialProducts

open TorchSharp
open Workbench.Tests.DifferentialInputs
open Workbench.Tests.DifferentialOutcome
open Workbench.Tests.DifferentialTable

type private Tensor = torch.Tensor
type private F = torch.nn.functional

let private matrixPairs: (int64 list * int64 list) list =
    [ [ 1L; 1L ], [ 1L; 1L ]
      [ 2L; 3L ], [ 3L; 4L ]
      [ 5L; 7L ], [ 7L; 5L ]
      [ 17L; 33L ], [ 33L; 9L ]
      [ 1L; 70L ], [ 70L; 3L ]
      [ 64L; 16L ], [ 16L; 64L ]
      [ 67L; 1L ], [ 1L; 35L ]
      [ 33L; 65L ], [ 65L; 70L ]
      [ 2L; 0L ], [ 0L; 3L ]
      [ 0L; 3L ], [ 3L; 2L ] ]

let private matrices: Input list list =
    [ for left, right in matrixPairs do
          [ f32 left; f32 right ]
          [ f64 left; f64 right ]
      for left in [ id; transposed; strided; expanded ] do
          for right in [ id; transposed; strided; expanded ] do
              [ left (f32 [ 9L; 13L ]); right (f32 [ 13L; 11L ]) ]
      [ transposed (f64 [ 4L; 5L ]); transposed (f64 [ 5L; 3L ]) ]
      [ edges (f32 [ 3L; 5L ]); f32 [ 5L; 4L ] ]
      [ i64 [ 2L; 3L ]; i64 [ 3L; 2L ] ]
      [ u8 [ 2L; 3L ]; u8 [ 3L; 2L ] ] ]
    |> List.distinct

let private unfitMatrices: Input list list =
    [ [ f32 [ 2L; 3L ]; f32 [ 2L; 3L ] ]
      [ f32 [ 2L; 3L ]; f64 [ 3L; 2L ] ]
      [ bools [ 2L; 3L ]; bools [ 3L; 2L ] ] ]

/// Vectors, and batches that stretch.
let private batches: Input list list =
    [ for left, right in
          [ [ 3L ], [ 3L ]
            [ 3L ], [ 3L; 2L ]
            [ 2L; 3L ], [ 3L ]
            [ 4L; 2L; 3L ], [ 3L; 5L ]
            [ 4L; 2L; 3L ], [ 4L; 3L; 5L ]
            [ 4L; 2L; 3L ], [ 1L; 3L; 5L ]
            [ 2L; 1L; 3L; 4L ], [ 5L; 4L; 2L ]
            [ 4L; 2L; 3L ], [ 3L ]
            [ 3L ], [ 4L; 3L; 2L ]
            [ 0L; 2L; 3L ], [ 3L; 2L ] ] do
          [ f32 left; f32 right ]
          [ f64 left; f64 right ]
      [ transposed (f32 [ 4L; 5L; 3L ]); transposed (f32 [ 4L; 3L; 7L ]) ]
      [ expanded (f32 [ 4L; 5L; 3L ]); strided (f32 [ 4L; 3L; 7L ]) ] ]

let private unfitBatches: Input list list =
    [ [ f32 [ 4L; 2L; 3L ]; f32 [ 2L; 3L; 5L ] ]
      [ f32 []; f32 [ 3L ] ]
      [ f32 [ 3L ]; f32 [ 2L ] ] ]

let private vectors: Input list list =
    [ for left, right in [ 3L, 3L; 70L, 70L; 1L, 1L; 0L, 0L; 2L, 3L ] do
          [ f32 [ left ]; f32 [ right ] ]
          [ f64 [ left ]; f64 [ right ] ]
      [ strided (f32 [ 33L ]); f32 [ 33L ] ]
      [ f32 [ 2L; 2L ]; f32 [ 2L ] ]
      [ i64 [ 3L ]; i64 [ 3L ] ]
      [ f32 [ 3L ]; f64 [ 3L ] ] ]

let private layers: Input list list =
    [ for make in [ f32; f64 ] do
          [ make [ 5L; 3L ]; make [ 4L; 3L ]; make [ 4L ] ]
          [ make [ 3L ]; make [ 4L; 3L ]; make [ 4L ] ]
          [ make [ 2L; 5L; 3L ]; make [ 4L; 3L ]; make [ 4L ] ]
          [ make [ 33L; 65L ]; make [ 17L; 65L ]; make [ 17L ] ]
          [ make [ 0L; 3L ]; make [ 4L; 3L ]; make [ 4L ] ]
          [ make [ 5L; 3L ]; make [ 4L; 3L ]; make [ 1L ] ]
      [ transposed (f32 [ 5L; 3L ]); transposed (f32 [ 4L; 3L ]); f32 [ 4L ] ]
      [ strided (f32 [ 5L; 3L ]); strided (f32 [ 4L; 3L ]); strided (f32 [ 4L ]) ]
      [ expanded (f32 [ 5L; 3L ]); expanded (f32 [ 4L; 3L ]); expanded (f32 [ 4L ]) ]
      [ f32 [ 5L; 3L ]; f32 [ 3L; 4L ]; f32 [ 4L ] ]
      [ f32 [ 5L; 3L ]; f32 [ 4L; 3L ]; f32 [ 3L ] ]
      [ f32 [ 5L; 3L ]; f64 [ 4L; 3L ]; f64 [ 4L ] ] ]

let private products: Operation list =
    let withoutBias = layers |> List.map (List.take 2)

    [ two "mm" (fun a b -> a.mm b) (matrices @ unfitMatrices @ [ [ f32 [ 3L ]; f32 [ 3L; 2L ] ] ])
      two "matmul" (fun a b -> a.matmul b) (matrices @ batches)
      two "matmul" (fun a b -> a.matmul b) (unfitMatrices @ unfitBatches) |> fatal
      two "torch.matmul" (fun a b -> torch.matmul (a, b)) batches
      two "dot" (fun a b -> a.dot b) vectors
      two "outer" (fun a b -> a.outer b) vectors
      three "linear" (fun x w b -> F.linear (x, w, b)) layers
      two "linear without bias" (fun x w -> F.linear (x, w)) withoutBias ]
    |> all (Scaled 16.0) (Scaled 16.0)

/// Examples, channels, features, image and kernel: fewer and more channels than a vector has lanes.
let private imageSizes =
    [ 2L, 3L, 4L, [ 7L; 6L ], [ 3L; 2L ]
      1L, 1L, 1L, [ 5L; 5L ], [ 3L; 3L ]
      2L, 1L, 8L, [ 9L; 9L ], [ 4L; 4L ]
      2L, 8L, 16L, [ 6L; 6L ], [ 3L; 3L ]
      3L, 16L, 5L, [ 5L; 7L ], [ 3L; 3L ]
      2L, 20L, 33L, [ 5L; 5L ], [ 5L; 5L ]
      9L, 9L, 17L, [ 4L; 4L ], [ 2L; 2L ]
      2L, 4L, 1L, [ 8L; 8L ], [ 1L; 1L ]
      0L, 3L, 4L, [ 5L; 5L ], [ 3L; 3L ] ]

/// Images and weights of a convolution; of a transposed one, whose weights begin with the inputs' channels.
let private convolved turned : Input list list =
    [ for n, channels, features, image, kernel in imageSizes do
          let pair = if turned then [ channels; features ] else [ features; channels ]

          for make in [ f32; f64 ] do
              [ make ([ n; channels ] @ image); make (pair @ kernel); make [ features ] ]
      let images, weights = [ 2L; 3L; 6L; 5L ], [ 3L; 3L; 3L; 2L ]
      [ f32 images.Tail; f32 weights; f32 [ 3L ] ]
      [ transposed (f32 images); f32 weights; f32 [ 3L ] ]
      [ strided (f32 images); strided (f32 weights); strided (f32 [ 3L ]) ]
      [ expanded (f32 images); expanded (f32 weights); expanded (f32 [ 3L ]) ] ]

/// Channels that do not fit, a bias that does not, and types.
let private unfitConvolved: Input list list =
    let images, weights = [ 2L; 3L; 6L; 5L ], [ 3L; 3L; 3L; 2L ]

    [ [ f32 images; f32 [ 4L; 4L; 3L; 3L ]; f32 [ 4L ] ]
      [ f32 images; f32 weights; f32 [ 2L ] ]
      [ f32 images; f64 weights; f64 [ 3L ] ]
      [ i64 images; i64 weights; i64 [ 3L ] ] ]

let private convolution (run: Tensor -> Tensor -> Tensor -> Tensor) name turned : Operation list =
    let forms = convolved turned

    [ three name run forms
      two $"{name}, no bias" (fun x w -> run x w null) (forms |> List.map (List.take 2)) ]
    |> List.map (fun operation -> { operation with InDouble = true })
    |> all (Scaled 32.0) (Scaled 32.0)

let private longs (numbers: int list) =
    numbers |> List.map int64 |> Array.ofList

let private convolutions: Operation list =
    [ for strides, padding in
          [ [ 1 ], [ 0 ]
            [ 2 ], [ 0 ]
            [ 2; 2 ], [ 2; 2 ]
            [ 1; 1 ], [ 1; 1 ]
            [ 3; 1 ], [ 0; 4 ]
            [ 2; 3 ], [ 1; 0 ] ] do
          let run x w b =
              F.conv2d (x, w, b, longs strides, longs padding)

          yield! convolution run $"conv2d strides {strides} padding {padding}" false
      yield! convolution (fun x w b -> F.conv2d (x, w, b)) "conv2d" false
      three "conv2d of what does not fit" (fun x w b -> F.conv2d (x, w, b)) unfitConvolved
      two
          "conv2d of images below the kernel"
          (fun x w -> F.conv2d (x, w))
          [ [ f32 [ 2L; 3L; 2L; 2L ]; f32 [ 3L; 3L; 3L; 2L ] ] ] ]

let private transposedConvolutions: Operation list =
    [ for strides, padding, extra in
          [ [ 1 ], [ 0 ], [ 0 ]
            [ 2 ], [ 0 ], [ 0 ]
            [ 2; 2 ], [ 1; 1 ], [ 0; 0 ]
            [ 2; 2 ], [ 1; 0 ], [ 1; 1 ]
            [ 3; 4 ], [ 0; 0 ], [ 2; 3 ]
            [ 1; 1 ], [ 2; 1 ], [ 0; 0 ] ] do
          let run x w b =
              F.conv_transpose2d (x, w, b, longs strides, longs padding, longs extra)

          let name = $"conv_transpose2d strides {strides} padding {padding} more {extra}"
          yield! convolution run name true
      yield! convolution (fun x w b -> F.conv_transpose2d (x, w, b)) "conv_transpose2d" true
      three
          "conv_transpose2d of what does not fit"
          (fun x w b -> F.conv_transpose2d (x, w, b))
          unfitConvolved
      two
          "conv_transpose2d strides 2 more 2"
          (fun x w -> F.conv_transpose2d (x, w, null, longs [ 2 ], null, longs [ 2 ]))
          [ [ f32 [ 2L; 3L; 4L; 4L ]; f32 [ 3L; 2L; 3L; 3L ] ] ] ]

let private pooled: Input list list =
    each
        [ f32 [ 2L; 2L; 6L; 7L ]
          f32 [ 2L; 6L; 7L ]
          f64 [ 2L; 5L; 5L ]
          f32 [ 1L; 17L; 9L; 8L ]
          edges (f32 [ 1L; 2L; 6L; 5L ])
          edges (f32 [ 2L; 3L; 8L; 30L ])
          filled (These [ 1.0; 1.0; 0.0 ]) (f32 [ 1L; 1L; 6L; 6L ])
          filled (These [ 1.0; 1.0; 0.0 ]) (f32 [ 2L; 2L; 28L; 28L ])
          transposed (f32 [ 2L; 3L; 6L; 5L ])
          strided (f32 [ 2L; 3L; 6L; 5L ])
          expanded (f32 [ 2L; 3L; 6L; 5L ])
          f32 [ 0L; 2L; 4L; 4L ]
          f32 [ 1L; 1L; 1L; 1L ]
          f32 [ 4L; 4L ]
          i64 [ 1L; 1L; 4L; 4L ] ]

let private pools: Operation list =
    [ one "max_pool2d 2" (fun x -> F.max_pool2d (x, 2L)) pooled
      one "max_pool2d 3 stride 2 padding 1" (fun x -> F.max_pool2d (x, 3L, 2L, 1L)) pooled
      one
          "max_pool2d 3 2 strides 1 3 padding 0 1 ceil"
          (fun x ->
              F.max_pool2d (x, longs [ 3; 2 ], longs [ 1; 3 ], longs [ 0; 1 ], ceil_mode = true))
          pooled
      one "max_pool2d 2 padding 2" (fun x -> F.max_pool2d (x, 2L, 2L, 2L)) (List.truncate 1 pooled)
      one "avg_pool2d 2" (fun x -> F.avg_pool2d (x, 2L)) pooled
      one "avg_pool2d 3 stride 2 padding 1" (fun x -> F.avg_pool2d (x, 3L, 2L, 1L)) pooled
      one
          "avg_pool2d 3 stride 2 padding 1 ceil"
          (fun x -> F.avg_pool2d (x, 3L, 2L, 1L, ceil_mode = true))
          pooled
      one
          "avg_pool2d 3 stride 2 padding 1 ceil without padding"
          (fun x -> F.avg_pool2d (x, 3L, 2L, 1L, ceil_mode = true, count_include_pad = false))
          pooled
      one
          "avg_pool2d 2 3 stride 3 2 padding 1 0 divisor 5"
          (fun x ->
              F.avg_pool2d (
                  x,
                  longs [ 2; 3 ],
                  longs [ 3; 2 ],
                  longs [ 1; 0 ],
                  divisor_override = 5L
              ))
          pooled ]
    |> all (Scaled 4.0) (Scaled 8.0)

let operations: Operation list =
    products @ convolutions @ transposedConvolutions @ pools

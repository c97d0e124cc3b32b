/// Views, joins, and elements picked by position.
module Workbench.Tests.DifferentialViews

open TorchSharp
open Workbench.Tests.DifferentialInputs
open Workbench.Tests.DifferentialOutcome
open Workbench.Tests.DifferentialTable

type private Tensor = torch.Tensor
type private At = torch.TensorIndex

let private forms: Input list list =
    each
        [ f32 []
          f32 [ 6L ]
          f32 [ 2L; 3L ]
          f32 [ 2L; 1L; 3L ]
          f32 [ 1L; 6L; 1L ]
          f32 [ 2L; 3L; 4L ]
          f32 [ 2L; 0L; 3L ]
          transposed (f32 [ 2L; 3L ])
          strided (f32 [ 3L; 2L ])
          expanded (f32 [ 2L; 3L ])
          transposed (f32 [ 4L; 2L; 3L ])
          f64 [ 3L; 2L ]
          i64 [ 6L ]
          u8 [ 2L; 3L ]
          transposed (bools [ 3L; 2L ]) ]

let private sharedForms: Input list list =
    each
        [ f32 [ 2L; 3L ]
          transposed (f32 [ 2L; 3L ])
          strided (f32 [ 3L; 2L ])
          f32 [ 2L; 1L; 3L ]
          i64 [ 6L ] ]

/// Each shares memory with its source wherever libtorch does.
let private views: Operation list =
    [ "reshape 6", (fun (x: Tensor) -> x.reshape 6L)
      "reshape -1", (fun x -> x.reshape -1L)
      "reshape 3 -1", (fun x -> x.reshape (3L, -1L))
      "reshape 2 3", (fun x -> x.reshape [| 2L; 3L |])
      "view 6", (fun x -> x.view 6L)
      "view 3 2", (fun x -> x.view (3L, 2L))
      "view 2 1 -1", (fun x -> x.view (2L, 1L, -1L))
      "flatten", (fun x -> x.flatten ())
      "flatten 1", (fun x -> x.flatten 1L)
      "flatten 0 1", (fun x -> x.flatten (0L, 1L))
      "transpose 0 1", (fun x -> x.transpose (0L, 1L))
      "transpose -1 0", (fun x -> x.transpose (-1L, 0L))
      "t", (fun x -> x.t ())
      "permute 1 0", (fun x -> x.permute (1L, 0L))
      "permute 2 0 1", (fun x -> x.permute (2L, 0L, 1L))
      "unsqueeze 0", (fun x -> x.unsqueeze 0L)
      "unsqueeze -1", (fun x -> x.unsqueeze -1L)
      "squeeze", (fun x -> x.squeeze ())
      "squeeze 0", (fun x -> x.squeeze 0L)
      "squeeze 1", (fun x -> x.squeeze 1L)
      "squeeze -1", (fun x -> x.squeeze -1L)
      "narrow 0 1 1", (fun x -> x.narrow (0L, 1L, 1L))
      "narrow 1 0 2", (fun x -> x.narrow (1L, 0L, 2L))
      "narrow 0 -1 1", (fun x -> x.narrow (0L, -1L, 1L))
      "narrow 0 1 0", (fun x -> x.narrow (0L, 1L, 0L))
      "slice 0 0 2 1", (fun x -> x.slice (0L, 0L, 2L, 1L))
      "slice -1 0 9 2", (fun x -> x.slice (-1L, 0L, 9L, 2L))
      "slice 0 -2 -1 1", (fun x -> x.slice (0L, -2L, -1L, 1L))
      "slice 0 5 2 1", (fun x -> x.slice (0L, 5L, 2L, 1L))
      "select 0 1", (fun x -> x.select (0L, 1L))
      "select -1 -1", (fun x -> x.select (-1L, -1L))
      "alias", (fun x -> x.alias ())
      "detach", (fun x -> x.detach ())
      "cpu", (fun x -> x.cpu ()) ]
    |> List.collect (fun (name, f) -> [ one name f forms; shared name f sharedForms ])

/// Refused whatever the form, nearly: so few forms.
let private wrongViews: Operation list =
    let few = each [ f32 []; f32 [ 2L; 3L ]; f32 [ 2L; 0L; 3L ] ]

    [ "reshape -1 -1", (fun (x: Tensor) -> x.reshape (-1L, -1L))
      "reshape 0 3", (fun x -> x.reshape (0L, 3L))
      "reshape to none", (fun x -> x.reshape [||])
      "flatten 1 0", (fun x -> x.flatten (1L, 0L))
      "transpose 0 3", (fun x -> x.transpose (0L, 3L))
      "permute -1 0 1", (fun x -> x.permute (-1L, 0L, 1L))
      "permute 0 0", (fun x -> x.permute (0L, 0L))
      "unsqueeze 4", (fun x -> x.unsqueeze 4L)
      "narrow 0 0 9", (fun x -> x.narrow (0L, 0L, 9L))
      "slice 0 0 2 0", (fun x -> x.slice (0L, 0L, 2L, 0L))
      "select 0 9", (fun x -> x.select (0L, 9L)) ]
    |> List.map (fun (name, f) -> one name f few)

let private stretchForms: Input list list =
    each
        [ f32 []
          f32 [ 1L ]
          f32 [ 3L ]
          f32 [ 2L; 1L ]
          f32 [ 1L; 3L ]
          f32 [ 2L; 3L ]
          f32 [ 1L; 1L; 3L ]
          f32 [ 0L ]
          transposed (f32 [ 3L; 1L ])
          i64 [ 3L ] ]

let private stretched: Operation list =
    [ one "expand 2 3" (fun x -> x.expand (2L, 3L)) stretchForms
      one "expand 4 -1 3" (fun x -> x.expand (4L, -1L, 3L)) stretchForms
      one "expand -1 3" (fun x -> x.expand (-1L, 3L)) stretchForms
      one "expand 0" (fun x -> x.expand 0L) stretchForms
      one "broadcast_to 2 3" (fun x -> x.broadcast_to (2L, 3L)) stretchForms
      two "expand_as" (fun a b -> a.expand_as b) [ [ f32 [ 3L ]; f32 [ 2L; 3L ] ] ]
      two
          "view_as"
          (fun a b -> a.view_as b)
          [ [ f32 [ 6L ]; f32 [ 2L; 3L ] ]; [ f32 [ 6L ]; f32 [ 4L ] ] ]
      shared "expand 2 3" (fun x -> x.expand (2L, 3L)) stretchForms ]
    |> all Exact (Scaled 4.0)

let private pieceForms: Input list list =
    each
        [ f32 []
          f32 [ 3L ]
          f32 [ 3L; 3L ]
          transposed (f32 [ 3L; 5L ])
          strided (f32 [ 3L; 4L ])
          f32 [ 3L; 0L ]
          f64 [ 3L; 3L; 2L ]
          i64 [ 3L; 6L ] ]

/// Pieces weigh in the gradient as they come.
let private pieces: Operation list =
    [ "unbind", (fun (x: Tensor) -> x.unbind ())
      "unbind 1", (fun x -> x.unbind 1)
      "split 2", (fun x -> x.split 2L)
      "split 2 along 1", (fun x -> x.split (2L, 1))
      "split by 1 2", (fun x -> x.split [| 1L; 2L |])
      "split by 1 1 1 along -1", (fun x -> x.split ([| 1L; 1L; 1L |], -1L))
      "chunk 2", (fun x -> x.chunk 2L)
      "chunk 4 along 1", (fun x -> x.chunk (4L, 1L)) ]
    |> List.map (fun (name, f) -> operation name (fun x -> List.ofArray (f x[0])) pieceForms)

let private wrongPieces: Operation list =
    [ "split 0", (fun (x: Tensor) -> x.split 0L)
      "split by 1 5", (fun x -> x.split [| 1L; 5L |])
      "split 2 along 3", (fun x -> x.split (2L, 3))
      "chunk 0", (fun x -> x.chunk 0L) ]
    |> List.map (fun (name, f) ->
        operation name (fun x -> List.ofArray (f x[0])) (each [ f32 [ 2L; 3L ] ]))

let private joinForms: Input list list =
    [ [ f32 [ 2L; 3L ]; f32 [ 2L; 3L ] ]
      [ f32 [ 2L; 3L ]; f32 [ 1L; 3L ] ]
      [ f32 [ 2L; 1L ]; f32 [ 2L; 3L ] ]
      [ f32 [ 3L ]; f32 [ 3L ] ]
      [ f32 [ 3L ]; f32 [ 0L ] ]
      [ f32 [ 2L; 3L ]; f32 [ 0L ] ]
      [ f32 []; f32 [] ]
      [ f32 [ 3L ] ]
      [ transposed (f32 [ 4L; 5L ]); f32 [ 4L; 5L ]; expanded (f32 [ 4L; 5L ]) ]
      [ strided (f32 [ 2L; 3L; 4L ]); transposed (f32 [ 2L; 3L; 4L ]) ]
      [ f32 [ 3L ]; f64 [ 3L ] ]
      [ f32 [ 3L ]; i64 [ 3L ] ]
      [ i64 [ 3L ]; u8 [ 3L ] ]
      [ bools [ 2L ]; bools [ 2L ] ]
      [ f64 [ 17L ]; f64 [ 17L ] ]
      [ i64 [ 2L; 3L ]; i64 [ 2L; 3L ] ]
      [] ]

let private joins: Operation list =
    [ "cat 0", (fun (x: Tensor[]) -> [ torch.cat (x, 0L) ])
      "cat 1", (fun x -> [ torch.cat (x, 1L) ])
      "cat -1", (fun x -> [ torch.cat (x, -1L) ])
      "stack 0", (fun x -> [ torch.stack (x, 0L) ])
      "stack 1", (fun x -> [ torch.stack (x, 1L) ])
      "stack -1", (fun x -> [ torch.stack (x, -1L) ]) ]
    |> List.map (fun (name, f) -> operation name f joinForms)

let private wrongJoins: Operation list =
    [ "cat 5", (fun (x: Tensor[]) -> [ torch.cat (x, 5L) ])
      "stack 5", (fun x -> [ torch.stack (x, 5L) ]) ]
    |> List.map (fun (name, f) -> operation name f (List.truncate 2 joinForms))

let private indexForms: Input list list =
    each
        [ f32 [ 6L ]
          f32 [ 3L; 4L ]
          transposed (f32 [ 4L; 5L ])
          strided (f32 [ 3L; 4L ])
          f32 [ 2L; 3L; 4L ]
          i64 [ 3L; 4L ]
          bools [ 3L; 4L ]
          f32 []
          f32 [ 0L; 3L ] ]

let private at (parts: At list) (x: Tensor) = x.index (Array.ofList parts)
let private slice first last step = At.Slice(first, last, step)
let private none = System.Nullable<int64>()
let private some (x: int64) = System.Nullable x

let private indexed: Operation list =
    [ "[1]", (fun (x: Tensor) -> x[1L])
      "[-1]", (fun x -> x[-1L])
      "[1, 2]", (fun x -> x[1L, 2L])
      "at 1", at [ At.Single(some 1L) ]
      "at : 1", at [ At.Colon; At.Single(some 1L) ]
      "at ... 1", at [ At.Ellipsis; At.Single(some 1L) ]
      "at none", at [ At.None ]
      "at : none", at [ At.Colon; At.None ]
      "at 1:", at [ slice (some 1L) none none ]
      "at :-1", at [ slice none (some -1L) none ]
      "at ::2", at [ slice none none (some 2L) ]
      "at 1:9:2 1", at [ slice (some 1L) (some 9L) (some 2L); At.Single(some 1L) ]
      "at -2: ...", at [ slice (some -2L) none none; At.Ellipsis ] ]
    |> List.map (fun (name, f) -> one $"index {name}" f indexForms)

let private wronglyIndexed: Operation list =
    [ "[9]", (fun (x: Tensor) -> x[9L])
      "at : 9", at [ At.Colon; At.Single(some 9L) ]
      "at ::-1", at [ slice none none (some -1L) ]
      "at too many", at [ for _ in 1..4 -> At.Colon ] ]
    |> List.map (fun (name, f) -> one $"index {name}" f (List.truncate 2 indexForms))
    |> List.append
        [ one "index at ::0" (at [ slice none none (some 0L) ]) (List.truncate 1 indexForms)
          |> fatal ]

let private pickForms: Input list list =
    [ [ f32 [ 3L ]; positions [ 0; 2; 2; 1 ] ]
      [ f32 [ 3L; 4L ]; positions [ 1 ] ]
      [ f32 [ 3L; 4L ]; positions [ -1; 0 ] ]
      [ f32 [ 3L; 4L ]; positions [ 5 ] ]
      [ transposed (f32 [ 4L; 5L ]); positions [ 3; 0; 0 ] ]
      [ strided (f32 [ 4L; 5L ]); positions [ 3; 0; 0 ] ]
      [ expanded (f32 [ 4L; 5L ]); positions [ 3; 0; 0 ] ]
      [ f32 [ 3L; 4L ]; i64 [ 0L ] ]
      [ f32 [ 3L; 4L ]; filled (Below 3) (i64 [ 2L; 2L ]) ]
      [ f32 [ 3L; 4L ]; filled (Below 3) (i64 []) ]
      [ f32 [ 3L; 4L ]; filled (Below 3) (i32 [ 2L ]) ]
      [ f32 [ 3L; 4L ]; filled (Below 2) (u8 [ 3L ]) ]
      [ f32 [ 3L; 4L ]; f32 [ 2L ] ]
      [ f32 [ 3L; 4L ]; bools [ 3L ] ]
      [ f32 [ 3L; 4L ]; bools [ 3L; 4L ] ]
      [ f32 [ 70L; 3L ]; filled (Below 70) (i64 [ 100L ]) ]
      [ i64 [ 3L; 4L ]; positions [ 2; 0 ] ]
      [ u8 [ 3L; 4L ]; positions [ 2; 0 ] ]
      [ bools [ 3L ]; positions [ 2; 0 ] ]
      [ f64 [ 5L; 2L ]; positions [ 4; 4; 0 ] ]
      [ f32 []; positions [ 0 ] ]
      [ f32 [ 0L; 2L ]; positions [ 0 ] ]
      [ f32 [ 0L; 2L ]; i64 [ 0L ] ] ]

let private gatherForms: Input list list =
    [ [ f32 [ 3L; 4L ]; filled (Below 3) (i64 [ 2L; 4L ]) ]
      [ f32 [ 3L; 4L ]; filled (Below 3) (i64 [ 3L; 2L ]) ]
      [ f32 [ 4L; 4L ]; filled (Below 4) (i64 [ 4L; 4L ]) ]
      [ transposed (f32 [ 4L; 4L ]); transposed (filled (Below 4) (i64 [ 4L; 4L ])) ]
      [ strided (f64 [ 4L; 4L ]); filled (Below 4) (i64 [ 2L; 3L ]) ]
      [ f32 [ 5L ]; positions [ 4; 0; 4 ] ]
      [ f32 [ 5L ]; positions [ -1; 0 ] ]
      [ f32 [ 5L ]; positions [ 5 ] ]
      [ f32 [ 3L; 4L ]; filled (Below 3) (i64 [ 2L ]) ]
      [ f32 [ 3L; 4L ]; filled (Below 3) (i64 [ 5L; 5L ]) ]
      [ f32 [ 3L; 4L ]; filled (Below 3) (i32 [ 2L; 2L ]) ]
      [ i64 [ 3L; 3L ]; filled (Below 3) (i64 [ 3L; 3L ]) ]
      [ f32 [ 2L; 3L; 4L ]; filled (Below 2) (i64 [ 2L; 2L; 3L ]) ]
      [ f32 [ 3L; 4L ]; i64 [ 0L; 4L ] ]
      [ f32 []; filled (These [ 0.0 ]) (i64 []) ] ]

let private picked: Operation list =
    [ two "index_select 0" (fun x i -> x.index_select (0L, i)) pickForms
      two "index_select -1" (fun x i -> x.index_select (-1L, i)) pickForms
      two "index_select 2" (fun x i -> x.index_select (2L, i)) (List.truncate 1 pickForms)
      two "index by tensor" (fun x i -> at [ At.Tensor i ] x) pickForms
      two "index : by tensor" (fun x i -> at [ At.Colon; At.Tensor i ] x) pickForms
      two
          "torch.index_select"
          (fun x i -> torch.index_select (x, 0L, i))
          (List.truncate 2 pickForms)
      two "gather 0" (fun x i -> x.gather (0L, i)) gatherForms
      two "gather 1" (fun x i -> x.gather (1L, i)) gatherForms
      two "gather -1" (fun x i -> torch.gather (x, -1L, i)) gatherForms ]
    |> all Exact (Scaled 8.0)

let operations: Operation list =
    views
    @ wrongViews
    @ stretched
    @ pieces
    @ wrongPieces
    @ joins
    @ wrongJoins
    @ indexed
    @ wronglyIndexed
    @ picked

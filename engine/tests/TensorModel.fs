/// Tensors as plain functions of a position: the specification of views and broadcasts, and random samples of both.
module Workbench.Tests.TensorModel

open System
open Expecto
open TorchSharp
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

/// A tensor as a function of the position: the specification of all views.
type Model =
    { Shape: int list
      At: int list -> float }

let count shape = List.fold (*) 1 shape

/// All positions in row-major order.
let rec positions shape =
    match shape with
    | [] -> [ [] ]
    | size :: rest ->
        [ for i in 0 .. size - 1 do
              yield! positions rest |> List.map (fun tail -> i :: tail) ]

let flat model =
    positions model.Shape |> List.map model.At

/// The place of a position in row-major order, and back.
let place shape position =
    List.fold2 (fun at size i -> at * size + i) 0 shape position

let position shape at =
    List.foldBack (fun size (rest, at) -> at % size :: rest, at / size) shape ([], at)
    |> fst

let long (shape: int list) = shape |> List.map int64 |> Array.ofList

let expectModel message (model: Model) (tensor: Tensor) =
    Expect.equal (List.ofArray tensor.shape) (List.map int64 model.Shape) $"{message}: shape"
    Expect.equal (List.ofArray (elements tensor)) (flat model) $"{message}: elements"

let without i list = List.removeAt i list

/// One random step from a view to the next, of the tensor and of its model alike. The first five kinds never copy.
let step kinds (random: Random) (tensor: Tensor, model: Model) =
    let rank = model.Shape.Length
    let pick () = random.Next rank

    match random.Next kinds with
    | 0 when rank > 0 ->
        let a, b = pick (), pick ()

        let swap list =
            List.permute
                (fun i ->
                    if i = a then b
                    elif i = b then a
                    else i)
                list

        tensor.transpose (int64 a, int64 b),
        { Shape = swap model.Shape
          At = swap >> model.At }
    | 1 when rank > 0 ->
        let d = pick ()
        let size = model.Shape[d]
        let first = random.Next(size + 1)
        let last = first + random.Next(size - first + 1)
        let by = 1 + random.Next 2

        tensor.slice (int64 d, int64 first, int64 last, int64 by),
        { Shape = List.updateAt d ((last - first + by - 1) / by) model.Shape
          At = fun p -> model.At(List.updateAt d (first + by * p[d]) p) }
    | 2 when rank > 0 ->
        let d = pick ()

        if model.Shape[d] = 0 then
            tensor, model
        else
            let i = random.Next model.Shape[d]

            tensor.select (int64 d, int64 i),
            { Shape = without d model.Shape
              At = List.insertAt d i >> model.At }
    | 3 ->
        let d = random.Next(rank + 1)

        tensor.unsqueeze (int64 d),
        { Shape = List.insertAt d 1 model.Shape
          At = without d >> model.At }
    | 4 when List.contains 1 model.Shape ->
        let d = List.findIndex ((=) 1) model.Shape
        let wanted = List.updateAt d 3 model.Shape

        tensor.expand (long wanted),
        { Shape = wanted
          At = List.updateAt d 0 >> model.At }
    | 5 when rank > 1 && count model.Shape > 0 ->
        let d = random.Next(rank - 1)

        let merged =
            model.Shape
            |> List.updateAt d (model.Shape[d] * model.Shape[d + 1])
            |> without (d + 1)

        tensor.reshape (long merged),
        { Shape = merged
          At = place merged >> position model.Shape >> model.At }
    | 6 when rank > 0 ->
        let d = pick ()

        if model.Shape[d] <> 4 then
            tensor, model
        else
            let split = model.Shape |> List.updateAt d 2 |> List.insertAt d 2

            tensor.reshape (long split),
            { Shape = split
              At = place split >> position model.Shape >> model.At }
    | _ -> tensor, model

/// A random tensor behind some random views.
let sample (random: Random) (shape: int list) steps =
    let values =
        Array.init (count shape) (fun _ -> float (random.Next 1000) / 8.0 - 60.0)

    let start =
        tensorOf (List.map int64 shape) values,
        { Shape = shape
          At = fun p -> values[place shape p] }

    Seq.fold (fun state _ -> step 7 random state) start (seq { 1..steps })

let randomShape (random: Random) =
    List.init (random.Next 5) (fun _ -> random.Next 5)

/// A tensor of exactly this shape, its elements scattered or repeated in memory.
let withShape (random: Random) (shape: int list) =
    let rank = shape.Length
    let order = List.init rank id |> List.sortBy (fun _ -> random.Next())
    let stretched = shape |> List.map (fun size -> size > 1 && random.Next 4 = 0)

    let stored =
        List.init rank (fun i -> if stretched[order[i]] then 1 else shape[order[i]])

    let every = 1 + random.Next 2
    let storage = stored @ [ every ]

    let values =
        Array.init (count storage) (fun _ -> float (random.Next 1000) / 8.0 - 60.0)

    let back = List.init rank (fun d -> int64 (List.findIndex ((=) d) order))

    let tensor =
        (tensorOf (List.map int64 storage) values)
            .select(-1, 0)
            .permute(Array.ofList back)
            .expand(long shape)

    let at p =
        let own = List.mapi (fun d i -> if stretched[d] then 0 else i) p
        values[place storage (List.init rank (fun i -> own[order[i]]) @ [ 0 ])]

    tensor, { Shape = shape; At = at }

/// A shape that broadcasts to the given one.
let shrunk (random: Random) (shape: int list) =
    shape
    |> List.skip (random.Next(shape.Length + 1))
    |> List.map (fun size -> if random.Next 3 = 0 then 1 else size)

let broadcastTo shape (model: Model) =
    let missing = List.length shape - model.Shape.Length

    { Shape = shape
      At =
        fun p ->
            model.At(
                List.map2
                    (fun size i -> if size = 1 then 0 else i)
                    model.Shape
                    (List.skip missing p)
            ) }

/// Random views, broadcasts, reductions and copies against index arithmetic on plain functions.
module Workbench.Tests.PropertyTests

open System
open Expecto
open TorchSharp
open Workbench.Tests.ReferenceGradients

type private Tensor = torch.Tensor

/// A tensor as a function of the position: the specification of all views.
type private Model =
    { Shape: int list
      At: int list -> float }

let private count shape = List.fold (*) 1 shape

/// All positions in row-major order.
let rec private positions shape =
    match shape with
    | [] -> [ [] ]
    | size :: rest ->
        [ for i in 0 .. size - 1 do
              yield! positions rest |> List.map (fun tail -> i :: tail) ]

let private flat model =
    positions model.Shape |> List.map model.At

/// The place of a position in row-major order, and back.
let private place shape position =
    List.fold2 (fun at size i -> at * size + i) 0 shape position

let private position shape at =
    List.foldBack (fun size (rest, at) -> at % size :: rest, at / size) shape ([], at)
    |> fst

let private long (shape: int list) = shape |> List.map int64 |> Array.ofList

let private expectModel message (model: Model) (tensor: Tensor) =
    Expect.equal (List.ofArray tensor.shape) (List.map int64 model.Shape) $"{message}: shape"
    Expect.equal (List.ofArray (elements tensor)) (flat model) $"{message}: elements"

let private without i list = List.removeAt i list

/// One random step from a view to the next, of the tensor and of its model alike. The first five kinds never copy.
let private step kinds (random: Random) (tensor: Tensor, model: Model) =
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
let private sample (random: Random) (shape: int list) steps =
    let values =
        Array.init (count shape) (fun _ -> float (random.Next 1000) / 8.0 - 60.0)

    let start =
        tensorOf (List.map int64 shape) values,
        { Shape = shape
          At = fun p -> values[place shape p] }

    Seq.fold (fun state _ -> step 7 random state) start (seq { 1..steps })

let private randomShape (random: Random) =
    List.init (random.Next 5) (fun _ -> random.Next 5)

/// A tensor of exactly this shape, its elements scattered or repeated in memory.
let private withShape (random: Random) (shape: int list) =
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
let private shrunk (random: Random) (shape: int list) =
    shape
    |> List.skip (random.Next(shape.Length + 1))
    |> List.map (fun size -> if random.Next 3 = 0 then 1 else size)

let private broadcastTo shape (model: Model) =
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

let private property name (check: Random -> unit) =
    testProperty name (fun (seed: int) ->
        use _ = torch.NewDisposeScope()
        check (Random seed))

/// Some shapes are long, so that work is cut into chunks and vectors.
let private shapeForWork (random: Random) =
    match random.Next 12 with
    | 0 -> [ 1 + random.Next 3; 3000 + random.Next 3000 ]
    | 1 -> [ 2000 + random.Next 2000; 1 + random.Next 3 ]
    | _ -> randomShape random

let private views =
    property "chains of views" (fun random ->
        let tensor, model = sample random (randomShape random) 8
        expectModel "a view" model tensor
        expectModel "its copy" model (tensor.clone ())
        expectModel "converted" model (tensor.to_type(torch.float32).to_type torch.float64))

let private broadcasts =
    property "operations on tensors that broadcast" (fun random ->
        let shape = shapeForWork random
        let a, modelA = withShape random (shrunk random shape)
        let b, modelB = withShape random shape
        let wide = broadcastTo shape modelA

        let both f =
            { Shape = shape
              At = fun p -> f (wide.At p) (modelB.At p) }

        expectModel "sum" (both (+)) (a + b)
        expectModel "difference" (both (fun x y -> y - x)) (b - a)
        expectModel "maximum" (both max) (a.maximum b)

        expectModel
            "comparison"
            (both (fun x y -> if x < y then 1.0 else 0.0))
            ((a.lt b).to_type torch.float64)

        expectModel
            "choice"
            (both (fun x y -> if x < y then x else y))
            (torch.where (a.lt b, a, b))

        expectModel "function" { modelB with At = modelB.At >> abs } (b.abs ()))

let private reductions =
    property "sums and extremes along random dimensions" (fun random ->
        let shape = shapeForWork random
        let tensor, model = withShape random shape
        let dims = [ 0 .. shape.Length - 1 ] |> List.filter (fun _ -> random.Next 2 = 0)

        if not dims.IsEmpty then
            let kept =
                shape |> List.mapi (fun d size -> if List.contains d dims then 1 else size)

            let groups =
                positions shape
                |> List.groupBy (List.mapi (fun d i -> if List.contains d dims then 0 else i))
                |> Map.ofList

            // Eighths add up exactly in whatever order.
            let total p =
                Map.tryFind p groups
                |> Option.map (List.sumBy model.At)
                |> Option.defaultValue 0.0

            expectModel
                "sum"
                { Shape = kept; At = total }
                (tensor.sum (dims |> List.map int64 |> Array.ofList, true))

        if shape.Length > 0 && count shape > 0 then
            let d = random.Next shape.Length

            let line p =
                List.init shape[d] (fun i -> model.At(List.insertAt d i p))

            let rest = without d shape
            let struct (largest, places) = tensor.max (int64 d)
            expectModel "largest" { Shape = rest; At = line >> List.max } largest

            let first p =
                line p |> fun values -> float (List.findIndex ((=) (List.max values)) values)

            expectModel "where" { Shape = rest; At = first } places)

let private writes =
    property "writing through views" (fun random ->
        let base' = torch.zeros (4, 4, 4, dtype = torch.float64)
        let numbered = Array.init 64 float

        let number =
            { Shape = [ 4; 4; 4 ]
              At = fun p -> numbered[place [ 4; 4; 4 ] p] }

        let window, touched =
            Seq.fold (fun state _ -> step 5 random state) (base', number) (seq { 1..4 })

        let places = flat touched |> List.map int

        // An expanded window has several elements in one place.
        if List.distinct places = places && not places.IsEmpty then
            let source, values = withShape random (shrunk random touched.Shape)
            window.copy_ source |> ignore
            let written = Seq.zip places (flat (broadcastTo touched.Shape values)) |> Map.ofSeq

            let expected =
                [ for i in 0..63 -> Map.tryFind i written |> Option.defaultValue 0.0 ]

            Expect.equal (List.ofArray (elements base')) expected "only the window, and all of it")

let private joins =
    property "joining and taking apart" (fun random ->
        let shape = List.init (1 + random.Next 3) (fun _ -> random.Next 4)
        let d = random.Next shape.Length

        let parts =
            List.init (1 + random.Next 3) (fun _ ->
                withShape random (List.updateAt d (random.Next 4) shape))

        let whole = torch.cat (parts |> List.map fst |> Array.ofList, int64 d)
        let sizes = parts |> List.map (fun (_, model) -> model.Shape[d])

        let rec at i (remaining: (Tensor * Model) list) p =
            let model = snd remaining.Head

            if i < model.Shape[d] then
                model.At(List.updateAt d i p)
            else
                at (i - model.Shape[d]) remaining.Tail p

        let model =
            { Shape = List.updateAt d (List.sum sizes) shape
              At = fun p -> at p[d] parts p }

        expectModel "joined" model whole

        Array.iter2
            (fun (part: Tensor) (_, model) -> expectModel "a part" model part)
            (whole.split (long sizes, int64 d))
            (Array.ofList parts))

let private selections =
    property "selecting rows, and the gradient's counts" (fun random ->
        let rows, columns = 1 + random.Next 6, random.Next 5
        let tensor, model = withShape random [ rows; columns ]
        let index = Array.init (random.Next 9) (fun _ -> random.Next rows)
        let x = tensor.detach().requires_grad_ true
        let picked = x.index_select (0, torch.from_array (Array.map int64 index))

        expectModel
            "rows"
            { Shape = [ index.Length; columns ]
              At = fun p -> model.At [ index[p[0]]; p[1] ] }
            picked

        picked.sum().backward()

        let uses i =
            index |> Array.filter ((=) i) |> Array.length |> float

        expectModel
            "counts"
            { Shape = [ rows; columns ]
              At = fun p -> uses p[0] }
            x.grad)

[<Tests>]
let tests =
    testList "Properties of tensors" [ views; broadcasts; reductions; writes; joins; selections ]

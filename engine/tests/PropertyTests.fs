/// Random views, broadcasts, reductions and copies against index arithmetic on plain functions.
module Workbench.Tests.PropertyTests

open System
open Expecto
open TorchSharp
open Workbench.Tests.ReferenceGradients
open Workbench.Tests.TensorModel

type private Tensor = torch.Tensor

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

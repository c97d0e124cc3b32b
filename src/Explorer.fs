namespace Workbench

open System
open System.Runtime.InteropServices
open TorchSharp

/// Decoders that a page runs by itself (`explorer.js`): layers with their numbers as base64 of little-endian floats.
[<RequireQualifiedAccess>]
module Explorer =

    /// Sliders that a page has room for, and codes in a plane.
    let private mostSliders, private mostCodes = 10, 1_000

    /// Numbers up to which a decoder keeps all of float32 (2 MB of base64; a page may have three), and beyond which even halves are too
    /// much for a page (6 MB).
    let private mostWhole, private most = 400_000, 2_200_000

    /// How the numbers of a decoder are kept.
    type private Precision =
        | Float32
        | Float16

    let private numbers (tensor: Tensor) : float32[] =
        use _ = torch.NewDisposeScope()
        tensor.detach().to_type(torch.float32).contiguous().data<float32>().ToArray()

    let private base64 precision (values: float32[]) : Json =
        match precision with
        | Float32 -> MemoryMarshal.AsBytes(ReadOnlySpan values).ToArray()
        | Float16 ->
            let halves: Half[] = values |> Array.map (fun value -> Half.op_Explicit value)
            MemoryMarshal.AsBytes(ReadOnlySpan halves).ToArray()
        |> Convert.ToBase64String
        |> Json.Text

    /// y = factor x + shift, what a batch normalisation is in evaluation.
    let private normalisation (given: string -> float32[] option) =
        let variance, mean = (given "running_var").Value, (given "running_mean").Value

        let factor =
            let scale = given "weight" |> Option.defaultValue (Array.create mean.Length 1f)

            Array.map2
                (fun scale variance -> scale / sqrt (variance + float32 Net.epsilon))
                scale
                variance

        let bias = given "bias" |> Option.defaultValue (Array.zeroCreate mean.Length)
        factor, Array.map3 (fun bias factor mean -> bias - factor * mean) bias factor mean

    /// A layer's kind and numbers; none of a layer that a page does not compute.
    let private layer given layer : (string * (string * float32[]) list) option =
        match layer with
        | Linear _ ->
            Some(
                "linear",
                [ for part in [ "weight"; "bias" ] -> part, (given part: float32[] option).Value ]
            )
        | BatchNorm _
        | Standardise _ ->
            let factor, shift = normalisation given
            Some("affine", [ "factor", factor; "shift", shift ])
        | Activation Tanh -> Some("tanh", [])
        | Activation Relu -> Some("relu", [])
        | Activation Sigmoid -> Some("sigmoid", [])
        | Dropout _
        | Flatten -> Some("same", [])
        | Convolution _
        | TransposedConvolution _
        | MaxPool _
        | Unflatten _ -> None

    /// The layers of a network that gives the logits of pixels, or ends in their sigmoid.
    let private layers (net: Net) (pass: Pass) =
        let computed =
            net.Layers
            |> List.mapi (fun index one ->
                layer
                    (fun part ->
                        pass.Parameters.TryFind $"{net.Name}.{index}.{part}" |> Option.map numbers)
                    one)

        let isGiven = List.last net.Layers = Activation Sigmoid

        if computed |> List.forall _.IsSome then
            Some(List.choose id computed @ (if isGiven then [] else [ "sigmoid", [] ]))
        else
            None

    /// The dimensions to choose, of many those of codes that vary most, from the most on; and codes in a plane with their labels.
    let private ofCodes (data: Dataset) latent (code: (Tensor -> Gaussian) option) =
        match code with
        | None -> [ 0 .. min latent mostSliders - 1 ], []
        | Some encode ->
            let test = data.Test.Images
            let images = test.narrow (0L, 0L, min (int64 mostCodes) test.shape[0])
            let codes = Metrics.meanCodes encode images

            let dimensions =
                Codes.moments codes
                |> List.indexed
                |> List.sortByDescending (fun (_, (_, variance)) -> variance)
                |> List.map fst
                |> List.truncate mostSliders
                |> if latent <= mostSliders then List.sort else id

            let places =
                if latent <> 2 then
                    []
                else
                    let places = numbers codes |> Array.chunkBySize 2 |> List.ofArray

                    let labels =
                        match data.Test.Labels with
                        | Some labels ->
                            labels.narrow(0L, 0L, images.shape[0]).data<int64>().ToArray()
                        | None -> Array.zeroCreate places.Length

                    [ for place, label in Seq.zip places labels ->
                          Json.List
                              [ Json.Real(Math.Round(float place[0], 3))
                                Json.Real(Math.Round(float place[1], 3))
                                Json.Whole(int label) ] ]

            dimensions, places

    /// What a model makes of codes that a reader chooses, decoded on the page; nothing of a decoder with convolutions, or of one too
    /// large. Of several models each is named.
    let sections (isSeveral: bool) (data: Dataset) (can: Can) (pass: Pass) : Section list =
        use _ = torch.no_grad ()
        use _ = torch.NewDisposeScope()

        let found =
            can.Decoder
            |> Option.bind (fun net -> layers net pass |> Option.map (fun all -> net, all))

        match found with
        | None -> []
        | Some(net, layers) ->
            let count =
                layers |> List.sumBy (snd >> List.sumBy (fun (_, values) -> values.Length))

            let precision = if count <= mostWhole then Float32 else Float16

            let latent =
                net.Layers
                |> List.pick (function
                    | Linear(inputs, _) -> Some inputs
                    | _ -> None)

            let dimensions, places = ofCodes data latent can.Code

            let rounded =
                if precision = Float16 then " Its weights are rounded to float16 here." else ""

            let which = if isSeveral then $", {can.Title}" else ""

            if count > most then
                []
            else
                [ Section.Explorer(
                      $"Codes of your own{which}",
                      $"Decoded in the browser by the model itself.{rounded}",
                      Json.Object
                          [ "latent", Json.Whole latent
                            "shape", Json.List(List.map Json.Whole data.ImageShape)
                            "bits", Json.Whole(if precision = Float32 then 32 else 16)
                            "dimensions", Json.List(List.map Json.Whole dimensions)
                            "places", Json.List places
                            "layers",
                            Json.List
                                [ for kind, parts in layers ->
                                      Json.Object(
                                          ("kind", Json.Text kind)
                                          :: [ for part, values in parts ->
                                                   part, base64 precision values ]
                                      ) ] ]
                  ) ]

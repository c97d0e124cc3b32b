namespace Workbench

open System

/// numpy's pickled dictionary of splits, as `MNIST_M.npy` holds it: numpy.save of a dict such as {'train': images, 'test': images}
/// or {'train': {'images': ..., 'labels': ...}, ...}. The reader knows arrays and plain data; nothing in the file is executed.
[<RequireQualifiedAccess>]
module Pickle =
    /// The one object of an array without dimensions is what numpy.save was given: numpy wraps once, and a hostile array may be
    /// its own item.
    let private unwrap value =
        let rec inner left value =
            match value with
            | PyArray { contents = PyList items } when items.Count = 1 && left > 0 ->
                inner (left - 1) items[0]
            | PyArray { contents = content } -> content
            | value -> value

        inner 8 value

    let private items value =
        match unwrap value with
        | PyTuple items -> Some items
        | PyList items -> Some(List.ofSeq items)
        | _ -> None

    let private entries value =
        match unwrap value with
        | PyDict entries ->
            Some
                [ for struct (key, value) in entries do
                      match key with
                      | PickleGlobals.Word name -> name.ToLowerInvariant(), value
                      | _ -> () ]
        | _ -> None

    let private valueOf (names: string list) entries =
        entries
        |> List.tryFindBack (fun (name, _) -> List.contains name names)
        |> Option.map snd

    let private labels path part value =
        match unwrap value, items value with
        | PyNumbers array, _ -> Labels.ofArray path array
        | _, Some items -> Labels.ofObjects path items
        | _ -> BadInput.fail $"{path}: the labels of '{part}' are no array"

    /// The labels of an array in the file `path`, Python objects or not.
    let labelsOf (path: string, array: NpyArray) : LabelArray =
        if array.Type.Kind = 'O' then
            PickleReader(path, array.Data).Read() |> labels path path
        else
            Labels.ofArray path array

    let private part path (name, value) (labelled: PyValue option) : DataPart =
        let images, within =
            match entries value, items value with
            | Some entries, _ ->
                valueOf [ "images"; "image"; "data"; "x" ] entries,
                valueOf [ "labels"; "label"; "targets"; "y" ] entries
            | _, Some [ images ] -> Some images, None
            | _, Some [ images; labels ] -> Some images, Some labels
            | _ -> Some value, None

        let images =
            match Option.map unwrap images with
            | Some(PyNumbers array) -> ImageArray.ofArray path array
            | Some _ -> BadInput.fail $"{path}: the images of '{name}' are no array of numbers"
            | None -> BadInput.fail $"{path}: '{name}' has no entry 'images'"

        within
        |> Option.orElse labelled
        |> Option.map (labels path name)
        |> DataPart.create path name images

    /// The parts in an array of Python objects that `Npy.read` gave: `train` always, `validation` and `test` where the file has
    /// them. `BadInput` naming `path` for anything else, and for every name or instruction that is not plain data.
    let parts (path: string) (array: NpyArray) : DataPart list =
        let value = PickleReader(path, array.Data).Read()

        let named =
            match entries value, items value with
            | Some entries, _ -> entries
            | _, Some [ train; test ] -> [ "train", train; "test", test ]
            | _ -> []

        let find isLabels part =
            let role =
                Some
                    { Part = Some part
                      IsLabels = isLabels }

            named
            |> List.tryFindBack (fun (name, _) -> DataPart.role name = role)
            |> Option.map snd

        let found =
            [ for name in DataPart.names do
                  for images in Option.toList (find false name) do
                      name, images ]

        if not (List.exists (fst >> (=) "train") found) then
            let names = String.Join(", ", List.map fst named)

            if named.IsEmpty then
                BadInput.fail
                    $"{path} holds Python objects that are no dictionary with an entry 'train'; of a list of images, numpy.save('new.npy', numpy.stack(list(x)))"

            BadInput.fail $"{path} holds no entry 'train' (it holds: {names})"

        [ for name, images in found -> part path (name, images) (find true name) ]

namespace Workbench

open System

/// One split of a data set, as a pickled dictionary holds it: images as `NpyArray.images` gives them.
type PickledSplit =
    {
        /// `train`, `validation` or `test`.
        Name: string
        Images: FloatArray
        Labels: byte[] option
    }

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

    let private labels path split value =
        let label value =
            match value with
            | PyInt n when n >= 0L && n <= 255L -> byte n
            | _ ->
                BadInput.fail
                    $"{path}: the labels of split '{split}' are not integers from 0 to 255"

        match unwrap value, items value with
        | PyNumbers array, _ -> NpyArray.labels path array
        | _, Some items -> items |> List.map label |> List.toArray
        | _ -> BadInput.fail $"{path}: the labels of split '{split}' are no array of integers"

    let private split path (name, value) : PickledSplit =
        let images, labelled =
            match entries value, items value with
            | Some entries, _ ->
                valueOf [ "images"; "image"; "data"; "x" ] entries,
                valueOf [ "labels"; "label"; "targets"; "y" ] entries
            | _, Some [ images ] -> Some images, None
            | _, Some [ images; labels ] -> Some images, Some labels
            | _ -> Some value, None

        let images =
            match Option.map unwrap images with
            | Some(PyNumbers array) -> NpyArray.images path array
            | Some _ ->
                BadInput.fail $"{path}: the images of split '{name}' are no array of numbers"
            | None -> BadInput.fail $"{path}: split '{name}' has no entry 'images'"

        let labels = Option.map (labels path name) labelled

        match labels with
        | Some labels when labels.Length <> images.Shape[0] ->
            BadInput.fail
                $"{path}: split '{name}' has {images.Shape[0]} images and {labels.Length} labels"
        | _ ->
            { Name = name
              Images = images
              Labels = labels }

    /// The splits in an array of Python objects that `Npy.read` gave: `train` always, `validation` and `test` where the file has
    /// them. `BadInput` naming `path` for anything else, and for every name or instruction that is not plain data.
    let splits (path: string) (array: NpyArray) : PickledSplit list =
        let value = PickleReader(path, array.Data).Read()

        let named =
            match entries value, items value with
            | Some entries, _ -> entries
            | _, Some [ train; test ] -> [ "train", train; "test", test ]
            | _ -> []

        let found =
            [ for name, keys in
                  [ "train", [ "train"; "training" ]
                    "validation", [ "validation"; "valid"; "val" ]
                    "test", [ "test"; "testing" ] ] do
                  match valueOf keys named with
                  | Some value -> name, value
                  | None -> () ]

        if not (List.exists (fst >> (=) "train") found) then
            let names = String.Join(", ", List.map fst named)
            BadInput.fail $"{path} holds no split 'train' (it holds: {names})"

        List.map (split path) found

namespace Workbench

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
    /// numpy wraps once; a hostile array may be its own item.
    let private mostWrappings = 8

    /// The one object of an array without dimensions is what numpy.save was given.
    let private unwrap value =
        let rec inner left value =
            match value with
            | PyArray { Target = Some(PyArray.Objects(_, [ item ])) } when left > 0 ->
                inner (left - 1) item
            | value -> value

        inner mostWrappings value

    let private items value =
        match unwrap value with
        | PyTuple items -> Some items
        | PyList items -> Some(List.ofSeq items)
        | PyArray { Target = Some(PyArray.Objects(_, items)) } -> Some items
        | _ -> None

    let private entries value =
        match unwrap value with
        | PyDict entries ->
            Some
                [ for struct (key, value) in entries do
                      match key with
                      | Word name -> name.ToLowerInvariant(), value
                      | _ -> () ]
        | _ -> None

    let private valueOf (names: string list) entries =
        entries
        |> List.tryFindBack (fun (name, _) -> List.contains name names)
        |> Option.map snd

    let private images path split value =
        match unwrap value with
        | PyArray { Target = Some(PyArray.Numbers array) } -> NpyArray.images path array
        | _ -> BadInput.fail "%s: the images of split '%s' are no array of numbers" path split

    let private labels path split value =
        let label value =
            match value with
            | PyInt n when n >= 0L && n <= 255L -> byte n
            | _ ->
                BadInput.fail
                    "%s: the labels of split '%s' are not integers from 0 to 255"
                    path
                    split

        match unwrap value, items value with
        | PyArray { Target = Some(PyArray.Numbers array) }, _ -> NpyArray.labels path array
        | _, Some items -> items |> List.map label |> List.toArray
        | _ -> BadInput.fail "%s: the labels of split '%s' are no array of integers" path split

    let private split path name value : PickledSplit =
        let imageValue, labelValue =
            match entries value, items value with
            | Some entries, _ ->
                valueOf [ "images"; "image"; "data"; "x" ] entries,
                valueOf [ "labels"; "label"; "targets"; "y" ] entries
            | _, Some [ images ] -> Some images, None
            | _, Some [ images; labels ] -> Some images, Some labels
            | _ -> Some value, None

        match imageValue with
        | None -> BadInput.fail "%s: split '%s' has no entry 'images'" path name
        | Some value ->
            let images = images path name value
            let labels = Option.map (labels path name) labelValue

            match labels with
            | Some labels when labels.Length <> images.Shape[0] ->
                BadInput.fail
                    "%s: split '%s' has %d images and %d labels"
                    path
                    name
                    images.Shape[0]
                    labels.Length
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
            [ "train", [ "train"; "training" ]
              "validation", [ "validation"; "valid"; "val" ]
              "test", [ "test"; "testing" ] ]
            |> List.choose (fun (name, keys) ->
                valueOf keys named |> Option.map (fun value -> name, value))

        if not (List.exists (fun (name, _) -> name = "train") found) then
            BadInput.fail
                "%s holds no split 'train' (it holds: %s)"
                path
                (named |> List.map fst |> String.concat ", ")

        found |> List.map (fun (name, value) -> split path name value)

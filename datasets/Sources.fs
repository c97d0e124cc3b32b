namespace Workbench

open System
open System.IO

/// Where data come from: the name of a data set or the path of a file or folder, and what lies beside it in files of its own.
type DataSource =
    {
        Data: string
        /// The labels of `Data`.
        Labels: string option
        /// Images to test on.
        Test: string option
        TestLabels: string option
    }

/// From paths to parts of a data set. `BadInput` says what is missing or wrong.
[<RequireQualifiedAccess>]
module Sources =
    /// The names of the data sets that have one.
    let named: string list =
        [ "glyphs"; "glyphs-m"; "mnist"; "fashion-mnist"; "mnist-m" ]

    /// The labels of so many images: an .npy, .npz, IDX (plain or gzip), .txt or .csv file.
    let readLabels (path: string) (images: int) : LabelArray =
        let isText =
            List.contains (Path.GetExtension(path).ToLowerInvariant()) [ ".txt"; ".csv" ]

        match Npz.tryPath path with
        | Some(file, name) -> Pickle.labelsOf (Npz.labels file name)
        | None when isText -> Labels.ofText path images
        | None ->
            if Npy.isNpy path then
                Pickle.labelsOf (path, Npy.read path)
            else
                let labels = Idx.read path

                if labels.Shape.Length <> 1 then
                    BadInput.fail $"{path} has {labels.Shape.Length} dimensions: labels have one"

                LabelArray.Numbers(Array.map int64 labels.Bytes)

    let private ofNpy path =
        let array = Npy.read path

        if array.Type.Kind = 'O' then
            Pickle.parts path array
        else
            [ DataPart.create path "train" (ImageArray.ofArray path array) None ]

    /// How a file of a kind that is not read becomes one that is, by its extension.
    let private conversions =
        [ [ ".pt"; ".pth" ], "numpy.save('new.npy', torch.load(FILE).numpy())"
          [ ".mat" ], "numpy.save('new.npy', scipy.io.loadmat(FILE)[NAME])"
          [ ".h5"; ".hdf5" ], "numpy.save('new.npy', h5py.File(FILE)[NAME][:])"
          [ ".pkl"; ".pickle" ], "numpy.save('new.npy', pandas.read_pickle(FILE)[NAME])"
          [ ".parquet" ], "numpy.save('new.npy', pandas.read_parquet(FILE).to_numpy())"
          [ ".csv"; ".txt"; ".tsv" ],
          "numpy.save('new.npy', numpy.loadtxt(FILE, delimiter=',', skiprows=1).reshape(-1, H, W))"
          [ ".png"; ".jpg"; ".jpeg" ], "give the folder that it lies in"
          [ ".zip"; ".tar" ], "unpack it, and give the folder" ]

    /// `BadInput` of a path at which nothing can be read.
    let private notRead option (path: string) =
        let extension = Path.GetExtension(path).ToLowerInvariant()

        let hint =
            match
                conversions |> List.tryFind (fst >> List.contains extension),
                Words.nearest (fun _ -> false) named path
            with
            | Some(_, hint), _ when File.Exists path -> $": {hint}"
            | _, Some meant when option = "data" && not (File.Exists path) ->
                $"; did you mean {meant}?"
            | _ -> ""

        let isNot =
            if option = "data" then $"""neither {String.Join(", ", named)} nor""" else "not"

        BadInput.fail
            $"--{option}: {path} is {isNot} the path of an .npy, .npz or IDX file or of a folder of images{hint}"

    /// The parts that lie at the path that an option gives.
    let private partsAt option (path: string) : DataPart list =
        match Npz.tryPath path with
        | Some(file, name) -> Npz.parts file name
        | None when path.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) -> ofNpy path
        | None when Directory.Exists path -> ImageFolder.parts path
        | None when File.Exists path && Idx.isIdx path ->
            [ DataPart.create path "train" (ImageArray.ofBytes path (Idx.readImages path)) None ]
        | None -> notRead option path

    /// Parts with the labels that an option brings.
    let private labelled option path labels (parts: DataPart list) =
        match labels, parts with
        | None, _ -> parts
        | Some labels, [ { Labels = None } as part ] ->
            [ readLabels labels part.Images.Shape[0]
              |> Some
              |> DataPart.create labels part.Name part.Images ]
        | Some _, _ ->
            BadInput.fail $"--{option}: {path} has its labels already; leave the option out"

    /// The test images of one's own at a path: its part for testing, or all that there is.
    let private ofTest path labels : DataPart =
        let parts = partsAt "test" path

        let part =
            match parts |> List.tryFind (fun part -> part.Name = "test"), parts with
            | Some part, _
            | None, [ part ] -> part
            | None, _ -> BadInput.fail $"--test: {path} holds no test images"

        { List.exactlyOne (labelled "test-labels" path labels [ part ]) with
            Name = "test" }

    /// The parts of a data set whose first ones are there.
    let private complete (source: DataSource) (parts: DataPart list) : DataPart list =
        let isTest (part: DataPart) = part.Name = "test"

        match source.Test, source.TestLabels with
        | None, Some _ -> BadInput.fail "--test-labels: needs --test"
        | None, None -> parts
        | Some path, _ when List.exists isTest parts ->
            BadInput.fail $"--test: {source.Data} has its test images already; leave {path} out"
        | Some path, labels -> parts @ [ ofTest path labels ]

    /// The parts at the path that a source has, its own test images among them.
    let read (source: DataSource) : DataPart list =
        let parts =
            partsAt "data" source.Data
            |> labelled "labels" source.Data source.Labels
            |> complete source

        if parts |> List.forall (fun part -> part.Name <> "train") then
            BadInput.fail $"{source.Data} holds no training images"

        match parts |> List.partition _.Labels.IsSome with
        | _ :: _, without :: _ ->
            BadInput.fail
                $"{source.Data}: its {without.Name} images have no labels, where others have; --labels and --test-labels bring them"
        | _ -> parts

    /// A data set by name has all of its parts.
    let checkNamed (source: DataSource) : unit =
        if source.Labels.IsSome then
            BadInput.fail $"--labels: {source.Data} has its labels already; leave the option out"

        if source.Test.IsSome || source.TestLabels.IsSome then
            BadInput.fail $"--test: {source.Data} has its test images already; leave the option out"

namespace Workbench

open System
open System.IO
open System.IO.Compression

/// numpy's .npz archives: a zip of .npy files, stored or deflated. `FILE.npz:NAME` is one array of it.
[<RequireQualifiedAccess>]
module Npz =
    let private extension = ".npz"

    /// The file and the array's name of `FILE.npz` or `FILE.npz:NAME`; none of another path.
    let tryPath (path: string) : (string * string option) option =
        let at = path.LastIndexOf(extension + ":", StringComparison.OrdinalIgnoreCase)

        if path.EndsWith(extension, StringComparison.OrdinalIgnoreCase) then
            Some(path, None)
        elif at >= 0 then
            let stop = at + extension.Length
            Some(path[.. stop - 1], Some path[stop + 1 ..])
        else
            None

    let private opened (path: string) (read: ZipArchive -> 'T) : 'T =
        Files.openRead path (fun file ->
            use archive = new ZipArchive(file, ZipArchiveMode.Read, leaveOpen = true)
            read archive)

    let private nameOf (entry: ZipArchiveEntry) =
        if entry.FullName.EndsWith(".npy", StringComparison.OrdinalIgnoreCase) then
            Some entry.FullName[.. entry.FullName.Length - 5]
        else
            None

    /// The names of its arrays, in their order there.
    let names (path: string) : string list =
        opened path (fun archive -> archive.Entries |> Seq.choose nameOf |> List.ofSeq)

    let private list (names: string list) =
        let shown = String.Join(", ", List.truncate 12 names)
        if names.Length > 12 then $"{shown}, and {names.Length - 12} more" else shown

    let private unclear path option (names: string list) =
        if names.IsEmpty then
            BadInput.fail $"{path} holds no arrays: save them with numpy.savez"

        BadInput.fail
            $"{path} holds the arrays {list names}: name one, as in {option} {path}:{names.Head}"

    /// The array of that name. `BadInput` where there is none, and as `Npy.read`.
    let read (path: string) (name: string) : NpyArray =
        opened path (fun archive ->
            match archive.Entries |> Seq.tryFind (fun entry -> nameOf entry = Some name) with
            | None ->
                let names = archive.Entries |> Seq.choose nameOf |> List.ofSeq
                BadInput.fail $"{path} holds no array {name}, but {list names}"
            | Some entry ->
                let whole = $"{path}:{name}"

                if entry.Length > Arrays.mostDeflation * (entry.CompressedLength + 1L) then
                    BadInput.fail $"{whole} claims {entry.Length} bytes: is it damaged?"

                if entry.Length > int64 Array.MaxLength then
                    BadInput.fail $"{whole} is larger than the 2 GiB that are read"

                use source = entry.Open()
                let bytes = Files.take whole source (int entry.Length)

                if Arrays.crc32 bytes <> entry.Crc32 then
                    BadInput.fail $"{whole} is damaged: it has another checksum; fetch it again"

                use memory = new MemoryStream(bytes)
                Npy.readFrom whole memory memory.Length)

    let private arrayOf path name = $"{path}:{name}", read path name

    /// The array of this name, or the only one, or the only one whose name is of labels: as a path, and as it is.
    let labels (path: string) (name: string option) : string * NpyArray =
        let names = names path

        let isOfLabels name =
            DataPart.role name |> Option.exists _.IsLabels

        match name, names, List.filter isOfLabels names with
        | Some name, _, _
        | None, [ name ], _
        | None, _, [ name ] -> arrayOf path name
        | _ -> unclear path "--labels" names

    /// The parts that the names of its arrays tell of (x_train and y_train, train_images and train_labels, images, ...); of a named
    /// array, or of one that is alone, all images are for training.
    let parts (path: string) (name: string option) : DataPart list =
        let names = names path

        let found part isLabels =
            names
            |> List.filter (fun name ->
                DataPart.role name = Some { Part = part; IsLabels = isLabels })

        let part name array labels =
            let images = arrayOf path array ||> ImageArray.ofArray
            DataPart.create path name images labels

        let labelled name ofPart array =
            found ofPart true
            |> List.tryExactlyOne
            |> Option.map (arrayOf path >> Pickle.labelsOf)
            |> part name array

        let all = found None false
        let named = [ for name in DataPart.names -> name, found (Some name) false ]
        let counts = named |> List.map (fun (_, names) -> names.Length)

        match name, names, all with
        | Some name, _, _
        | None, [ name ], _ -> [ part "train" name None ]
        | None, _, [ array ] when List.sum counts = 0 -> [ labelled "train" None array ]
        | None, _, [] when List.max counts = 1 ->
            [ for name, arrays in named do
                  for array in arrays do
                      labelled name (Some name) array ]
        | _ -> unclear path "--data" names

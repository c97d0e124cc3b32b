namespace Workbench

open System
open System.IO
open System.Threading.Tasks
open SkiaSharp

/// A folder of PNG and JPEG images of one size. Sub-folders are classes, or, by their names, the parts train, validation and test,
/// each with images or classes of its own.
[<RequireQualifiedAccess>]
module ImageFolder =
    /// Of an image; no model here is for larger ones.
    let private mostPixels = 1 <<< 22

    /// What systems leave in folders (.DS_Store, ._0.png, __MACOSX) is none of the images.
    let private isShown (path: string) =
        let name = Path.GetFileName path
        not (name.StartsWith '.' || name = "__MACOSX")

    let private sorted (paths: string[]) =
        paths
        |> List.ofArray
        |> List.filter isShown
        |> List.sortWith (fun a b -> String.CompareOrdinal(a, b))

    let private isImage (path: string) =
        List.contains (Path.GetExtension(path).ToLowerInvariant()) [ ".png"; ".jpg"; ".jpeg" ]

    let private images folder =
        Directory.GetFiles folder |> sorted |> List.filter isImage

    let private folders folder =
        Directory.GetDirectories folder |> sorted

    let private none folder =
        let isIdx (path: string) = (Path.GetFileName path).Contains "idx"

        match Directory.GetFiles folder |> sorted |> List.tryFind isIdx with
        | Some file ->
            BadInput.fail
                $"{folder} is a folder of IDX files: give the training images among them, such as {file}, their --labels, and --test"
        | None -> BadInput.fail $"{folder} is a folder without PNG or JPEG images"

    /// The files of a part, with the names of their classes where they lie in sub-folders.
    let private examples (folder: string) : (string * string option) list =
        let ofClass (folder: string) =
            match images folder, folders folder with
            | [], inner :: _ ->
                BadInput.fail
                    $"{folder} has no images but folders, such as {inner}: give that of the classes"
            | [], [] -> none folder
            | files, _ -> [ for file in files -> file, Some(Path.GetFileName folder) ]

        match images folder, folders folder with
        | [], [] -> none folder
        | files, [] -> [ for file in files -> file, None ]
        | [], classes -> List.collect ofClass classes
        | file :: _, classes ->
            BadInput.fail
                $"{folder} has images ({Path.GetFileName file}) beside its sub-folders ({Path.GetFileName classes.Head}): of which class are they?"

    let private partOf (folder: string) =
        match DataPart.role (Path.GetFileName folder) with
        | Some { Part = Some part; IsLabels = false } -> Some part
        | _ -> None

    /// Each part's name and folder.
    let private partFolders (folder: string) : (string * string) list =
        let folders = folders folder
        let parts = List.choose partOf folders

        if not (images folder).IsEmpty || parts.IsEmpty || parts.Length < folders.Length then
            [ "train", folder ]
        elif (List.distinct parts).Length < parts.Length then
            let names =
                String.Join(
                    ", ",
                    folders |> List.map (fun (folder: string) -> Path.GetFileName folder)
                )

            BadInput.fail $"{folder} has two sub-folders for one part: {names}"
        else
            List.zip parts folders

    /// Hands over the decoder of a file.
    let private withCodec (path: string) (read: SKCodec -> 'T) : 'T =
        let bytes = Files.openRead path (fun file -> Files.take path file (int file.Length))

        try
            use data = SKData.CreateCopy bytes
            use codec = SKCodec.Create data

            if isNull codec then
                BadInput.fail $"{path} is no PNG or JPEG image, or damaged"

            read codec
        with
        | :? TypeInitializationException
        | :? DllNotFoundException as error ->
            BadInput.fail
                $"images cannot be decoded here ({error.GetBaseException().Message}): save them as an .npy file"

    let private size (info: SKImageInfo) = $"{info.Width} x {info.Height}"

    /// Red, green, blue and opacity of each pixel of an image that has as many pixels as the first.
    let private decode (firstPath: string, first: SKImageInfo) (path: string) : byte[] =
        withCodec path (fun codec ->
            let found = codec.Info
            let mutable pixels = Array.empty

            if found.Width <> first.Width || found.Height <> first.Height then
                BadInput.fail
                    $"{path} has {size found} pixels (width x height), {firstPath} has {size first}: all images have one size"

            let wanted =
                SKImageInfo(first.Width, first.Height, SKColorType.Rgba8888, SKAlphaType.Unpremul)

            if codec.GetPixels(wanted, &pixels) <> SKCodecResult.Success then
                BadInput.fail $"{path} is damaged: it does not decode"

            pixels)

    /// All images as bytes, N x 3 x H x W, or N x H x W where all are grey.
    let private decodeAll (folder: string) (files: string[]) : ByteArray =
        let first = withCodec files[0] _.Info
        let height, width = first.Height, first.Width

        if int64 height * int64 width > int64 mostPixels then
            BadInput.fail $"{files[0]} has {size first} pixels: make the images smaller"

        let shape =
            Arrays.checkShape folder [| files.LongLength; 3L; int64 height; int64 width |]

        let area = height * width
        let planes = Array.zeroCreate<byte>(Arrays.count shape)
        let isGrey = Array.create files.Length true

        let put index =
            let pixels = decode (files[0], first) files[index]

            for at in 0 .. area - 1 do
                let r, g, b = pixels[4 * at], pixels[4 * at + 1], pixels[4 * at + 2]

                if pixels[4 * at + 3] <> 255uy then
                    BadInput.fail $"{files[index]} has transparent pixels: save it on a background"

                if r <> g || g <> b then
                    isGrey[index] <- false

                let plane = 3 * index * area + at
                planes[plane] <- r
                planes[plane + area] <- g
                planes[plane + 2 * area] <- b

        try
            Parallel.For(0, files.Length, put) |> ignore
        with :? AggregateException ->
            // Of several faults the first file's is told, whichever thread was faster.
            Seq.iter put (seq { 0 .. files.Length - 1 })

        // One plane of three will do.
        if Array.forall id isGrey then
            let grey = Array.zeroCreate<byte>(files.Length * area)

            for index in 0 .. files.Length - 1 do
                Array.blit planes (3 * index * area) grey (index * area) area

            { Shape = [| files.Length; height; width |]
              Bytes = grey }
        else
            { Shape = shape; Bytes = planes }

    /// `count` images from number `first` on.
    let private slice (first: int) (count: int) (images: ByteArray) : ByteArray =
        let size = Arrays.count images.Shape / images.Shape[0]

        { Shape = Array.updateAt 0 count images.Shape
          Bytes = Array.sub images.Bytes (first * size) (count * size) }

    /// The parts of a folder: images in the order of their names, colours where one image has some, the names of folders as labels.
    /// `BadInput` where a file is damaged, or of another size than the others.
    let parts (folder: string) : DataPart list =
        let parts = [ for name, folder in partFolders folder -> name, examples folder ]

        let all =
            parts |> List.collect (snd >> List.map fst) |> Array.ofList |> decodeAll folder

        let starts = parts |> List.scan (fun start (_, files) -> start + files.Length) 0

        [ for (name, files), start in List.zip parts (List.take parts.Length starts) do
              let labels =
                  match List.choose snd files with
                  | [] -> None
                  | labels -> Some(Labels.ofWords (Array.ofList labels))

              let images = ImageArray.ofBytes folder (slice start files.Length all)
              DataPart.create folder name images labels ]

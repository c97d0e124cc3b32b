// Every script that trains, stopped by SIGTERM while it trains its last model and resumed: checkpoints and
// metrics.csv must be those of a run that was never stopped, and models that were finished before must not have been touched.
// Then a run on a full disk, which must end with bad input and lose no checkpoint.
//
//     dotnet fsi .ci/resumes.fsx [SCRIPT ...]
//
// Ends with the summary line of a test run.

#load "runs.fsx"

open System
open System.IO
open Runs

/// A script, its options at a small size, and the folders of its models in their order.
let scripts =
    [ "vae", [ "--limit"; "1000"; "--epochs"; "8" ], [ "" ]
      "autoencoder", [ "--limit"; "1000"; "--epochs"; "8" ], [ "" ]
      "naive-generation", [ "--limit"; "500"; "--epochs"; "6" ], [ "plain"; "normalised"; "vae" ]
      "gan", [ "--limit"; "500"; "--epochs"; "6" ], [ "" ]
      "conditional-gan", [ "--limit"; "500"; "--epochs"; "6" ], [ "" ]
      "interpolation", [ "--limit"; "500"; "--epochs"; "6" ], [ "gan"; "vae" ]
      "vae-gan", [ "--limit"; "300"; "--epochs"; "6" ], [ "vae-gan"; "vae" ]
      "vae-gan",
      [ "--limit"; "100"; "--epochs"; "3"; "--conv"; "--channels"; "16"; "16" ],
      [ "vae-gan"; "vae" ]
      "conv-autoencoder", [ "--limit"; "200"; "--epochs"; "5"; "--channels"; "4"; "8" ], [ "" ]
      "adversarial-autoencoder", [ "--limit"; "200"; "--epochs"; "5" ], [ "" ]
      "classifier", [ "--limit"; "300"; "--epochs"; "5" ], [ "" ]
      "kl-sweep",
      [ "--limit"; "500"; "--epochs"; "8"; "--kl-weight"; "0"; "1"; "--jobs"; "1" ],
      [ "kl-weight-0"; "kl-weight-1" ]
      "sweep",
      [ "--script"; "vae"; "--limit"; "500"; "--epochs"; "8"; "--jobs"; "1" ]
      @ [ "--vary"; "hidden"; "40"; "40,20" ],
      [ "hidden-40"; "hidden-40-20" ] ]

let checkpoint (folder: string) (model: string) =
    Path.Combine(folder, model, "checkpoint.safetensors")

/// Stopped once its last model has a checkpoint. False: it ended first.
let stop name options folder models =
    use running = train name options folder
    waitFor running (fun () -> File.Exists(checkpoint folder (List.last models)))
    signal "TERM" running

    match ending running with
    | 130, _ -> true
    | 0, _ -> false
    | code, errors -> failwith $"exit code {code}: {errors}"

let rec stopped name options models expected tries =
    let folder = $"{expected}-stopped-{tries}"

    if stop name options folder models then folder
    elif tries < 5 then stopped name options models expected (tries + 1)
    else failwith $"{name} ended before it could be stopped"

let private goesOn name options models expected =
    let folder = stopped name options models expected 1
    let earlier = List.take (models.Length - 1) models |> List.map (checkpoint folder)

    let written () =
        earlier |> List.map File.GetLastWriteTimeUtc

    let before = written ()
    resume name folder
    let isSame, untouched = same expected folder, written () = before
    tell name isSame

    if not untouched then
        printfn $"{name}: A FINISHED MODEL WAS TRAINED AGAIN"

    isSame && untouched

/// Convolutions that this machine's libtorch computes wrongly are refused before anything is written: there is nothing to stop then.
let resumed (index, (name, options, models)) =
    let expected = Path.Combine(scratch, $"{name}-{index}")

    match using (train name options expected) ending with
    | 0, _ -> goesOn name options models expected
    | 2, errors when errors.Contains "wrongly on this machine" ->
        printfn $"{name}: left out, {errors.Trim()}"
        not (Directory.Exists expected)
    | code, errors -> failwith $"exit code {code}: {errors}"

/// A small disk needs a file system of one's own.
let canMount =
    lazy (using (startProgram "unshare" [ "-rm"; "true" ]) ending |> fst = 0)

/// What is free on the disk, in KiB: less than a checkpoint, more than the small files.
let room = 1024L

/// A run resumed on a disk with that room: its exit code, its complaints, and the checkpoint that it left.
let resumeWithoutRoom (folder: string) =
    let size =
        files folder "*" |> Array.sumBy (fun path -> FileInfo(path).Length / 1024L + 4L)

    let disk, after = folder + "-disk", folder + "-after"
    Directory.CreateDirectory disk |> ignore

    let commands =
        [ $"mount -t tmpfs -o size={size + room}k none '{disk}'"
          $"cp -r '{folder}/.' '{disk}'"
          "code=0"
          "dotnet fsi '"
          + script "vae"
          + $"' --resume '{disk}' --epochs 4 --quiet || code=$?"
          $"cp -r '{disk}' '{after}'"
          "exit $code" ]

    let shell = "set -e; " + String.Join("; ", commands)

    let code, errors =
        using (startProgram "unshare" [ "-rm"; "bash"; "-c"; shell ]) ending

    code, errors, after

let fullDisk () =
    let folder = Path.Combine(scratch, "full")
    using (train "vae" [ "--limit"; "500"; "--epochs"; "2" ] folder) finish
    let code, errors, after = resumeWithoutRoom folder
    let lines = errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)
    let bytes folder = File.ReadAllBytes(checkpoint folder "")
    let kept = (bytes folder).AsSpan().SequenceEqual(bytes after)
    let nothingHalf = files after "*.tmp" = [||]
    printfn $"full disk: exit code {code}, checkpoint kept: {kept}, {errors.Trim()}"

    code = 2
    && lines.Length = 1
    && lines[0].Contains "make room"
    && kept
    && nothingHalf

let asked = fsi.CommandLineArgs |> List.ofArray |> List.skip 1

let isAsked name =
    asked.IsEmpty || List.contains name asked

let compared =
    List.indexed scripts
    |> List.filter (fun (_, (name, _, _)) -> isAsked name)
    |> inPairs resumed

let withFullDisk =
    if not (isAsked "full-disk") then
        []
    elif canMount.Value then
        [ fullDisk () ]
    else
        printfn "left out: the full disk, for unshare -rm is not allowed here"
        []

conclude (compared @ withFullDisk)

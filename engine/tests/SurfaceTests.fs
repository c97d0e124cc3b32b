/// The managed engine's public surface is a part of TorchSharp's, and all of it that the repository uses.
module Workbench.Tests.SurfaceTests

open System
open System.IO
open Expecto
open Workbench.Tests.Surface

/// The output folder of the tests, which has the package; the managed engine's copy lies in a folder of it.
let private folder =
    let here =
        DirectoryInfo(AppContext.BaseDirectory.TrimEnd Path.DirectorySeparatorChar)

    if here.Name = "managed" then here.Parent.FullName else here.FullName

let private real = Path.Combine(folder, "TorchSharp.dll")
let private managed = Path.Combine(folder, "managed", "TorchSharp.dll")

let private byName path =
    Map.ofList [ for kind in offered path -> kind.Name, kind ]

let private expectNone message (lines: string list) =
    if not lines.IsEmpty then
        failtestf "%s:\n%s" message (String.Join("\n", lines))

let private subset =
    testCase
        "what is public in the managed engine is TorchSharp's, name for name and default for default"
        (fun () ->
            let theirs = byName real

            expectNone
                "no such member there"
                [ for kind in offered managed do
                      match Map.tryFind kind.Name theirs with
                      | None -> kind.Name
                      | Some their ->
                          let known = members theirs kind.Name |> List.map _.Whole |> Set.ofList

                          for own in kind.Members do
                              if not (known.Contains own.Whole) then
                                  $"{kind.Name}: {own.Whole}"

                          for own in List.except their.Interfaces kind.Interfaces do
                              $"{kind.Name}: {own}" ])

/// Each assembly that is compiled against the package, and what it asks for on purpose that the managed engine lacks.
let private users =
    [ "Workbench", []
      "Workbench.Interop", []
      "Workbench.Engine.Tests", []
      "Workbench.Tests",
      [ "TorchSharp.torch+linalg"
        "TorchSharp.torch+linalg: static TorchSharp.torch+Tensor det(TorchSharp.torch+Tensor)"
        "TorchSharp.torch+Tensor: TorchSharp.torch+Tensor erfinv()"
        "TorchSharp.torch+Tensor: TorchSharp.torch+Tensor get_H()"
        "TorchSharp.torch: TorchSharp.torch+ScalarType float16"
        "TorchSharp.torch: static Void set_default_device(TorchSharp.torch+Device)"
        "TorchSharp.torch: static TorchSharp.torch+Tensor tensor(Int16, TorchSharp.torch+Device, Boolean)" ] ]

let private usedCases =
    [ for user, onPurpose in users do
          testCase $"the managed engine has all that {user} uses" (fun () ->
              let ours = byName managed
              let path = Path.Combine(folder, user + ".dll")
              let asked = membersAsked "TorchSharp" path
              Expect.isNonEmpty asked "it uses TorchSharp"

              let lacks (one: Member) =
                  members ours one.Owner
                  |> List.forall (fun own -> own.Reference <> one.Reference)

              // TensorFlow's messages, by which tests on libtorch read what the workbench writes.
              let isMessage (name: string) =
                  name.StartsWith("Tensorboard.", StringComparison.Ordinal)

              let missing =
                  [ for name in typesAsked "TorchSharp" path do
                        if not (ours.ContainsKey name || isMessage name) then
                            name
                    for one in List.filter lacks asked do
                        if not (isMessage one.Owner) then
                            $"{one.Owner}: {one.Reference}" ]

              expectNone "not there" (List.except onPurpose missing)
              expectNone "there after all" (List.except missing onPurpose)) ]

[<Tests>]
let tests = testList "The managed engine's surface" (subset :: usedCases)

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

let private users =
    [ "Workbench"
      "Workbench.Interop"
      "Workbench.Tests"
      "Workbench.Engine.Tests" ]

let private usedCases =
    [ for user in users do
          testCase $"the managed engine has all that {user} uses" (fun () ->
              let ours = byName managed
              let path = Path.Combine(folder, user + ".dll")
              let asked = membersAsked "TorchSharp" path
              Expect.isNonEmpty asked "it uses TorchSharp"

              let lacks (one: Member) =
                  members ours one.Owner
                  |> List.forall (fun own -> own.Reference <> one.Reference)

              expectNone
                  "not there"
                  [ for name in typesAsked "TorchSharp" path do
                        if not (ours.ContainsKey name) then
                            name
                    for one in List.filter lacks asked do
                        $"{one.Owner}: {one.Reference}" ]) ]

[<Tests>]
let tests = testList "The managed engine's surface" (subset :: usedCases)

module Workbench.Tests.CompatSurfaceTests

open System
open System.IO
open System.Reflection
open System.Runtime.CompilerServices
open System.Text.RegularExpressions
open Expecto
open Microsoft.FSharp.Reflection

/// Where the real packages' signatures lie, beside the repository; a stranger's clone has none.
let private signatures =
    Path.Combine(__SOURCE_DIRECTORY__, "..", "..", "shared", "api")

let private pages = [ "expecto.md"; "plotly-net.md"; "fsharp-data.md" ]

/// What computation expressions call; the pages name only their builders.
let private builders = [ "Bind"; "Return"; "ReturnFrom" ]

/// Every word of the pages.
let private words () =
    pages
    |> Seq.collect (fun page ->
        Regex.Matches(File.ReadAllText(Path.Combine(signatures, page)), @"\w+")
        |> Seq.map _.Value)
    |> Seq.append builders
    |> Set.ofSeq

let private attribute<'Attribute when 'Attribute :> Attribute> (item: MemberInfo) =
    item.GetCustomAttributes<'Attribute>() |> Seq.tryHead

let private has<'Attribute when 'Attribute :> Attribute> (item: MemberInfo) =
    Option.isSome (attribute<'Attribute> item)

/// The name as F# sources write it: what follows a $ is the compiler's, and so is "Module" behind a module that has a type's
/// name.
let private written (item: MemberInfo) =
    let name = item.Name.Split('`', '$')[0]

    match attribute<CompilationSourceNameAttribute> item with
    | Some source -> source.SourceName
    | None when (item :? Type) && name.EndsWith "Module" ->
        name[.. name.Length - "Module".Length - 1]
    | None -> name

/// What the compiler adds to records, unions and exceptions.
let private isAdded (item: MemberInfo) =
    let ofUnion =
        FSharpType.IsUnion(item.DeclaringType)
        && (item.Name = "Tags" || item.Name = "Tag" || has<CompilationMappingAttribute> item)

    let inherited =
        typeof<obj>.GetMember item.Name |> Array.isEmpty |> not
        || item.Name = "CompareTo"
        || item.Name = "Message"

    has<CompilerGeneratedAttribute> item
    || ofUnion
    || inherited
    || item :? ConstructorInfo

/// Accessors of properties, and the field that holds an enum's number.
let private isAccessor (item: MemberInfo) =
    match item with
    | :? MethodInfo as method -> method.IsSpecialName
    | :? FieldInfo as field -> field.IsSpecialName
    | _ -> false

/// A property that a module adds to a type is compiled as a function of this prefix.
let private withoutGet (name: string) =
    if name.StartsWith("get_", StringComparison.Ordinal) then name[4..] else name

let private casesOf (owner: Type) =
    if FSharpType.IsUnion owner then
        FSharpType.GetUnionCases owner |> Seq.map _.Name |> List.ofSeq
    else
        []

/// Public names of a type, each with its owner: members of its own, cases, and members that it adds to other types.
let private namesOf (owner: Type) =
    let members =
        owner.GetMembers(
            BindingFlags.Public
            ||| BindingFlags.Instance
            ||| BindingFlags.Static
            ||| BindingFlags.DeclaredOnly
        )
        |> Seq.filter (fun item ->
            not (item :? Type) && not (isAdded item) && not (isAccessor item))
        |> Seq.collect (fun item -> (written item).Split '.')
        |> Seq.map withoutGet
        |> Seq.filter (fun name -> name <> "Static")

    // A module that opens itself is never written.
    let own = if has<AutoOpenAttribute> owner then [] else [ written owner ]

    [ yield! own; yield! members; yield! casesOf owner ]
    |> List.distinct
    |> List.map (fun name -> name, owner.FullName)

let private isOfUnion (item: Type) =
    not (isNull item.DeclaringType) && FSharpType.IsUnion item.DeclaringType

let private strangers (known: Set<string>) (name: string) =
    Assembly.Load(name: string).GetExportedTypes()
    |> Seq.filter (fun item -> not (isOfUnion item) && not (has<CompilerGeneratedAttribute> item))
    |> Seq.collect namesOf
    |> Seq.filter (fun (name, _) -> not (known.Contains name))
    |> List.ofSeq

[<Tests>]
let tests =
    testList
        "The stand-ins' public names"
        [ for assembly in
              [ "Workbench.Compat.Expecto"
                "Workbench.Compat.FSharp.Data"
                "Workbench.Compat.Plotly" ] do
              testCase assembly (fun () ->
                  if not (Directory.Exists signatures) then
                      skiptest "the real packages' signatures are not beside this repository"

                  Expect.equal
                      (strangers (words ()) assembly)
                      []
                      "public names that the real package's page does not have") ]

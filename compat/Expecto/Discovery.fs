namespace Expecto

open System
open System.Reflection

/// Finds the tests that an assembly marks by attributes.
module internal Discovery =

    let private stateOf (holder: MemberInfo) =
        let has (attribute: Type) = holder.IsDefined(attribute, true)

        if has typeof<FTestsAttribute> then Some Focused
        elif has typeof<TestsAttribute> then Some Normal
        elif has typeof<PTestsAttribute> then Some Pending
        else None

    let private valueOf (holder: MemberInfo) =
        match holder with
        | :? MethodInfo as m when m.ReturnType = typeof<Test> -> Some(m.Invoke(null, null))
        | :? PropertyInfo as p when p.PropertyType = typeof<Test> -> Some(p.GetValue null)
        | :? FieldInfo as f when f.FieldType = typeof<Test> -> Some(f.GetValue null)
        | _ -> None

    let private testOf (holder: MemberInfo) =
        match stateOf holder with
        | None -> None
        | Some state ->
            match valueOf holder with
            | None -> None
            | Some null ->
                let where = $"{holder.DeclaringType}.{holder.Name}"
                raise (ExpectoException $"Test is null: {where}. Is its file initialised?")
            | Some value -> Some(Test.translateFocusState state (value :?> Test))

    let private listOf tests =
        match tests with
        | [] -> None
        | tests -> Some(TestList(tests, Normal))

    /// All marked public static members of the exported types, or None.
    let testFromAssembly (assembly: Assembly) =
        let testsOf (holder: Type) =
            holder.GetMembers(BindingFlags.Public ||| BindingFlags.Static)
            |> Seq.choose testOf
            |> List.ofSeq
            |> listOf

        assembly.GetExportedTypes() |> Seq.choose testsOf |> List.ofSeq |> listOf

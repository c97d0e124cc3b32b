/// What an assembly offers and what it asks of another, read from the files: two assemblies of one name cannot be loaded
/// side by side, and a reference that no loaded method has needed yet is a reference all the same.
module Workbench.Tests.Surface

open System
open System.Collections.Immutable
open System.IO
open System.Reflection
open System.Reflection.Metadata
open System.Reflection.PortableExecutable

/// A public member: whose it is, what a caller's reference says of it, and all that a compiler can see.
type Member =
    { Owner: string
      Reference: string
      Whole: string }

/// A public type: what it is, what it derives from, its own members.
type Kind =
    { Name: string
      Base: string
      Interfaces: string list
      Members: Member list }

let private dotted space name =
    if space = "" then name else $"{space}.{name}"

let rec private defined (reader: MetadataReader) (handle: TypeDefinitionHandle) =
    let definition = reader.GetTypeDefinition handle
    let name = reader.GetString definition.Name
    let outer = definition.GetDeclaringType()

    if outer.IsNil then
        dotted (reader.GetString definition.Namespace) name
    else
        $"{defined reader outer}+{name}"

let rec private referred (reader: MetadataReader) (handle: TypeReferenceHandle) =
    let reference = reader.GetTypeReference handle
    let name = reader.GetString reference.Name

    if reference.ResolutionScope.Kind = HandleKind.TypeReference then
        $"{referred reader (TypeReferenceHandle.op_Explicit reference.ResolutionScope)}+{name}"
    else
        dotted (reader.GetString reference.Namespace) name

/// Types as text, without the assemblies that they come from.
type private Names() =
    interface ISignatureTypeProvider<string, unit> with
        member _.GetArrayType(element, shape) =
            element + "[" + String(',', shape.Rank - 1) + "]"

        member _.GetByReferenceType element = element + "&"
        member _.GetFunctionPointerType _ = "pointer to a function"

        member _.GetGenericInstantiation(generic, arguments) =
            generic + "<" + String.Join(", ", arguments) + ">"

        member _.GetGenericMethodParameter(_, index) = $"!!{index}"
        member _.GetGenericTypeParameter(_, index) = $"!{index}"

        member _.GetModifiedType(modifier, unmodified, isRequired) =
            if isRequired then $"{unmodified} of {modifier}" else unmodified

        member _.GetPinnedType element = element
        member _.GetPointerType element = element + "*"
        member _.GetPrimitiveType code = string code
        member _.GetSZArrayType element = element + "[]"
        member _.GetTypeFromDefinition(reader, handle, _) = defined reader handle
        member _.GetTypeFromReference(reader, handle, _) = referred reader handle

        member names.GetTypeFromSpecification(reader, _, handle, _) =
            reader.GetTypeSpecification(handle).DecodeSignature(names, ())

let private names = Names()

let private nameOf (reader: MetadataReader) (handle: EntityHandle) =
    if handle.IsNil then
        ""
    else
        match handle.Kind with
        | HandleKind.TypeDefinition -> defined reader (TypeDefinitionHandle.op_Explicit handle)
        | HandleKind.TypeReference -> referred reader (TypeReferenceHandle.op_Explicit handle)
        | _ ->
            reader
                .GetTypeSpecification(TypeSpecificationHandle.op_Explicit handle)
                .DecodeSignature(names, ())

/// The name of a type without its arguments.
let private open' (name: string) = name.Split('<')[0]

let private signature (name: string) (parameters: string seq) (method: MethodSignature<string>) =
    let fixed' = if method.Header.IsInstance then "" else "static "

    let generic =
        if method.GenericParameterCount = 0 then
            ""
        else
            $"`{method.GenericParameterCount}"

    let listed = String.Join(", ", parameters)
    $"{fixed'}{method.ReturnType} {name}{generic}({listed})"

let private constant (reader: MetadataReader) (handle: ConstantHandle) =
    let value = reader.GetConstant handle
    let blob = reader.GetBlobReader value.Value

    match value.TypeCode with
    | ConstantTypeCode.NullReference -> "null"
    | code -> $"%A{blob.ReadConstant code}"

/// Each parameter's type, name and default.
let private parameters
    (reader: MetadataReader)
    (definition: MethodDefinition)
    (types: ImmutableArray<string>)
    =
    let described =
        dict
            [ for handle in definition.GetParameters() do
                  let parameter = reader.GetParameter handle
                  parameter.SequenceNumber, parameter ]

    types
    |> Seq.mapi (fun i kind ->
        match described.TryGetValue(i + 1) with
        | true, parameter ->
            let value = parameter.GetDefaultValue()

            let optional =
                if not value.IsNil then $" = {constant reader value}"
                elif parameter.Attributes.HasFlag ParameterAttributes.Optional then " = default"
                else ""

            $"{kind} {reader.GetString parameter.Name}{optional}"
        | _ -> kind)

let private isOpen (access: MethodAttributes) =
    match access &&& MethodAttributes.MemberAccessMask with
    | MethodAttributes.Public
    | MethodAttributes.Family
    | MethodAttributes.FamORAssem -> true
    | _ -> false

let private methods (reader: MetadataReader) owner (definition: TypeDefinition) =
    [ for handle in definition.GetMethods() do
          let method = reader.GetMethodDefinition handle

          if isOpen method.Attributes then
              let name = reader.GetString method.Name
              let decoded = method.DecodeSignature(names, ())

              { Owner = owner
                Reference = signature name decoded.ParameterTypes decoded
                Whole = signature name (parameters reader method decoded.ParameterTypes) decoded } ]

let private fields (reader: MetadataReader) owner (definition: TypeDefinition) =
    [ for handle in definition.GetFields() do
          let field = reader.GetFieldDefinition handle

          match field.Attributes &&& FieldAttributes.FieldAccessMask with
          | FieldAttributes.Public
          | FieldAttributes.Family
          | FieldAttributes.FamORAssem ->
              let text = $"{field.DecodeSignature(names, ())} {reader.GetString field.Name}"
              let value = field.GetDefaultValue()

              { Owner = owner
                Reference = text
                Whole = if value.IsNil then text else $"{text} = {constant reader value}" }
          | _ -> () ]

let rec private isVisible (reader: MetadataReader) (definition: TypeDefinition) =
    match definition.Attributes &&& TypeAttributes.VisibilityMask with
    | TypeAttributes.Public -> true
    | TypeAttributes.NestedPublic
    | TypeAttributes.NestedFamily
    | TypeAttributes.NestedFamORAssem ->
        isVisible reader (reader.GetTypeDefinition(definition.GetDeclaringType()))
    | _ -> false

let private read (path: string) (get: MetadataReader -> 'T list) =
    use file = new PEReader(File.OpenRead path)
    get (file.GetMetadataReader())

/// The public types of an assembly.
let offered (path: string) : Kind list =
    read path (fun reader ->
        [ for handle in reader.TypeDefinitions do
              let definition = reader.GetTypeDefinition handle

              if isVisible reader definition then
                  let name = defined reader handle

                  { Name = name
                    Base = nameOf reader definition.BaseType
                    Interfaces =
                      [ for one in definition.GetInterfaceImplementations() ->
                            nameOf reader (reader.GetInterfaceImplementation one).Interface ]
                    Members = methods reader name definition @ fields reader name definition } ])

/// Whether a type lives in the assembly of that name.
let rec private livesIn (assembly: string) (reader: MetadataReader) (handle: EntityHandle) =
    match handle.Kind with
    | HandleKind.TypeReference ->
        livesIn
            assembly
            reader
            (reader.GetTypeReference(TypeReferenceHandle.op_Explicit handle)).ResolutionScope
    | HandleKind.AssemblyReference ->
        let reference =
            reader.GetAssemblyReference(AssemblyReferenceHandle.op_Explicit handle)

        reader.GetString reference.Name = assembly
    | _ -> false

/// The types of an assembly that another one names.
let typesAsked (assembly: string) (path: string) : string list =
    read path (fun reader ->
        [ for handle in reader.TypeReferences do
              if
                  livesIn assembly reader (TypeReferenceHandle.op_Implicit handle: EntityHandle)
              then
                  referred reader handle ])

/// The members of an assembly that another one names.
let membersAsked (assembly: string) (path: string) : Member list =
    let types = Set.ofList (typesAsked assembly path)

    read path (fun reader ->
        [ for handle in reader.MemberReferences do
              let reference = reader.GetMemberReference handle
              let owner = open' (nameOf reader reference.Parent)

              if types.Contains owner then
                  let name = reader.GetString reference.Name

                  let text =
                      if reference.GetKind() = MemberReferenceKind.Field then
                          $"{reference.DecodeFieldSignature(names, ())} {name}"
                      else
                          let decoded = reference.DecodeMethodSignature(names, ())
                          signature name decoded.ParameterTypes decoded

                  { Owner = owner
                    Reference = text
                    Whole = text } ])

/// A type's own members and those that it inherits within its assembly.
let rec members (types: Map<string, Kind>) (name: string) : Member list =
    match Map.tryFind (open' name) types with
    | Some kind -> kind.Members @ members types kind.Base
    | None -> []

/// Setting the properties of an object from a member's optional arguments, and merging two objects.
module internal Plotly.NET.Properties

open DynamicObj

/// A property that may be absent.
type Property = (string * obj) option

let set (name: string) (value: 'V option) : Property =
    value |> Option.map (fun value -> name, box value)

let setBy (name: string) (write: 'V -> 'W) (value: 'V option) : Property =
    value |> Option.map (fun value -> name, box (write value))

/// The argument for many points wins over the one for all.
let setOneOrMany (name: string) (one: 'V option) (many: 'W seq option) : Property =
    set name many |> Option.orElse (set name one)

/// Changes the object itself, and returns it.
let fill (target: 'T :> DynamicObj) (properties: Property list) : 'T =
    for name, value in List.choose id properties do
        target.Properties[name] <- value

    target

/// Puts the second object's properties into the first, which wins nowhere; objects in both are merged in turn.
let rec merge (target: DynamicObj) (source: DynamicObj) : unit =
    for KeyValue(name, value) in source.Properties do
        match target.Properties.TryGetValue name, value with
        | (true, (:? DynamicObj as old)), (:? DynamicObj as added) -> merge old added
        | _ -> target.Properties[name] <- value

/// The object under a name.
let tryFind<'T when 'T :> DynamicObj> (name: string) (owner: DynamicObj) : 'T option =
    match owner.Properties.TryGetValue name with
    | true, (:? 'T as found) -> Some found
    | _ -> None

/// Merges into the object under a name, or puts the new one there.
let update (name: string) (added: DynamicObj) (owner: DynamicObj) : unit =
    match tryFind<DynamicObj> name owner with
    | Some old when not (obj.ReferenceEquals(old, added)) -> merge old added
    | Some _ -> ()
    | None -> owner.Properties[name] <- added

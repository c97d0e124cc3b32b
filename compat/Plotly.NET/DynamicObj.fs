namespace DynamicObj

open System.Collections.Generic

/// An object whose properties are named by strings: what becomes a JSON object. Unset properties are absent.
type DynamicObj internal () =
    let properties = Dictionary<string, obj>()

    member internal _.Properties = properties

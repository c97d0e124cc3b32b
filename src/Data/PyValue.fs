namespace Workbench

open System
open System.Collections.Generic
open System.Text

/// What a pickle may hold here: plain Python data and numpy arrays. Nothing is ever called or executed.
[<ReferenceEquality>]
type internal PyValue =
    | PyNone
    | PyBool of bool
    | PyInt of int64
    | PyFloat of float
    | PyText of string
    | PyBytes of ReadOnlyMemory<byte>
    | PyTuple of PyValue list
    | PyList of List<PyValue>
    | PyDict of List<struct (PyValue * PyValue)>
    | PyType of PyRef<NpyType>
    | PyArray of PyRef<PyArray>
    /// A name the reader knows; it stands for itself and is never looked up.
    | PyGlobal of PyName

/// A value that pickle fills in after making it (opcode BUILD).
and internal PyRef<'T> = { mutable Target: 'T option }

and [<RequireQualifiedAccess>] internal PyArray =
    | Numbers of NpyArray
    | Objects of shape: int[] * items: PyValue list

and [<RequireQualifiedAccess>] internal PyName =
    | NdArray
    | DType
    | Reconstruct
    | FromBuffer
    | Scalar
    | CodecsEncode

[<AutoOpen>]
module internal PyPatterns =
    /// A short text; Python 2 wrote such words as bytes.
    let (|Word|_|) value =
        match value with
        | PyText text -> Some text
        | PyBytes bytes when bytes.Length < 256 -> Some(Encoding.Latin1.GetString bytes.Span)
        | _ -> None

/// The names a pickled numpy array is made of, and what each makes of its arguments.
[<RequireQualifiedAccess>]
module internal PickleGlobals =
    let find (path: string) (place: string) (name: string) : PyValue =
        match place, name with
        | "numpy", "ndarray" -> PyGlobal PyName.NdArray
        | "numpy", "dtype" -> PyGlobal PyName.DType
        | ("numpy.core.multiarray" | "numpy._core.multiarray"), "_reconstruct" ->
            PyGlobal PyName.Reconstruct
        | ("numpy.core.multiarray" | "numpy._core.multiarray"), "scalar" -> PyGlobal PyName.Scalar
        | ("numpy.core.numeric" | "numpy._core.numeric"), "_frombuffer" ->
            PyGlobal PyName.FromBuffer
        | "_codecs", "encode" -> PyGlobal PyName.CodecsEncode
        | _ ->
            BadInput.fail
                "%s asks for '%s.%s', which is refused: only numpy arrays and plain Python data are read"
                path
                place
                name

    let private malformed path what =
        BadInput.fail "%s holds a malformed %s: is it damaged?" path what

    let private shape path sizes =
        let size value =
            match value with
            | PyInt n -> n
            | _ -> malformed path "array shape"

        NpyArray.checkShape path (sizes |> List.map size |> List.toArray)

    let private numbers path (elements: NpyType) sizes fortran (data: ReadOnlyMemory<byte>) =
        let array =
            { Type = elements
              Shape = shape path sizes
              Fortran = fortran
              Data = data }

        if int64 (NpyArray.count array) * int64 elements.Size <> int64 data.Length then
            malformed path "array (its shape does not fit its bytes)"

        PyArray.Numbers array

    let private objects path sizes (items: List<PyValue>) =
        let shape = shape path sizes

        if Array.fold (*) 1 shape <> items.Count then
            malformed path "array of objects"

        PyArray.Objects(shape, List.ofSeq items)

    /// Python's str.encode for the one codec numpy uses, latin-1: bytes travel so in protocol 2.
    let private encode path (text: string) codec =
        if codec <> "latin1" && codec <> "latin-1" then
            BadInput.fail
                "%s encodes text as '%s', which is refused: only latin1 is read"
                path
                codec

        if text |> String.exists (fun c -> c > '\255') then
            malformed path "byte text"

        PyBytes(ReadOnlyMemory(Encoding.Latin1.GetBytes text))

    let private scalar path (elements: NpyType) (data: ReadOnlyMemory<byte>) =
        if data.Length <> elements.Size then
            malformed path "number"

        let array =
            { Type = elements
              Shape = [||]
              Fortran = false
              Data = data }

        match NpyArray.numbers array with
        | Some number when elements.Kind = 'f' -> PyFloat(number 0)
        | Some number -> PyInt(int64 (number 0))
        | None -> malformed path "number"

    /// Opcode REDUCE: what calling `name` with `arguments` would give in Python.
    let reduce (path: string) (name: PyName) (arguments: PyValue list) : PyValue =
        match name, arguments with
        | PyName.Reconstruct, PyGlobal PyName.NdArray :: _ -> PyArray { Target = None }
        | PyName.DType, Word text :: _ -> PyType { Target = Some(NpyArray.parseType path text) }
        | PyName.Scalar, [ PyType { Target = Some elements }; PyBytes data ] ->
            scalar path elements data
        | PyName.CodecsEncode, [ PyText text; Word codec ] -> encode path text codec
        | PyName.FromBuffer,
          [ PyBytes data; PyType { Target = Some elements }; PyTuple sizes; Word order ] when
            elements.Kind <> 'O'
            ->
            PyArray { Target = Some(numbers path elements sizes (order = "F") data) }
        | _ -> BadInput.fail "%s uses %A in a way that is refused" path name

    /// Opcode BUILD: the state that completes a dtype or an array.
    let build (path: string) (target: PyValue) (state: PyValue) : unit =
        match target, state with
        | PyType({ Target = Some elements } as target),
          PyTuple(PyInt _ :: Word order :: PyNone :: _) ->
            target.Target <-
                Some
                    { elements with
                        BigEndian = order = ">" }
        | PyArray target,
          PyTuple [ _; PyTuple sizes; PyType { Target = Some elements }; PyBool f; data ] ->
            match data with
            | PyBytes data when elements.Kind <> 'O' ->
                target.Target <- Some(numbers path elements sizes f data)
            | PyList items when elements.Kind = 'O' ->
                target.Target <- Some(objects path sizes items)
            | _ -> malformed path "array"
        | _ -> malformed path "state"

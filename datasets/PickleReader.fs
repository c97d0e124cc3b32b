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
    /// The full name of one of the few known things; it stands for itself and is never looked up.
    | PyGlobal of string
    | PyType of NpyType ref
    | PyNumbers of NpyArray
    /// An array, filled in after it is made: numbers, or a list of objects.
    | PyArray of PyValue ref

/// The names that a pickled numpy array is made of, and what each makes of its arguments.
module internal PickleGlobals =
    /// A short text; Python 2 wrote such words as bytes.
    let (|Word|_|) value =
        match value with
        | PyText text -> Some text
        | PyBytes bytes when bytes.Length < 256 -> Some(Encoding.Latin1.GetString bytes.Span)
        | _ -> None

    /// numpy 2 says `numpy._core` where numpy 1 says `numpy.core`.
    let find (path: string) (place: string) (name: string) : PyValue =
        match $"{place}.{name}".Replace("numpy._core.", "numpy.core.") with
        | "numpy.ndarray"
        | "numpy.dtype"
        | "numpy.core.multiarray._reconstruct"
        | "numpy.core.multiarray.scalar"
        | "numpy.core.numeric._frombuffer"
        | "_codecs.encode" as known -> PyGlobal known
        | _ ->
            BadInput.fail
                $"{path} asks for '{place}.{name}', which is refused: only numpy arrays and plain Python data are read"

    let private malformed path what =
        BadInput.fail $"{path} holds a malformed {what}: is it damaged?"

    let private shape path sizes =
        let size value =
            match value with
            | PyInt n -> n
            | _ -> malformed path "array shape"

        sizes |> List.map size |> List.toArray |> Arrays.checkShape path

    let private numbers path (elements: NpyType) shape fortran (data: ReadOnlyMemory<byte>) =
        if int64 (Arrays.count shape) * int64 elements.Size <> int64 data.Length then
            malformed path "array (its shape does not fit its bytes)"

        { Type = elements
          Shape = shape
          Fortran = fortran
          Data = data }

    /// Python's str.encode for the one codec numpy uses, latin-1: bytes travel so in protocol 2.
    let private encode path (text: string) codec =
        if codec <> "latin1" && codec <> "latin-1" then
            BadInput.fail $"{path} encodes text as '{codec}', which is refused: only latin1 is"

        if text |> String.exists (fun c -> c > '\255') then
            malformed path "byte text"

        PyBytes(ReadOnlyMemory(Encoding.Latin1.GetBytes text))

    let private scalar path (elements: NpyType) data =
        match NpyArray.numbers (numbers path elements [||] false data) with
        | Some number when elements.Kind = 'f' -> PyFloat(number 0)
        | Some number -> PyInt(int64 (number 0))
        | None -> malformed path "number"

    /// Opcode REDUCE: what calling `name` with `arguments` would give in Python.
    let reduce (path: string) (name: string) (arguments: PyValue list) : PyValue =
        match name, arguments with
        | "numpy.core.multiarray._reconstruct", PyGlobal "numpy.ndarray" :: _ -> PyArray(ref PyNone)
        | "numpy.dtype", Word text :: _ -> PyType(ref (NpyArray.parseType path text))
        | "numpy.core.multiarray.scalar", [ PyType elements; PyBytes data ] ->
            scalar path elements.Value data
        | "_codecs.encode", [ PyText text; Word codec ] -> encode path text codec
        | "numpy.core.numeric._frombuffer",
          [ PyBytes data; PyType elements; PyTuple sizes; Word order ] when
            elements.Value.Kind <> 'O'
            ->
            PyNumbers(numbers path elements.Value (shape path sizes) (order = "F") data)
        | _ -> BadInput.fail $"{path} uses {name} in a way that is refused"

    /// Opcode BUILD: the state that completes a dtype or an array.
    let build (path: string) (target: PyValue) (state: PyValue) : unit =
        match target, state with
        | PyType elements, PyTuple(PyInt _ :: Word order :: PyNone :: _) ->
            elements.Value <-
                { elements.Value with
                    BigEndian = order = ">" }
        | PyArray array, PyTuple [ _; PyTuple sizes; PyType elements; PyBool fortran; data ] ->
            let shape = shape path sizes

            match elements.Value.Kind, data with
            | 'O', PyList items when items.Count = Arrays.count shape -> array.Value <- data
            | kind, PyBytes bytes when kind <> 'O' ->
                array.Value <- PyNumbers(numbers path elements.Value shape fortran bytes)
            | _ -> malformed path "array"
        | _ -> malformed path "state"

/// The pickle machine of protocols 2 to 5 (PEP 307, 3154, 574), cut down to plain data. It runs without recursion, and what it
/// keeps is bounded by the file's length and by a number of instructions.
type internal PickleReader(path: string, data: ReadOnlyMemory<byte>) =
    /// A dictionary of splits needs some hundred; a list of 60,000 labels some 200,000.
    let mostInstructions = 2_000_000

    /// A stack for each open mark, over the first.
    let stacks = Stack<Stack<PyValue>>([ Stack() ])
    let memo = Dictionary<int64, PyValue>()
    let mutable at = 0
    let mutable encoded = 0L

    let malformed () =
        BadInput.fail $"{path} holds a malformed pickle (at byte {at}): is it damaged?"

    let take (bytes: int64) =
        if bytes < 0L || bytes > int64 (data.Length - at) then
            BadInput.fail $"{path} is cut short within its pickle: fetch it again"

        let slice = data.Slice(at, int bytes)
        at <- at + int bytes
        slice

    /// A little-endian number of 0 to 8 bytes.
    let unsigned (bytes: int) =
        int64 (Arrays.bits false ((take (int64 bytes)).Span))

    /// The same in two's complement.
    let signed (bytes: int) =
        let spare = 64 - 8 * bytes
        (unsigned bytes <<< spare) >>> spare

    let long () =
        let bytes = int (unsigned 1)

        if bytes > 8 then
            BadInput.fail $"{path} holds an integer of more than 64 bits, which is refused"

        signed bytes

    let text bytes =
        Encoding.UTF8.GetString((take bytes).Span)

    let line () =
        let line = text (int64 (data.Span.Slice(at).IndexOf 10uy))
        at <- at + 1
        line

    let push value = stacks.Peek().Push value

    let pop () =
        match stacks.Peek().TryPop() with
        | true, value -> value
        | _ -> malformed ()

    let top () =
        match stacks.Peek().TryPeek() with
        | true, value -> value
        | _ -> malformed ()

    let popMark () =
        if stacks.Count < 2 then
            malformed ()

        stacks.Pop() |> Seq.toArray |> Array.rev

    let tuple count =
        let values = List.init count (fun _ -> pop ())
        push (PyTuple(List.rev values))

    let get key =
        match memo.TryGetValue key with
        | true, value -> push value
        | _ -> malformed ()

    let append (values: PyValue[]) =
        match top () with
        | PyList list -> list.AddRange values
        | _ -> malformed ()

    let pairs (values: PyValue[]) =
        if values.Length % 2 <> 0 then
            malformed ()

        values
        |> Array.chunkBySize 2
        |> Array.map (fun pair -> struct (pair[0], pair[1]))

    let setItems values =
        match top () with
        | PyDict entries -> entries.AddRange(pairs values)
        | _ -> malformed ()

    let reduce () =
        match pop (), pop () with
        | PyTuple arguments, PyGlobal name ->
            // A text may be encoded twice only by a hostile file: all encodings together must not outgrow the file.
            match name, arguments with
            | "_codecs.encode", PyText text :: _ -> encoded <- encoded + int64 text.Length
            | _ -> ()

            if encoded > int64 data.Length then
                malformed ()

            push (PickleGlobals.reduce path name arguments)
        | _ -> malformed ()

    let stackGlobal () =
        match pop (), pop () with
        | PickleGlobals.Word name, PickleGlobals.Word place ->
            push (PickleGlobals.find path place name)
        | _ -> malformed ()

    let scalar opcode =
        match opcode with
        | 'N' -> PyNone
        | '\136' -> PyBool true
        | '\137' -> PyBool false
        | 'J' -> PyInt(signed 4)
        | 'K' -> PyInt(unsigned 1)
        | 'M' -> PyInt(unsigned 2)
        | '\138' -> PyInt(long ())
        | 'G' -> PyFloat(BitConverter.UInt64BitsToDouble(Arrays.bits true ((take 8L).Span)))
        | 'X' -> PyText(text (unsigned 4))
        | '\140' -> PyText(text (unsigned 1))
        | '\141' -> PyText(text (unsigned 8))
        | 'C'
        | 'U' -> PyBytes(take (unsigned 1))
        | 'B'
        | 'T' -> PyBytes(take (unsigned 4))
        | '\142'
        | '\150' -> PyBytes(take (unsigned 8))
        | _ ->
            BadInput.fail
                $"{path} holds the pickle instruction 0x%02X{int opcode}, which is refused: save it as a plain uint8 array"

    let execute opcode =
        match opcode with
        | '(' -> stacks.Push(Stack())
        | '0' -> pop () |> ignore
        | '1' -> popMark () |> ignore
        | '2' -> push (top ())
        | ')' -> push (PyTuple [])
        | 't' -> push (PyTuple(List.ofArray (popMark ())))
        | '\133'
        | '\134'
        | '\135' -> tuple (int opcode - 132)
        | ']' -> push (PyList(List()))
        | 'l' -> push (PyList(List(popMark ())))
        | 'a' -> append [| pop () |]
        | 'e' -> append (popMark ())
        | '}' -> push (PyDict(List()))
        | 'd' -> push (PyDict(List(pairs (popMark ()))))
        | 's' ->
            let value = pop ()
            setItems [| pop (); value |]
        | 'u' -> setItems (popMark ())
        | 'q' -> memo[unsigned 1] <- top ()
        | 'r' -> memo[unsigned 4] <- top ()
        | '\148' -> memo[int64 memo.Count] <- top ()
        | 'h' -> get (unsigned 1)
        | 'j' -> get (unsigned 4)
        | 'c' -> push (PickleGlobals.find path (line ()) (line ()))
        | '\147' -> stackGlobal ()
        | 'R' -> reduce ()
        | 'b' ->
            let state = pop ()
            PickleGlobals.build path (top ()) state
        // A frame only says how far one may read ahead.
        | '\149' -> take 8L |> ignore
        | _ -> push (scalar opcode)

    let rec run instructions =
        if instructions > mostInstructions then
            BadInput.fail
                $"{path} holds more Python objects than are read: save a plain uint8 array"

        match char (unsigned 1) with
        | '.' -> pop ()
        | opcode ->
            execute opcode
            run (instructions + 1)

    /// The one value of the pickle. `BadInput` for other protocols, for anything that is not plain data or a numpy array, and
    /// for a damaged file.
    member _.Read() : PyValue =
        if unsigned 1 <> 0x80L then
            BadInput.fail $"{path} holds no pickle of protocol 2 to 5: is it damaged?"

        match unsigned 1 with
        | protocol when protocol >= 2L && protocol <= 5L -> run 0
        | protocol -> BadInput.fail $"{path} has pickle protocol {protocol}: 2 to 5 are read"

namespace Workbench

open System
open System.Buffers.Binary
open System.Collections.Generic
open System.Text

/// The pickle machine of protocols 2 to 5 (PEP 307, 3154, 574), cut down to plain data. It runs without recursion, and what it
/// keeps is bounded by the file's length and by a number of instructions.
type internal PickleReader(path: string, data: ReadOnlyMemory<byte>) =
    /// A dictionary of splits needs some hundred; a list of 60,000 labels some 200,000.
    let mostInstructions = 2_000_000

    let stack = Stack<PyValue>()
    let marks = Stack<Stack<PyValue>>()
    let memo = Dictionary<int, PyValue>()
    let mutable at = 0
    let mutable encoded = 0L

    let malformed () =
        BadInput.fail "%s holds a malformed pickle (at byte %d): is it damaged?" path at

    let take (bytes: int64) =
        if bytes < 0L || bytes > int64 (data.Length - at) then
            BadInput.fail "%s is cut short within its pickle: fetch it again" path

        let slice = data.Slice(at, int bytes)
        at <- at + int bytes
        slice

    let u8 () = int64 (take 1L).Span[0]

    let u16 () =
        int64 (BinaryPrimitives.ReadUInt16LittleEndian((take 2L).Span))

    let u32 () =
        int64 (BinaryPrimitives.ReadUInt32LittleEndian((take 4L).Span))

    let i32 () =
        int64 (BinaryPrimitives.ReadInt32LittleEndian((take 4L).Span))

    let i64 () =
        BinaryPrimitives.ReadInt64LittleEndian((take 8L).Span)

    let text bytes =
        Encoding.UTF8.GetString((take bytes).Span)

    let line () =
        let length = data.Span.Slice(at).IndexOf(10uy)

        if length < 0 then
            malformed ()

        let line = text (int64 length)
        at <- at + 1
        line

    /// A little-endian two's complement number of 0 to 8 bytes.
    let long bytes =
        if bytes > 8L then
            BadInput.fail "%s holds an integer of more than 64 bits, which is refused" path

        let digits = (take bytes).Span

        let mutable value =
            if bytes > 0L && digits[digits.Length - 1] > 127uy then -1L else 0L

        for i in digits.Length - 1 .. -1 .. 0 do
            value <- (value <<< 8) ||| int64 digits[i]

        value

    let current () =
        if marks.Count = 0 then stack else marks.Peek()

    let push value = (current ()).Push value

    let pop () =
        match (current ()).TryPop() with
        | true, value -> value
        | _ -> malformed ()

    let top () =
        match (current ()).TryPeek() with
        | true, value -> value
        | _ -> malformed ()

    let popMark () =
        match marks.TryPop() with
        | true, values -> values |> Seq.toArray |> Array.rev
        | _ -> malformed ()

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

    /// A text may be encoded twice only by a hostile file: all encodings together must not outgrow the file.
    let spendEncoding (arguments: PyValue list) =
        match arguments with
        | PyText text :: _ -> encoded <- encoded + int64 text.Length
        | _ -> ()

        if encoded > int64 data.Length then
            malformed ()

    let reduce () =
        match pop (), pop () with
        | PyTuple arguments, PyGlobal name ->
            if name = PyName.CodecsEncode then
                spendEncoding arguments

            push (PickleGlobals.reduce path name arguments)
        | _ -> malformed ()

    let build () =
        let state = pop ()
        PickleGlobals.build path (top ()) state

    let stackGlobal () =
        match pop (), pop () with
        | Word name, Word place -> push (PickleGlobals.find path place name)
        | _ -> malformed ()

    let scalar opcode =
        match opcode with
        | 'N' -> PyNone
        | '\136' -> PyBool true
        | '\137' -> PyBool false
        | 'J' -> PyInt(i32 ())
        | 'K' -> PyInt(u8 ())
        | 'M' -> PyInt(u16 ())
        | '\138' -> PyInt(long (u8 ()))
        | 'G' -> PyFloat(BinaryPrimitives.ReadDoubleBigEndian((take 8L).Span))
        | 'X' -> PyText(text (u32 ()))
        | '\140' -> PyText(text (u8 ()))
        | '\141' -> PyText(text (i64 ()))
        | 'B' -> PyBytes(take (u32 ()))
        | 'C' -> PyBytes(take (u8 ()))
        | '\142'
        | '\150' -> PyBytes(take (i64 ()))
        | 'U' -> PyBytes(take (u8 ()))
        | 'T' -> PyBytes(take (u32 ()))
        | _ ->
            BadInput.fail
                "%s holds the pickle instruction 0x%02X, which is refused: save it as a plain uint8 array"
                path
                (int opcode)

    let execute opcode =
        match opcode with
        | '(' -> marks.Push(Stack())
        | '0' -> pop () |> ignore
        | '1' -> popMark () |> ignore
        | '2' -> push (top ())
        | ')' -> push (PyTuple [])
        | 't' -> push (PyTuple(List.ofArray (popMark ())))
        | '\133' -> tuple 1
        | '\134' -> tuple 2
        | '\135' -> tuple 3
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
        | 'q' -> memo[int (u8 ())] <- top ()
        | 'r' -> memo[int (u32 ())] <- top ()
        | '\148' -> memo[memo.Count] <- top ()
        | 'h' -> get (int (u8 ()))
        | 'j' -> get (int (u32 ()))
        | 'c' -> push (PickleGlobals.find path (line ()) (line ()))
        | '\147' -> stackGlobal ()
        | 'R' -> reduce ()
        | 'b' -> build ()
        // A frame only says how far one may read ahead.
        | '\149' -> take 8L |> ignore
        | _ -> push (scalar opcode)

    let rec run instructions =
        if instructions > mostInstructions then
            BadInput.fail
                "%s holds more Python objects than are read: save a plain uint8 array"
                path

        match char (u8 ()) with
        | '.' -> pop ()
        | opcode ->
            execute opcode
            run (instructions + 1)

    /// The one value of the pickle. `BadInput` for other protocols, for anything that is not plain data or a numpy array, and
    /// for a damaged file.
    member _.Read() : PyValue =
        if u8 () <> 0x80L then
            BadInput.fail "%s holds no pickle of protocol 2 to 5: is it damaged?" path

        match u8 () with
        | 2L
        | 3L
        | 4L
        | 5L -> run 0
        | protocol -> BadInput.fail "%s has pickle protocol %d: 2 to 5 are read" path protocol

namespace Workbench

open System
open System.IO
open System.Runtime.InteropServices
open System.Threading

/// A terminal that closed takes no more text: what is written there is dropped, so that the run can end and save what it has.
type ForgivingWriter(inner: TextWriter) =
    inherit TextWriter()

    let forgiving (write: unit -> unit) =
        try
            write ()
        with :? IOException ->
            ()

    override _.Encoding = inner.Encoding

    override _.Write(letter: char) =
        forgiving (fun () -> inner.Write letter)

    override _.Write(text: string) = forgiving (fun () -> inner.Write text)

    override _.WriteLine(text: string) =
        forgiving (fun () -> inner.WriteLine text)

    override _.Flush() = forgiving inner.Flush

/// What asks a run to stop: signals, the end of the process that started it, the end of its sweep.
[<RequireQualifiedAccess>]
module Signals =

    [<DllImport("libc")>]
    extern int private getppid()

    /// Whether a signal so many seconds after the first one is a second. One Ctrl-C may arrive twice, from the terminal and from the
    /// parent process of `dotnet fsi`, and so may a hang-up; a cluster ends its jobs by several SIGTERM.
    let isSecond (signal: PosixSignal) (seconds: float) : bool =
        seconds >= (if signal = PosixSignal.SIGTERM then 2.0 else 0.5)

    /// The first signal asks for a stop, a second one calls `leave`.
    let private handler (stop: CancellationTokenSource) (leave: unit -> unit) =
        let first = ref None

        fun (context: PosixSignalContext) ->
            context.Cancel <- true

            lock first (fun () ->
                match first.Value with
                | None ->
                    first.Value <- Some(TimeProvider.System.GetTimestamp())

                    Terminal.screen.Above(fun () ->
                        Console.Error.WriteLine "stopping; once more stops at once")

                    stop.Cancel()
                | Some time ->
                    if
                        isSecond
                            context.Signal
                            (TimeProvider.System.GetElapsedTime time).TotalSeconds
                    then
                        leave ())

    /// Makes both outputs forgiving.
    let outliveTerminal () : unit =
        Console.SetOut(new ForgivingWriter(Console.Out))
        Console.SetError(new ForgivingWriter(Console.Error))

    /// Until it is disposed, SIGINT, SIGTERM and SIGHUP (a terminal that closes) ask for a stop; a second one calls `leave`.
    let listen (stop: CancellationTokenSource) (leave: unit -> unit) : IDisposable =
        let handler = handler stop leave

        let registered =
            [ for signal in [ PosixSignal.SIGINT; PosixSignal.SIGTERM; PosixSignal.SIGHUP ] ->
                  PosixSignalRegistration.Create(signal, handler) ]

        { new IDisposable with
            member _.Dispose() =
                for registration in registered do
                    registration.Dispose() }

    let private inBackground (wait: unit -> unit) =
        Thread(wait, IsBackground = true).Start()

    /// A sweep holds the other end of its points' standard input: when that ends, so that it was asked to stop or is gone, its
    /// points stop as on a signal.
    let stopWithSweep (stop: CancellationTokenSource) : unit =
        inBackground (fun () ->
            use input = Console.OpenStandardInput()
            input.CopyTo Stream.Null
            stop.Cancel())

    /// `dotnet fsi` runs a script in a second process, and waits for it. Where the first is gone, killed or hung up, nobody waits
    /// any more: the script stops as on a signal, within a second.
    let stopWithParent (stop: CancellationTokenSource) : unit =
        if not (OperatingSystem.IsWindows()) then
            let parent = getppid ()

            inBackground (fun () ->
                while getppid () = parent do
                    Thread.Sleep 500

                stop.Cancel())

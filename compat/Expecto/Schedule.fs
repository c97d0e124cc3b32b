namespace Expecto

open System.Threading
open System.Threading.Tasks

/// Runs pieces of work, and tells each worker to stop before the next piece once cancelled.
module internal Schedule =

    /// Runs the work at once, beginning on the caller's own thread: the pool may have no other to spare.
    let wait (work: Async<'a>) =
        Async.StartImmediateAsTask(work).GetAwaiter().GetResult()

    /// One after the other.
    let sequentially (cancel: CancellationToken) (work: Async<'a> list) =
        async {
            let results = ResizeArray()

            for piece in work do
                if not cancel.IsCancellationRequested then
                    let! result = piece
                    results.Add result

            return List.ofSeq results
        }

    /// By at most so many workers, each taking the next piece from a common counter.
    let parallelBy workers (cancel: CancellationToken) (work: Async<'a> list) =
        let pieces = List.toArray work
        let results = Array.create pieces.Length None
        let next = ref -1

        let worker () =
            task {
                let mutable index = Interlocked.Increment next

                while index < pieces.Length && not cancel.IsCancellationRequested do
                    let! result = Async.StartAsTask pieces[index]
                    results[index] <- Some result
                    index <- Interlocked.Increment next
            }

        async {
            let running =
                Array.init (min workers pieces.Length) (fun _ -> Task.Run<unit> worker)

            do! Task.WhenAll running |> Async.AwaitTask |> Async.Ignore
            return results |> Array.choose id |> List.ofArray
        }

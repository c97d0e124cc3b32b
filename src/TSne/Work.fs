namespace Workbench.NeighbourEmbedding

open System.Threading
open System.Threading.Tasks

/// How many threads may work, and the word to stop.
type Work =
    { Threads: int
      Cancel: CancellationToken }

/// Work in chunks that do not depend on the number of threads.
[<RequireQualifiedAccess>]
module Work =
    /// Runs `body 0 .. body (chunks - 1)`, each once, in any order; a chunk may write only what is its own.
    /// Raises `OperationCanceledException` when told to stop.
    let each (work: Work) (chunks: int) (body: int -> unit) : unit =
        let options =
            ParallelOptions(MaxDegreeOfParallelism = work.Threads, CancellationToken = work.Cancel)

        Parallel.For(0, chunks, options, body) |> ignore

    /// The same for the ranges `first .. last - 1` of at most `size` items that make up `0 .. count - 1`.
    let ranges (work: Work) (size: int) (count: int) (body: int -> int -> unit) : unit =
        each work ((count + size - 1) / size) (fun chunk ->
            body (chunk * size) (min count ((chunk + 1) * size)))

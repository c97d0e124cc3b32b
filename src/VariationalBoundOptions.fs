namespace Workbench

open Argu

/// The settings of the `variational-bound` script beyond the common ones.
type VariationalBoundOptions =
    {
        /// The most draws in a bound.
        Samples: int
    }

/// `VariationalBoundOptions` on the command line.
[<RequireQualifiedAccess>]
type VariationalBoundArgument =
    | [<Unique>] Samples of n: string

    interface IArgParserTemplate with
        member this.Usage =
            match this with
            | Samples _ -> "the most samples in a bound: K = 1, 2, 5, 10, ... up to n"

/// Defaults of the `variational-bound` script's own options, and how they are read.
[<RequireQualifiedAccess; CompilationRepresentation(CompilationRepresentationFlags.ModuleSuffix)>]
module VariationalBoundOptions =

    let defaults: VariationalBoundOptions = { Samples = 1000 }

    /// More would take minutes.
    let private mostSamples = 100_000

    /// Each setting under its option's name.
    let settings (options: VariationalBoundOptions) : (string * Json) list =
        [ "samples", Json.Whole options.Samples ]

    /// The settings that were given, the rest from `defaults`.
    let read (results: ParseResults<VariationalBoundArgument>) : VariationalBoundOptions =
        { Samples =
            Options.value
                results
                <@ VariationalBoundArgument.Samples @>
                (Value.wholeBetween 1 mostSamples)
                defaults.Samples }

    /// What a `Script` needs to know.
    let own: OwnOptions<VariationalBoundArgument, VariationalBoundOptions> =
        { Defaults = defaults
          Read = read
          Settings = settings }

    /// There is nothing to train, and no data.
    let common: CommonOptions =
        { Options.defaults with
            Takes = set [ "seed"; "engine"; "out"; "quiet" ] }
